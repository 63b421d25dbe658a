import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorLine } from '../../model/error.ts'
import type { Clock } from '../../net/clock.ts'
import type { FaultPlan, RestFault } from '../fault-plan.ts'
import { parseQuery } from '../server/paths.ts'
import type { VenueStats } from '../server/venue-stats.ts'
import type { MarketSource } from '../source.ts'
import type { SimLimits, VenueRules } from '../venue-rules.ts'
import { depth } from './market-handlers.ts'
import type { CallFlaws } from './query.ts'
import { Call } from './query.ts'
import { readBody } from './read-body.ts'
import { badRequest, RestError } from './rest-error.ts'
import type { Route, Routes } from './routes.ts'
import { routesOf } from './routes.ts'
import { TradingDoor } from './trading-door.ts'
import type { TradingService } from './trading-route.ts'
import { weightOf } from './weight-of.ts'
import type { WeightPool } from './weight-pool.ts'

export interface RestContext {
  readonly rules: VenueRules
  readonly limits: SimLimits
  readonly source: MarketSource
  readonly pool: WeightPool
  readonly stats: VenueStats
  readonly faults: FaultPlan
  readonly clock: Clock
  readonly onNotice: (line: string) => void
  /** Accounts; undefined where there can be none, as behind a recording. */
  readonly trading?: TradingService | undefined
}

/** What is wrong with the data of a call. */
interface Flaws extends CallFlaws {
  /** Of a depth snapshot. */
  readonly ageEvents: number
}

/** A request with its body read. */
interface Asked {
  readonly request: IncomingMessage
  readonly path: string
  readonly search: string
  readonly body: string
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** Answers a venue's REST calls. Whatever is asked, something in the venue's form comes back. */
export class RestServer {
  private readonly context: RestContext
  private readonly routes: Routes
  private readonly door: TradingDoor | undefined

  constructor(context: RestContext) {
    this.context = context
    const { trading, source, rules } = context
    this.door = trading === undefined ? undefined : new TradingDoor(trading, source, rules)
    this.routes = routesOf(context.rules, context.limits)
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const { stats, faults, clock } = this.context
    // The client may be gone before the answer is written.
    response.on('error', () => response.destroy())
    const target = request.url ?? '/'
    const question = target.indexOf('?')
    const path = question < 0 ? target : target.slice(0, question)
    const isSnapshot = path === `${this.context.rules.restPrefix}/depth`
    stats.restRequests++
    stats.count(stats.restByPath, path)
    const search = question < 0 ? '' : target.slice(question + 1)
    const stream = streamOfCall(path, search)
    const snapshot = isSnapshot ? faults.snapshot.current(stream) : undefined
    const fault: RestFault | undefined =
      snapshot === undefined ? faults.rest.current(stream) : { ...snapshot, latencyMs: snapshot.delayMs ?? 0 }
    const latencyMs = fault?.latencyMs ?? 0
    const finish = (body: string): void => {
      const asked = { request, path, search, body }
      const answer =
        fault?.isLost === true ? lostAnswer : this.answer(asked, { ...fault, ageEvents: snapshot?.ageEvents ?? 0 })
      if (answer.status >= 400) stats.restErrors++
      write(response, fault === undefined ? answer : spoil(answer, fault))
    }
    readBody(request, body => {
      if (latencyMs <= 0) finish(body)
      else clock.setTimer(latencyMs, () => finish(body))
    })
  }

  private answer(asked: Asked, flaws: Flaws): Answer {
    const { rules, source, stats } = this.context
    const { request, path, search } = asked
    let weightHeaders: Readonly<Record<string, string>> = {}
    try {
      const account = this.accountAnswer(asked, flaws)
      if (account !== undefined) return account
      const route = this.routes.get(path)
      if (route === undefined)
        return {
          status: 404,
          body: '<html><body><h2>404 Not found</h2></body></html>',
          headers: { 'Content-Type': 'text/html' },
        }
      if (request.method !== 'GET')
        throw new RestError(405, -1000, `Request method '${request.method ?? ''}' not supported`)
      const query = parseQuery(search)
      const call = new Call(source, rules, query ?? new Map(), flaws, this.wantsMicro(request))
      weightHeaders = this.charge(request, weightOf(route.weight, call))
      if (query === undefined) throw badRequest(-1100, 'Illegal characters found in a parameter.')
      this.check(route, call, query, request)
      const body = flaws.ageEvents > 0 ? depth(call, flaws.ageEvents) : route.answer(call)
      return { status: 200, body, headers: weightHeaders }
    } catch (error) {
      if (!(error instanceof RestError)) return this.broken(path, error)
      if (error.status === 429 || error.status === 418) stats.rateLimited++
      return { status: error.status, body: error.body, headers: { ...weightHeaders, ...error.headers } }
    }
  }

