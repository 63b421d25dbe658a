import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/model/error.ts'
import type { EventKind } from '../../src/model/event.ts'
import { baseQuantity, type Instrument, quoteQuantity } from '../../src/model/instrument.ts'
import { COINM, type Market, OPTIONS, SPOT, USDM } from '../../src/venue/binance/markets.ts'
import { type Heard, optionsAtTheMoney, SimFeed, until } from '../support/sim-feed.ts'

const venues = ['binance-spot', 'binance-usdm', 'binance-coinm', 'binance-options']
const free = { limits: { weightPerMinute: 1_000_000 } }

/** Kind of event that a channel delivers. */
function kindOf(channel: string): EventKind {
  const [head = ''] = channel.split(':')
  const kinds: Readonly<Record<string, EventKind>> = {
    trade: 'trade',
    rawTrade: 'trade',
    quote: 'quote',
    book: 'book',
    depth: 'depth',
    kline: 'kline',
    ticker: 'ticker',
    markPrice: 'markPrice',
    liquidation: 'liquidation',
    openInterest: 'openInterest',
    status: 'status',
  }
  return kinds[head] ?? 'raw'
}

const onEverything = ['trade', 'quote', 'book', 'depth', 'kline:1m', 'ticker']
const onFutures = [...onEverything, 'rawTrade', 'markPrice', 'openInterest']

