import type { Market } from '../../domain/market/market.ts';
import { type Decimal, decimal, minDecimal } from '../../domain/money.ts';

/**
 * Well-known crypto assets with a round price in US dollars around which the synthetic walk goes: the right magnitude, not
 * a market observation.
 */
const ASSETS = `
BTC 65000 ETH 3200 BNB 580 SOL 150 XRP 0.6 DOGE 0.14 ADA 0.45 TRX 0.13 AVAX 28 SHIB 0.000018 DOT 6.2 LINK 14 BCH 380 NEAR 5.1 LTC 72
UNI 8.4 ICP 9.3 ETC 22 APT 7.8 XLM 0.1 FIL 4.4 HBAR 0.07 ATOM 7.1 ARB 0.8 OP 1.8 INJ 24 SUI 1.1 VET 0.026 IMX 1.6 GRT 0.19
RUNE 4.6 AAVE 105 ALGO 0.14 SEI 0.36 TIA 6.3 FTM 0.55 EGLD 32 QNT 84 FLOW 0.65 SAND 0.33 AXS 6.1 MANA 0.34 THETA 1.5 XTZ 0.8 SNX 1.9
CHZ 0.074 EOS 0.58 NEO 11 KAVA 0.38 IOTA 0.17 CAKE 2.1 CFX 0.15 MINA 0.52 GALA 0.024 CRV 0.31 LDO 1.6 MKR 2450 COMP 51 ZEC 31
DASH 27 XMR 160 ENJ 0.17 BAT 0.19 ZIL 0.017 ONE 0.014 ROSE 0.08 DYDX 1.3 GMX 29 PENDLE 4.2 WOO 0.19 STX 1.7 KAS 0.15 TON 6.8 PEPE 0.000011
WIF 2.2 BONK 0.000023 FLOKI 0.00015 ORDI 36 JUP 0.9 PYTH 0.34 JTO 2.4 STRK 0.6 WLD 2.3 BLUR 0.2 ENS 24 MASK 2.5 APE 0.9 GMT 0.16
ANKR 0.028 CELO 0.58 QTUM 2.6 ICX 0.15 ONT 0.21 RVN 0.02 SC 0.005 KSM 21 WAVES 1.1 ZRX 0.36 SUSHI 0.75 YFI 5800 BAL 2.3 BAND 1.2
STORJ 0.45 SKL 0.044 LRC 0.16 OCEAN 0.6 FET 1.3 RNDR 7.2 AGIX 0.65 ARKM 1.4 RPL 19 SSV 26 LPT 15 AUDIO 0.15 API3 1.9 UMA 2.4
KNC 0.55 REN 0.046 NMR 17 OGN 0.1 CTSI 0.15 DENT 0.001 HOT 0.0019 IOST 0.006 IOTX 0.044 COTI 0.1 CELR 0.016 ARPA 0.047 RSR 0.006
SXP 0.26 TRB 72 BNT 0.62 C98 0.16 DUSK 0.24 GLM 0.36 HIVE 0.23 JASMY 0.024 LUNC 0.000085 MAGIC 0.4 METIS 42 MTL 1.1 NKN 0.09 OMG 0.32
PEOPLE 0.08 POLYX 0.27 POWR 0.22 REQ 0.1 RLC 1.9 SPELL 0.0007 STG 0.38 SUPER 0.65 TWT 1.05 VTHO 0.0021 XVG 0.0046 XEM 0.017 YGG 0.5
ALT 0.13 MANTA 0.95 DYM 1.8 ENA 0.5 ETHFI 2.5 NOT 0.012 ZK 0.13 ZRO 2.9 EIGEN 3.4 ONDO 0.95 PIXEL 0.2 PORTAL 0.4 SAGA 1.3 TAO 310
`;

export const BASE_PRICES: ReadonlyMap<string, Decimal> = new Map(
  [...ASSETS.matchAll(/(\S+) (\S+)/g)].map(([, asset = '', price = '']) => [asset, decimal(price)]),
);

const DOLLARS = new Set(['USDT', 'USDC', 'USD']);
const MORE_SPOT = ['BTC/USD', 'ETH/USD', 'BTC/USDC', 'ETH/USDC', 'ETH/BTC'];

/** Each asset as spot and linear swap against USDT, and a few more spot pairs. */
export const SYNTHETIC_MARKETS: readonly Market[] = [
  ...[...BASE_PRICES.keys()].flatMap((base) => [syntheticMarket(base, 'USDT', 'spot'), syntheticMarket(base, 'USDT', 'swap')]),
  ...MORE_SPOT.map((symbol) => {
    const [base = '', quote = ''] = symbol.split('/');
    return syntheticMarket(base, quote, 'spot');
  }),
];

/** The price around which a market moves: quote per base. */
export function anchorPrice(base: string, quote: string): Decimal {
  const inDollars = BASE_PRICES.get(base) ?? decimal(1);
  return DOLLARS.has(quote) ? inDollars : inDollars.div(BASE_PRICES.get(quote) ?? decimal(1));
}

/** Ticks of about 1/10,000 of the price, at most a cent; steps worth about half a dollar, at most one unit; swaps in ten times larger steps. */
function syntheticMarket(base: string, quote: string, type: Market['type']): Market {
  const price = anchorPrice(base, quote);
  const dollars = anchorPrice(base, 'USDT');
  const one = decimal(1);
  const spotStep = minDecimal(one, decimal(10).pow(-dollars.e - 1));
  const stepSize = type === 'swap' ? minDecimal(one, spotStep.mul(10)) : spotStep;
  return {
    symbol: type === 'swap' ? `${base}/${quote}:${quote}` : `${base}/${quote}`,
    venueSymbol: `${base}${quote}`,
    type,
    base,
    quote,
    tickSize: minDecimal(decimal('0.01'), decimal(10).pow(price.e - 4)),
    stepSize,
    minQuantity: stepSize,
    minNotional: DOLLARS.has(quote) ? decimal(5) : decimal('0.0001'),
  };
}
