import { DecodeError } from '../../model/error.ts'
import type {
  DataEvent,
  DepthEvent,
  KlineEvent,
  LiquidationEvent,
  MarkPriceEvent,
  OpenInterestEvent,
  QuoteEvent,
  StatusEvent,
  TickerEvent,
  TradeEvent,
} from '../../model/event.ts'
import type { InstrumentId } from '../../model/instrument.ts'
import type { EpochUs } from '../../model/time.ts'
import type { RowKind } from './catalogue.ts'
import type { TimeUnit } from './fields.ts'
import {
  amountOf,
  booleanOf,
  decimalOf,
  idOf,
  integerOf,
  optionalAmountOf,
  optionalDecimalOf,
  optionalIntegerOf,
  recordOf,
  requiredTimeOf,
  textOf,
  timeOf,
} from './fields.ts'
import type { JsonRecord } from './json-exact.ts'
import { levelPairs } from './levels-json.ts'
import { makeKline, makeMarkPrice, makeQuote, makeTrade } from './make-events.ts'

/** What a row alone does not say. */
export interface RowContext {
  readonly instrument: InstrumentId
  readonly tradeChannel: TradeEvent['channel']
  readonly unit: TimeUnit
  readonly receiveTimeUs: EpochUs
}

/** The unified event of one parsed row. @throws DecodeError when a field it needs is absent or malformed */
export function unify(kind: Exclude<RowKind, 'bookDelta' | 'native'>, row: JsonRecord, context: RowContext): DataEvent {
  switch (kind) {
    case 'aggTrade':
      return aggTrade(row, context)
    case 'trade':
      return trade(row, context)
    case 'quote':
      return quote(row, context)
    case 'depth':
      return depth(row, context)
    case 'kline':
      return kline(row, context)
    case 'ticker':
      return ticker(row, context)
    case 'markPrice':
      return markPrice(row, context)
    case 'liquidation':
      return liquidation(row, context)
    case 'openInterest':
      return openInterest(row, context)
    case 'status':
      return status(row, context)
  }
}

/** `T` trade time, `a` aggregate id, `p` price, `q` quantity, `m` buyer is maker, `f`/`l` first and last match, `nq` without RPI. */
function aggTrade(row: JsonRecord, context: RowContext): TradeEvent {
  return makeTrade(
    context.tradeChannel,
    context.instrument,
    engineTime(row, context),
    context.receiveTimeUs,
    idOf(row, 'a'),
    decimalOf(row, 'p'),
    decimalOf(row, 'q'),
    booleanOf(row, 'm'),
    idOf(row, 'f'),
    idOf(row, 'l'),
    optionalDecimalOf(row, 'nq'),
    undefined,
  )
}

/** `t` trade id; `X` what kind of print it is, `MARKET` being the ordinary one. */
function trade(row: JsonRecord, context: RowContext): TradeEvent {
  const kind = row['X'] === undefined ? undefined : textOf(row, 'X').toLowerCase()
  return makeTrade(
    context.tradeChannel,
    context.instrument,
    engineTime(row, context),
    context.receiveTimeUs,
    idOf(row, 't'),
    decimalOf(row, 'p'),
    decimalOf(row, 'q'),
    booleanOf(row, 'm'),
    undefined,
    undefined,
    undefined,
    kind === 'market' || kind === '' ? undefined : kind,
  )
}

/** `u` update id, `b`/`B` bid price and quantity, `a`/`A` ask; spot sends no time. */
function quote(row: JsonRecord, context: RowContext): QuoteEvent {
  return makeQuote(
    context.instrument,
    engineTime(row, context),
    context.receiveTimeUs,
    decimalOf(row, 'b'),
    decimalOf(row, 'B'),
    decimalOf(row, 'a'),
    decimalOf(row, 'A'),
    integerOf(row, 'u'),
  )
}

/** Spot: `lastUpdateId`, `bids`, `asks`; elsewhere the letters of a diff: `u`, `b`, `a`. */
function depth(row: JsonRecord, context: RowContext): DepthEvent {
  const isSpotShape = row['lastUpdateId'] !== undefined
  return {
    kind: 'depth',
    instrument: context.instrument,
    exchangeTimeUs: engineTime(row, context),
    receiveTimeUs: context.receiveTimeUs,
    recovered: undefined,
    sequence: integerOf(row, isSpotShape ? 'lastUpdateId' : 'u'),
    bids: levelPairs(row[isSpotShape ? 'bids' : 'b']),
    asks: levelPairs(row[isSpotShape ? 'asks' : 'a']),
  }
}

