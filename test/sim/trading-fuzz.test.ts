import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/net/random.ts'
import type { GeneratedVenue } from '../../src/sim/market/generated-venue.ts'
import { World } from '../../src/sim/market/world.ts'
import { RestError } from '../../src/sim/rest/rest-error.ts'
import { routesOf } from '../../src/sim/rest/routes.ts'
import { TradingDoor } from '../../src/sim/rest/trading-door.ts'
import { apiMethods } from '../../src/sim/server/ws-api-methods.ts'
import { WsApiSession } from '../../src/sim/server/ws-api-session.ts'
import { readAccounts } from '../../src/sim/trading/account-options.ts'
import { openTrading, type VenueTrading } from '../../src/sim/trading/open-trading.ts'
import { venueRules } from '../../src/sim/venue-rules.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { aliceKey, bobKey, secret } from './trading-client.ts'

const venues = ['binance-spot', 'binance-usdm', 'binance-coinm'] as const
type Venue = (typeof venues)[number]
type Random = () => number

const symbols: Readonly<Record<Venue, readonly string[]>> = {
  'binance-spot': ['BTCUSDT', 'ETHUSDT', '币安人生USDT'],
  'binance-usdm': ['BTCUSDT', 'ETHUSDT', '币安人生USDT'],
  'binance-coinm': ['BTCUSD_PERP', 'ETHUSD_PERP'],
}
const garbage = [
  '',
  '-1',
  '0',
  '1e9',
  'NaN',
  'null',
  '{',
  '[]',
  '[1,{}]',
  '99999999999999999999',
  '0.000000001',
  'ü',
  'a b',
  '\u0000',
  'true',
]
const choices: Readonly<Record<string, readonly string[]>> = {
  side: ['BUY', 'SELL'],
  type: ['LIMIT', 'LIMIT', 'MARKET', 'STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TRAILING_STOP_MARKET', '1', '2'],
  timeInForce: ['GTC', 'GTC', 'IOC', 'FOK', 'GTX', 'GTD'],
  positionSide: ['BOTH', 'LONG', 'SHORT'],
  newOrderRespType: ['ACK', 'RESULT', 'FULL'],
  selfTradePreventionMode: ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'],
  cancelReplaceMode: ['STOP_ON_FAILURE', 'ALLOW_FAILURE'],
  cancelRestrictions: ['ONLY_NEW', 'ONLY_PARTIALLY_FILLED'],
  marginType: ['ISOLATED', 'CROSSED'],
  priceMatch: ['OPPONENT', 'QUEUE_5', 'NONE'],
  algoType: ['CONDITIONAL'],
  workingType: ['MARK_PRICE', 'CONTRACT_PRICE'],
  incomeType: ['COMMISSION'],
  autoCloseType: ['ADL'],
}
const spotTypes = [
  'LIMIT',
  'LIMIT',
  'MARKET',
  'LIMIT_MAKER',
  'STOP_LOSS',
  'STOP_LOSS_LIMIT',
  'TAKE_PROFIT',
  'TAKE_PROFIT_LIMIT',
]
const spotChoices: Readonly<Record<string, readonly string[]>> = {
  ...choices,
  type: spotTypes,
  timeInForce: ['GTC', 'GTC', 'GTC', 'IOC', 'FOK'],
  workingType: ['LIMIT', 'LIMIT', 'LIMIT_MAKER'],
  aboveType: ['LIMIT_MAKER', 'TAKE_PROFIT', 'STOP_LOSS', 'STOP_LOSS_LIMIT'],
  belowType: ['LIMIT_MAKER', 'TAKE_PROFIT_LIMIT', 'STOP_LOSS', 'STOP_LOSS_LIMIT'],
}
/** Left out most of the time, as people do. */
const rare =
  /clientorderid|compute|ratelimit|strategy|iceberg|trailingdelta|resptype|prevention|restrictions|exceeded|time$|limit$|fromid|quoteorder|positionside|pricematch|goodtill|closeposition|reduceonly|stoplimit/i

class Player {
  readonly source: GeneratedVenue
  readonly trading: VenueTrading
  readonly world: World
  readonly random: Random
  readonly venue: Venue
  readonly clock = new FakeClock()
  readonly start = { USDT: '300000', BTC: '20', ETH: '200', 币安人生: '100000' }

