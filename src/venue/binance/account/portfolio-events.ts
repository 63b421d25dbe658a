import type { AccountUpdate } from '../../account-adapter.ts'
import type { JsonRecord } from '../json-exact.ts'
import { COINM, SPOT, USDM } from '../markets.ts'
import { readAlgo, readStrategyOrder } from './algo-events.ts'
import { FUTURES_EVENTS, readAccount } from './futures-events.ts'
import { readMarginLevel, SPOT_EVENTS } from './spot-events.ts'
import type { EventContext, EventReader, EventReaders } from './user-message.ts'

/**
 * Events of a portfolio margin account: futures events name their business in `fs`, events of its margin part have none.
 * Liabilities and losses of open orders are told natively.
 */
export const PORTFOLIO_EVENTS: EventReaders = new Map([
  ...[...SPOT_EVENTS].map(([name, read]) => [name, within(SPOT.id, read)] as const),
  ...[...FUTURES_EVENTS].map(([name, read]) => [name, byBusiness(read)] as const),
  ['ACCOUNT_UPDATE', byBusiness(readWallets)],
  ['ALGO_ORDER_UPDATE', byBusiness(readAlgo)],
  ['CONDITIONAL_ORDER_TRADE_UPDATE', byBusiness(readStrategyOrder)],
  ['riskLevelChange', readMarginLevel],
  ['RISK_LEVEL_CHANGE', readMarginLevel],
])

/** The account has up to three wallets of one asset: `USDT` of margin, `USDT@UM` and `USDT@CM`. */
export function walletSuffix(venue: string): string {
  return venue === COINM.id ? '@CM' : '@UM'
}

function readWallets(row: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  return readAccount(row, context, walletSuffix(context.venue))
}

function within(venue: string, read: EventReader): EventReader {
  return (row, context) => read(row, { ...context, venue })
}

function byBusiness(read: EventReader): EventReader {
  return (row, context) => read(row, { ...context, venue: row['fs'] === 'CM' ? COINM.id : USDM.id })
}
