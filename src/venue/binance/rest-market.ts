import type { BookSnapshot } from '../../model/book-levels.ts'
import { DecodeError } from '../../model/error.ts'
import type { KlineEvent, TradeEvent } from '../../model/event.ts'
import type { InstrumentId } from '../../model/instrument.ts'
import { symbolOf } from '../../model/instrument.ts'
import type { EpochUs } from '../../model/time.ts'
import type { Endpoint, KlineRange } from '../adapter.ts'
import { decimalOf, idOf, integerOf, requiredTimeOf, shown, timeOf } from './fields.ts'
import { isRecord, parseExactText } from './json-exact.ts'
import { snapshotOf } from './levels-json.ts'
import { makeTrade } from './make-events.ts'
import type { Market } from './markets.ts'
import { getRequest, parseObject, parseRows } from './rest-call.ts'
import { unify } from './unify.ts'

type SnapshotArgs = { readonly instrument: InstrumentId; readonly limit: number }

/** `depth`: the book to `limit` levels per side. A limit that the venue does not offer is raised to the next one. */
export function snapshotEndpoint(market: Market, base: string): Endpoint<SnapshotArgs, BookSnapshot> {
  return {
    request({ instrument, limit }) {
      const depth = depthFor(market, limit)
      return getRequest(base, 'depth', { symbol: symbolOf(instrument), limit: depth.limit }, depth.weight)
    },
    parse(body, _, { limit }) {
      const row = parseObject(body, 'depth')
      const timeUs = timeOf(row, 'T', 'millisecond') ?? timeOf(row, 'E', 'millisecond') ?? 0
      return snapshotOf(integerOf(row, 'lastUpdateId'), timeUs, row['bids'], row['asks'], depthFor(market, limit).limit)
    },
  }
}

function depthFor(market: Market, limit: number): { readonly limit: number; readonly weight: number } {
  const { snapshotDepths } = market
  const depth = snapshotDepths.find(entry => entry.limit >= limit) ?? snapshotDepths[snapshotDepths.length - 1]
  return depth ?? { limit, weight: 0 }
}

type TradesArgs = { readonly instrument: InstrumentId; readonly limit: number }
type TradesByIdArgs = TradesArgs & { readonly fromId: string }

/** Most rows of one answer. */
const MOST_TRADES = 1000

/** `aggTrades` from an id on, that id included. Ids are gapless per symbol; futures keep 24 hours. */
export function tradesByIdEndpoint(market: Market, base: string): Endpoint<TradesByIdArgs, readonly TradeEvent[]> {
  return {
    request: ({ instrument, fromId, limit }) =>
      getRequest(
        base,
        'aggTrades',
        { symbol: symbolOf(instrument), fromId, limit: Math.min(limit, MOST_TRADES) },
        market.aggTradesWeight,
      ),
    parse: (body, receiveTimeUs, { instrument }) => aggTrades(body, receiveTimeUs, instrument),
  }
}

/** The newest trades, oldest first: `aggTrades`, on options `trades`. */
export function recentTradesEndpoint(market: Market, base: string): Endpoint<TradesArgs, readonly TradeEvent[]> {
  const isOptions = market.name === 'options'
  return {
    request: ({ instrument, limit }) =>
      getRequest(
        base,
        isOptions ? 'trades' : 'aggTrades',
        { symbol: symbolOf(instrument), limit: Math.min(limit, isOptions ? 500 : MOST_TRADES) },
        isOptions ? 5 : market.aggTradesWeight,
      ),
    parse: (body, receiveTimeUs, { instrument }) =>
      isOptions ? optionTrades(body, receiveTimeUs, instrument) : aggTrades(body, receiveTimeUs, instrument),
  }
}

function aggTrades(body: string, receiveTimeUs: EpochUs, instrument: InstrumentId): readonly TradeEvent[] {
  const context = { instrument, tradeChannel: 'trade', unit: 'millisecond', receiveTimeUs } as const
  return parseRows(body, 'aggTrades').map(row => {
    const event = unify('aggTrade', row, context)
    if (event.kind !== 'trade') throw new DecodeError('aggTrades must hold trades')
    return { ...event, recovered: true }
  })
}

