// Loaded into an instance with NODE_OPTIONS=--import: on SIGUSR2 it does what FAULT_FILE says, {"clockMs":…} or {"blockMs":…}.
// The wall clock is moved in the process alone; monotonic clocks are left as they are, as a stepped system clock leaves them.
import { readFileSync } from 'node:fs';

const RealDate = globalThis.Date;
let offsetMs = Number(process.env.FAULT_CLOCK_MS ?? 0);

class MovedDate extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + offsetMs);
    else super(...parts);
  }
  static now() {
    return RealDate.now() + offsetMs;
  }
}
globalThis.Date = MovedDate;

process.on('SIGUSR2', () => {
  const { clockMs, blockMs } = JSON.parse(readFileSync(process.env.FAULT_FILE ?? '', 'utf8'));
  if (clockMs !== undefined) offsetMs = clockMs;
  if (blockMs !== undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
});
