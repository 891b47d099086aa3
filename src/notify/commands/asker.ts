import { mayAct, type Role, type User } from '../../domain/people/user.ts';

/** Who wrote or pressed, and what that place gives them. */
export interface Asker {
  /** Telegram's number of the person. */
  readonly from: string;
  readonly chat: string;
  /** The user who linked this person; null: nobody did. */
  readonly user: User | null;
  readonly isPrivate: boolean;
  /** A chat of the settings: whoever reads there may look, and may stop trading. */
  readonly inConfiguredChat: boolean;
}

/** Whether there is any reason to answer: a linked person in private, or anybody in a chat of the settings. */
export function mayBeHeard({ user, isPrivate, inConfiguredChat }: Asker): boolean {
  return inConfiguredChat || (isPrivate && user !== null);
}

/** What a command asks of whoever sends it. */
export interface Demand {
  readonly role: Role;
  /** Anybody in a chat of the settings may, without a link. */
  readonly open: boolean;
}

/** Why this person may not; null when they may. */
export function refusalOf(asker: Asker, { role, open }: Demand): string | null {
  if (asker.inConfiguredChat && open) return null;
  if (asker.user === null)
    return 'Nothing was done: this needs your own account. Ask for a code and send me /link <code> in a private chat.';
  if (!asker.isPrivate) return 'Nothing was done: send me this in our private chat, where I know who you are.';
  if (mayAct(asker.user.role, role)) return null;
  return `Nothing was done: this needs the role ${role}, and yours is ${asker.user.role}.`;
}
