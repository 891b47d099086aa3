import { expect, it } from 'vitest';
import { explainAlert } from './explainAlert.ts';
import { parseAlert } from './parseAlert.ts';

it.each([
  ['buy BTCUSDT 0.01', 'Buy 0.01 BTCUSDT at market.'],
  [
    'buy BTCUSDT 10% sl=1% tp=2%',
    'Buy BTCUSDT for 10 % of equity at market. Then take profit with all at 2 % profit from the entry and stop the loss at 1 % loss from the entry; whichever fills first cancels the other.',
  ],
  [
    'sell BTCUSDT.P 1% risk sl=51000',
    'Sell as much BTCUSDT.P as loses 1 % of equity at the stop loss at market. Then stop the loss at 51000.',
  ],
  ['buy BTCUSDT 0.01 type=limit price=49000 postOnly=true', 'Buy 0.01 BTCUSDT at 49000 or better as maker only.'],
  [
    'buy BTCUSDT 0.01 type=stop_limit stopPrice=51000 price=51010 timeInForce=GTD expiresAt=1790769600',
    'Buy 0.01 BTCUSDT at 51010 or better once the price reaches 51000. The order ends at 2026-09-30T12:00:00.000Z.',
  ],
  [
    'short BTCUSDT.P 0.5',
    'Be short BTCUSDT.P: close a long position if there is one, then sell 0.5 BTCUSDT.P at market; nothing if already short.',
  ],
  ['close BTCUSDT 50%', 'Close 50 % of the BTCUSDT position at market.'],
  [
    'close BTCUSDT account=main id=a1',
    'Close all of the BTCUSDT position at market. On main only. The same id (a1) again has no second effect.',
  ],
  ['target BTCUSDT.P -0.5', 'Make the BTCUSDT.P position 0.5 short at market, trading only the difference.'],
  ['target BTCUSDT.P 0', 'Make the BTCUSDT.P position flat at market.'],
  ['sell BTCUSDT 0.5 type=trailing_stop trail=1%', 'Sell 0.5 BTCUSDT at market once the price turns 1 % from its best.'],
  ['buy BTCUSDT 2 type=iceberg price=49000 display=0.1', 'Buy 2 BTCUSDT at 49000 or better, showing 0.1 at a time.'],
  ['buy BTCUSDT 2 type=twap duration=30m', 'Buy 2 BTCUSDT at market, spread over 30m evenly.'],
  [
    'buy BTCUSDT 2 type=vwap duration=2h price=50000',
    'Buy 2 BTCUSDT at 50000 or better, spread over 2h in proportion to the usual volume.',
  ],
  [
    'buy BTCUSDT 10% sl=2% trail=1%',
    'Buy BTCUSDT for 10 % of equity at market. Then stop the loss at 2 % loss from the entry, following the best price 1 % behind it.',
  ],
  ['buy BTCUSDT 1 trail=500', 'Buy 1 BTCUSDT at market. Then stop the loss, following the best price 500 behind it.'],
  [
    'buy BTCUSDT 1 account=one,other route=best',
    'Buy 1 BTCUSDT at market. On one, other only. Once in all, on whichever of the accounts it costs least, split among them when that saves more.',
  ],
  ['cancel BTCUSDT tag=grid', 'Cancel every open order of BTCUSDT tagged "grid".'],
])('%s means: %s', (text, words) => {
  const parsed = parseAlert(text);
  expect(parsed.ok ? explainAlert(parsed.alert) : parsed.mistakes).toBe(words);
});
