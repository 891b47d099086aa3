import { z } from 'zod';
import { TOKEN_SCOPES } from '../../domain/people/access.ts';
import { FOUR_EYES_TOPICS, PROPOSAL_STATUSES } from '../../domain/people/proposal.ts';
import { ROLES } from '../../domain/people/user.ts';
import { Flag, Id, Name, pageQuery, Time, text } from './common.ts';

const role = z.enum(ROLES);
const Email = z
  .string()
  .trim()
  .max(254, { error: 'Must be at most 254 characters.' })
  .regex(/^[^\s@\p{Cc}\p{Cs}]+@[^\s@\p{Cc}\p{Cs}]+$/u, { error: 'Must be an e-mail address.' })
  .meta({ id: 'Email', example: 'ann@example.com' });

/** Long rather than odd (NIST SP 800-63B §3.1.1.2); the upper bound only bounds work. */
const Password = z
  .string()
  .min(12, { error: 'Must be at least 12 characters.' })
  .max(1024, { error: 'Must be at most 1024 characters.' })
  .meta({ id: 'Password', description: '12 characters or more; a few words are fine' });

const code = text(40).meta({ description: 'Six digits of an authenticator app, or a recovery code' });

export const SignIn = z
  .strictObject({
    email: z.string().min(1).max(254),
    password: z.string().min(1).max(1024),
    totp: code.optional(),
  })
  .meta({ id: 'SignIn' });
export type SignIn = z.output<typeof SignIn>;

export const Me = z
  .object({
    id: Id,
    email: z.string(),
    name: z.string(),
    role,
    totp: z.boolean().meta({ description: 'Has a second factor' }),
    recoveryCodesLeft: z.number().int(),
  })
  .meta({ id: 'Me' });

export const CurrentSession = z
  .object({
    user: Me.nullable().meta({ description: 'null: ADMIN_API_TOKEN or the local token' }),
    actor: z.string(),
    role: role.meta({ description: 'What this way in may do; for a token perhaps less than its owner' }),
    csrfToken: z.string().nullable().meta({ description: 'To be sent as X-CSRF-Token with every change; null without a session' }),
    enrolmentRequired: z.boolean().meta({ description: 'Nothing but setting up a second factor is allowed yet' }),
    expiresAt: Time.nullable(),
  })
  .meta({ id: 'CurrentSession' });

export const SessionView = z
  .object({
    id: Id,
    current: z.boolean(),
    address: z.string().nullable(),
    agent: z.string().nullable(),
    createdAt: Time,
    lastSeenAt: Time,
    expiresAt: Time,
  })
  .meta({ id: 'Session' });

export const NewPassword = z.strictObject({ current: z.string().min(1).max(1024), password: Password }).meta({ id: 'NewPassword' });
export type NewPassword = z.output<typeof NewPassword>;

export const TotpStart = z
  .strictObject({ totp: code.optional().meta({ description: 'Of the second factor you have, to replace it' }) })
  .meta({ id: 'TotpStart' });
export type TotpStart = z.output<typeof TotpStart>;

export const TotpSecret = z
  .object({
    secret: z.string().meta({ description: 'Base32, for apps without a camera; shown this once' }),
    uri: z.string().meta({ description: 'otpauth://…' }),
    qrSvg: z.string().meta({ description: 'The same as a picture' }),
    qrText: z.string().meta({ description: 'The same for a terminal' }),
  })
  .meta({ id: 'TotpSecret' });

export const TotpProof = z.strictObject({ totp: code }).meta({ id: 'TotpProof' });
export type TotpProof = z.output<typeof TotpProof>;

export const RecoveryCodes = z
  .object({ recoveryCodes: z.array(z.string()).meta({ description: 'Each works once, instead of a code of the app. Shown this once' }) })
  .meta({ id: 'RecoveryCodes' });

export const TokenQuery = pageQuery({ all: Flag.default(false).meta({ description: "Everybody's; for admins" }) });

export const NewToken = z
  .strictObject({
    name: Name,
    scopes: z.array(z.enum(TOKEN_SCOPES)).min(1).max(TOKEN_SCOPES.length).meta({ description: '`trade` includes `read`, `admin` both' }),
    expiresInDays: z.number().int().min(1).max(365).default(90),
    user: Email.optional().meta({ description: 'Whose it shall be; by default yours. For admins' }),
    totp: code.optional().meta({ description: 'A fresh code, for scopes beyond `read`. Programs send none' }),
  })
  .meta({ id: 'NewToken' });
export type NewToken = z.output<typeof NewToken>;

export const Token = z
  .object({
    id: Id,
    name: z.string(),
    user: z.string(),
    scopes: z.array(z.enum(TOKEN_SCOPES)),
    createdAt: Time,
    expiresAt: Time,
    lastUsedAt: Time.nullable().meta({ description: 'Some minutes old at most while it is in use' }),
  })
  .meta({ id: 'Token' });

export const TokenWithText = Token.extend({
  token: z.string().meta({ description: '`sm_…`, shown this once; only its hash is kept' }),
}).meta({
  id: 'TokenWithText',
});

export const NewUser = z
  .strictObject({
    email: Email,
    name: text(100).default(''),
    role,
    password: Password.optional().meta({ description: 'Made up and answered once when left out' }),
  })
  .meta({ id: 'NewUser' });
export type NewUser = z.output<typeof NewUser>;

export const UserChange = z
  .strictObject({ name: text(100), role, disabled: z.boolean() })
  .partial()
  .meta({ id: 'UserChange' });
export type UserChange = z.output<typeof UserChange>;

export const User = z
  .object({
    id: Id,
    email: z.string(),
    name: z.string(),
    role,
    totp: z.boolean(),
    disabled: z.boolean(),
    createdAt: Time,
  })
  .meta({ id: 'User' });

export const UserWithPassword = User.extend({
  password: z.string().optional().meta({ description: 'Made up for them; shown this once' }),
}).meta({ id: 'UserWithPassword' });

export const PasswordReset = z.strictObject({ password: Password }).partial().meta({ id: 'PasswordReset' });
export type PasswordReset = z.output<typeof PasswordReset>;

export const Proposal = z
  .object({
    id: Id,
    topic: z.enum(FOUR_EYES_TOPICS),
    summary: z.string().meta({ description: 'What it would do, in words' }),
    proposedBy: z.string(),
    proposedAt: Time,
    expiresAt: Time,
    status: z.enum([...PROPOSAL_STATUSES, 'expired']),
    decidedBy: z.string().nullable(),
    decidedAt: Time.nullable(),
  })
  .meta({ id: 'Proposal' });

export const Decision = z.object({ id: Id, status: z.enum(['confirmed', 'rejected']) }).meta({ id: 'Decision' });

export const Proposed = z.object({ code: z.literal('PROPOSED'), proposalId: Id, message: z.string() }).meta({ id: 'Proposed' });
