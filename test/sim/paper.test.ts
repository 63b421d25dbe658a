import { describe, expect, it } from 'vitest'
import { createFeed } from '../../src/feed/create-feed.ts'
import type { Level, MarketEvent } from '../../src/model/event.ts'
import { type Instrument, instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import { seededRandom } from '../../src/net/random.ts'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import type { GeneratedVenue, Listed } from '../../src/sim/market/generated-venue.ts'
import { World } from '../../src/sim/market/world.ts'
import { PaperMarket } from '../../src/sim/paper/paper-market.ts'
import { PaperMirror } from '../../src/sim/paper/paper-mirror.ts'
import { Call } from '../../src/sim/rest/query.ts'
import { RestError } from '../../src/sim/rest/rest-error.ts'
import { readAccounts } from '../../src/sim/trading/account-options.ts'
import { openTrading, type VenueTrading } from '../../src/sim/trading/open-trading.ts'
import { venueRules } from '../../src/sim/venue-rules.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { binanceUsdm } from '../../src/venue/binance/index.ts'
import { SimClient } from '../support/sim-client.ts'
import { aliceKey, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-usdm'
const id = instrumentId('binance-usdm:BTCUSDT')
const startUs = 1_790_000_000_000_000
const common = { instrument: id, receiveTimeUs: epochUs(startUs) }

const btc: Instrument = {
  id,
  venue,
  symbol: 'BTCUSDT',
  kind: 'perpetual',
  base: 'BTC',
  quote: 'USDT',
  settle: 'USDT',
  status: 'TRADING',
  isTrading: true,
  tickSize: '0.10',
  lotSize: '0.001',
  unit: 'base',
  contractSize: 1,
  isInverse: false,
}

/** A paper venue fed by hand. */
class Stand {
  readonly source: GeneratedVenue
  readonly listed: Listed
  private readonly mirror: PaperMirror
  private readonly trading: VenueTrading

  constructor() {
    const paper = new PaperMarket([btc])
    const world = new World({ venues: paper.venues, seed: 1, startUs, warmUpSeconds: 0, paper })
    const source = world.venues.get(venue)
    const listed = source?.listed.get('BTCUSDT')
    const price = paper.price(id)
    if (source === undefined || listed === undefined || price === undefined) throw new Error('not listed')
    this.source = source
    this.listed = listed
    this.mirror = new PaperMirror(listed, price, () => world.scheduler.nowUs)
    const setups = readAccounts([{ venue, key: aliceKey, secret, balances: { USDT: '100000' } }])
    const trading = openTrading({
      source,
      setups,
      seed: 1,
      clock: new FakeClock(startUs),
      timeScale: 1,
      publish: () => undefined,
    })
    if (trading === undefined) throw new Error('no trading')
    this.trading = trading
    this.mirror.handle({ ...common, kind: 'markPrice', markPrice: 100, indexPrice: 100, fundingRate: 0.0001 })
    this.book(
      [
        [99.9, 5],
        [99.8, 7],
      ],
      [
        [100.1, 4],
        [100.2, 6],
      ],
    )
  }

  book(bids: readonly Level[], asks: readonly Level[]): void {
    this.mirror.handle({ ...common, kind: 'book', sequence: 1, synced: true, bids, asks })
  }

  delta(bids: readonly Level[], asks: readonly Level[] = []): void {
    this.mirror.handle({ ...common, kind: 'bookDelta', first: 1, last: 1, bids, asks })
  }

  trade(price: number, quantity: number, side: 'buy' | 'sell'): void {
    this.mirror.handle({ ...common, kind: 'trade', channel: 'trade', id: '1', price, quantity, side })
  }

  event(event: MarketEvent): void {
    this.mirror.handle(event)
  }

  order(side: 'BUY' | 'SELL', quantity: string, price?: string): string {
    const route = this.trading.service.routes.get('POST /fapi/v1/order')
    const caller = this.trading.service.keys.find(aliceKey)
    if (route === undefined || caller === undefined) throw new Error('no route')
    const limit = price === undefined ? { type: 'MARKET' } : { type: 'LIMIT', price, timeInForce: 'GTC' }
    const params = new Map(Object.entries({ symbol: 'BTCUSDT', side, quantity, ...limit }))
    return route.answer(new Call(this.source, venueRules[venue], params), caller)
  }

  /** Executed quantity of the newest order. */
  get executed(): number {
    return Number(this.trading.account(aliceKey)?.orders().at(-1)?.executed)
  }

  get fills(): readonly (readonly [price: number, quantity: number, isMaker: boolean])[] {
    const fills = this.trading.account(aliceKey)?.fills() ?? []
    return fills.map(({ price, quantity, isMaker }) => [Number(price), Number(quantity), isMaker] as const)
  }

  levels(side: 'bid' | 'ask'): readonly (readonly [number, number])[] {
    const rows: [number, number][] = []
    this.listed.market.book.forLevels(side, 100, (price, quantity) => rows.push([price / 10, quantity / 1000]))
    return rows
  }
}

/** What the venue refuses is no mistake here. */
function attempt(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof RestError)) throw error
  }
}

