import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/net/random.ts'
import type { GeneratedVenue } from '../../src/sim/market/generated-venue.ts'
import { World } from '../../src/sim/market/world.ts'
import { Call } from '../../src/sim/rest/query.ts'
import { RestError } from '../../src/sim/rest/rest-error.ts'
import { type AccountSetup, readAccounts } from '../../src/sim/trading/account-options.ts'
import { marginAsset } from '../../src/sim/trading/futures/futures-account.ts'
import { type FuturesDesk, FuturesExchange } from '../../src/sim/trading/futures/futures-exchange.ts'
import { readFuturesRequest } from '../../src/sim/trading/futures/futures-request.ts'
import { setDualSide, setLeverage, setMarginType } from '../../src/sim/trading/futures/futures-settings.ts'
import { type Order, remaining } from '../../src/sim/trading/order.ts'
import { SpotExchange } from '../../src/sim/trading/spot/spot-exchange.ts'
import { readSpotRequest } from '../../src/sim/trading/spot/spot-request.ts'
import { venueRules } from '../../src/sim/venue-rules.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { aliceKey, bobKey, secret } from './trading-client.ts'

const startUs = 1_790_000_000_000_000

function setups(venue: string, balances: Readonly<Record<string, string>>): readonly AccountSetup[] {
  return readAccounts([
    { venue, key: aliceKey, secret, balances },
    { venue, key: bobKey, secret, balances },
  ])
}

function venueOf(world: World, name: 'binance-usdm' | 'binance-coinm' | 'binance-spot'): GeneratedVenue {
  const source = world.venues.get(name)
  if (source === undefined) throw new Error(`no ${name}`)
  return source
}

function callOf(source: GeneratedVenue, values: Readonly<Record<string, string>>): Call {
  return new Call(source, venueRules[source.venue], new Map(Object.entries(values)))
}

/** Refusals are part of the game; anything else is a mistake. */
function attempt(act: () => unknown): boolean {
  try {
    act()
    return true
  } catch (error) {
    if (error instanceof RestError) return false
    throw error
  }
}

