import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HookAnswer } from './hookRequest.ts';

/** An unread body up to this size is read and dropped, so that the connection can be used again. */
const DRAIN_BYTES = 64 * 1024;
/** Of a larger one this much, for this long: closing under a sender that still writes would cost it our answer (RFC 9112 §9.6). */
const LINGER_BYTES = 1024 * 1024;
const LINGER_MS = 1_000;

/** Sends the answer and leaves the connection usable, or closes it gently when too much of the request is unread. */
export function sendAnswer(req: IncomingMessage, res: ServerResponse, answer: Pick<HookAnswer, 'status' | 'headers' | 'body'>): void {
  if (res.destroyed || res.headersSent) return;
  const headers = { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) };
  if (isCheapToFinish(req)) {
    res.writeHead(answer.status, headers);
    res.end(answer.body);
    return;
  }
  res.writeHead(answer.status, { ...headers, connection: 'close' });
  res.write(answer.body);
  linger(req, () => res.end());
}

/**
 * Read to its end, or unread and certain to be small (node drops it itself). A sender waiting for `100 Continue` may never
 * send its body, and one whose body was begun and not ended was too slow or too long.
 */
function isCheapToFinish(req: IncomingMessage): boolean {
  if (req.complete) return true;
  if (req.readableFlowing !== null) return false;
  if (req.headers.expect !== undefined || req.headers['transfer-encoding'] !== undefined) return false;
  return Number(req.headers['content-length'] ?? 0) <= DRAIN_BYTES;
}

function linger(req: IncomingMessage, done: () => void): void {
  let dropped = 0;
  const timer = setTimeout(finish, LINGER_MS);
  function finish(): void {
    clearTimeout(timer);
    req.off('data', onData).off('end', finish).off('close', finish);
    done();
  }
  function onData(chunk: Buffer): void {
    dropped += chunk.length;
    if (dropped > LINGER_BYTES) finish();
  }
  req.on('data', onData).on('end', finish).on('close', finish);
  req.resume();
}