describe('a paper book', () => {
  it('is the live one, change by change', () => {
    const stand = new Stand()
    stand.delta(
      [
        [99.9, 0],
        [99.7, 2],
      ],
      [[100, 1]],
    )
    expect(stand.levels('bid')).toEqual([
      [99.8, 7],
      [99.7, 2],
    ])
    expect(stand.levels('ask')).toEqual([
      [100, 1],
      [100.1, 4],
      [100.2, 6],
    ])
    stand.book([[99.5, 1]], [[99.6, 2]])
    expect([stand.levels('bid'), stand.levels('ask')]).toEqual([[[99.5, 1]], [[99.6, 2]]])
    stand.event({ ...common, kind: 'gap', channel: 'book', reason: 'sequence', healed: false })
    expect([stand.levels('bid'), stand.levels('ask')]).toEqual([[], []])
  })

  it('an order at the market walks it', () => {
    const stand = new Stand()
    stand.order('BUY', '6.000')
    expect(stand.fills).toEqual([
      [100.1, 4, false],
      [100.2, 2, false],
    ])
    expect(stand.levels('ask')).toEqual([[100.2, 4]])
    stand.delta([], [[100.1, 3]])
    expect(stand.levels('ask')).toEqual([
      [100.1, 3],
      [100.2, 4],
    ])
  })

  it('a resting order waits until what stood before it has traded', () => {
    const stand = new Stand()
    stand.order('BUY', '2.000', '99.9')
    stand.trade(99.9, 4, 'sell')
    expect(stand.executed).toBe(0)
    // The book tells of the same trade afterwards, and somebody joins behind.
    stand.delta([[99.9, 4]])
    stand.trade(99.9, 1.5, 'sell')
    expect(stand.executed).toBe(0.5)
    expect(stand.fills).toEqual([[99.9, 0.5, true]])
    stand.trade(99.9, 10, 'sell')
    expect(stand.executed).toBe(2)
  })

  it('cancels of others do not bring it forward while anybody stands behind', () => {
    const stand = new Stand()
    stand.order('BUY', '1.000', '99.9')
    stand.delta([[99.9, 9]])
    stand.delta([[99.9, 5]])
    stand.trade(99.9, 5, 'sell')
    expect(stand.executed).toBe(0)
    stand.trade(99.9, 1, 'sell')
    expect(stand.executed).toBe(1)
  })

  it('a trade through its price fills it, trades at other prices do not', () => {
    const stand = new Stand()
    stand.order('SELL', '2.000', '100.2')
    stand.trade(100.1, 50, 'buy')
    expect(stand.executed).toBe(0)
    stand.trade(100.3, 0.1, 'buy')
    expect(stand.fills).toEqual([[100.2, 2, true]])
  })

  it('mark and funding are the live ones, and nothing is made up', () => {
    const stand = new Stand()
    stand.source.world.advance(startUs + 5_000_000)
    stand.event({ ...common, kind: 'markPrice', markPrice: 101, indexPrice: 100.5, fundingRate: 0.0042 })
    stand.source.world.advance(startUs + 60_000_000)
    expect(stand.source.mark('BTCUSDT')).toMatchObject({
      markPrice: '101.00000000',
      indexPrice: '100.50000000',
      fundingRate: '0.00420000',
    })
    const nowMs = startUs / 1000
    expect(stand.source.funding('BTCUSDT', nowMs - 10 * 86_400_000, nowMs, 100)).toEqual([])
    stand.source.world.advance(startUs + 8 * 3_600_000_000)
    expect(stand.source.funding('BTCUSDT', nowMs, nowMs + 8 * 3_600_000, 100)).toMatchObject([
      { rate: 0.0042, markPrice: 101 },
    ])
    expect(stand.source.hurry(() => true, 2)).toBeUndefined()
  })

  it('is never crossed: a live level beyond an own order waits for a trade', () => {
    const stand = new Stand()
    stand.order('BUY', '1.000', '100.0')
    stand.delta(
      [],
      [
        [100, 3],
        [99.9, 2],
      ],
    )
    expect(stand.executed).toBe(0)
    expect(stand.levels('ask')[0]).toEqual([100.1, 4])
    stand.trade(99.9, 1, 'sell')
    expect(stand.executed).toBe(1)
    stand.delta([[99.9, 0]])
    expect(stand.levels('ask')[0]).toEqual([99.9, 2])
  })

  it.each([1, 2, 3, 4])(
    'whatever happens it is never crossed, and without own orders it is the live book (seed %i)',
    seed => {
      const random = seededRandom(seed)
      const stand = new Stand()
      const live = {
        bid: new Map([
          [999, 5000],
          [998, 7000],
        ]),
        ask: new Map([
          [1001, 4000],
          [1002, 6000],
        ]),
      }
      let centre = 1000
      const pick = (most: number): number => Math.floor(random() * most)
      for (let round = 0; round < 400; round++) {
        const isOrdering = round > 200
        centre += pick(3) - 1
        const rows: Record<'bid' | 'ask', [number, number][]> = { bid: [], ask: [] }
        for (const side of ['bid', 'ask'] as const) {
          const away = side === 'bid' ? -1 : 1
          for (const price of live[side].keys()) if ((price - centre) * away <= 0) rows[side].push([price, 0])
          rows[side].push([centre + away * (1 + pick(6)), pick(4) * 1000])
          for (const [price, quantity] of rows[side]) {
            if (quantity === 0) live[side].delete(price)
            else live[side].set(price, quantity)
          }
        }
        const levels = (side: 'bid' | 'ask'): Level[] =>
          rows[side].map(([price, quantity]) => [price / 10, quantity / 1000])
        stand.delta(levels('bid'), levels('ask'))
        const side = random() < 0.5 ? 'bid' : 'ask'
        const best = side === 'bid' ? Math.max(...live.bid.keys()) : Math.min(...live.ask.keys())
        if (Number.isFinite(best) && !isOrdering) {
          const traded = Math.min(live[side].get(best) ?? 0, 1000 * (1 + pick(2)))
          stand.trade(best / 10, traded / 1000, side === 'bid' ? 'sell' : 'buy')
          const left = (live[side].get(best) ?? 0) - traded
          if (left === 0) live[side].delete(best)
          else live[side].set(best, left)
        }
        if (isOrdering && round % 7 === 0)
          attempt(() => stand.order(random() < 0.5 ? 'BUY' : 'SELL', '0.500', ((centre + pick(5) - 2) / 10).toFixed(1)))
        const [bid = Number.NEGATIVE_INFINITY] = stand.levels('bid').map(([price]) => price)
        const [ask = Number.POSITIVE_INFINITY] = stand.levels('ask').map(([price]) => price)
        expect(bid).toBeLessThan(ask)
        if (isOrdering) continue
        for (const of of ['bid', 'ask'] as const) {
          const shown = new Map(
            stand.levels(of).map(([price, quantity]) => [Math.round(price * 10), Math.round(quantity * 1000)]),
          )
          expect(shown).toEqual(live[of])
        }
      }
    },
  )

  it('live trades are public trades, the account’s share counted once', () => {
    const stand = new Stand()
    const printed: (readonly [number, number])[] = []
    stand.listed.market.listeners.add({ traded: trade => printed.push([trade.price / 10, trade.quantity / 1000]) })
    stand.order('BUY', '1.000', '100.0')
    stand.trade(100, 2.5, 'sell')
    expect(printed).toEqual([
      [100, 1],
      [100, 1.5],
    ])
  })
})

