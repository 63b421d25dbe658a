import type { MarketSource } from '../source.ts'
import type { VenueRules } from '../venue-rules.ts'
import type { CallFlaws } from './query.ts'
import { Call } from './query.ts'
import { badRequest, RestError } from './rest-error.ts'
import { readSignedQuery } from './signed-query.ts'
import { checkKey, checkSignature, checkTime } from './trading-gate.ts'
import type { TradingRoute, TradingService } from './trading-route.ts'
import { weightOf } from './weight-of.ts'

export interface TradingRequest {
  readonly apiKey: string | undefined
  readonly search: string
  readonly body: string
  readonly flaws: CallFlaws
  /** True where times are to be answered in microseconds. */
  readonly isMicro: boolean
  /** Counts what the call weighs; throws when it is too much. @returns headers that tell of it */
  readonly charge: (weight: number) => Readonly<Record<string, string>>
}

export interface TradingAnswer {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** Lets calls about accounts in: who calls, when, and whether the signature is theirs. */
export class TradingDoor {
  readonly service: TradingService
  private readonly source: MarketSource
  private readonly rules: VenueRules

  constructor(service: TradingService, source: MarketSource, rules: VenueRules) {
    this.service = service
    this.source = source
    this.rules = rules
  }

  find(method: string | undefined, path: string): TradingRoute | undefined {
    return this.service.routes.get(`${method ?? ''} ${path}`)
  }

  /** True for a path that exists with some other method. */
  knows(path: string): boolean {
    for (const name of this.service.routes.keys()) if (name.endsWith(` ${path}`)) return true
    return false
  }

  /** @throws RestError for whatever is wrong, its headers complete */
  answer(route: TradingRoute, request: TradingRequest): TradingAnswer {
    let headers: Readonly<Record<string, string>> = {}
    let counts = (): Readonly<Record<string, string>> => ({})
    try {
      const signed = readSignedQuery(request.search, request.body)
      const call = new Call(this.source, this.rules, signed.params, request.flaws, request.isMicro)
      headers = request.charge(weightOf(route.weight, call))
      const caller = checkKey(this.service.keys, request.apiKey, route.security)
      const nowMs = this.source.clockMs()
      if (route.security !== 'key') {
        checkTime(call, nowMs, call.isSpot)
        checkSignature(caller, signed.payload, signed.signature)
      }
      if (call.isSpot) checkParameters(route, signed.params)
      const { rates, answers } = this.service
      if (route.orders[0] === 0) return { status: 200, body: route.answer(call, caller), headers }
      counts = () => rates.headers(caller.account, nowMs)
      if (!route.countsItself) rates.add(caller.account, nowMs, route.orders)
      const body = route.answer(call, caller)
      answers.check(caller.account)
      return { status: 200, body, headers: { ...headers, ...counts() } }
    } catch (error) {
      if (!(error instanceof RestError)) throw error
      // On spot, orders and cancels weigh nothing as long as they succeed.
      const isFreeOnlyIfGood = this.rules.family === 'spot' && route.weight === 0 && error.status === 400
      if (isFreeOnlyIfGood) headers = { ...headers, ...request.charge(1) }
      throw new RestError(
        error.status,
        error.code,
        error.message,
        { ...headers, ...counts(), ...error.headers },
        error.data,
      )
    }
  }
}

/** @throws RestError -1104 for a parameter that nobody reads */
function checkParameters(route: TradingRoute, params: ReadonlyMap<string, string>): void {
  const known = new Set([...route.parameters, 'timestamp', 'recvWindow'])
  const read = [...params.keys()].filter(name => known.has(name)).length
  if (read === params.size) return
  throw badRequest(
    -1104,
    `Not all sent parameters were read; read '${read}' parameter(s) but was sent '${params.size}'.`,
  )
}
