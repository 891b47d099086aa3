import type { IncomingHttpHeaders } from 'node:http';
import type { HookId, SignalId } from '../domain/ids.ts';
import type { Subject } from './distinguishedName.ts';

/** What the gateway needs to know of an HTTP request to a hook. */
export interface HookRequest {
  readonly method: string;
  /** The path token as sent; null when the URL is malformed. */
  readonly key: string | null;
  /** The socket's peer. */
  readonly peer: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Subject of the client certificate our TLS listener has verified, if there is one. Asked only for hooks that demand it. */
  peerSubject(): Subject | null;
  /** Reads the body, at most `limitBytes`. Called once, and only when the body is wanted. */
  readBody(limitBytes: number): Promise<BodyRead>;
}

export type BodyRead =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly code: 'BODY_TOO_LARGE' | 'BODY_INCOMPLETE' };

/** The answer, and what to log and count of it once it is on its way. */
export interface HookAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly note: HookNote;
}

/** Facts for the log line; no key, secret or body. */
export interface HookNote {
  readonly level: 'debug' | 'info' | 'warn';
  /** `ACCEPTED`, `REPEATED` or the refusal's code. */
  readonly code: string;
  /** What the answer does not say: `failed` or `misconfigured`. */
  readonly reason?: string;
  readonly address?: string;
  readonly hook?: string;
  readonly hookId?: HookId;
  readonly signalId?: SignalId;
  readonly correlationId?: string;
}
