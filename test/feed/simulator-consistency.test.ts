import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BookHandle } from '../../src/feed/feed.ts'
import type { KlineEvent, Level, TradeEvent } from '../../src/model/event.ts'
import { accounting, type Heard, isComplete, optionsAtTheMoney, SimFeed, until } from '../support/sim-feed.ts'

const venues = ['binance-spot', 'binance-usdm', 'binance-coinm', 'binance-options']
const restDepth: Readonly<Record<string, string>> = {
  'binance-spot': '/api/v3/depth?limit=1000&symbol=',
  'binance-usdm': '/fapi/v1/depth?limit=1000&symbol=',
  'binance-coinm': '/dapi/v1/depth?limit=1000&symbol=',
  'binance-options': '/eapi/v1/depth?limit=1000&symbol=',
}

interface RestBook {
  readonly sequence: number
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

function restBook(body: unknown): RestBook {
  const { lastUpdateId, bids, asks }: { lastUpdateId: unknown; bids: unknown; asks: unknown } = Object.assign(
    { lastUpdateId: undefined, bids: undefined, asks: undefined },
    body,
  )
  return { sequence: Number(lastUpdateId), bids: levels(bids), asks: levels(asks) }
}

function levels(rows: unknown): readonly Level[] {
  if (!Array.isArray(rows)) throw new Error(`no levels: ${JSON.stringify(rows)}`)
  return rows.map((row: unknown) => {
    const [price, quantity]: readonly unknown[] = Array.isArray(row) ? row : []
    return [Number(price), Number(quantity)] as const
  })
}

/** What both know of one side: up to the nearer of the two ends. */
function shared(book: readonly Level[], rest: readonly Level[], horizon: number | undefined, sign: 1 | -1): number {
  const far = sign * Number.POSITIVE_INFINITY
  const ends = [book.at(-1)?.[0] ?? far, rest.at(-1)?.[0] ?? far, horizon ?? far]
  return sign === 1 ? Math.min(...ends) : Math.max(...ends)
}

/** Compares book and REST inside the horizon; how many levels were compared. */
function compare(book: BookHandle, rest: RestBook): number {
  const own = book.levels(1000)
  if (own === undefined) throw new Error('the book cannot be read')
  const horizon = book.horizon()
  const bidEnd = shared(own.bids, rest.bids, horizon?.bid, -1)
  const askEnd = shared(own.asks, rest.asks, horizon?.ask, 1)
  const bids = rest.bids.filter(([price]) => price >= bidEnd)
  const asks = rest.asks.filter(([price]) => price <= askEnd)
  expect(own.bids.filter(([price]) => price >= bidEnd)).toEqual(bids)
  expect(own.asks.filter(([price]) => price <= askEnd)).toEqual(asks)
  return bids.length + asks.length
}

describe('consistency of the feed on the generated market', () => {
  let on: SimFeed
  let option: string
  beforeAll(async () => {
    on = await SimFeed.open({ venues, rate: 8, simulator: { limits: { weightPerMinute: 1_000_000 } } })
    option = `binance-options:${(await optionsAtTheMoney(on))[0]}`
  })
  afterAll(() => on[Symbol.asyncDispose]())

  it('F:D09 trades are without a hole by id, aggregates tile the matches', async () => {
    const instruments = ['binance-spot:BTCUSDT', 'binance-usdm:BTCUSDT', 'binance-coinm:BTCUSD_PERP']
    const heard = await on.hear({ instruments, channels: ['trade', 'rawTrade'] })
    const trades = (instrument: string, channel: string): readonly TradeEvent[] =>
      heard.of('trade', instrument).filter(event => event.channel === channel)
    await until('150 trades everywhere', () => instruments.every(name => trades(name, 'rawTrade').length > 150))
    for (const instrument of instruments) {
      for (const channel of ['trade', 'rawTrade']) {
        const account = accounting(heard, instrument, channel)
        expect(account.missing).toEqual([])
        expect(isComplete(account)).toBe(true)
      }
      const aggregates = trades(instrument, 'trade')
      for (let index = 1; index < aggregates.length; index++)
        expect(Number(aggregates[index]?.firstId)).toBe(Number(aggregates[index - 1]?.lastId) + 1)
    }
    expect(heard.of('gap')).toEqual([])
  })

  it.each([
    ['binance-spot:BTCUSDT', 'kline:1s', 4],
    ['binance-usdm:ETHUSDT', 'kline:1m', 2],
    ['binance-coinm:BTCUSD_PERP', 'kline:1m', 2],
  ])(
    'F:D06 %s %s: a closed candle is what its trades make, and what REST tells',
    async (instrument, channel, count) => {
      const rate = channel === 'kline:1s' ? 4 : 50
      await using on = await SimFeed.open({ venues: [instrument.split(':')[0] ?? ''], rate })
      const heard = await on.hear({ instruments: [instrument], channels: ['rawTrade', channel] })
      const closed = (): readonly KlineEvent[] => whole(heard)
      await until('whole candles', () => closed().length >= count)
      for (const candle of closed()) {
        const lengthUs = channel === 'kline:1s' ? 1e6 : 60e6
        const own = heard
          .of('trade')
          .filter(({ exchangeTimeUs = 0 }) => Math.floor(exchangeTimeUs / lengthUs) * lengthUs === candle.openTimeUs)
        const prices = own.map(({ price }) => price)
        expect(candle.trades).toBe(own.length)
        if (own.length === 0) continue
        expect([candle.open, candle.high, candle.low, candle.close]).toEqual([
          prices[0],
          Math.max(...prices),
          Math.min(...prices),
          prices.at(-1),
        ])
        expect(candle.volume).toBeCloseTo(sum(own), 6)
        expect(candle.takerBuyVolume).toBeCloseTo(sum(own.filter(({ side }) => side === 'buy')), 6)
        const range = { instrument, interval: candle.interval, startTimeUs: candle.openTimeUs, limit: 1 }
        const [row] = await on.feed.klines(range)
        expect(row).toMatchObject({ openTimeUs: candle.openTimeUs, close: candle.close, trades: candle.trades })
        expect(row?.volume).toBe(candle.volume)
      }
    },
  )

  it.each(['binance-spot:BTCUSDT', 'binance-usdm:BTCUSDT', 'binance-coinm:BTCUSD_PERP'])(
    '%s: the best of the book is the quote of the same update id',
    async instrument => {
      const quotes = new Map<number | undefined, readonly [Level, Level]>()
      const tops = new Map<number, readonly [Level | undefined, Level | undefined]>()
      using _ = on.feed.observe({ instruments: [instrument], channels: ['quote', 'book'], levels: 1 }, event => {
        if (event.kind === 'quote') {
          const { sequence, bidPrice, bidQuantity, askPrice, askQuantity } = event
          quotes.set(sequence, [
            [bidPrice, bidQuantity],
            [askPrice, askQuantity],
          ])
        }
        // The levels of an observed book are those of the moment: they are read here.
        if (event.kind === 'book') tops.set(event.sequence, [event.bids[0], event.asks[0]])
      })
      const compared = (): number => {
        const both = [...tops].filter(([sequence]) => quotes.has(sequence))
        for (const [sequence, top] of both) expect(top).toEqual(quotes.get(sequence))
        return both.length
      }
      await until('quotes with the id of a book', () => compared() >= 12)
    },
  )

  it('the book equals REST at checkpoints, inside the horizon, on all four markets', async () => {
    const instruments = ['binance-spot:BTCUSDT', 'binance-usdm:BTCUSDT', 'binance-coinm:BTCUSD_PERP', option]
    const books = await Promise.all(instruments.map(instrument => on.book(instrument)))
    on.clock.hold()
    for (const book of books) {
      for (let checkpoint = 0; checkpoint < 3; checkpoint++) {
        expect(await meet(on, book)).toBeGreaterThan(book.instrument === option ? 6 : 300)
        on.clock.step(2000)
      }
      expect(book.stats.gaps).toBe(0)
    }
    on.clock.release()
    await Promise.all(books.map(book => book[Symbol.asyncDispose]()))
  })
})

/** Lets the market go on in small steps until book and REST stand at the same id, and compares them there. */
async function meet(on: SimFeed, book: BookHandle): Promise<number> {
  const [venue = '', symbol = ''] = book.instrument.split(':')
  for (let attempt = 0; attempt < 400; attempt++) {
    const rest = restBook(await on.rest(venue, `${restDepth[venue]}${symbol}`))
    // What the market has sent until now is on its way for a moment.
    await until('the book catches up', () => book.sequence >= rest.sequence, 40).catch(() => undefined)
    if (book.sequence === rest.sequence) return compare(book, rest)
    on.clock.step(10)
  }
  throw new Error(`${book.instrument} never stood where REST stands`)
}

/** Closed candles of which every trade was heard. */
function whole(heard: Heard): readonly KlineEvent[] {
  const fromUs = heard.of('trade')[0]?.exchangeTimeUs ?? Number.POSITIVE_INFINITY
  return heard.of('kline').filter(({ closed, openTimeUs }) => closed && openTimeUs > fromUs)
}

function sum(trades: readonly TradeEvent[]): number {
  return trades.reduce((total, { quantity }) => total + quantity, 0)
}
