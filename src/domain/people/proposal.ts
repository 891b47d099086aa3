import type { Actor, CommandBody, CommandKind } from '../signal/command.ts';

/** What may need a second admin (`FOUR_EYES`). Who becomes an admin needs one wherever anything does: else one person could be both. */
export const FOUR_EYES_TOPICS = ['whitelist', 'live_accounts', 'risk_limits', 'admins'] as const;
export type FourEyesTopic = (typeof FOUR_EYES_TOPICS)[number];

export const PROPOSAL_STATUSES = ['open', 'confirmed', 'rejected'] as const;
export type ProposalStatus = (typeof PROPOSAL_STATUSES)[number];

/** A command that waits for a second admin. It holds no secret, sealed or not. */
export interface Proposal {
  readonly id: string;
  readonly topic: FourEyesTopic;
  readonly command: CommandBody;
  /** What it would do, for people. */
  readonly summary: string;
  readonly proposedBy: string;
  /** The user who may not confirm it; null: `ADMIN_API_TOKEN` or the local token. */
  readonly proposerId: string | null;
  readonly proposedAt: number;
  /** Epoch ms; an open proposal is void from then on. */
  readonly expiresAt: number;
  readonly status: ProposalStatus;
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  /** Id of the command that decided: its repeat goes on with what it began. */
  readonly decisionId: string | null;
}

/** A proposal nobody decided within this time is void, milliseconds. */
export const PROPOSAL_TTL_MS = 24 * 3_600_000;
/** Proposals that may be open at once. */
export const PROPOSALS_MAX = 100;

const TOPIC_OF_KIND: Partial<Record<CommandKind, FourEyesTopic>> = {
  'whitelist.put': 'whitelist',
  'whitelist.remove': 'whitelist',
  'whitelist.preset': 'whitelist',
  'account.enable': 'live_accounts',
  'risk.set': 'risk_limits',
};

/** Under which topic a command falls whoever it is about, if any. What the system does by itself needs nobody's eyes. */
export function fourEyesTopicOf(body: CommandBody, actor: Actor): FourEyesTopic | null {
  if (actor.name === 'system') return null;
  return TOPIC_OF_KIND[body.kind] ?? null;
}