  constructor(venue: Venue, seed: number) {
    this.venue = venue
    this.random = seededRandom(seed)
    this.world = new World({ venues: [venue], seed, startUs: 1_790_000_000_000_000 })
    const source = this.world.venues.get(venue)
    if (source === undefined) throw new Error(venue)
    this.source = source
    const setups = readAccounts([
      { venue, key: aliceKey, secret, balances: this.start },
      { venue, key: bobKey, secret, balances: this.start },
    ])
    const trading = openTrading({ source, setups, seed, clock: this.clock, timeScale: 1, publish: () => undefined })
    if (trading === undefined) throw new Error(venue)
    this.trading = trading
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.random() * items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }

  advance(ms: number): void {
    this.world.scheduler.run(this.world.scheduler.nowUs + ms * 1000)
  }

  value(name: string, symbol: string, key: string): string {
    if (this.random() < 0.012) return this.pick(garbage)
    if (name === 'symbol') return this.random() < 0.985 ? symbol : this.pick(['NOPE', 'btcusdt', ''])
    const plain =
      name.charAt(0).toLowerCase() + name.slice(1).replace(/^(orking|ending|bove|elow|endingAbove|endingBelow)/, '')
    const table = this.venue === 'binance-spot' ? spotChoices : choices
    const known =
      table[name] ??
      table[name.replace(/^pending([AB])/, (_all, letter: string) => letter.toLowerCase())] ??
      table[this.base(name)]
    if (known !== undefined) return this.pick(known)
    if (/price$/i.test(plain)) return this.price(symbol)
    if (/(qty|quantity)$/i.test(name)) return this.quantity(symbol)
    if (/orderid$/i.test(name) && !/client/i.test(name)) return this.pick(['1', ...this.ids(key)])
    if (name === 'orderIdList') return JSON.stringify([this.pick(['1', ...this.ids(key)])])
    if (name === 'batchOrders') return JSON.stringify([this.order(symbol), this.order(symbol)])
    if (/clientorderid/i.test(name)) return this.pick(['one', 'two', 'three'])
    if (name === 'dualSidePosition' || name === 'multiAssetsMargin' || /^(reduceOnly|closePosition)$/.test(name))
      return this.pick(['true', 'false'])
    if (name === 'leverage') return String(1 + Math.floor(this.random() * 130))
    if (name === 'limit') return String(Math.floor(this.random() * 1100))
    if (/trailingdelta/i.test(name)) return String(Math.floor(this.random() * 2200))
    if (name === 'callbackRate') return (this.random() * 21).toFixed(1)
    if (/time$/i.test(name)) return String(Math.floor(this.source.nowMs() - this.random() * 4e8))
    if (name === 'orderListId') return this.pick(['1', ...this.listIds()])
    if (name === 'amount') return (this.random() * 100).toFixed(2)
    return this.pick(['1', '7', 'x'])
  }

  /** One frame of a call: parameters of a route, most of them sensible. */
  params(names: readonly string[], symbol: string, key: string): Map<string, string> {
    const params = new Map<string, string>()
    for (const name of names) {
      if (this.random() < (rare.test(name) ? 0.1 : 0.975)) params.set(name, this.value(name, symbol, key))
    }
    return this.tidy(params)
  }

  /** What the type does not take is left out more often than not, so that orders come about. */
  private tidy(params: Map<string, string>): Map<string, string> {
    if (this.random() < 0.2) return params
    for (const [name, value] of new Map(params)) {
      if (!/type$/i.test(name) || name === 'newOrderRespType' || name === 'marginType') continue
      const prefix = name === 'type' ? '' : name.slice(0, -4)
      const drop = (field: string): boolean =>
        params.delete(prefix === '' ? field.charAt(0).toLowerCase() + field.slice(1) : prefix + field)
      if (!/LIMIT|^STOP$/.test(value)) drop('Price')
      if (!value.endsWith('LIMIT') && prefix !== '') drop('TimeInForce')
      if (value === 'MARKET' && this.venue === 'binance-spot') drop('TimeInForce')
      if (value === 'LIMIT_MAKER') drop('TimeInForce')
      if (!/^STOP|^TAKE/.test(value)) for (const field of ['StopPrice', 'TrailingDelta']) drop(field)
    }
    if (params.get('quoteOrderQty') !== undefined) params.delete('quantity')
    return params
  }

  private base(name: string): string {
    const found = /(Side|Type|TimeInForce)$/.exec(name)?.[1]
    return found === undefined ? name : found.charAt(0).toLowerCase() + found.slice(1)
  }

  private order(symbol: string): Record<string, string> {
    return Object.fromEntries(
      this.tidy(
        new Map(
          ['symbol', 'side', 'type', 'timeInForce', 'quantity', 'price'].map(name => [
            name,
            this.value(name, symbol, ''),
          ]),
        ),
      ),
    )
  }

