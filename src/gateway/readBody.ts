import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyRead } from './hookRequest.ts';

/**
 * Reads a request's body, at most `limitBytes`; what is declared larger is not read at all. Answers `Expect: 100-continue`
 * first. Always settles: a response that was sent or cut off before the body's end closes, even where the request does not.
 */
export function readBody(req: IncomingMessage, res: ServerResponse, limitBytes: number): Promise<BodyRead> {
  if (Number(req.headers['content-length'] ?? 0) > limitBytes) return Promise.resolve({ ok: false, code: 'BODY_TOO_LARGE' });
  if (req.headers.expect !== undefined) res.writeContinue();
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (read: BodyRead): void => {
      req.off('data', onData).off('end', onEnd);
      res.off('close', onCut);
      resolve(read);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > limitBytes) {
        req.pause();
        finish({ ok: false, code: 'BODY_TOO_LARGE' });
      } else {
        chunks.push(chunk);
      }
    };
    const onEnd = (): void => {
      const [only] = chunks;
      finish({ ok: true, bytes: chunks.length === 1 && only ? only : Buffer.concat(chunks, length) });
    };
    const onCut = (): void => finish({ ok: false, code: 'BODY_INCOMPLETE' });
    req.on('data', onData).on('end', onEnd);
    res.on('close', onCut);
  });
}
