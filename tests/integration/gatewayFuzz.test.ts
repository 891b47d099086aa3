import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encode, type FuzzRequest, MISPLACED, PLANTED, requests } from './fuzzRequests.ts';
import { HMAC_KEYS, KEYS, SECRET, startGateway, type TestServer } from './gatewayServer.ts';

/** At least so many, over real HTTP; some 30 s of one core. */
const INPUTS = 200_000;
const BATCH = 100;
/** Chance finds what nobody thought of; a change is judged by the same inputs as the one before it. */
const SEED = Number(process.env.FUZZ_SEED ?? (process.env.CI === 'true' ? 20_261_120 : Date.now() % 2 ** 31));

let server: TestServer;
let leakedLine: string | null = null;
const SECRETS = [PLANTED, SECRET, ...HMAC_KEYS, ...Object.values(KEYS)];

beforeAll(async () => {
  const onLine = (line: string): void => {
    if ([...SECRETS, MISPLACED].some((secret) => line.includes(secret))) leakedLine = line;
  };
  const plenty = { ratePoints: 1e9, banThreshold: 1e9, hookRatePoints: 1e9 };
  server = await startGateway({ settings: plenty, hooksRatePoints: 1e9, onLine, answerWithinMs: 30_000 });
});
afterAll(() => server.close());

interface Heard {
  readonly status: number;
  readonly text: string;
}

/** One connection, on which requests follow each other without waiting for answers. */
class Pipeline {
  private heard = '';
  private readonly socket: Socket;
  private ended = false;
  private wake: () => void = () => undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk: Buffer) => {
      this.heard += chunk.toString('latin1');
      this.wake();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  get open(): boolean {
    return !this.ended;
  }

  /** All answers to these, or those there were when the server closed. */
  async send(bytes: Buffer, count: number): Promise<Heard[]> {
    this.socket.write(bytes);
    const answers: Heard[] = [];
    while (answers.length < count) {
      const answer = this.next();
      if (answer) answers.push(answer);
      else if (this.ended) break;
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    }
    return answers;
  }

  private next(): Heard | null {
    const end = this.heard.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const head = this.heard.slice(0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? (/transfer-encoding: chunked/i.test(head) ? Number.NaN : 0));
    // Only the server behind the door answers in chunks, always with these.
    const stop = Number.isNaN(length) ? this.heard.indexOf('0\r\n\r\n', end) + 5 : end + 4 + length;
    if (this.heard.length < stop || stop <= end) return null;
    const text = this.heard.slice(0, stop);
    this.heard = this.heard.slice(stop);
    return { status: Number(text.slice(9, 12)), text };
  }

  close(): void {
    this.socket.destroy();
  }
}

let line: Pipeline | null = null;
let answered = 0;
const byStatus = new Map<number, number>();

/**
 * Sends a batch, on another connection where the server has closed one: every request gets its answer. A server that closes while
 * more is coming resets the connection, which may cost the last answer; then that request is asked again, alone.
 */
async function answersTo(batch: readonly FuzzRequest[]): Promise<Heard[]> {
  const encoded = batch.map(encode);
  const answers: Heard[] = [];
  let alone = false;
  while (answers.length < batch.length) {
    if (alone || !line?.open) {
      line?.close();
      line = new Pipeline(server.port);
    }
    const rest = encoded.slice(answers.length, alone ? answers.length + 1 : undefined);
    const some = await line.send(Buffer.concat(rest), rest.length);
    if (some.length < rest.length) line.close();
    if (some.length === 0 && alone) throw new Error(`no answer to ${JSON.stringify(String(rest[0]))}`);
    alone = some.length === 0;
    answers.push(...some);
  }
  return answers;
}

const ALLOWED = new Set([200, 202, 400, 401, 403, 405, 409, 413, 415, 431]);

it(`${INPUTS.toLocaleString('en')} requests of any shape: no failure, no alert taken without its proofs, nothing told`, async () => {
  process.stdout.write(`fuzzing the door: FUZZ_SEED=${SEED}\n`);
  const before = process.cpuUsage();
  const batches = fc.array(requests, { minLength: BATCH, maxLength: BATCH, size: 'max' });
  const property = fc.asyncProperty(batches, async (batch) => {
    const taken = server.log.commands.length;
    const answers = await answersTo(batch);
    for (const [index, { status, text }] of answers.entries()) {
      const asked = (): string => JSON.stringify(String(batch[index] && encode(batch[index])));
      if (!ALLOWED.has(status)) throw new Error(`answered ${text}\n to ${asked()}`);
      if (SECRETS.some((secret) => text.includes(secret))) throw new Error(`an answer holds a secret: ${text}\n to ${asked()}`);
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    }
    answered += answers.length;
    if (leakedLine !== null) throw new Error(`a log line holds a secret: ${leakedLine}`);
    for (const { body } of server.log.commands.slice(taken)) {
      // Only this hook is content with a key; of all others the proofs were wrong.
      if (!('hookId' in body) || body.hookId !== 'hook-open') throw new Error(`taken without its proofs: ${JSON.stringify(body)}`);
    }
  });
  const { failed, errorInstance } = await fc.check(property, { numRuns: INPUTS / BATCH, seed: SEED, endOnFailure: true });
  // A whole batch says less than what went wrong in it; the seed brings it back.
  if (failed) throw new Error(`FUZZ_SEED=${SEED}: ${(errorInstance as Error).message}`);
  line?.close();
  const { user, system } = process.cpuUsage(before);
  const statuses = JSON.stringify(Object.fromEntries([...byStatus].sort()));
  process.stdout.write(`fuzzing the door: ${answered} answers in ${Math.round((user + system) / 1e6)} s of one core: ${statuses}\n`);
  expect(answered).toBeGreaterThanOrEqual(INPUTS);
  // What is never reached is not tested: alerts taken, refused for their words, their proofs, their size and kind.
  for (const status of [202, 400, 401, 405, 415]) expect(byStatus.get(status), String(status)).toBeGreaterThan(1_000);
  expect((await server.post({})).status).toBe(202);
}, 600_000);