/** `k`: `t` open time, `i` interval, `o h l c`, `v` volume, `q` quote volume, `V` taker-buy volume, `n` trades, `x` closed. */
function kline(row: JsonRecord, context: RowContext): KlineEvent {
  const candle = recordOf(row, 'k')
  return makeKline(context.instrument, timeOf(row, 'E', context.unit), context.receiveTimeUs, {
    interval: textOf(candle, 'i'),
    openTimeUs: requiredTimeOf(candle, 't', context.unit),
    open: decimalOf(candle, 'o'),
    high: decimalOf(candle, 'h'),
    low: decimalOf(candle, 'l'),
    close: decimalOf(candle, 'c'),
    volume: amountOf(candle, 'v'),
    quoteVolume: amountOf(candle, 'q'),
    takerBuyVolume: optionalAmountOf(candle, 'V'),
    trades: optionalIntegerOf(candle, 'n'),
    closed: booleanOf(candle, 'x'),
  })
}

/** `c` last, `o h l` of 24 hours, `v` volume, `q` quote volume; the same in full and mini tickers. */
function ticker(row: JsonRecord, context: RowContext): TickerEvent {
  return {
    kind: 'ticker',
    instrument: context.instrument,
    exchangeTimeUs: timeOf(row, 'E', context.unit),
    receiveTimeUs: context.receiveTimeUs,
    recovered: undefined,
    last: amountOf(row, 'c'),
    open: amountOf(row, 'o'),
    high: amountOf(row, 'h'),
    low: amountOf(row, 'l'),
    volume: amountOf(row, 'v'),
    quoteVolume: amountOf(row, 'q'),
  }
}

/**
 * Futures: `p` mark price, `i` index price, `r` funding rate ("" on delivery contracts), `T` next funding time (0 there).
 * Options: `mp` mark price, `i` index price.
 */
function markPrice(row: JsonRecord, context: RowContext): MarkPriceEvent {
  const isOption = row['e'] === 'markPrice'
  return makeMarkPrice(
    context.instrument,
    timeOf(row, 'E', context.unit),
    context.receiveTimeUs,
    amountOf(row, isOption ? 'mp' : 'p'),
    optionalAmountOf(row, 'i'),
    isOption ? undefined : optionalAmountOf(row, 'r'),
    isOption ? undefined : timeOf(row, 'T', context.unit),
  )
}

/**
 * `o`: `S` side of the forced order, `q` its quantity, `ap` average fill price, `p` its own price, `T` trade time.
 * At most one order per symbol and second is sent, so that the stream is a sample.
 */
function liquidation(row: JsonRecord, context: RowContext): LiquidationEvent {
  const order = recordOf(row, 'o')
  const side = textOf(order, 'S')
  if (side !== 'SELL' && side !== 'BUY') throw new DecodeError(`"S" must be BUY or SELL, was "${side}"`)
  const averagePrice = optionalDecimalOf(order, 'ap') ?? 0
  return {
    kind: 'liquidation',
    instrument: context.instrument,
    exchangeTimeUs: timeOf(order, 'T', context.unit) ?? timeOf(row, 'E', context.unit),
    receiveTimeUs: context.receiveTimeUs,
    recovered: undefined,
    side: side === 'SELL' ? 'sell' : 'buy',
    price: averagePrice > 0 ? averagePrice : decimalOf(order, 'p'),
    quantity: decimalOf(order, 'q'),
    coverage: 'sampled',
  }
}

/** `o` open interest in contracts. */
function openInterest(row: JsonRecord, context: RowContext): OpenInterestEvent {
  return {
    kind: 'openInterest',
    instrument: context.instrument,
    exchangeTimeUs: timeOf(row, 'E', context.unit),
    receiveTimeUs: context.receiveTimeUs,
    recovered: undefined,
    quantity: amountOf(row, 'o'),
  }
}

/** `cs` contract status, an open set. */
function status(row: JsonRecord, context: RowContext): StatusEvent {
  const text = textOf(row, 'cs')
  return {
    kind: 'status',
    instrument: context.instrument,
    exchangeTimeUs: timeOf(row, 'E', context.unit),
    receiveTimeUs: context.receiveTimeUs,
    recovered: undefined,
    status: text,
    isTrading: text === 'TRADING',
  }
}

/** `T` engine or trade time where the row has one, otherwise `E` event time. */
export function engineTime(row: JsonRecord, context: Pick<RowContext, 'unit'>): EpochUs | undefined {
  return timeOf(row, 'T', context.unit) ?? timeOf(row, 'E', context.unit)
}
