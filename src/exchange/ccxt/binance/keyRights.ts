import { z } from 'zod';
import type { CcxtExchange } from '../loadCcxt.ts';
import { read } from '../replies.ts';
import type { AccountRights } from '../venueApi.ts';

export interface KeyExchange extends CcxtExchange {
  sapiGetAccountApiRestrictions(): Promise<unknown>;
}

const restrictions = z.object({
  ipRestrict: z.boolean(),
  enableWithdrawals: z.boolean(),
  enableSpotAndMarginTrading: z.boolean().optional(),
  enableFutures: z.boolean().optional(),
});

/** What a key needs for each market, and how Binance's page of it calls that. */
const NEEDED = {
  spot: { may: 'enableSpotAndMarginTrading', called: 'Enable Spot & Margin Trading' },
  swap: { may: 'enableFutures', called: 'Enable Futures' },
} as const;

/**
 * What the account and the key may do together. Of the key nothing is known in a sandbox, which has no such endpoint, and where the key
 * may not ask.
 */
export async function rightsAt(market: 'spot' | 'swap', exchange: KeyExchange, accountMayTrade: boolean): Promise<AccountRights> {
  const key = await keyRestrictions(exchange);
  const { may, called } = NEEDED[market];
  const keyMayTrade = key?.[may] ?? true;
  return {
    canTrade: accountMayTrade && keyMayTrade,
    canWithdraw: key?.enableWithdrawals ?? null,
    addressBound: key?.ipRestrict ?? null,
    lacks: keyMayTrade ? 'Binance does not let the account trade' : `the key lacks "${called}": allow it where keys are made at Binance`,
  };
}

async function keyRestrictions(exchange: KeyExchange): Promise<z.infer<typeof restrictions> | null> {
  try {
    return read('the key', restrictions, await exchange.sapiGetAccountApiRestrictions());
  } catch {
    return null;
  }
}
