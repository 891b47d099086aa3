/** A refusal of Bybit: HTTP 200 and a `retCode` that is not 0. */
export class BybitError extends Error {
  override readonly name = 'BybitError';
  readonly code: number;
  /** Goes with it, beside what every answer carries. */
  readonly headers: Readonly<Record<string, string>>;
  constructor(code: number, msg: string, headers: Readonly<Record<string, string>> = {}) {
    super(msg);
    this.code = code;
    this.headers = headers;
  }
}
