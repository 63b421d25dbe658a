import { createHmac } from 'node:crypto'
import { errorLine } from '../../model/error.ts'
import type { HttpRequest } from '../../model/http.ts'
import { type Clock, sleep } from '../../net/clock.ts'
import { fetchHttp } from '../../net/http.ts'
import type { Random } from '../../net/random.ts'
import { type SignedParams, signedQuery } from '../../venue/binance/signed-request.ts'

export interface PlayTraderOptions {
  /** Origin of the simulated USD-M venue's REST. Never a real one: only a loopback address is taken. */
  readonly rest: string
  readonly key: string
  readonly secret: string
  readonly clock: Clock
  readonly random: Random
  /** Told once of what goes wrong. */
  readonly onProblem: (message: string) => void
}

interface PlayMarket {
  readonly symbol: string
  /** Of one order. */
  readonly quantity: number
  readonly quantityDecimals: number
  /** The position is kept within this. */
  readonly most: number
}

const MARKETS: readonly PlayMarket[] = [
  { symbol: 'BTCUSDT', quantity: 0.02, quantityDecimals: 3, most: 0.2 },
  { symbol: 'ETHUSDT', quantity: 0.4, quantityDecimals: 3, most: 4 },
]

const STEP_MS = 2500
const RESTING_PER_MARKET = 3
/** Every third turn is an order at the market, so that each market gets one soon. */
const MARKET_ORDER_EVERY = 3

interface Resting {
  readonly symbol: string
  readonly orderId: string
}

/**
 * Trades with play money on the simulated exchange, so that a demonstration has an account to show: a few resting orders
 * around the market, now and then an order at the market, positions within a limit. It means nothing and earns nothing.
 */
export class PlayTrader implements AsyncDisposable {
  private readonly options: PlayTraderOptions
  private readonly controller = new AbortController()
  private readonly running: Promise<void>
  private readonly positions = new Map<string, number>()
  private resting: Resting[] = []
  private hasComplained = false

  /** @throws Error for an origin that is not on this machine */
  constructor(options: PlayTraderOptions) {
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(new URL(options.rest).hostname))
      throw new Error('the play trader trades on the loopback only')
    this.options = options
    this.running = this.run()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.controller.abort()
    await this.running
  }

  private async run(): Promise<void> {
    const { clock, random, onProblem } = this.options
    const { signal } = this.controller
    for (let turn = 0; !signal.aborted; turn++) {
      const market = MARKETS[turn % MARKETS.length]
      if (market === undefined) return
      try {
        await this.step(market, turn % MARKET_ORDER_EVERY === 0)
      } catch (error) {
        if (!signal.aborted && !this.hasComplained) onProblem(`the play trader: ${errorLine(error)}`)
        this.hasComplained = true
      }
      await sleep(clock, STEP_MS * (0.5 + random()), signal)
    }
  }

  private async step(market: PlayMarket, isTrade: boolean): Promise<void> {
    const own = this.resting.filter(one => one.symbol === market.symbol)
    const [oldest] = own
    if (isTrade) await this.trade(market)
    else if (oldest !== undefined && own.length > RESTING_PER_MARKET) await this.cancel(oldest)
    else await this.rest(market)
  }

  /** Against the position when it is large. */
  private async trade(market: PlayMarket): Promise<void> {
    const held = await this.held(market.symbol)
    const isBuy = Math.abs(held) >= market.most ? held < 0 : this.options.random() < 0.5
    await this.signed('POST', '/fapi/v1/order', [
      ['symbol', market.symbol],
      ['side', isBuy ? 'BUY' : 'SELL'],
      ['type', 'MARKET'],
      ['quantity', this.quantityOf(market)],
    ])
  }

  /** A tenth to a half of a percent away from the last price. */
  private async rest(market: PlayMarket): Promise<void> {
    const { random } = this.options
    const last = Number(member(await this.open(`/fapi/v1/ticker/price?symbol=${market.symbol}`), 'price'))
    if (!(last > 0)) return
    const isBuy = random() < 0.5
    const away = last * (0.001 + 0.004 * random())
    const answer = await this.signed('POST', '/fapi/v1/order', [
      ['symbol', market.symbol],
      ['side', isBuy ? 'BUY' : 'SELL'],
      ['type', 'LIMIT'],
      ['timeInForce', 'GTC'],
      ['price', String(Math.round(isBuy ? last - away : last + away))],
      ['quantity', this.quantityOf(market)],
    ])
    const orderId = member(answer, 'orderId')
    if (typeof orderId === 'number') this.resting.push({ symbol: market.symbol, orderId: String(orderId) })
  }

  /** An order that is filled already cannot be cancelled: it is forgotten all the same. */
  private async cancel({ symbol, orderId }: Resting): Promise<void> {
    this.resting = this.resting.filter(one => one.orderId !== orderId)
    await this.signed('DELETE', '/fapi/v1/order', [
      ['symbol', symbol],
      ['orderId', orderId],
    ])
  }

  private async held(symbol: string): Promise<number> {
    const rows = await this.signed('GET', '/fapi/v3/positionRisk', [['symbol', symbol]])
    const amount = Array.isArray(rows) ? Number(member(rows[0], 'positionAmt')) : Number.NaN
    if (Number.isFinite(amount)) this.positions.set(symbol, amount)
    return this.positions.get(symbol) ?? 0
  }

  private quantityOf(market: PlayMarket): string {
    return (market.quantity * (0.5 + this.options.random())).toFixed(market.quantityDecimals)
  }

  private async open(path: string): Promise<unknown> {
    return await this.call({ method: 'GET', url: `${this.options.rest}${path}`, headers: {}, weight: 0 })
  }

  private async signed(method: 'GET' | 'POST' | 'DELETE', path: string, params: SignedParams): Promise<unknown> {
    const { rest, key, secret, clock } = this.options
    const stamped: SignedParams = [...params, ['timestamp', Math.floor(clock.nowUs() / 1000)]]
    const query = signedQuery(stamped, payload => createHmac('sha256', secret).update(payload).digest('hex'))
    return await this.call({ method, url: `${rest}${path}?${query}`, headers: { 'X-MBX-APIKEY': key }, weight: 0 })
  }

  private async call(request: HttpRequest): Promise<unknown> {
    const answer = await fetchHttp(request, this.controller.signal)
    const body: unknown = JSON.parse(answer.body)
    return body
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined
}
