import type { DecimalText } from '../../../model/account-event.ts'
import { DecodeError } from '../../../model/error.ts'
import type { EpochUs } from '../../../model/time.ts'
import type { AccountUpdate } from '../../account-adapter.ts'
import { idOf, listOf, textOf, timeOf } from '../fields.ts'
import type { JsonRecord } from '../json-exact.ts'
import { isRecord } from '../json-exact.ts'
import {
  decimalTextOf,
  firstTimeOf,
  flagOf,
  instrumentOf,
  nonZeroTextOf,
  optionalIdOf,
  optionalTextOf,
  sideOf,
  told,
} from './account-fields.ts'
import { exactOf, quotient, shortText } from './exact-decimal.ts'
import { forcedBy, spotStatus } from './order-status.ts'
import type { EventContext, EventReaders } from './user-message.ts'
import { readNatively } from './user-message.ts'

/** Decimals of a computed average price: enough for the cheapest coins priced in the dearest. */
const AVERAGE_DECIMALS = 12

/** Events of spot accounts; margin accounts tell the same ones. */
export const SPOT_EVENTS: EventReaders = new Map([
  ['executionReport', readExecution],
  ['outboundAccountPosition', readBalances],
  ['balanceUpdate', readBalanceChange],
])

/** Statuses of a margin account that are no warning. */
const CALM = new Set(['NORMAL', 'EXCESSIVE'])

/** What margin accounts are told besides; the first name comes on a stream of its own. */
export const MARGIN_EVENTS: EventReaders = new Map([
  ...SPOT_EVENTS,
  ['MARGIN_LEVEL_STATUS_CHANGE', readMarginLevel],
  ['marginLevelChange', readMarginLevel],
])

/** The fill comes before the order that it changed, so that what was filled never runs ahead of the fills. */
function readExecution(row: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  const timeUs = firstTimeOf(row, ['T']) ?? context.eventTimeUs
  const order = orderUpdate(row, context, timeUs)
  return row['x'] === 'TRADE' ? [fillUpdate(row, context, timeUs), order] : [order]
}

/** `c` of a cancellation is the id of the request that cancelled; the order's own is then `C`. */
function ownClientId(row: JsonRecord): string {
  const original = row['x'] === 'CANCELED' ? optionalTextOf(row, 'C') : undefined
  return original ?? textOf(row, 'c')
}

function orderUpdate(row: JsonRecord, context: EventContext, timeUs: EpochUs): AccountUpdate {
  const [nativeStatus, type, clientOrderId] = [textOf(row, 'X'), textOf(row, 'o'), ownClientId(row)]
  const filledQuantity = decimalTextOf(row, 'z')
  const isWorking = flagOf(row, 'w')
  return told(
    {
      kind: 'order',
      instrument: instrumentOf(context.venue, row, 's'),
      orderId: idOf(row, 'i'),
      clientOrderId,
      status: spotStatus(nativeStatus, isWorking),
      nativeStatus,
      type,
      timeInForce: optionalTextOf(row, 'f') ?? '',
      side: sideOf(row, 'S'),
      price: decimalTextOf(row, 'p'),
      quantity: decimalTextOf(row, 'q'),
      filledQuantity,
      averagePrice: averagePrice(nonZeroTextOf(row, 'Z'), filledQuantity),
      stopPrice: nonZeroTextOf(row, 'P'),
      forced: forcedBy(clientOrderId, type),
      reason: reasonOf(row),
      exchangeTimeUs: timeUs,
      receiveTimeUs: context.receiveTimeUs,
    },
    timeUs,
    optionalIdOf(row, 'I'),
  )
}

function reasonOf(row: JsonRecord): string | undefined {
  const expiry = optionalTextOf(row, 'eR')
  const refusal = optionalTextOf(row, 'r')
  return expiry ?? (refusal === 'NONE' ? undefined : refusal)
}

function fillUpdate(row: JsonRecord, context: EventContext, timeUs: EpochUs): AccountUpdate {
  const tradeId = tradeIdOf(row)
  return told(
    {
      kind: 'fill',
      instrument: instrumentOf(context.venue, row, 's'),
      orderId: idOf(row, 'i'),
      clientOrderId: ownClientId(row),
      tradeId,
      side: sideOf(row, 'S'),
      price: decimalTextOf(row, 'L'),
      quantity: decimalTextOf(row, 'l'),
      fee: decimalTextOf(row, 'n'),
      feeAsset: optionalTextOf(row, 'N') ?? '',
      liquidity: flagOf(row, 'm') === true ? 'maker' : 'taker',
      exchangeTimeUs: timeUs,
      receiveTimeUs: context.receiveTimeUs,
    },
    timeUs,
    tradeId,
  )
}

/** Fills by smart order routing have an allocation instead of a trade. @throws DecodeError, since a fill would be lost */
function tradeIdOf(row: JsonRecord): string {
  const trade = optionalIdOf(row, 't')
  if (trade !== undefined) return trade
  if (row['t'] === 0) return '0'
  const allocation = optionalIdOf(row, 'a')
  if (allocation !== undefined) return `allocation:${allocation}`
  throw new DecodeError('a trade must have an id in "t" or an allocation in "a"')
}

/** Quote paid over base received; absent until something was filled. */
export function averagePrice(quote: DecimalText | undefined, filled: DecimalText): DecimalText | undefined {
  if (quote === undefined || quote.startsWith('-')) return undefined
  const base = exactOf(filled)
  return base.units === 0n ? undefined : shortText(quotient(exactOf(quote), base, AVERAGE_DECIMALS))
}

/** Absolute amounts, but only of the assets that were touched. */
function readBalances(row: JsonRecord, { receiveTimeUs, eventTimeUs }: EventContext): readonly AccountUpdate[] {
  const timeUs = timeOf(row, 'u', 'millisecond') ?? eventTimeUs
  return listOf(row, 'B')
    .filter(isRecord)
    .map(entry =>
      told(
        {
          kind: 'balance',
          asset: textOf(entry, 'a'),
          free: decimalTextOf(entry, 'f'),
          locked: decimalTextOf(entry, 'l'),
          exchangeTimeUs: timeUs,
          receiveTimeUs,
        },
        timeUs,
      ),
    )
}

function readBalanceChange(row: JsonRecord, { eventTimeUs }: EventContext): readonly AccountUpdate[] {
  return [
    {
      kind: 'balanceChange',
      asset: textOf(row, 'a'),
      change: decimalTextOf(row, 'd'),
      timeUs: timeOf(row, 'T', 'millisecond') ?? eventTimeUs,
      reason: textOf(row, 'e'),
    },
  ]
}

/** A level of the whole account; that all is well again is no call and is told natively. */
export function readMarginLevel(row: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  const level = textOf(row, 's')
  if (CALM.has(level)) return readNatively(row, context)
  const { eventTimeUs, receiveTimeUs } = context
  return [told({ kind: 'marginCall', positions: [], level, exchangeTimeUs: eventTimeUs, receiveTimeUs }, eventTimeUs)]
}
