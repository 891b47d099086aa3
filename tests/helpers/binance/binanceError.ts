/** A Binance error as its REST API answers it: `{"code":-2010,"msg":"…"}` with an HTTP status of 4xx or 5xx. */
export class BinanceError extends Error {
  override readonly name = 'BinanceError';
  readonly code: number;
  readonly status: number;
  constructor(code: number, msg: string, status = 400) {
    super(msg);
    this.code = code;
    this.status = status;
  }
}
