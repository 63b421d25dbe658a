import type { AccountUpdate } from '../../account-adapter.ts'
import { idOf, integerOf, listOf, recordOf, textOf } from '../fields.ts'
import type { JsonRecord } from '../json-exact.ts'
import { isRecord } from '../json-exact.ts'
import {
  decimalTextOf,
  firstTimeOf,
  flagOf,
  heldSideOf,
  instrumentOf,
  marginTypeOf,
  nonZeroTextOf,
  optionalDecimalTextOf,
  optionalTextOf,
  told,
} from './account-fields.ts'
import { readAlgo } from './algo-events.ts'
import { differenceText } from './exact-decimal.ts'
import { readFuturesOrder } from './futures-order-event.ts'
import type { EventContext, EventReaders } from './user-message.ts'
import { readNatively } from './user-message.ts'

/** Events of USD-M and COIN-M accounts. */
export const FUTURES_EVENTS: EventReaders = new Map([
  ['ORDER_TRADE_UPDATE', readFuturesOrder],
  ['TRADE_LITE', readTradeAhead],
  ['ACCOUNT_UPDATE', (row: JsonRecord, context: EventContext) => readAccount(row, context, '')],
  ['MARGIN_CALL', readMarginCall],
  ['ACCOUNT_CONFIG_UPDATE', readConfig],
  ['ALGO_UPDATE', readAlgo],
])

/** The fee is missing here; the full report follows. */
function readTradeAhead(row: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  return [
    {
      kind: 'fillAhead',
      instrument: instrumentOf(context.venue, row, 's'),
      orderId: idOf(row, 'i'),
      tradeId: idOf(row, 't'),
      timeUs: firstTimeOf(row, ['T']) ?? context.eventTimeUs,
    },
  ]
}

/**
 * Balances and positions that changed, and only those; both absolute. `wallet` stands behind the name of an asset where an
 * account has several of it (portfolio margin).
 */
export function readAccount(row: JsonRecord, context: EventContext, wallet: string): readonly AccountUpdate[] {
  const timeUs = firstTimeOf(row, ['T']) ?? context.eventTimeUs
  const times = { exchangeTimeUs: timeUs, receiveTimeUs: context.receiveTimeUs }
  const body = recordOf(row, 'a')
  const reason = optionalTextOf(body, 'm')
  const balances = rowsOf(body, 'B').map(entry => told({ ...balanceOf(entry, wallet), reason, ...times }, timeUs))
  const positions = rowsOf(body, 'P').map(entry => told({ ...positionOf(entry, context.venue), ...times }, timeUs))
  const modes = reason === 'MARGIN_TYPE_CHANGE' ? marginTypes(body, context, timeUs) : []
  return [...balances, ...positions, ...modes]
}

function rowsOf(body: JsonRecord, key: string): readonly JsonRecord[] {
  return body[key] === undefined ? [] : listOf(body, key).filter(isRecord)
}

/** `free` is the wallet of cross positions, `locked` the margin of isolated ones; neither knows open orders. */
function balanceOf(entry: JsonRecord, suffix: string) {
  const [wallet, crossWallet] = [decimalTextOf(entry, 'wb'), decimalTextOf(entry, 'cw')]
  return {
    kind: 'balance',
    asset: textOf(entry, 'a') + suffix,
    free: crossWallet,
    locked: differenceText(wallet, crossWallet),
    wallet,
    crossWallet,
    change: nonZeroTextOf(entry, 'bc'),
  } as const
}

function positionOf(entry: JsonRecord, venue: string) {
  return {
    kind: 'position',
    instrument: instrumentOf(venue, entry, 's'),
    positionSide: heldSideOf(entry, 'ps'),
    quantity: decimalTextOf(entry, 'pa'),
    entryPrice: decimalTextOf(entry, 'ep'),
    breakEvenPrice: nonZeroTextOf(entry, 'bep'),
    unrealizedPnl: optionalDecimalTextOf(entry, 'up'),
    marginType: marginTypeOf(entry, 'mt'),
    isolatedWallet: optionalDecimalTextOf(entry, 'iw'),
  } as const
}

/** The type holds for the symbol, whatever sides are told. */
function marginTypes(body: JsonRecord, context: EventContext, timeUs: EventContext['eventTimeUs']) {
  const bySymbol = new Map(rowsOf(body, 'P').map(entry => [textOf(entry, 's'), entry]))
  return [...bySymbol.values()].flatMap(entry => {
    const value = marginTypeOf(entry, 'mt')
    if (value === undefined) return []
    const instrument = instrumentOf(context.venue, entry, 's')
    const times = { exchangeTimeUs: timeUs, receiveTimeUs: context.receiveTimeUs }
    return [told({ kind: 'accountConfig', setting: 'marginType', value, instrument, ...times }, timeUs)]
  })
}

function readMarginCall(row: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  const positions = listOf(row, 'p')
    .filter(isRecord)
    .map(entry => ({
      instrument: instrumentOf(context.venue, entry, 's'),
      positionSide: heldSideOf(entry, 'ps'),
      quantity: decimalTextOf(entry, 'pa'),
      markPrice: decimalTextOf(entry, 'mp'),
      unrealizedPnl: decimalTextOf(entry, 'up'),
      maintenanceMargin: decimalTextOf(entry, 'mm'),
      marginType: marginTypeOf(entry, 'mt') ?? ('cross' as const),
    }))
  const crossWallet = optionalDecimalTextOf(row, 'cw')
  const times = { exchangeTimeUs: context.eventTimeUs, receiveTimeUs: context.receiveTimeUs }
  return [told({ kind: 'marginCall', positions, crossWallet, ...times }, context.eventTimeUs)]
}

/** Leverage of a symbol, or the multi-assets mode. */
function readConfig(row: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  const timeUs = firstTimeOf(row, ['T']) ?? context.eventTimeUs
  const times = { exchangeTimeUs: timeUs, receiveTimeUs: context.receiveTimeUs }
  const updates: AccountUpdate[] = []
  const { ac, ai } = row
  if (isRecord(ac)) {
    const [instrument, value] = [instrumentOf(context.venue, ac, 's'), String(integerOf(ac, 'l'))]
    updates.push(told({ kind: 'accountConfig', setting: 'leverage', value, instrument, ...times }, timeUs))
  }
  const isMultiAssets = isRecord(ai) ? flagOf(ai, 'j') : undefined
  if (isMultiAssets !== undefined) {
    const value = String(isMultiAssets)
    updates.push(told({ kind: 'accountConfig', setting: 'multiAssets', value, ...times }, timeUs))
  }
  return updates.length === 0 ? readNatively(row, context) : updates
}
