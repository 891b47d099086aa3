import type { IncomingHttpHeaders } from 'node:http';
import type { CommandLog } from '../commandlog/commandLog.ts';
import type { WhitelistEntry } from '../domain/access/whitelist.ts';
import type { Alert } from '../domain/alert/alert.ts';
import type { Market, Quote } from '../domain/market/market.ts';
import type { PeopleDirectory } from '../domain/people/peopleChange.ts';
import type { PositionMargin } from '../domain/portfolio/position.ts';
import type { SealedCount } from '../ledger/ledger.ts';
import type { ReadModel } from '../ledger/readModel.ts';
import type { Clock } from '../lib/clock.ts';
import type { CandleReader } from '../marketdata/candleStore.ts';
import type { Health } from '../ops/health.ts';
import type { Logger } from '../ops/logger.ts';
import type { SecretBox } from '../ops/secrets.ts';
import type { AuthOptions } from './auth.ts';
import type { Submit } from './commandClient.ts';
import type { PasswordDeskOptions } from './people/passwordDesk.ts';

import type { Caller } from './route.ts';

/** Prices as this instance can have them; null when it cannot, which is no error. */
export interface Quotes {
  /** What the account can trade; null on an instance that is not connected to its venue. */
  symbols(accountId: string): Promise<readonly Market[] | null>;
  /** The newest quote to be had, from the leader where this instance has none; its `at` tells how old it is. */
  ticker(accountId: string, name: string): Promise<Quote | null>;
  /** What the venue last said about a position, as far as it is known here; asked after `ticker`, which brings it along. */
  margin?(accountId: string, symbol: string): PositionMargin | null;
}

export interface ListedBan {
  /** `shared`: only requests with unknown keys are banned. */
  readonly subject: { readonly address: string; readonly shared: boolean };
  /** Epoch milliseconds. */
  readonly since: number;
  readonly until: number;
  /** How many bans in a row this is; 0: imposed by hand. */
  readonly level: number;
  /** Who imposed it by hand, and why; null: it followed from refused requests. */
  readonly by: string | null;
  readonly reason: string | null;
}

/** The bans in force, as far as this instance knows them (the gateway's list fits). */
export interface BanList {
  list(): readonly ListedBan[];
}

/** The keys that stored secrets are sealed with, by their ids. */
export interface SecretsAdmin {
  /** The key that seals now. */
  readonly keyId: string;
  /** All keys at hand, the one that seals first. */
  readonly keyIds: readonly string[];
  readonly source: 'environment' | 'file';
  counts(): Promise<readonly SealedCount[]>;
  /** Makes a new key the one that seals, where the keys are files of ours. */
  renewKeyFile(): void;
}
/** From where the API may be used. */
export interface ApiAccess {
  /** Whether the API is for that address; null: it cannot be known. */
  admits(address: string | null): boolean;
  /** Entries of the settings, and built-in lists: what opens doors and is not stored. */
  readonly fixed: readonly WhitelistEntry[];
}

/** Who is asking, or why that cannot be told. */
export type ClientAddress =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly code: 'PROXY_NOT_TRUSTED' | 'ADDRESS_UNREADABLE'; readonly detail: string };

/** All the API needs. It reads through ports and changes things only by submitting commands. */
export interface ApiDeps
  extends Pick<AuthOptions, 'adminToken' | 'localToken' | 'catchUp' | 'sessionIdleMs' | 'requireTotp'>,
    Pick<PasswordDeskOptions, 'verifyPassword'> {
  readonly people: PeopleDirectory;
  /** A session ends so long after it began, however busy it is, milliseconds. */
  readonly sessionMaxMs: number;
  readonly readModel: ReadModel;
  readonly log: Pick<CommandLog, 'lag'>;
  readonly submit: Submit;
  readonly quotes: Quotes;
  readonly bans: BanList;
  readonly access: ApiAccess;
  /** Candles as stored; absent: this instance has no routes for them. */
  readonly candles?: CandleReader;
  /** Ready: a command could be stored now. */
  readonly health: Pick<Health, 'ready'>;
  /** prom-client's registry. */
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
  /** What would happen on these accounts if the alert came now: plan and risk verdict, or null when nobody can say: there is no leader. Trades nothing. */
  readonly explain: (alert: Alert, accountNames: readonly string[]) => Promise<unknown>;
  /** Absent: no routes for them. */
  readonly secrets?: SecretsAdmin;
  /** Encrypts what is stored or handed out; its `aad` binds it to its record. */
  readonly box: Pick<SecretBox, 'seal' | 'open'>;
  /** What is wrong with the settings of a paper account, in words; null when nothing is. */
  readonly paperSettingsProblem: (settings: Readonly<Record<string, unknown>>) => string | null;
  /** UUID v7. */
  readonly newId: () => string;
  /** Venue names that can be opened, `paper` among them. */
  readonly venues: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly instance: string;
  readonly version: string;
  /** `PUBLIC_URL`; null: links are made from the Host header. */
  readonly publicUrl: string | null;
  /** Who is asking, by the gateway's rule (gateway/clientAddress.ts). */
  readonly clientAddress: (peer: string | undefined, headers: IncomingHttpHeaders) => ClientAddress;
  /** Whether X-Forwarded-Proto is believed, for the links that are shown. */
  readonly behindProxy: boolean;
  /** Whether client certificates are verified by this server or a proxy in front: what hooks with the layer `mtls` need. */
  readonly verifiesCertificates: boolean;
}

/** The same, reading no more than the caller may see. */
export function forCaller(deps: ApiDeps, { reads }: Pick<Caller, 'reads'>): ApiDeps {
  return { ...deps, readModel: reads };
}