function pick<T>(random: () => number, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

/** All or nothing is all or nothing, and nobody trades with himself unless he says so. */
function checkTaking(
  orders: Iterable<Order>,
  fills: readonly {
    readonly id: number
    readonly symbol: string
    readonly orderId: number
    readonly isMaker: boolean
  }[],
): number {
  const modes = new Map<number, string>()
  let whole = 0
  for (const order of orders) {
    modes.set(order.id, order.stp)
    if (order.timeInForce !== 'FOK') continue
    expect([0, order.quantity]).toContain(order.executed)
    if (order.executed > 0) whole++
  }
  const made = new Set(fills.filter(fill => fill.isMaker).map(fill => `${fill.symbol} ${fill.id}`))
  const withSelf = fills.filter(fill => !fill.isMaker && made.has(`${fill.symbol} ${fill.id}`))
  expect(withSelf.filter(fill => modes.get(fill.orderId) !== 'NONE')).toEqual([])
  return whole
}

function randomOrder(
  source: GeneratedVenue,
  symbol: string,
  random: () => number,
  isDual: boolean,
): Record<string, string> {
  const listed = source.listed.get(symbol)
  if (listed === undefined) throw new Error(symbol)
  const { book, instrument } = listed.market
  const side = pick(random, ['BUY', 'SELL'])
  const best = book.bestPrice(side === 'BUY' ? 'ask' : 'bid') ?? 0
  const offset = (random() - 0.55) * best * 0.0008 * (side === 'BUY' ? 1 : -1)
  const units = Math.round((best + offset) / instrument.tickUnits) * instrument.tickUnits
  const price = (units / 10 ** instrument.priceDecimals).toFixed(instrument.priceDecimals)
  const worth = source.venue === 'binance-coinm' ? 20 : 20_000 / (best / 10 ** instrument.priceDecimals)
  const quantity = (worth * random()).toFixed(instrument.quantityDecimals)
  const type = pick(random, ['LIMIT', 'LIMIT', 'LIMIT', 'MARKET'])
  const stp = pick(random, ['EXPIRE_MAKER', 'EXPIRE_TAKER', 'EXPIRE_BOTH', 'NONE'])
  const common = { symbol, side, type, quantity, selfTradePreventionMode: stp }
  const forms = source.venue === 'binance-spot' ? ['GTC', 'GTC', 'IOC', 'FOK'] : ['GTC', 'GTC', 'IOC', 'FOK', 'GTX']
  const limit = type === 'LIMIT' ? { price, timeInForce: pick(random, forms) } : {}
  if (source.venue === 'binance-spot') return { ...common, ...limit }
  if (isDual) return { ...common, ...limit, positionSide: pick(random, ['LONG', 'SHORT']) }
  return { ...common, ...limit, reduceOnly: random() < 0.25 ? 'true' : 'false' }
}

function checkFutures(exchange: FuturesExchange, desk: FuturesDesk, assets: ReadonlyMap<string, bigint>): void {
  const { account } = desk
  const { floor } = exchange
  for (const order of account.orders.open()) {
    const { book } = floor.listed(order.symbol).market
    expect(order.bookId).toBeDefined()
    expect(book.order(order.bookId ?? -1)?.remaining).toBe(remaining(order))
    expect(book.order(order.bookId ?? -1)?.owner).toBe(account.owner)
  }
  const assetOf = (symbol: string): string => marginAsset(floor.instrument(symbol))
  for (const [asset, start] of assets) {
    const booked = account.income.filter(row => row.asset === asset).reduce((sum, row) => sum + row.amount, 0n)
    expect(account.balance(asset, assetOf)).toBe(start + booked)
  }
  const held = new Map<string, number>()
  for (const { symbol, positionSide, side, quantity } of account.fills) {
    const name = `${symbol} ${positionSide}`
    held.set(name, (held.get(name) ?? 0) + (side === 'BUY' ? quantity : -quantity))
  }
  for (const position of account.positions()) {
    expect(position.quantity).toBe(held.get(`${position.symbol} ${position.side}`) ?? 0)
    if (position.quantity === 0) expect([position.cost, position.isolatedWallet]).toEqual([0n, 0n])
    if (position.side === 'LONG') expect(position.quantity).toBeGreaterThanOrEqual(0)
    if (position.side === 'SHORT') expect(position.quantity).toBeLessThanOrEqual(0)
  }
}

describe('the trading core under random orders', () => {
  for (const venue of ['binance-usdm', 'binance-coinm'] as const) {
    for (const seed of [1, 2, 3, 4]) {
      it(`${venue}: books, orders, positions and money agree after every action, seed ${seed}`, () => {
        const random = seededRandom(seed)
        const world = new World({ venues: [venue], seed, startUs, warmUpSeconds: 2 })
        const source = venueOf(world, venue)
        const asset = venue === 'binance-usdm' ? 'USDT' : 'BTC'
        const balance = venue === 'binance-usdm' ? '20000' : '0.4'
        const clock = new FakeClock(startUs)
        const options = { source, seed, clock, timeScale: 1, publish: () => undefined }
        const exchange = new FuturesExchange({ ...options, setups: setups(venue, { [asset]: balance }) })
        const symbols = venue === 'binance-usdm' ? ['BTCUSDT', 'ETHUSDT'] : ['BTCUSD_PERP']
        const desks = [...exchange.desks.values()]
        const start = new Map([[asset, desks[0]?.account.wallet(asset).crossed ?? 0n]])
        for (const desk of desks) {
          attempt(() => setDualSide(desk, seed % 2 === 0))
          for (const symbol of symbols) {
            attempt(() => setLeverage(desk, symbol, pick(random, [3, 20, 100])))
            if (random() < 0.5) attempt(() => setMarginType(desk, symbol, 'ISOLATED'))
          }
        }
        let accepted = 0
        for (let count = 0; count < 400; count++) {
          const desk = pick(random, desks)
          const { account, trader } = desk
          const draw = random()
          const open = account.orders.open()
          if (draw < 0.7 || open.length === 0) {
            const values = randomOrder(source, pick(random, symbols), random, account.isDual)
            if (attempt(() => trader.place(readFuturesRequest(callOf(source, values), exchange.floor)))) accepted++
          } else {
            const order = pick(random, open)
            if (draw < 0.8) trader.cancel(order)
            else if (draw < 0.9) {
              const { tickUnits } = exchange.floor.instrument(order.symbol)
              attempt(() => trader.amend(order, order.price + tickUnits * 3, order.quantity + 1, undefined))
            } else
              exchange.floor.desk(order.symbol).meet(order, Math.ceil(remaining(order) / 2), exchange.floor.nowUs())
          }
          world.advance(world.scheduler.nowUs + Math.floor(random() * 400_000))
          for (const each of desks) checkFutures(exchange, each, start)
        }
        expect(accepted).toBeGreaterThan(60)
        for (const { account } of desks) checkTaking(account.orders.all, account.fills)
        exchange[Symbol.dispose]()
      })
    }
  }

  for (const seed of [1, 2, 3]) {
    it(`binance-spot: money is never made nor lost, seed ${seed}`, () => {
      const random = seededRandom(seed)
      const world = new World({ venues: ['binance-spot'], seed, startUs, warmUpSeconds: 2 })
      const source = venueOf(world, 'binance-spot')
      const exchange = new SpotExchange({
        source,
        seed,
        clock: new FakeClock(startUs),
        setups: setups('binance-spot', { USDT: '60000', BTC: '0.7' }),
      })
      const traders = [...exchange.traders.values()]
      let accepted = 0
      for (let count = 0; count < 400; count++) {
        const trader = pick(random, traders)
        const open = trader.account.orders.open()
        if (random() < 0.75 || open.length === 0) {
          const values = randomOrder(source, 'BTCUSDT', random, false)
          if (attempt(() => trader.place(readSpotRequest(callOf(source, values), exchange.floor)))) accepted++
        } else if (random() < 0.6) trader.cancel(pick(random, open))
        else {
          const order = pick(random, open)
          exchange.floor.desk(order.symbol).meet(order, Math.ceil(remaining(order) / 2), exchange.floor.nowUs())
        }
        world.advance(world.scheduler.nowUs + Math.floor(random() * 400_000))
        for (const { account } of traders) {
          const expected = new Map([
            ['USDT', 6_000_000_000_000n],
            ['BTC', 70_000_000n],
          ])
          const add = (asset: string, change: bigint): void =>
            void expected.set(asset, (expected.get(asset) ?? 0n) + change)
          for (const fill of account.fills) {
            const size = BigInt(fill.quantity) * 1000n
            add('BTC', fill.isBuyer ? size : -size)
            add('USDT', fill.isBuyer ? -fill.value : fill.value)
            add(fill.feeAsset, -fill.fee)
          }
          for (const [asset, sum] of expected) {
            const { free, locked } = account.balance(asset)
            expect(free + locked).toBe(sum)
            expect(free).toBeGreaterThanOrEqual(0n)
          }
          for (const asset of ['USDT', 'BTC']) {
            const own = account.orders.open().filter(order => (order.side === 'BUY') === (asset === 'USDT'))
            expect(account.balance(asset).locked).toBe(own.reduce((sum, order) => sum + order.locked, 0n))
          }
          for (const order of account.orders.open()) {
            expect(source.listed.get(order.symbol)?.market.book.order(order.bookId ?? -1)?.remaining).toBe(
              remaining(order),
            )
          }
        }
      }
      expect(accepted).toBeGreaterThan(60)
      let whole = 0
      for (const { account } of traders) whole += checkTaking(account.orders.all, account.fills)
      expect(whole).toBeGreaterThan(0)
    })
  }
})