describe('every channel of every venue, on the generated market', () => {
  let on: SimFeed
  beforeAll(async () => {
    // Twelve times as fast: what comes once a minute, and rare trades, come within seconds.
    on = await SimFeed.open({ venues, rate: 12, simulator: free })
  })
  afterAll(() => on[Symbol.asyncDispose]())

  async function hearAll(instruments: readonly string[], channels: readonly string[]): Promise<Heard> {
    const heard = await on.hear({ instruments, channels, levels: 5 })
    await until(`${channels.join(', ')} of ${instruments.join(', ')}`, () =>
      channels.every(channel => heard.events.some(event => event.kind === kindOf(channel))),
    )
    return heard
  }

  function finite(heard: Heard): void {
    for (const event of heard.events) {
      for (const [name, value] of Object.entries(event)) {
        if (typeof value === 'number') expect(Number.isFinite(value), `${event.kind}.${name}`).toBe(true)
      }
      expect(event.receiveTimeUs).toBeGreaterThan(1.6e15)
    }
  }

  async function instrumentOf(venue: string, symbol: string): Promise<Instrument> {
    const found = (await on.feed.instruments(venue)).find(instrument => instrument.symbol === symbol)
    if (found === undefined) throw new Error(`no ${symbol}`)
    return found
  }

  it('spot: quantities in coins, ids dense, klines of 1 s, status by REST', async () => {
    const heard = await hearAll(['binance-spot:BTCUSDT'], [...onEverything, 'rawTrade', 'kline:1s', 'status'])
    finite(heard)
    const btc = await instrumentOf('binance-spot', 'BTCUSDT')
    expect(btc).toMatchObject({ kind: 'spot', unit: 'base', contractSize: 1, isInverse: false })
    for (const { price, quantity, side } of heard.of('trade')) {
      expect(price).toBeGreaterThan(20_000)
      expect(Math.round(quantity * 1e5) / 1e5).toBe(quantity)
      expect(['buy', 'sell']).toContain(side)
    }
    // A minute candle comes every 2 s on spot: later than everything that was waited for.
    const intervals = (): readonly string[] => heard.of('kline').map(({ interval }) => interval)
    await until('candles of both intervals', () => intervals().includes('1s') && intervals().includes('1m'))
    expect(heard.of('status')[0]).toMatchObject({ status: 'TRADING', isTrading: true })
    // Spot sends no time in quotes and top levels.
    expect(heard.of('quote')[0]?.exchangeTimeUs).toBeUndefined()
    expect(heard.of('depth')[0]?.exchangeTimeUs).toBeUndefined()
    expect(heard.of('trade')[0]?.exchangeTimeUs).toBeGreaterThan(1.6e15)
  })

  it.each(['markPrice', 'liquidation', 'openInterest'])('spot has no %s and says so before anything is sent', name => {
    expect(() => on.feed.observe({ instruments: ['binance-spot:BTCUSDT'], channels: [name] }, () => undefined)).toThrow(
      ConfigError,
    )
  })

  it('USD-M: mark, index and funding, open interest by REST', async () => {
    const heard = await hearAll(['binance-usdm:BTCUSDT'], onFutures)
    finite(heard)
    const [mark] = heard.of('markPrice')
    expect(Math.abs((mark?.markPrice ?? 0) / (mark?.indexPrice ?? 1) - 1)).toBeLessThan(0.01)
    expect(Math.abs(mark?.fundingRate ?? 1)).toBeLessThan(0.02)
    expect((mark?.fundingTimeUs ?? 0) % 28_800e6).toBe(0)
    expect(heard.of('openInterest')[0]?.quantity).toBeGreaterThan(1000)
    for (const trade of heard.of('trade').filter(({ channel }) => channel === 'trade')) {
      expect(Number(trade.lastId)).toBeGreaterThanOrEqual(Number(trade.firstId))
      expect(trade.normalQuantity).toBeLessThanOrEqual(trade.quantity)
    }
  })

  it('delivery contracts have neither funding rate nor funding time', async () => {
    const [future] = (await on.feed.instruments('binance-usdm')).filter(({ kind }) => kind === 'future')
    const heard = await hearAll([future?.id ?? ''], ['markPrice'])
    expect(heard.of('markPrice')[0]).toMatchObject({ fundingRate: undefined, fundingTimeUs: undefined })
  })

  it('COIN-M: every quantity is a whole number of contracts, worth contractSize dollars each', async () => {
    const heard = await hearAll(['binance-coinm:BTCUSD_PERP'], onFutures)
    finite(heard)
    const btc = await instrumentOf('binance-coinm', 'BTCUSD_PERP')
    expect(btc).toMatchObject({ unit: 'contracts', contractSize: 100, isInverse: true })
    for (const { price, quantity } of heard.of('trade')) {
      expect(Number.isInteger(quantity)).toBe(true)
      expect(quoteQuantity(btc, quantity, price)).toBe(quantity * 100)
      expect(baseQuantity(btc, quantity, price)).toBeCloseTo((quantity * 100) / price, 9)
    }
    const [kline] = heard.of('kline').filter(({ volume }) => volume > 0)
    // The close is not the mean price: equal to a few percent.
    const dollars = (kline?.quoteVolume ?? 0) * (kline?.close ?? 0)
    expect(((kline?.volume ?? 0) * 100) / dollars).toBeCloseTo(1, 1)
  })

  it('options: trades with ids beyond 2^53, marks, open interest each minute', async () => {
    const symbols = await optionsAtTheMoney(on)
    const ids = symbols.map(symbol => `binance-options:${symbol}`)
    const heard = await hearAll(ids, [...onEverything, 'markPrice', 'openInterest'])
    finite(heard)
    const trades = heard.of('trade')
    expect(trades.length).toBeGreaterThan(0)
    for (const { id } of trades) {
      expect(id).toMatch(/^\d{19}$/)
      expect(BigInt(id)).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER))
    }
    // REST tells the same trades under the same ids.
    const [trade] = trades
    const recent = await on.feed.recentTrades(trade?.instrument ?? '', 500)
    expect(recent.map(({ id }) => id)).toContain(trade?.id)
  })

  it('F:H06 a symbol that is not ASCII works on every channel', async () => {
    const heard = await hearAll(['binance-spot:币安人生USDT'], [...onEverything, 'rawTrade'])
    expect(heard.of('trade').every(({ instrument }) => instrument === 'binance-spot:币安人生USDT')).toBe(true)
    const klines = await on.feed.klines({ instrument: 'binance-spot:币安人生USDT', interval: '1h', limit: 5 })
    expect(klines).toHaveLength(5)
  })

  it('the whole market: rows of the other product are left out, TradFi contracts are in', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm', 'binance-coinm'], rate: 60, simulator: free })
    const coinm = new Set((await on.feed.instruments('binance-coinm')).map(({ symbol }) => symbol))
    const heard = await on.hear({
      instruments: ['binance-usdm:*'],
      channels: ['ticker', 'quote', 'markPrice', 'liquidation', 'status'],
    })
    await until('all channels of the whole market', () =>
      (['ticker', 'quote', 'markPrice', 'liquidation', 'status'] as const).every(kind => heard.of(kind).length > 0),
    )
    await until('a TradFi mark', () => heard.of('markPrice', 'binance-usdm:TSLAUSDT').length > 0)
    for (const event of heard.events) expect(coinm.has(event.instrument.split(':')[1] ?? '')).toBe(false)
    const marked = new Set(heard.of('markPrice').map(({ instrument }) => instrument))
    expect(marked.size).toBe((await on.feed.instruments('binance-usdm')).length)
    expect(heard.of('liquidation')[0]).toMatchObject({ coverage: 'sampled' })
    const coin = await on.hear({ instruments: ['binance-coinm:*'], channels: ['ticker', 'quote'] })
    await until('tickers of COIN-M', () => coin.of('ticker').length > 0 && coin.of('quote').length > 0)
    for (const kind of ['ticker', 'quote'] as const)
      for (const { instrument } of coin.of(kind)) expect(coinm.has(instrument.split(':')[1] ?? '')).toBe(true)
  })
})

