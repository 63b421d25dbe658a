import type { BookDelta } from '../../model/book-levels.ts'
import type { MarkPriceEvent, QuoteEvent, TradeEvent } from '../../model/event.ts'
import type { InstrumentId } from '../../model/instrument.ts'
import type { EpochUs } from '../../model/time.ts'
import { epochUs } from '../../model/time.ts'
import type { StreamSpec } from '../adapter.ts'
import type { StreamMatch } from './catalogue.ts'
import type { FieldReader } from './field-reader.ts'
import { FieldPlan } from './field-reader.ts'
import { makeMarkPrice, makeQuote, makeTrade } from './make-events.ts'
import type { StreamEntry } from './stream-entry.ts'

/** How the frames of a stream are read from bytes; undefined when only the JSON decoder reads them. */
export function planOf(match: StreamMatch): FieldPlan | undefined {
  switch (match.template.rows) {
    case 'bookDelta':
      return DELTA
    case 'aggTrade':
      return AGG_TRADE
    case 'trade':
      return TRADE
    case 'quote':
      return match.template.events.length === 0 ? SPOT_QUOTE : QUOTE
    case 'markPrice':
      return MARK_PRICE
    default:
      return undefined
  }
}

/*
 * The hot kinds, read from the bytes. The slot numbers are the places of the keys in the plans below (slot 0 is `e`).
 * Whatever these readers do not take, the JSON decoder reads: see unify.ts for the same letters in full.
 */

/** Aggregate id, price, quantity, first and last match, buyer is maker, trade and event time, quantity without RPI. */
const AGG_TRADE = new FieldPlan('aggTrade', [
  { key: 's', how: 'symbol' },
  { key: 'a', how: 'integer' },
  { key: 'p', how: 'decimal' },
  { key: 'q', how: 'decimal' },
  { key: 'f', how: 'integer' },
  { key: 'l', how: 'integer' },
  { key: 'm', how: 'boolean' },
  { key: 'T', how: 'time', isRequired: false },
  { key: 'E', how: 'time', isRequired: false },
  { key: 'nq', how: 'decimal', isRequired: false },
])

export function takeAggTrade<S extends StreamSpec>(
  reader: FieldReader,
  entry: StreamEntry<S>,
  instrument: InstrumentId,
  receiveTimeUs: EpochUs,
): TradeEvent {
  const first = reader.value(5)
  const last = reader.value(6)
  const firstId = entry.firstIds.of(first)
  return makeTrade(
    entry.tradeChannel,
    instrument,
    engineTime(reader, 8, 9),
    receiveTimeUs,
    entry.ids.of(reader.value(2)),
    reader.value(3),
    reader.value(4),
    reader.value(7) === 1,
    firstId,
    first === last ? firstId : entry.lastIds.of(last),
    reader.optional(10),
    undefined,
  )
}

/** Trade id, price, quantity, buyer is maker, trade and event time, kind of print: only the ordinary one is read here. */
const TRADE = new FieldPlan('trade', [
  { key: 's', how: 'symbol' },
  { key: 't', how: 'integer' },
  { key: 'p', how: 'decimal' },
  { key: 'q', how: 'decimal' },
  { key: 'm', how: 'boolean' },
  { key: 'T', how: 'time', isRequired: false },
  { key: 'E', how: 'time', isRequired: false },
  { key: 'X', how: 'market', isRequired: false },
])

export function takeTrade<S extends StreamSpec>(
  reader: FieldReader,
  entry: StreamEntry<S>,
  instrument: InstrumentId,
  receiveTimeUs: EpochUs,
): TradeEvent {
  return makeTrade(
    entry.tradeChannel,
    instrument,
    engineTime(reader, 6, 7),
    receiveTimeUs,
    entry.ids.of(reader.value(2)),
    reader.value(3),
    reader.value(4),
    reader.value(5) === 1,
    undefined,
    undefined,
    undefined,
    undefined,
  )
}

/** Update id, bid price and quantity, ask price and quantity, engine and event time. */
const QUOTE_FIELDS = [
  { key: 's', how: 'symbol' },
  { key: 'u', how: 'integer' },
  { key: 'b', how: 'decimal' },
  { key: 'B', how: 'decimal' },
  { key: 'a', how: 'decimal' },
  { key: 'A', how: 'decimal' },
  { key: 'T', how: 'time', isRequired: false },
  { key: 'E', how: 'time', isRequired: false },
] as const
const QUOTE = new FieldPlan('bookTicker', QUOTE_FIELDS)
/** Spot sends neither `e` nor a time. */
const SPOT_QUOTE = new FieldPlan('', QUOTE_FIELDS)

export function takeQuote(reader: FieldReader, instrument: InstrumentId, receiveTimeUs: EpochUs): QuoteEvent {
  return makeQuote(
    instrument,
    engineTime(reader, 7, 8),
    receiveTimeUs,
    reader.value(3),
    reader.value(4),
    reader.value(5),
    reader.value(6),
    reader.value(2),
  )
}

/** First and last update id, changed bids and asks, last id of the event before (futures), engine and event time. */
const DELTA = new FieldPlan('depthUpdate', [
  { key: 's', how: 'symbol' },
  { key: 'U', how: 'integer' },
  { key: 'u', how: 'integer' },
  { key: 'b', how: 'bids' },
  { key: 'a', how: 'asks' },
  { key: 'pu', how: 'integer', isRequired: false },
  { key: 'T', how: 'time', isRequired: false },
  { key: 'E', how: 'time', isRequired: false },
])

/** Completes `reader.delta`, whose levels are already there. */
export function takeDelta(reader: FieldReader): BookDelta {
  const delta = reader.delta
  delta.first = reader.value(2)
  delta.last = reader.value(3)
  delta.previous = reader.optional(6) ?? -1
  delta.exchangeTimeUs = engineTime(reader, 7, 8) ?? 0
  return delta
}

/** Mark price, index price, funding rate, next funding time, event time. A price or rate that is no decimal goes to JSON. */
const MARK_PRICE = new FieldPlan('markPriceUpdate', [
  { key: 's', how: 'symbol' },
  { key: 'p', how: 'decimal' },
  { key: 'i', how: 'decimal', isRequired: false },
  { key: 'r', how: 'decimal', isRequired: false },
  { key: 'T', how: 'time', isRequired: false },
  { key: 'E', how: 'time', isRequired: false },
])

export function takeMarkPrice(reader: FieldReader, instrument: InstrumentId, receiveTimeUs: EpochUs): MarkPriceEvent {
  return makeMarkPrice(
    instrument,
    time(reader, 6),
    receiveTimeUs,
    reader.value(2),
    reader.optional(3),
    reader.optional(4),
    time(reader, 5),
  )
}

function engineTime(reader: FieldReader, engineSlot: number, eventSlot: number): EpochUs | undefined {
  return time(reader, engineSlot) ?? time(reader, eventSlot)
}

function time(reader: FieldReader, slot: number): EpochUs | undefined {
  const us = reader.optional(slot)
  return us === undefined || us === 0 ? undefined : epochUs(us)
}
