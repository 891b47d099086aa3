/**
 * Every reason code a person may meet on a signal or an order, with what it means and what to do about it. The codes are
 * stable; `docs/reason-codes.md` lists them and a test keeps both alike. Venue rejections come from the same registry.
 */
export const REASONS = {
  ALERT_NOT_UNDERSTOOD: { means: 'The alert could not be read.', advice: 'Correct the message as the listed mistakes say.' },
  SIGNAL_STALE: {
    means: 'The alert was older than the hook allows when it was to be carried out.',
    advice: "Check why it was late, or raise the hook's maxAgeSec.",
  },
  ALERT_OVERTAKEN: {
    means: 'An alert that was sent later had come before it.',
    advice: "Compare the position with the strategy; the hook's onGap says what is done about such alerts.",
  },
  ALERT_MISSED: {
    means: 'It does not follow from the alert before it, and its hook halts entries then.',
    advice: 'Compare the position with the strategy, then resume with POST /api/v1/trading/resume.',
  },
  SIGNAL_FROM_FUTURE: { means: "The alert's time lies in the future.", advice: "Send {{timenow}}; check the sender's clock." },
  SET_ASIDE: {
    means: 'Carrying it out failed again and again for an unexpected reason.',
    advice: 'Check the venue, then report it with the log.',
  },
  HOOK_REMOVED: { means: 'The hook was revoked before the alert was carried out.', advice: 'Point the alert to a hook that exists.' },
  ACCOUNT_UNKNOWN: { means: 'No account of that name.', advice: 'Use the name of an account of this hook.' },
  ACCOUNT_NOT_ALLOWED: { means: 'The hook may not use that account.', advice: 'Add the account to the hook, or leave `account` out.' },
  ACCOUNT_NOT_CONFIRMED: {
    means: 'The account may not trade until a second admin has confirmed it.',
    advice: 'Ask another admin: `signalman proposal list`.',
  },
  ACCOUNT_UNAVAILABLE: { means: "The account's venue could not be opened.", advice: 'Run `signalman account test <name>`.' },
  SYMBOL_UNKNOWN: { means: 'The venue has no such symbol.', advice: 'Use one of the symbols named.' },
  SYMBOL_AMBIGUOUS: { means: 'Several markets of the account fit the symbol.', advice: 'Write the unified symbol, as listed.' },
  SYMBOL_NOT_ALLOWED: { means: 'The risk limits do not allow this symbol.', advice: 'Add it to allowedSymbols.' },
  QUANTITY_MISSING: {
    means: 'This action needs a quantity.',
    advice: 'Add `quantity`, for example "0.01", "100 USDT", "10%" or "1% risk".',
  },
  QUANTITY_TOO_SMALL: {
    means: "Rounded to the venue's step the quantity is below its minimum.",
    advice: 'Raise the quantity to at least the minimum named.',
  },
  NOTIONAL_TOO_SMALL: {
    means: "Price times quantity is below the venue's minimum.",
    advice: 'Raise the quantity so that its value reaches the minimum named.',
  },
  TOO_MANY_PARTS: {
    means: 'Showing so little at a time, the iceberg would take more than 1,000 orders.',
    advice: 'Show at least as much at a time as is named, or make the order smaller.',
  },
  QUOTE_ASSET_MISMATCH: { means: "The notional is not in the symbol's quote asset.", advice: 'Give it in the asset named.' },
  PRICE_UNAVAILABLE: { means: 'No current price could be had.', advice: 'Try again; check the venue.' },
  PRICE_OFF_TICK: { means: "The price is not a multiple of the venue's tick.", advice: 'Round the price to the tick named.' },
  STOP_LOSS_WRONG_SIDE: {
    means: 'The stop loss lies on the wrong side of the entry.',
    advice: 'Below the entry for a buy, above it for a sell.',
  },
  TAKE_PROFIT_WRONG_SIDE: {
    means: 'The take profit lies on the wrong side of the entry.',
    advice: 'Above the entry for a buy, below it for a sell.',
  },
  RISK_NEEDS_STOP_LOSS: { means: 'Sizing by risk needs a stop loss.', advice: 'Add `stopLoss`.' },
  NO_POSITION: { means: 'There is no position to act on.', advice: 'Nothing to do if the position is already closed.' },
  NOTHING_TO_DO: { means: 'The position is already as asked.', advice: 'Nothing to do.' },
  NOTHING_TO_CANCEL: { means: 'No open order matches.', advice: 'Nothing to do if it is filled or canceled.' },
  SHORT_NOT_SUPPORTED: { means: 'A spot account cannot be short.', advice: 'Use a swap symbol (BTCUSDT.P) or a swap account.' },
  FEATURE_NOT_SUPPORTED: {
    means: 'The venue does not offer what the alert asks for.',
    advice: 'What each venue has is in docs/venues.md.',
  },
  MARGIN_NOT_SET: {
    means: 'Leverage or margin mode could not be set as the alert asks, so nothing was ordered.',
    advice: 'With a position or orders open the margin mode cannot change; else set both at the venue and leave them out.',
  },
  REDUCE_ONLY_WOULD_OPEN: {
    means: 'A reduce-only order must not open or increase a position.',
    advice: 'Lower the quantity to the position, or drop reduceOnly.',
  },
  TRADING_HALTED: { means: 'Trading is halted.', advice: 'Resume with POST /api/v1/trading/resume.' },
  TRADING_REDUCE_ONLY: { means: 'Only exits are allowed now.', advice: 'Resume with POST /api/v1/trading/resume.' },
  ORDER_NOTIONAL_LIMIT: { means: "The order's value is above maxOrderNotional.", advice: 'Lower the quantity or raise the limit.' },
  POSITION_NOTIONAL_LIMIT: {
    means: 'The position would be worth more than maxPositionNotional.',
    advice: 'Lower the quantity or raise the limit.',
  },
  OPEN_ORDERS_LIMIT: { means: 'The account already has maxOpenOrders open.', advice: 'Cancel some or raise the limit.' },
  DAILY_LOSS_LIMIT: {
    means: "Today's realised loss has reached maxDailyLoss; exits stay allowed.",
    advice: 'Entries are taken again after 00:00 UTC, or raise the limit.',
  },
  ENTRY_SUPERSEDED: {
    means: 'While this entry waited, a later alert closed the position.',
    advice: 'Nothing to do.',
  },
  AWAITS_APPROVAL: {
    means: 'The hook demands that a person approves its entries.',
    advice: 'Approve or reject it: the buttons in Telegram, POST /api/v1/signals/<id>/approve, or `signalman signal approve <id>`.',
  },
  ROUTED: { means: 'Its share of an order over several accounts is decided and recorded.', advice: 'Wait.' },
  ROUTED_ELSEWHERE: {
    means: 'The order was carried out on other accounts, where it cost less.',
    advice: 'Nothing to do; with "route":"all" every account would carry it out.',
  },
  ROUTE_IMPOSSIBLE: {
    means: 'None of the accounts can carry it out, or their prices cannot be compared.',
    advice: 'Name accounts of one owner and one market that can be reached, or name one account.',
  },
  APPROVED: { means: 'A person approved it; it is being carried out.', advice: 'Wait.' },
  APPROVAL_REJECTED: { means: 'A person rejected it.', advice: 'Nothing to do.' },
  APPROVAL_EXPIRED: { means: 'Nobody approved it in time.', advice: "Decide sooner, or raise the hook's approval.expiresSec." },
  APPROVAL_DECIDED: { means: 'Somebody has decided already.', advice: 'Nothing to do: the first decision stands.' },
  PRICE_DRIFTED: {
    means: 'The price moved too far between arrival and approval.',
    advice: "Send the alert again if it still stands, or raise the hook's approval.maxDriftPercent.",
  },
  EXIT_OWED: {
    means: 'The orders that protected the position are being canceled for this exit: it follows whatever happens.',
    advice: 'Wait: the exit is sent, also by another leader and while trading is halted.',
  },
  TOO_MANY_WAITING: {
    means: 'Too many alerts already wait for orders in doubt, or for venues that cannot be reached.',
    advice: 'Check the venue: new entries are taken again once it answers.',
  },
  LEG_ABANDONED: { means: 'The leg this one depended on did not fill.', advice: "See the parent order's reason." },
  OCO_SIBLING_FILLED: { means: 'The other order of its pair filled.', advice: 'Nothing to do.' },
  POSITION_CLOSED: { means: 'The position it protected is closed.', advice: 'Nothing to do.' },
  CANCELED_BY_REQUEST: { means: 'Canceled as asked.', advice: 'Nothing to do.' },
  REPLACING: {
    means: 'It was canceled at the venue to be placed again with its new terms.',
    advice: 'Wait: it is placed again, also by another leader.',
  },
  WATCHED: {
    means: 'It stays here while its stop rests at the venue, and is sent when its price is reached.',
    advice: 'Nothing to do.',
  },
  STANDS_BY: {
    means: 'It makes way for its take profit, whose price is reached, and is placed again for what that leaves.',
    advice: 'Wait a moment.',
  },
  STOP_PUT_BACK: {
    means: 'The stop was canceled at the venue while its position is held, so it is placed again, once.',
    advice: 'Cancel it here if it is not wanted any more.',
  },
  POSITION_NAKED: {
    means: 'The position was without its stop for longer than STOP_GUARANTEE_SEC.',
    advice: 'Look at the position: NAKED_POSITION says whether it is closed for you.',
  },
  ORDER_EXPIRED: { means: 'Its time was up (expiresAt).', advice: 'Nothing to do.' },
  WORK_SUPERSEDED: {
    means: 'A later alert wants something else of the position than this order was being worked off for.',
    advice: 'Nothing to do.',
  },
  TIME_IS_UP: {
    means: 'The time of a TWAP or VWAP was up before all of it had filled.',
    advice: 'Look at what it filled; for the rest send a new alert, with another price or a longer duration.',
  },
  ORDER_NOT_FOUND: { means: 'No such order.', advice: 'Check the id with GET /api/v1/orders.' },
  ORDER_NOT_OPEN: { means: 'The order is already final.', advice: 'Nothing to do.' },
  NEVER_REACHED_VENUE: {
    means: 'The venue proved not to know the order and it was too old to send again.',
    advice: 'Send the alert again if it still stands.',
  },
  VENUE_INSUFFICIENT_FUNDS: { means: 'The venue says the balance is too small.', advice: 'Lower the quantity or add funds; fees count.' },
  VENUE_MIN_NOTIONAL: { means: "The venue says the order's value is too small.", advice: 'Raise the quantity.' },
  VENUE_PRECISION: { means: "The venue refused the quantity's or price's precision.", advice: "Round to the venue's step and tick." },
  VENUE_SYMBOL: { means: 'The venue does not trade this symbol now.', advice: 'Check the symbol and its trading status.' },
  VENUE_WOULD_MATCH: { means: 'A post-only order would have matched at once.', advice: 'Move the price away from the market.' },
  VENUE_WOULD_TRIGGER: { means: 'The stop price has already been passed.', advice: 'Move the stop price to the other side of the market.' },
  VENUE_NO_LIQUIDITY: { means: 'It could not be filled at once as IOC or FOK asks.', advice: 'Use GTC or another price.' },
  VENUE_AUTH: { means: 'The venue refused the credentials or their permissions.', advice: 'Run `signalman account test <name>`.' },
  VENUE_RATE_LIMIT: { means: 'The venue asks to slow down.', advice: 'Send fewer orders; the limiter backs off by itself.' },
  VENUE_CLOCK: { means: "The venue found the request's time out of its window.", advice: "Synchronise this machine's clock." },
  VENUE_REJECTED: { means: 'The venue refused the order.', advice: "Read the venue's words in the message." },
  VENUE_EXPIRED: { means: "The order's time ran out at the venue.", advice: 'Nothing to do.' },
  VENUE_CANCELED: { means: 'Canceled at the venue, not by us.', advice: 'Check who canceled it.' },
  VENUE_UNREACHABLE: { means: 'The request never left for the venue.', advice: 'Check network and venue status.' },
  VENUE_TIMEOUT: {
    means: 'The venue did not answer in time; whether it took the order is being found out.',
    advice: 'Wait: the order is looked up until it is known.',
  },
  VENUE_DUPLICATE_ID: {
    means: 'The venue says that it has an order with this id already; which, is being found out.',
    advice: 'Wait: the order is looked up until it is known.',
  },
  ORDER_UNRESOLVED: {
    means: 'Whether the venue has this order could not be found out.',
    advice: 'Look at the venue and say what is true: `signalman order resolve <id> --exists` or `--absent`.',
  },
  RESOLVED_ABSENT: { means: 'A person said that the venue has no such order.', advice: 'Send the alert again if it still stands.' },
  VENUE_REPLY_BROKEN: {
    means: "The venue's answer could not be read; whether it took the order is being found out.",
    advice: 'Wait: the order is looked up until it is known.',
  },
} as const satisfies Record<string, { readonly means: string; readonly advice: string }>;

export type ReasonCode = keyof typeof REASONS;

/** An expected "no": returned, never thrown. */
export interface Refusal {
  readonly code: ReasonCode;
  /** What is wrong here and what would work, in words with numbers. */
  readonly message: string;
}

export function refuse(code: ReasonCode, detail?: string): Refusal {
  const reason = REASONS[code];
  return { code, message: `${detail ?? reason.means} ${reason.advice}` };
}
