import type { CcxtExchange } from '../loadCcxt.ts';

/** ccxt's implicit methods. Lists in parameters are sent as repeated names. */
export type Params = Readonly<Record<string, unknown>>;
export interface CoinbaseExchange extends CcxtExchange {
  milliseconds(): number;
  /** The time tokens are signed with; ccxt's own knows nothing of the venue's clock. */
  seconds: () => number;
  v3PublicGetBrokerageTime(): Promise<unknown>;
  v3PrivatePostBrokerageOrders(params: Params): Promise<unknown>;
  v3PrivatePostBrokerageOrdersBatchCancel(params: Params): Promise<unknown>;
  v3PrivateGetBrokerageOrdersHistoricalOrderId(params: Params): Promise<unknown>;
  v3PrivateGetBrokerageOrdersHistoricalBatch(params: Params): Promise<unknown>;
  v3PrivateGetBrokerageOrdersHistoricalFills(params: Params): Promise<unknown>;
  v3PrivateGetBrokerageAccounts(params: Params): Promise<unknown>;
  v3PrivateGetBrokerageKeyPermissions(): Promise<unknown>;
}