/** `tradeId` is what the stream calls `t`; `side` is the taker's, 1 for buy. */
function optionTrades(body: string, receiveTimeUs: EpochUs, instrument: InstrumentId): readonly TradeEvent[] {
  const trades = parseRows(body, 'trades').map((row): TradeEvent => {
    const side = row['side']
    if (side !== 1 && side !== -1) throw new DecodeError(`"side" must be 1 or -1, was ${shown(side)}`)
    const made = makeTrade(
      'trade',
      instrument,
      requiredTimeOf(row, 'time', 'millisecond'),
      receiveTimeUs,
      idOf(row, 'tradeId'),
      decimalOf(row, 'price'),
      decimalOf(row, 'qty'),
      side === -1,
      undefined,
      undefined,
      undefined,
      undefined,
    )
    return { ...made, recovered: true }
  })
  return trades.sort((a, b) => (a.exchangeTimeUs ?? 0) - (b.exchangeTimeUs ?? 0) || Number(a.id) - Number(b.id))
}

/** `klines`, oldest first. The last candle is open until its close time has passed. */
export function klinesEndpoint(market: Market, base: string): Endpoint<KlineRange, readonly KlineEvent[]> {
  const most = market.name === 'spot' ? 1000 : 1500
  return {
    request: range => {
      const limit = Math.min(range.limit, most)
      const parameters = {
        symbol: symbolOf(range.instrument),
        interval: range.interval,
        startTime: milliseconds(range.startTimeUs),
        endTime: milliseconds(range.endTimeUs),
        limit,
      }
      return getRequest(base, 'klines', parameters, klinesWeight(market, limit))
    },
    parse(body, receiveTimeUs, { instrument, interval }) {
      const rows = parseExactText(body)
      if (!Array.isArray(rows)) throw new DecodeError(`klines must be a list, were ${shown(rows)}`)
      return rows.map((row: unknown) => klineOf(row, instrument, interval, receiveTimeUs))
    },
  }
}

function klinesWeight(market: Market, limit: number): number {
  if (market.name === 'spot') return 2
  if (market.name === 'options') return 1
  return limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1000 ? 5 : 10
}

/** `[open time, o, h, l, c, volume, close time, quote volume, trades, taker base, taker quote, ignored]`. */
const KLINE_KEYS = ['t', 'o', 'h', 'l', 'c', 'v', 'T', 'q', 'n', 'V'] as const

function klineOf(row: unknown, instrument: InstrumentId, interval: string, receiveTimeUs: EpochUs): KlineEvent {
  if (!Array.isArray(row)) throw new DecodeError(`a kline must be a list, was ${shown(row)}`)
  const values: readonly unknown[] = row
  const candle = Object.fromEntries(KLINE_KEYS.map((key, index) => [key, values[index]]))
  const closeTimeUs = requiredTimeOf(candle, 'T', 'millisecond')
  const event = unify(
    'kline',
    { k: { ...candle, i: interval, x: closeTimeUs < receiveTimeUs } },
    { instrument, tradeChannel: 'trade', unit: 'millisecond', receiveTimeUs },
  )
  if (event.kind !== 'kline') throw new DecodeError('klines must hold klines')
  return { ...event, recovered: true }
}

function milliseconds(timeUs: EpochUs | undefined): number | undefined {
  return timeUs === undefined ? undefined : Math.floor(timeUs / 1000)
}

/** The venue's JSON error `{"code","msg"}`; undefined for anything else, an HTML page included. */
export function readError(body: string): { readonly code: number; readonly message: string } | undefined {
  let value: unknown
  try {
    value = parseExactText(body)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
  if (!isRecord(value) || typeof value['code'] !== 'number' || typeof value['msg'] !== 'string') return undefined
  return { code: value['code'], message: value['msg'] }
}
