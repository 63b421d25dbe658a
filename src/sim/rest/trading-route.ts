import type { AnswerFaults } from '../trading/answer-faults.ts'
import type { Caller, KeyRing } from '../trading/key-ring.ts'
import type { OrderCount, OrderRates } from '../trading/order-rates.ts'
import { noOrder } from '../trading/order-rates.ts'
import type { ListenTokens } from '../trading/spot/listen-tokens.ts'
import type { UserStream } from '../trading/user-stream.ts'
import type { Call } from './query.ts'
import type { Security } from './trading-gate.ts'

export interface TradingRoute {
  readonly weight: number | ((call: Call) => number)
  readonly security: Security
  /** How many orders it counts as; its answer tells the count when it is one at least. */
  readonly orders: OrderCount
  /** True for a call that counts its orders by itself. */
  readonly countsItself: boolean
  /** Parameters read beside `timestamp` and `recvWindow`; spot refuses others. */
  readonly parameters: readonly string[]
  /** @returns JSON; @throws RestError */
  readonly answer: (call: Call, caller: Caller) => string
}

/** Calls about accounts: by `METHOD /path`. */
export type TradingRoutes = ReadonlyMap<string, TradingRoute>

/** What the server in front needs of the accounts behind. */
export interface TradingService {
  readonly keys: KeyRing
  readonly rates: OrderRates
  /** What goes wrong on the way back from an order. */
  readonly answers: AnswerFaults
  readonly routes: TradingRoutes
  /** What an account is told, by its name; for venues that push it over their WebSocket API. */
  stream(account: string): UserStream | undefined
  /** Tokens for margin accounts; undefined where there are none. */
  readonly tokens?: ListenTokens
  /** Paths of calls that the venue took away, with any method. */
  readonly gone: ReadonlySet<string>
}

/** Collects routes below a prefix. */
export class RouteTable {
  readonly routes = new Map<string, TradingRoute>()
  private readonly prefix: string

  constructor(prefix: string) {
    this.prefix = prefix
  }

  /** `what` is `POST order`; a path that begins with a slash is taken as it is. */
  add(
    what: string,
    security: Security,
    weight: TradingRoute['weight'],
    parameters: string,
    answer: TradingRoute['answer'],
    orders: OrderCount = noOrder,
    countsItself = false,
  ): void {
    const [method = '', path = ''] = what.split(' ')
    const full = path.startsWith('/') ? path : `${this.prefix}/${path}`
    const names = parameters === '' ? [] : parameters.split(' ')
    this.routes.set(`${method} ${full}`, { weight, security, orders, countsItself, parameters: names, answer })
  }
}
