import type { OrderStatus } from './order.ts';

/** Which status may follow which. Odd rows name the reality they answer to. */
export const NEXT_STATUS = {
  intent: ['submitted', 'canceled', 'rejected', 'expired'], // Never sent: abandoned, refused at the last look, or too old.
  submitted: ['open', 'partially_filled', 'filled', 'rejected', 'canceled', 'expired', 'unknown', 'intent'], // `intent` again when it provably never left.
  open: ['partially_filled', 'filled', 'canceled', 'expired', 'rejected', 'replaced', 'unknown', 'intent'], // A resting stop can be rejected when it triggers. `intent`: proven to be over, and sent anew under its next id.
  partially_filled: ['filled', 'canceled', 'expired', 'replaced', 'unknown', 'intent'], // Likewise.

  unknown: ['submitted', 'open', 'partially_filled', 'filled', 'canceled', 'expired', 'rejected', 'intent'], // Only asking the venue leads out; `submitted` when it proved never to have arrived.
  canceled: ['partially_filled', 'filled', 'intent'], // A fill can race the cancel. `intent`: never sent, and its entry has filled after all.
  expired: ['partially_filled', 'filled'], // Likewise for a fill at the deadline.
  rejected: ['open', 'partially_filled', 'filled'], // A venue said no and did it all the same; its book is the truth.
  replaced: [],
  filled: [],
} as const satisfies Record<OrderStatus, readonly OrderStatus[]>;

const FINAL: ReadonlySet<OrderStatus> = new Set(['filled', 'rejected', 'canceled', 'expired', 'replaced']);

/** Final: the venue will do nothing more with it (save the races of the table). */
export function isFinal(status: OrderStatus): boolean {
  return FINAL.has(status);
}

export function mayFollow(from: OrderStatus, to: OrderStatus): boolean {
  return (NEXT_STATUS[from] as readonly OrderStatus[]).includes(to);
}