  private price(symbol: string): string {
    const market = this.source.listed.get(symbol)?.market
    if (market === undefined) return '1'
    const { priceDecimals, tickUnits } = market.instrument
    const near = (market.book.bestPrice('bid') ?? 1) * (1 + (this.random() - 0.5) * 0.006)
    return ((Math.round(near / tickUnits) * tickUnits) / 10 ** priceDecimals).toFixed(priceDecimals)
  }

  private quantity(symbol: string): string {
    const market = this.source.listed.get(symbol)?.market
    if (market === undefined) return '1'
    const { priceDecimals, quantityDecimals, isInverse } = market.instrument
    const price = (market.book.bestPrice('bid') ?? 1) / 10 ** priceDecimals
    const most = isInverse ? 200 : 30_000 / price
    return (most * this.random()).toFixed(quantityDecimals)
  }

  private listIds(): readonly string[] {
    const events = this.trading.account(this.pick([aliceKey, bobKey]))?.events() ?? []
    const lists = events.filter(({ kind }) => kind === 'listStatus').slice(-6)
    return lists.map(({ payload }) => /"g":(\d+)/.exec(payload)?.[1] ?? '1')
  }

  private ids(key: string): readonly string[] {
    return (this.trading.account(key)?.orders() ?? []).slice(-12).map(({ id }) => id)
  }
}

function units(text: string): bigint {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.')
  const amount = BigInt(whole + fraction.padEnd(8, '0'))
  return text.startsWith('-') ? -amount : amount
}

/** Money is where the fills say it is, to the last digit, and nothing is below zero. */
function checkSpot(player: Player): void {
  for (const key of [aliceKey, bobKey]) {
    const account = player.trading.account(key)
    if (account === undefined) throw new Error(key)
    const sums = new Map(Object.entries(player.start).map(([asset, text]) => [asset, units(text)]))
    const add = (asset: string, amount: bigint): void => void sums.set(asset, (sums.get(asset) ?? 0n) + amount)
    for (const fill of account.fills()) {
      const instrument = player.source.listed.get(fill.symbol)?.market.instrument
      const sign = fill.side === 'BUY' ? 1n : -1n
      add(instrument?.baseAsset ?? '', sign * units(fill.quantity))
      add('USDT', (-sign * units(fill.quantity) * units(fill.price)) / 100_000_000n)
      add(fill.feeAsset, -units(fill.fee))
    }
    for (const { asset, free, locked } of account.balances()) {
      expect([asset, units(free) >= 0n, units(locked) >= 0n]).toEqual([asset, true, true])
      expect([key.slice(0, 5), asset, units(free) + units(locked)]).toEqual([
        key.slice(0, 5),
        asset,
        sums.get(asset) ?? 0n,
      ])
    }
    const isIdle = !account.orders().some(({ status }) => isOpen(status))
    if (isIdle)
      for (const { asset, locked } of account.balances()) expect([asset, locked]).toEqual([asset, '0.00000000'])
  }
}

function isOpen(status: string): boolean {
  return status === 'NEW' || status === 'PARTIALLY_FILLED' || status === 'PENDING_NEW'
}

/** Nothing stays set aside when nothing is open any more. */
function cancelAll(player: Player): void {
  for (const key of [aliceKey, bobKey]) {
    const account = player.trading.account(key)
    const open = (): string | undefined => account?.orders().find(({ status }) => isOpen(status))?.id
    for (let id = open(); id !== undefined; id = open()) account?.cancel(id)
  }
}

/** Positions are what the fills add up to. */
function checkFutures(player: Player): void {
  for (const key of [aliceKey, bobKey]) {
    const account = player.trading.account(key)
    if (account === undefined) throw new Error(key)
    const net = new Map<string, bigint>()
    for (const { symbol, side, quantity } of account.fills()) {
      net.set(symbol, (net.get(symbol) ?? 0n) + (side === 'BUY' ? 1n : -1n) * units(quantity))
    }
    for (const { symbol, quantity } of account.positions()) net.set(symbol, (net.get(symbol) ?? 0n) - units(quantity))
    for (const [symbol, left] of net) expect([symbol, left]).toEqual([symbol, 0n])
  }
}

const more =
  'symbol side positionSide type timeInForce quantity price triggerPrice workingType closePosition reduceOnly callbackRate activatePrice priceProtect clientAlgoId'

