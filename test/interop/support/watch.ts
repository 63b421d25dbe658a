import { expect } from 'vitest'
import type { BookSides, Candle, Market, PublicTrade } from './market.ts'
import { streamTrade } from './market.ts'
import { until } from './until.ts'

/** What a client shows of a market; what is undefined the client cannot do. */
export interface Watcher {
  /** The stream its trades come from. */
  readonly tradeKind: 'trade' | 'aggTrade'
  readonly trades: readonly PublicTrade[]
  /** The book it keeps, best first; undefined before it is whole. */
  readonly book?: (() => BookSides | undefined) | undefined
  /** The stream its book follows, by which it can be brought to rest. */
  readonly depthStream?: string
  /** By open time; the last may still be open. */
  readonly candles?: ReadonlyMap<number, Candle>
  readonly candleInterval?: string
  /** Last price of its 24 h ticker. */
  readonly lastPrice?: (() => string | undefined) | undefined
  close(): Promise<void>
}

/**
 * Lets a client watch a market until it has trades, a book and a closed candle, and holds them against what the exchange
 * sent and what it says afterwards: no trade lost, none twice, none changed; the book level for level; candles.
 */
export async function watchAndCompare(market: Market, start: () => Promise<Watcher>): Promise<void> {
  const symbol = market.product.symbol.toLowerCase()
  // A plain ear from the beginning, so that what was sent is known even where REST could be wrong.
  const isPublicTrade = market.product.venue === 'binance-usdm'
  await market.listen(`${symbol}@trade`, 'public')
  await market.listen(`${symbol}@aggTrade`, isPublicTrade ? 'market' : 'public')
  await market.listen(`${symbol}@depth@100ms`, 'public')
  await market.listen(`${symbol}@ticker`, 'market')
  const acceptedBefore = market.stats.connectionsAccepted
  const watcher = await startWhilePassing(market, start)
  const { candles, book } = watcher
  const isReady = (): boolean => watcher.trades.length >= 60 && (book === undefined || book() !== undefined)
  await market.pass('the client to have trades and a book', isReady)
  if (candles !== undefined) {
    const before = candles.size
    await market.pass('a candle to close', () => candles.size > before + 1 || (before > 0 && candles.size > before))
  }
  const updateId = await market.rest(watcher.depthStream ?? `${symbol}@depth@100ms`)
  await compareTrades(market, watcher, `${symbol}@${watcher.tradeKind}`)
  if (book !== undefined) await compareBook(market, book, updateId)
  if (candles !== undefined) await compareCandles(market, candles, watcher.candleInterval ?? '1m')
  const { lastPrice } = watcher
  if (lastPrice !== undefined) {
    const sent = (): string => Number(market.heard(`${symbol}@ticker`).at(-1)?.['c']).toFixed(8)
    await until(
      'the last ticker',
      () => lastPrice() === sent(),
      () => [lastPrice(), sent()],
    )
  }
  // The data came over sockets of the client's own.
  expect(market.stats.connectionsAccepted).toBeGreaterThan(acceptedBefore)
  await watcher.close()
}

/** Time passes while the client connects: several wait for data before they go on. */
async function startWhilePassing(market: Market, start: () => Promise<Watcher>): Promise<Watcher> {
  let watcher: Watcher | undefined
  let failure: unknown
  start().then(
    started => (watcher = started),
    error => (failure = error ?? new Error('the client did not start')),
  )
  await market.pass('the client to start', () => watcher !== undefined || failure !== undefined, 300_000)
  if (watcher === undefined) throw failure
  return watcher
}

async function compareTrades(market: Market, watcher: Watcher, stream: string): Promise<void> {
  const sent = market.heard(stream).map(streamTrade)
  const last = sent.at(-1)?.id ?? 0
  await until(
    'the last trade',
    () => watcher.trades.at(-1)?.id === last,
    () => [watcher.trades.at(-1), last],
  )
  const first = watcher.trades[0]?.id ?? 0
  expect(watcher.trades).toEqual(sent.filter(({ id }) => id >= first))
  expect(watcher.trades).toEqual(await market.trades(watcher.tradeKind, first, last))
}

async function compareBook(market: Market, book: () => BookSides | undefined, updateId: number): Promise<void> {
  const truth = await market.book()
  await until(
    `the book at update ${updateId}`,
    () => JSON.stringify(book()) === JSON.stringify(truth),
    () => ({
      client: [book()?.bids.slice(0, 3), book()?.asks.slice(0, 3)],
      truth: [truth.bids.slice(0, 3), truth.asks.slice(0, 3)],
    }),
  )
}

async function compareCandles(market: Market, candles: ReadonlyMap<number, Candle>, interval: string): Promise<void> {
  const truth = new Map((await market.candles(interval)).map(candle => [candle[0], candle]))
  const lastOpen = Math.max(...candles.keys())
  const closed = [...candles.values()].filter(([openMs]) => openMs < lastOpen)
  expect(closed.length).toBeGreaterThan(0)
  expect(closed).toEqual(closed.map(([openMs]) => truth.get(openMs)))
}