describe('paper trading behind a feed', () => {
  it('serves the live market and trades in it', async () => {
    await using live = await createSimulator({ venues: [venue], seed: 3, scenario: 'calm' })
    const endpoints = live.endpoints[venue]
    if (endpoints === undefined) throw new Error('no endpoints')
    await using feed = createFeed({ venues: [binanceUsdm({ endpoints })] })
    await using paper: Simulator = await createSimulator({
      liveMarket: { feed, instruments: [id] },
      accounts: [{ venue, key: aliceKey, secret, balances: { USDT: '100000' } }],
    })
    expect(paper.source).toEqual({ kind: 'paper', instruments: [id] })
    const rest = (sim: Simulator, path: string): Promise<Record<string, unknown>> =>
      fetch(`${sim.endpoints[venue]?.rest}${path}`).then(async answer => Object(await answer.json()))
    const touch = async (sim: Simulator): Promise<number> =>
      Number((await rest(sim, '/fapi/v1/ticker/bookTicker?symbol=BTCUSDT'))['bidPrice'])
    const [there, here] = await Promise.all([touch(live), touch(paper)])
    expect(Math.abs(here / there - 1)).toBeLessThan(0.0005)
    const info = await rest(paper, '/fapi/v1/exchangeInfo')
    expect(Object(info['symbols'])).toHaveLength(1)
    const marks = await Promise.all([live, paper].map(sim => rest(sim, '/fapi/v1/premiumIndex?symbol=BTCUSDT')))
    expect(Math.abs(Number(marks[1]?.['markPrice']) / Number(marks[0]?.['markPrice']) - 1)).toBeLessThan(0.001)
    const alice = new TradingClient(paper, venue, { key: aliceKey })
    const listenKey = String((await alice.raw('POST', '/fapi/v1/listenKey')).body['listenKey'])
    const client = await SimClient.open(`${paper.endpoints[venue]?.stream}/private/ws?listenKey=${listenKey}`)
    const depth = await SimClient.open(`${paper.endpoints[venue]?.stream}/public/ws/btcusdt@depth@100ms`)
    const trades = await SimClient.open(`${paper.endpoints[venue]?.stream}/market/ws/btcusdt@aggTrade`)
    const order = [
      ['symbol', 'BTCUSDT'],
      ['side', 'BUY'],
      ['type', 'MARKET'],
      ['quantity', '0.010'],
    ] as const
    expect((await alice.call('POST', '/fapi/v1/order', order)).status).toBe(200)
    await client.next(message => Object(message['o'])['X'] === 'FILLED')
    const [fill] = paper.account(aliceKey).fills()
    expect(Math.abs(Number(fill?.price) / there - 1)).toBeLessThan(0.001)
    await depth.until(() => depth.messages.length > 10, 20_000)
    await trades.until(() => trades.messages.length > 2, 20_000)
    for (const socket of [client, depth, trades]) socket.close()
  })

  it('says what cannot be followed', async () => {
    await using live = await createSimulator({ venues: [venue], seed: 3 })
    const endpoints = live.endpoints[venue]
    if (endpoints === undefined) throw new Error('no endpoints')
    await using feed = createFeed({ venues: [binanceUsdm({ endpoints })] })
    const open = (instruments: readonly string[], more = {}): Promise<Simulator> =>
      createSimulator({ liveMarket: { feed, instruments }, ...more })
    await expect(open(['binance-usdm:BTCUSD'])).rejects.toThrow(
      'binance-usdm has no symbol "BTCUSD". Did you mean "BTCUSDT"',
    )
    await expect(open([])).rejects.toThrow('liveMarket: expected at least one instrument')
    await expect(open([id], { scenario: 'calm' })).rejects.toThrow('liveMarket: its instruments say what is served')
    await expect(open([id], { accounts: [{ venue: 'binance-spot', key: aliceKey, secret }] })).rejects.toThrow(
      'accounts: binance-spot has no instrument among those of liveMarket (binance-usdm:BTCUSDT)',
    )
  })
})
