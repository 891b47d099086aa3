import type { Submit } from '../../api/commandClient.ts';
import type { Ban } from '../../gateway/banBook.ts';
import type { Clock } from '../../lib/clock.ts';
import { raiseNotice } from './raiseNotice.ts';

const TOLD_PER_MINUTE = 10;

/** People hear of each ban; of a storm from many addresses only of the first few a minute, and how many more there were. */
export function tellBans(submit: Submit, clock: Clock): (ban: Ban) => void {
  let minute = { endsAt: 0, told: 0 };
  let untold = 0;
  return (ban) => {
    const now = clock.monotonic();
    if (now >= minute.endsAt) minute = { endsAt: now + 60_000, told: 0 };
    if (minute.told >= TOLD_PER_MINUTE) {
      untold += 1;
      return;
    }
    minute.told += 1;
    const more = untold === 0 ? '' : ` ${untold} more were banned before it and not told of one by one: signalman ban list.`;
    untold = 0;
    const sameAs = `ban:${ban.subject.address}:${ban.subject.shared}:${ban.level}`;
    void raiseNotice(submit, { severity: 'warning', text: describeBan(ban) + more, sameAs });
  };
}

function describeBan({ subject, until, level }: Ban): string {
  const whom = subject.shared ? `unknown keys from ${subject.address} (its hooks go on)` : subject.address;
  const again = level > 1 ? ` (ban number ${level} in a row)` : '';
  return `Banned ${whom} until ${new Date(until).toISOString()}${again}: too many refused requests. Lift it with: signalman ban lift ${subject.address}.`;
}