  /** Calls about accounts; undefined for any other. @throws RestError */
  private accountAnswer({ request, path, search, body }: Asked, flaws: Flaws): Answer | undefined {
    const { door } = this
    if (door === undefined) return undefined
    if (door.service.gone.has(path)) throw new RestError(410, -1016, 'This service is no longer available.')
    const route = door.find(request.method, path)
    if (route === undefined) {
      if (this.routes.has(path) || !door.knows(path)) return undefined
      throw new RestError(405, -1000, `Request method '${request.method ?? ''}' not supported`)
    }
    const key = request.headers['x-mbx-apikey']
    return door.answer(route, {
      apiKey: typeof key === 'string' ? key : undefined,
      search,
      body,
      flaws,
      isMicro: this.wantsMicro(request),
      charge: weight => this.charge(request, weight),
    })
  }

  /** `X-MBX-TIME-UNIT`, which only spot reads. @throws RestError -1194 */
  private wantsMicro(request: IncomingMessage): boolean {
    const unit = request.headers['x-mbx-time-unit']
    if (unit === undefined || !this.context.rules.hasMicroseconds) return false
    const name = String(unit).toUpperCase()
    if (name === 'MICROSECOND') return true
    if (name === 'MILLISECOND') return false
    throw badRequest(-1194, 'Invalid value for time unit; expected either MICROSECOND or MILLISECOND.')
  }

  /** @throws RestError 429 or 418 */
  private charge(request: IncomingMessage, weight: number): Readonly<Record<string, string>> {
    const { pool, stats, clock, faults } = this.context
    const nowMs = Math.floor(clock.nowUs() / 1000)
    const address = (request.socket.remoteAddress ?? '').replace('::ffff:', '')
    stats.usedWeight = pool.charge(address, weight * faults.weightFactor(), nowMs)
    return { 'X-MBX-USED-WEIGHT-1M': String(stats.usedWeight) }
  }

  /** A mistake of ours must not take the other clients down; it is told, and answered as the venue would. */
  private broken(path: string, error: unknown): Answer {
    this.context.onNotice(`REST ${path} failed: ${errorLine(error)}`)
    return {
      status: 500,
      body: '{"code":-1001,"msg":"Internal error; unable to process your request. Please try again."}',
      headers: {},
    }
  }

  private check(route: Route, call: Call, query: ReadonlyMap<string, string>, request: IncomingMessage): void {
    if (route.needsKey === true && request.headers['x-mbx-apikey'] === undefined) {
      throw new RestError(401, -2014, 'API-key format invalid.')
    }
    if (!call.isSpot) return
    const read = [...query.keys()].filter(name => route.parameters.includes(name)).length
    if (read < query.size) {
      throw badRequest(
        -1104,
        `Not all sent parameters were read; read '${read}' parameter(s) but was sent '${query.size}'.`,
      )
    }
  }
}

/** The stream that carries what a call asks for, so that a fault can be laid on it: `btcusdt@aggTrade`. */
function streamOfCall(path: string, search: string): string {
  const symbol = /(?:^|&)symbol=([^&]*)/.exec(search)?.[1] ?? ''
  const interval = /(?:^|&)interval=([^&]*)/.exec(search)?.[1] ?? ''
  const name = path.slice(path.lastIndexOf('/') + 1)
  return `${symbol.toLowerCase()}@${callStreams.get(name) ?? name}${name === 'klines' ? interval : ''}`
}

const callStreams: ReadonlyMap<string, string> = new Map([
  ['aggTrades', 'aggTrade'],
  ['trades', 'trade'],
  ['historicalTrades', 'trade'],
  ['klines', 'kline_'],
])

/** Of a call that nobody carried out, where a fault does not say what is answered. */
const lostAnswer: Answer = {
  status: 503,
  body: '{"code":-1000,"msg":"Unknown error, please check your request or try again later."}',
  headers: {},
}

function spoil(answer: Answer, fault: RestFault): Answer {
  return {
    status: fault.status ?? answer.status,
    body:
      fault.body ??
      (fault.status === undefined
        ? answer.body
        : '{"code":-1000,"msg":"An unknown error occurred while processing the request."}'),
    headers: { ...answer.headers, ...fault.headers },
  }
}

function write(response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return
  response.writeHead(answer.status, {
    'Content-Type': 'application/json;charset=UTF-8',
    'Content-Length': Buffer.byteLength(answer.body),
    ...answer.headers,
  })
  response.end(answer.body)
}
