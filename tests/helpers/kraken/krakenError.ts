/** A refusal of Kraken: HTTP 200 and its text in `error`, for example `EOrder:Insufficient funds`. */
export class KrakenError extends Error {
  override readonly name = 'KrakenError';
}

/** What is wrong with one argument. */
export const invalid = (argument: string): KrakenError => new KrakenError(`EGeneral:Invalid arguments:${argument}`);
