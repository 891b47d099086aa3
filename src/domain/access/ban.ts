/**
 * What an admin decided about an address: shut out until `until`, or (`until` null) every ban of it lifted. Per network the
 * latest ruling counts; it is kept in the database, beside the bans that instances impose by themselves.
 */
export interface BanRuling {
  readonly id: string;
  /** IPv4 address or IPv6 /64 (lib/address.ts `networkOf`). */
  readonly network: string;
  /** As it was asked for. */
  readonly address: string;
  /** Epoch ms; null: lifted. */
  readonly until: number | null;
  readonly reason: string | null;
  readonly by: string;
  readonly at: number;
}

export const RULINGS_MAX = 1_000;
export const REASON_LENGTH_MAX = 200;
/** For how long a ruling that lifted a ban is of interest to instances that hear of it late. */
export const LIFT_KEPT_MS = 86_400_000;

/** Whether the ruling still says anything. */
export function isRelevant({ until, at }: BanRuling, now: number): boolean {
  return until === null ? now < at + LIFT_KEPT_MS : now < until;
}
