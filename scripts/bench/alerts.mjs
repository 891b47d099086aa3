/** Bases of the synthetic feed's markets; several at once, as orders of one symbol wait for each other. */
const BASES =
  'BTC ETH BNB SOL XRP DOGE ADA TRX AVAX DOT LINK BCH NEAR LTC UNI ICP ETC APT XLM FIL HBAR ATOM ARB OP INJ SUI VET IMX GRT RUNE ' +
  'AAVE ALGO SEI TIA FTM EGLD QNT FLOW SAND AXS MANA THETA XTZ SNX CHZ EOS NEO KAVA IOTA CAKE';

export const SYMBOLS = BASES.split(' ').map((base) => `${base}USDT`);

/** Alerts that a paper account carries out: a quantity that every one of those markets takes, the cheapest too at its lowest price. */
export const paperAlerts = { symbols: SYMBOLS, quantity: '2000' };

/** Rich enough for all alerts of a run. */
export const PAPER_ACCOUNT = {
  name: 'bench',
  venue: 'paper',
  market: 'spot',
  settings: { balances: { USDT: '900000000000000' }, depthNotional: '1000000000000' },
};
