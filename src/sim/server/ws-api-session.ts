import { errorLine } from '../../model/error.ts'
import { Call } from '../rest/query.ts'
import { badRequest, RestError } from '../rest/rest-error.ts'
import type { Route } from '../rest/routes.ts'
import { checkKey, checkSignature, checkTime, unknownKey } from '../rest/trading-gate.ts'
import type { TradingRoute, TradingService } from '../rest/trading-route.ts'
import { weightOf } from '../rest/weight-of.ts'
import type { MarketSource } from '../source.ts'
import type { Caller } from '../trading/key-ring.ts'
import type { SimLimits, VenueRules } from '../venue-rules.ts'
import type { ApiId, ApiRequest } from './ws-api-request.ts'
import { apiPayload, readApiRequest } from './ws-api-request.ts'
import type { ApiSocket } from './ws-api-subscriptions.ts'
import { ApiSubscriptions } from './ws-api-subscriptions.ts'

export interface ApiContext {
  readonly rules: VenueRules
  readonly limits: SimLimits
  readonly source: MarketSource
  readonly service: TradingService
  readonly methods: ReadonlyMap<string, string>
  readonly routes: ReadonlyMap<string, Route>
  /** @returns weight used in this minute; @throws RestError 429 or 418 */
  readonly charge: (weight: number) => number
  readonly onNotice: (line: string) => void
}

interface Logon {
  readonly caller: Caller
  readonly sinceMs: number
}

type Rows = readonly object[]

/** One client of a WebSocket API: requests and answers, its logon, and the events it subscribed to. */
export class WsApiSession {
  private readonly socket: ApiSocket
  private readonly context: ApiContext
  private readonly subscriptions: ApiSubscriptions
  private readonly connectedMs: number
  private logon: Logon | undefined
  private usedWeight = 0

  constructor(socket: ApiSocket, context: ApiContext) {
    this.socket = socket
    this.context = context
    this.connectedMs = context.source.nowMs()
    this.subscriptions = new ApiSubscriptions(socket, context.service, () => context.source.nowMs())
    // The handshake counts; one that is too much is told with the first request.
    this.weigh(context.rules.family === 'spot' ? 2 : 5, true)
  }

  /** Answers a text frame. Never throws. */
  received(text: string): void {
    const request = readApiRequest(text)
    if ('code' in request) {
      this.reply(request.id, 400, errorBody(badRequest(request.code, request.message)), [])
      return
    }
    if (this.isRevoked()) return
    const shows = request.params.get('returnRateLimits') ?? String(this.socket.showsRateLimits)
    const rows: object[] = []
    try {
      const { result, afterwards } = this.obey(request, rows)
      this.reply(request.id, 200, `"result":${result}`, shows === 'false' ? [] : rows)
      afterwards?.()
    } catch (error) {
      if (!(error instanceof RestError))
        this.context.onNotice(`WebSocket API ${request.method} failed: ${errorLine(error)}`)
      const known =
        error instanceof RestError
          ? error
          : new RestError(500, -1001, 'Internal error; unable to process your request. Please try again.')
      if (rows.length === 0) rows.push(this.weightRow())
      this.reply(request.id, known.status, errorBody(known, this.context.source.nowMs()), shows === 'false' ? [] : rows)
    }
  }

  closed(): void {
    this.subscriptions[Symbol.dispose]()
  }

  /** A key taken back is told with the next request, whatever that asks, and without its id. */
  private isRevoked(): boolean {
    const key = this.logon?.caller.apiKey.key
    if (key === undefined || this.context.service.keys.find(key) !== undefined) return false
    this.logon = undefined
    this.reply(null, 401, errorBody(unknownKey()), [])
    return true
  }

  private obey(request: ApiRequest, rows: object[]): Obeyed {
    const { context } = this
    const isSpot = context.rules.family === 'spot'
    switch (request.method) {
      case 'session.logon':
        return this.logOn(request)
      case 'session.logout':
        return this.logOut()
      case 'session.status':
        this.weigh(2)
        return { result: this.status() }
      default:
        if (isSpot && /^(session\.subscriptions|userDataStream\.)/.test(request.method)) return this.stream(request)
        return { result: this.call(request, rows) }
    }
  }

  private logOn({ params }: ApiRequest): Obeyed {
    this.weigh(2)
    const caller = checkKey(this.context.service.keys, params.get('apiKey'), 'read')
    if (caller.apiKey.kind !== 'ed25519') {
      throw badRequest(-4056, `${caller.apiKey.kind === 'rsa' ? 'RSA' : 'HMAC_SHA256'} API key is not supported.`)
    }
    this.verify(caller, params)
    this.logon = { caller, sinceMs: this.context.source.nowMs() }
    return { result: this.status() }
  }

  private logOut(): Obeyed {
    this.weigh(2)
    this.logon = undefined
    return { result: this.status(), afterwards: () => this.subscriptions.endLogon() }
  }

