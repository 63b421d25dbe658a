import type { AccountUpdate } from '../../account-adapter.ts'
import { listOf, textOf } from '../fields.ts'
import type { JsonRecord } from '../json-exact.ts'
import { isRecord } from '../json-exact.ts'
import { decimalTextOf, firstTimeOf, instrumentOf, nonZeroTextOf, told } from './account-fields.ts'
import { differenceText } from './exact-decimal.ts'
import { readOrderTrade } from './futures-order-event.ts'
import { readOrderList } from './options-order-list.ts'
import { readMarginLevel } from './spot-events.ts'
import type { EventContext, EventReaders } from './user-message.ts'

/** Options are settled in one asset; the event of the account does not name it. */
const SETTLEMENT = 'USDT'

/** Events of options accounts. Greeks are told natively. */
export const OPTIONS_EVENTS: EventReaders = new Map([
  ['ORDER_TRADE_UPDATE', readOrder],
  ['ACCOUNT_UPDATE', readMargin],
  ['BALANCE_POSITION_UPDATE', readPositions],
  ['RISK_LEVEL_CHANGE', readMarginLevel],
])

/** Until 2025-12 `o` was a list of orders with their fills inside. */
function readOrder(row: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  return Array.isArray(row['o']) ? readOrderList(row, context) : readOrderTrade(row, context, 'received')
}

/**
 * The account as a whole. `free` is the margin balance: equity without the profit of open positions, which is what REST calls
 * so, too. The wallet `b` is another figure (it contains premiums of open positions) and stays in the native event.
 */
function readMargin(row: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  const timeUs = firstTimeOf(row, ['T']) ?? context.eventTimeUs
  const equity = decimalTextOf(row, 'eq')
  return [
    told(
      {
        kind: 'balance',
        asset: SETTLEMENT,
        free: differenceText(equity, decimalTextOf(row, 'u')),
        locked: '0',
        maintenanceMargin: decimalTextOf(row, 'M'),
        marginBalance: equity,
        exchangeTimeUs: timeUs,
        receiveTimeUs: context.receiveTimeUs,
      },
      timeUs,
    ),
  ]
}

/** Positions that changed, absolute. Of balances only what came or went is told, since their total is the wallet. */
function readPositions(row: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  const timeUs = firstTimeOf(row, ['T']) ?? context.eventTimeUs
  const times = { exchangeTimeUs: timeUs, receiveTimeUs: context.receiveTimeUs }
  const reason = textOf(row, 'm')
  const changes = listOf(row, 'B')
    .filter(isRecord)
    .flatMap(entry => {
      const change = nonZeroTextOf(entry, 'bc')
      if (change === undefined) return []
      return [{ kind: 'balanceChange', asset: textOf(entry, 'a'), change, timeUs, reason } as const]
    })
  const positions = listOf(row, 'P')
    .filter(isRecord)
    .map(entry =>
      told(
        {
          kind: 'position',
          instrument: instrumentOf(context.venue, entry, 's'),
          positionSide: 'both',
          quantity: decimalTextOf(entry, 'c'),
          entryPrice: decimalTextOf(entry, 'a'),
          ...times,
        },
        timeUs,
      ),
    )
  return [...changes, ...positions]
}
