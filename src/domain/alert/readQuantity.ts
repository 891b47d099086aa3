import type { AlertQuantity } from './alert.ts';
import type { RawValue } from './rawValue.ts';
import { isPositive, numberIn, type Place, readScalar } from './readScalar.ts';

const QUANTITY_TEXT_MAX = 64;
const SHARE = /^(.*?)\s*%\s*(risk)?$/i;
/** A number with an asset after it; not `0x10`, which is no amount of an asset X10. */
const NOTIONAL = /^(?!0x)([+-]?[\d.,eE+-]*\d\.?)\s*([A-Za-z][A-Za-z0-9]{1,11})$/i;
const SIGN_HINT = ' The side follows from the action; a signed size goes into `position` with "action":"target".';

/** `"0.01"` base units · `"100 USDT"` notional · `"10%"` of equity or position · `"1% risk"`. */
export function readQuantity(value: RawValue, place: Place): AlertQuantity | undefined {
  const text = readScalar(value, QUANTITY_TEXT_MAX, place);
  if (text === undefined) return undefined;
  const share = SHARE.exec(text);
  const notional = share ? null : NOTIONAL.exec(text);
  const number = numberIn(share?.[1] ?? notional?.[1] ?? text, text, place);
  if (number === undefined || !isPositive(number, place, SIGN_HINT)) return undefined;
  if (share) return { kind: share[2] === undefined ? 'percent' : 'risk', percent: number };
  return notional?.[2] === undefined
    ? { kind: 'base', amount: number }
    : { kind: 'quote', amount: number, asset: notional[2].toUpperCase() };
}