  private stream({ method, params }: ApiRequest): Obeyed {
    this.weigh(2)
    const { subscriptions } = this
    switch (method) {
      case 'session.subscriptions':
        return { result: subscriptions.list() }
      case 'userDataStream.subscribe':
        if (this.logon === undefined) throw new RestError(401, -1099, 'Not found, authenticated, or authorized.')
        return { result: subscriptions.open(this.logon.caller, true) }
      case 'userDataStream.subscribe.signature': {
        const caller = checkKey(this.context.service.keys, params.get('apiKey'), 'read')
        this.verify(caller, params)
        return { result: subscriptions.open(caller, false) }
      }
      case 'userDataStream.subscribe.listenToken':
        return { result: this.subscribeToken(params.get('listenToken')) }
      case 'userDataStream.unsubscribe':
        return { result: '{}', afterwards: subscriptions.close(this.query(params).integer('subscriptionId')) }
      default:
        throw badRequest(-1020, 'This operation is not supported.')
    }
  }

  /** @throws RestError -1209 */
  private subscribeToken(text: string | undefined): string {
    const { tokens } = this.context.service
    if (tokens === undefined) throw badRequest(-1209, 'Invalid listenToken.')
    return this.subscriptions.openToken(tokens.find(text))
  }

  /** Methods that are REST calls in other clothes. */
  private call({ method, params }: ApiRequest, rows: object[]): string {
    const { context } = this
    const name = context.methods.get(method)
    if (name === undefined) {
      this.weigh(1)
      throw badRequest(-1020, 'This operation is not supported.')
    }
    const call = this.query(params)
    const trading = context.service.routes.get(name)
    if (trading === undefined) {
      const route = context.routes.get(name.slice(name.indexOf(' ') + 1))
      if (route === undefined) throw badRequest(-1020, 'This operation is not supported.')
      this.weigh(weightOf(route.weight, call))
      rows.push(this.weightRow())
      return route.answer(call)
    }
    this.weigh(weightOf(trading.weight, call))
    const caller = this.authorize(trading, params)
    const nowMs = context.source.nowMs()
    const { rates, answers } = context.service
    const isOrder = trading.orders[0] > 0
    if (isOrder && !trading.countsItself) rates.add(caller.account, nowMs, trading.orders)
    if (isOrder) rows.push(...rates.rows(caller.account, nowMs))
    rows.push(this.weightRow())
    const answer = trading.answer(call, caller)
    if (isOrder) answers.check(caller.account)
    return answer
  }

  /** By the logon of this socket when the request names no key of its own. */
  private authorize(route: TradingRoute, params: ReadonlyMap<string, string>): Caller {
    const key = params.get('apiKey')
    const caller = checkKey(this.context.service.keys, key ?? this.logon?.caller.apiKey.key, route.security)
    if (route.security === 'key') return caller
    if (key === undefined)
      checkTime(this.query(params), this.context.source.clockMs(), this.context.rules.family === 'spot')
    else this.verify(caller, params)
    return caller
  }

  private verify(caller: Caller, params: ReadonlyMap<string, string>): void {
    checkTime(this.query(params), this.context.source.clockMs(), this.context.rules.family === 'spot')
    checkSignature(caller, apiPayload(params), params.get('signature'))
  }

  private query(params: ReadonlyMap<string, string>): Call {
    const own = new Set(['apiKey', 'signature', 'returnRateLimits'])
    const query = new Map([...params].filter(([name]) => !own.has(name)))
    return new Call(this.context.source, this.context.rules, query, {}, this.socket.isMicro)
  }

  private status(): string {
    return JSON.stringify({
      apiKey: this.logon?.caller.apiKey.key ?? null,
      authorizedSince: this.logon?.sinceMs ?? null,
      connectedSince: this.connectedMs,
      returnRateLimits: this.socket.showsRateLimits,
      serverTime: this.context.source.nowMs(),
      userDataStream: this.subscriptions.hasLogon,
    })
  }

  /** @throws RestError 429 or 418, unless it is the handshake */
  private weigh(weight: number, isHandshake = false): void {
    try {
      this.usedWeight = this.context.charge(weight)
    } catch (error) {
      if (!(error instanceof RestError)) throw error
      const used = Number(error.headers['X-MBX-USED-WEIGHT-1M'])
      if (used > 0) this.usedWeight = used
      if (!isHandshake) throw error
    }
  }

  private weightRow(): object {
    const { weightPerMinute: limit } = this.context.limits
    return { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit, count: this.usedWeight }
  }

  private reply(id: ApiId, status: number, content: string, rows: Rows): void {
    const limits = rows.length === 0 ? '' : `,"rateLimits":${JSON.stringify(rows)}`
    this.socket.send(`{"id":${JSON.stringify(id)},"status":${status},${content}${limits}}`)
  }
}

interface Obeyed {
  /** JSON */
  readonly result: string
  /** What follows the answer. */
  readonly afterwards?: () => void
}

function errorBody(error: RestError, nowMs = 0): string {
  const { code, message: msg, headers, data: steps } = error
  const seconds = Number(headers['Retry-After'])
  const isWait = seconds > 0 && steps === undefined
  const data = isWait
    ? { data: { serverTime: nowMs, retryAfter: nowMs + seconds * 1000 } }
    : steps === undefined
      ? {}
      : { data: steps }
  return `"error":${JSON.stringify({ code, msg, ...data })}`
}
