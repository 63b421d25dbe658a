import type { MarketView } from '../market-view.ts'
import type { MarketSource } from '../source.ts'
import type { VenueRules } from '../venue-rules.ts'
import { badRequest, invalidSymbol, missing, RestError } from './rest-error.ts'

/** A call as a handler sees it: checked parameters, and the data behind. */
export class Call {
  readonly source: MarketSource
  readonly rules: VenueRules
  private readonly query: ReadonlyMap<string, string>

  constructor(source: MarketSource, rules: VenueRules, query: ReadonlyMap<string, string>) {
    this.source = source
    this.rules = rules
    this.query = query
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