describe.each(venues)('%s: whatever is asked', venue => {
  it.each([1, 2, 3])(
    'answers in the venue’s form, and no money is made or lost; seed %i',
    seed => {
      const player = new Player(venue, seed)
      const { service } = player.trading
      const door = new TradingDoor(service, player.source, venueRules[venue])
      // What moves money between accounts has tests of its own.
      const routes = [...service.routes].filter(([name]) => !name.includes('asset/transfer'))
      const placing = routes.filter(([, route]) => route.orders[0] > 0)
      let good = 0
      let placed = 0
      for (let count = 0; count < 1000; count++) {
        const [name, route] = player.pick(player.random() < 0.6 ? placing : routes)
        const key = player.random() < 0.5 ? aliceKey : bobKey
        const names = name.includes('algoOrder')
          ? [...new Set([...route.parameters, ...more.split(' ')])]
          : route.parameters
        const params = player.params(names, player.pick(symbols[venue]), key)
        params.set('timestamp', String(player.source.clockMs()))
        const search = [...params].map(([param, value]) => `${param}=${encodeURIComponent(value)}`).join('&')
        const signature = createHmac('sha256', secret).update(search).digest('hex')
        try {
          const charge = (): Readonly<Record<string, string>> => ({})
          const answer = door.answer(route, {
            apiKey: key,
            search: `${search}&signature=${signature}`,
            body: '',
            flaws: {},
            isMicro: false,
            charge,
          })
          JSON.parse(answer.body)
          good++
          if (route.orders[0] > 0) placed++
        } catch (error) {
          if (!(error instanceof RestError)) throw new Error(`seed ${seed}: ${name}?${search}`, { cause: error })
          expect([name, search, error.status < 500 && error.code < 0 && error.message !== '']).toEqual([
            name,
            search,
            true,
          ])
        }
        if (count % 3 === 0) player.advance(350)
        if (count % 40 !== 0) continue
        if (venue === 'binance-spot') checkSpot(player)
        else checkFutures(player)
      }
      cancelAll(player)
      if (venue === 'binance-spot') checkSpot(player)
      expect(good).toBeGreaterThan(140)
      expect(placed).toBeGreaterThan(40)
      player.trading[Symbol.dispose]()
    },
    60_000,
  )

  it('and the same over the WebSocket API', () => {
    const player = new Player(venue, 9)
    const { service } = player.trading
    const rules = venueRules[venue]
    const sent: string[] = []
    const notices: string[] = []
    const methods = apiMethods(rules)
    const session = new WsApiSession(
      { isMicro: false, showsRateLimits: true, send: text => void sent.push(text) },
      {
        rules,
        service,
        methods,
        limits: rules.limits,
        source: player.source,
        routes: routesOf(rules, rules.limits),
        charge: () => 1,
        onNotice: line => void notices.push(line),
      },
    )
    const own = [
      'session.status',
      'session.logout',
      'session.subscriptions',
      'userDataStream.subscribe.signature',
      'userDataStream.unsubscribe',
      'nothing',
    ]
    let good = 0
    for (let count = 0; count < 900; count++) {
      const method = player.pick([...methods.keys(), ...own])
      const route = service.routes.get(methods.get(method) ?? '')
      const names = route?.parameters ?? ['symbol', 'limit', 'interval', 'windowSize']
      const params = player.params(names, player.pick(symbols[venue]), aliceKey)
      params.set('apiKey', aliceKey)
      params.set('timestamp', String(player.source.clockMs()))
      const payload = [...params]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `${name}=${value}`)
        .join('&')
      const signature = createHmac('sha256', secret).update(payload).digest('hex')
      const text = JSON.stringify({ id: count, method, params: { ...Object.fromEntries(params), signature } })
      const before = sent.length
      session.received(player.random() < 0.03 ? text.slice(0, Math.floor(player.random() * text.length)) : text)
      const answers = sent
        .slice(before)
        .map((line): { status?: number; id?: unknown } => JSON.parse(line))
        .filter(line => 'status' in line)
      expect([text, answers.length]).toEqual([text, 1])
      expect([text, (answers[0]?.status ?? 500) < 500]).toEqual([text, true])
      if (answers[0]?.status === 200) good++
      if (count % 3 === 0) player.advance(300)
    }
    expect(notices).toEqual([])
    expect(good).toBeGreaterThan(100)
    cancelAll(player)
    if (venue === 'binance-spot') checkSpot(player)
    else checkFutures(player)
    session.closed()
    player.trading[Symbol.dispose]()
  }, 60_000)
})