describe('other forms of the wire', () => {
  it('F:D08 spot in microseconds: times are finer than milliseconds and agree with our clock', async () => {
    await using on = await SimFeed.open({ venues: ['binance-spot'], adapter: { timeUnit: 'microsecond' } })
    const heard = await on.hear({ instruments: ['binance-spot:BTCUSDT'], channels: ['trade', 'kline:1s', 'book'] })
    await until('trades and candles', () => heard.of('trade').length > 8 && heard.of('kline').length > 1)
    const times = heard.of('trade').map(({ exchangeTimeUs }) => exchangeTimeUs ?? 0)
    expect(times.some(timeUs => timeUs % 1000 !== 0)).toBe(true)
    // The snapshot of a spot book has no time; every change has.
    const books = heard.of('book').filter(({ exchangeTimeUs }) => exchangeTimeUs !== undefined)
    expect(books.length).toBeGreaterThan(5)
    for (const event of [...heard.of('trade'), ...books])
      expect(Math.abs((event.exchangeTimeUs ?? 0) - event.receiveTimeUs)).toBeLessThan(10e6)
    for (const { openTimeUs } of heard.of('kline')) expect(openTimeUs % 1_000_000).toBe(0)
  })

  it('mode raw: bare payloads are told apart by their content', async () => {
    await using on = await SimFeed.open({ venues, adapter: { mode: 'raw' }, rate: 4 })
    const channels = ['trade', 'quote', 'kline:1m', 'ticker', 'book']
    const heard = await on.hear({ instruments: ['binance-usdm:BTCUSDT', 'binance-coinm:BTCUSD_PERP'], channels })
    const spot = await on.hear({ instruments: ['binance-spot:BTCUSDT', 'binance-spot:ETHUSDT'], channels })
    const isHeard = (on: Heard, instrument: string): boolean =>
      channels.every(channel => on.of(kindOf(channel), instrument).length > 0)
    await until('all channels in raw mode', () =>
      [
        isHeard(heard, 'binance-usdm:BTCUSDT'),
        isHeard(heard, 'binance-coinm:BTCUSD_PERP'),
        isHeard(spot, 'binance-spot:BTCUSDT'),
        isHeard(spot, 'binance-spot:ETHUSDT'),
      ].every(Boolean),
    )
    for (const connection of on.feed.status().connections)
      expect([connection.ignored, connection.decodeFailures, connection.url.endsWith('/ws')]).toEqual([0, 0, true])
  })
})

/** Comes too seldom to wait for: a forced order, or a block trade, of one symbol. */
const rare = /@forceOrder$|@blockTrade$/

describe('F:C08 every stream name of the catalogue delivers on its own path', () => {
  it.each([SPOT, USDM, COINM, OPTIONS])('$id', async market => {
    // Sixty times as fast: open interest of options comes once a minute.
    await using on = await SimFeed.open({ venues: [market.id], rate: 60, simulator: free })
    const names = await namesOf(on, market)
    expect(names.length).toBeGreaterThan(market.streams.length)
    const heard = await on.hear({ instruments: [`${market.id}:*`], channels: names.map(name => `raw:${name}`) })
    const silent = (): readonly string[] =>
      on
        .streams()
        .filter(({ stream, events }) => events === 0 && !rare.test(stream))
        .map(({ stream }) => stream)
    await until(`every stream of ${market.id}`, () => silent().length === 0).catch(() => undefined)
    expect(silent()).toEqual([])
    expect(heard.of('gap')).toEqual([])
    for (const { ignored, decodeFailures } of on.feed.status().connections)
      expect({ ignored, decodeFailures }).toEqual({ ignored: 0, decodeFailures: 0 })
  })
})

/** Every form of every pattern, filled in with what the generated market has. */
async function namesOf(on: SimFeed, market: Market): Promise<readonly string[]> {
  const isCoinM = market.id === 'binance-coinm'
  const isOptions = market.id === 'binance-options'
  const option = isOptions ? ((await optionsAtTheMoney(on))[0] ?? '').toLowerCase() : ''
  const symbol = isOptions ? option : isCoinM ? 'btcusd_perp' : 'btcusdt'
  const fill = (pattern: string, own: string): string =>
    pattern
      .replace(/^<symbol>/, own)
      .replace(/^<(pair|underlying)>/, isCoinM ? 'btcusd' : 'btcusdt')
      .replace(/^<asset>/, 'usdtusd')
      .replace('<interval>', '1m')
      .replace('<levels>', '5')
      .replace('<window>', '1h')
      .replace('<contract>', 'perpetual')
      .replace('<expiry>', option.split('-')[1] ?? '')
  return market.streams.flatMap(({ pattern }) => {
    const options = /\[(.*?)\]/.exec(pattern)?.[1]?.split('|') ?? []
    const speeds = pattern.includes('<speed>') ? ['100ms', '500ms'] : ['']
    const own = pattern.includes('@compositeIndex') ? 'defiusdt' : symbol
    const forms = ['', ...options].map(option => pattern.replace(/\[.*?\]/, option))
    return forms.flatMap(form => speeds.map(speed => fill(form.replace('<speed>', speed), own)))
  })
}
