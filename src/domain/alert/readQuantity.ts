import type { AlertQuantity } from './alert.ts';
import type { RawValue } from './rawValue.ts';
import { isPositive, numberIn, type Place, readScalar } from './readScalar.ts';

const QUANTITY_TEXT_MAX = 64;
const SHARE = /^(.*?)\s*%\s*(risk)?$/i;
/** A number alone, to which `0x10` (no amount of an asset X10) and `1e400` (nor of E400) belong. */
const NUMBER_ALONE = /^[+-]?(?:0x.*|[\d.,]+(?:e[+-]?\d+)?)$/i;
const NOTIONAL = /^([+-]?[\d.,eE+-]*\d\.?)\s*([A-Za-z][A-Za-z0-9]{1,11})$/;
/** Words that stand where an asset stands and mean a percentage. */
const NO_ASSET = /^(?:risk|percent|pct|contracts?|units?)$/i;
const SIGN_HINT = ' The side follows from the action; a signed size goes into `position` with "action":"target".';

/** `"0.01"` base units · `"100 USDT"` notional · `"10%"` of equity or position · `"1% risk"`. */
export function readQuantity(value: RawValue, place: Place): AlertQuantity | undefined {
  const text = readScalar(value, QUANTITY_TEXT_MAX, place);
  if (text === undefined) return undefined;
  const share = SHARE.exec(text);
  const notional = share || NUMBER_ALONE.test(text) ? null : NOTIONAL.exec(text);
  if (notional?.[2] !== undefined && NO_ASSET.test(notional[2])) {
    const advice = 'write "0.01" for base units, "100 USDT" for a value, "10%" for a share, "1% risk" for a risk';
    place.mistakes.add(place.pointer, 'VALUE_NOT_ALLOWED', `Found ${place.mistakes.show(text)}; ${advice}.`);
    return undefined;
  }
  const number = numberIn(share?.[1] ?? notional?.[1] ?? text, text, place);
  if (number === undefined || !isPositive(number, place, SIGN_HINT)) return undefined;
  if (share) return { kind: share[2] === undefined ? 'percent' : 'risk', percent: number };
  return notional?.[2] === undefined
    ? { kind: 'base', amount: number }
    : { kind: 'quote', amount: number, asset: notional[2].toUpperCase() };
}
