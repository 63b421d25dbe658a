import type { MarketView } from '../market-view.ts'
import type { MarketSource } from '../source.ts'
import { IdRing } from '../tape/id-ring.ts'
import type { VenueRules } from '../venue-rules.ts'
import { badRequest, invalidSymbol, missing, RestError } from './rest-error.ts'

/** Trades and candles that a call must not know. */
export interface CallFlaws {
  readonly lagMs?: number
  readonly hole?: readonly [from: number, to: number]
}

/** A call as a handler sees it: checked parameters, and the data behind. */
export class Call {
  readonly source: MarketSource
  readonly rules: VenueRules
  /** True where times go out in microseconds. */
  readonly isMicro: boolean
  private readonly query: ReadonlyMap<string, string>
  private readonly flaws: CallFlaws

  constructor(
    source: MarketSource,
    rules: VenueRules,
    query: ReadonlyMap<string, string>,
    flaws: CallFlaws = {},
    isMicro = false,
  ) {
    this.source = source
    this.rules = rules
    this.query = query
    this.flaws = flaws
    this.isMicro = isMicro
  }

  /** A time as the call wants it. */
  time(timeUs: number): number {
    return this.isMicro ? timeUs : Math.floor(timeUs / 1000)
  }

  /** A time parameter in milliseconds; spot takes microseconds, too. @throws RestError -1100 */
  timeMs(name: string): number | undefined {
    const time = this.integer(name)
    return this.isSpot && time !== undefined && time > 1e14 ? Math.floor(time / 1000) : time
  }

  /** The moment up to which trades and candles are known to the call. */
  get knownUntilMs(): number {
    return this.flaws.lagMs === undefined ? Number.POSITIVE_INFINITY : this.source.nowMs() - this.flaws.lagMs
  }

  /** Trades as far as the call knows them: all of them, unless a fault says otherwise. */
  known<T extends { readonly id: number; readonly timeUs: number }>(ring: IdRing<T>): IdRing<T> {
    const { lagMs, hole = [0, -1] } = this.flaws
    if (lagMs === undefined && this.flaws.hole === undefined) return ring
    const untilUs = this.knownUntilMs * 1000
    const known = new IdRing<T>(Math.max(1, ring.length))
    for (const item of ring.newest(ring.length)) {
      if (item.timeUs <= untilUs && (item.id < hole[0] || item.id > hole[1])) known.push(item)
    }
    return known
  }

  get isSpot(): boolean {
    return this.rules.family === 'spot'
  }

  text(name: string): string | undefined {
    const value = this.query.get(name)
    return value === '' ? undefined : value
  }

  /** @throws RestError -1102 */
  required(name: string): string {
    const value = this.text(name)
    if (value === undefined) throw missing(name)
    return value
  }

  /** A number without sign. @throws RestError -1100 for anything else */
  integer(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    if (!/^\d{1,20}$/.test(value)) {
      throw badRequest(-1100, `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`)
    }
    return Number(value)
  }

  /** Page size: too large is cut on spot and refused elsewhere. */
  limit(standard: number, most: number): number {
    const limit = this.integer('limit') ?? standard
    if (limit >= 1 && limit <= most) return limit
    if (this.isSpot && limit > most) return most
    throw badRequest(-1130, "Data sent for parameter 'limit' is not valid.")
  }

  /** The instrument the call names. @throws RestError -1102, -1100, -1121 */
  view(name = 'symbol'): MarketView {
    const symbol = this.required(name)
    if (!/^[\p{L}\p{N}_.-]{1,30}$/u.test(symbol)) {
      throw badRequest(
        -1100,
        `Illegal characters found in parameter '${name}'; legal range is '^[\\w\\-._&&[^a-z]]{1,50}$'.`,
      )
    }
    const view = this.source.view(symbol)
    if (view === undefined) throw invalidSymbol()
    return view
  }

  /** As `view`, and its book can be served. @throws RestError 503 when the source has none */
  bookView(): MarketView {
    const view = this.view()
    const problem = this.source.bookProblem(view.instrument.symbol)
    if (problem !== undefined) throw new RestError(503, -1016, problem)
    return view
  }

  /** All instruments that the call means: the one it names, or all. */
  views(): readonly MarketView[] {
    if (this.text('symbol') !== undefined) return [this.view()]
    const pair = this.text('pair')
    const views = this.source.instruments().flatMap(({ symbol }) => this.source.view(symbol) ?? [])
    return pair === undefined ? views : views.filter(view => view.instrument.pair === pair)
  }

  /** As `views`; spot also takes `symbols=["A","B"]`. */
  spotViews(): readonly MarketView[] {
    const list = this.text('symbols')
    if (!this.isSpot || list === undefined) return this.views()
    if (this.text('symbol') !== undefined) throw badRequest(-1128, 'Combination of optional parameters invalid.')
    const names = [...list.matchAll(/"([^"]+)"/g)].map(match => match[1] ?? '')
    if (names.length === 0) throw missing('symbols')
    return names.map(name => {
      const view = this.source.view(name)
      if (view === undefined) throw invalidSymbol()
      return view
    })
  }
}
