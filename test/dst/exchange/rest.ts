import type { HttpRequest } from '../../../src/model/http.ts'
import type { Chance } from '../core/chance.ts'
import type { RestReply, RestServer } from '../net/sim-http.ts'
import type { Instrument } from './instrument.ts'
import type { VenueServer } from './venue-server.ts'
import { WeightMeter } from './weights.ts'

/** What REST suffers while a fault is on. */
export interface RestFaults {
  status: number
  body: string | undefined
  headers: Readonly<Record<string, string>>
  latencyMs: number
  lagMs: number
  hole: readonly [number, number] | undefined
  snapshotStatus: number
  snapshotDelayMs: number
  snapshotAge: number
}

const NO_HEADERS: Readonly<Record<string, string>> = {}

/** REST that is behind by no more than this has the trades before the client gives up. */
const HEALED_LAG_MS = 5000

/** A venue's REST: true at its sequence, within the weight. */
export class RestDesk implements RestServer {
  readonly weights: WeightMeter
  readonly faults: RestFaults = {
    status: 0,
    body: undefined,
    headers: NO_HEADERS,
    latencyMs: 0,
    lagMs: 0,
    hole: undefined,
    snapshotStatus: 0,
    snapshotDelayMs: 0,
    snapshotAge: 0,
  }
  readonly calls = new Map<string, number>()
  /** World time of the last moment at which REST was not at its best. */
  troubledMs = Number.NEGATIVE_INFINITY
  private readonly server: VenueServer
  private readonly chance: Chance
  private waitUntilMs = 0
  private knownSinceMs = Number.POSITIVE_INFINITY

  constructor(server: VenueServer, chance: Chance) {
    this.server = server
    this.chance = chance
    this.weights = new WeightMeter(server.world, server.rules.weightPerMinute)
  }

  get isTroubled(): boolean {
    const { faults, weights } = this
    const isFaulty =
      faults.status > 0 || faults.latencyMs > 0 || faults.lagMs > HEALED_LAG_MS || faults.hole !== undefined
    return isFaulty || weights.factor > 1 || this.server.world.nowMs < this.waitUntilMs
  }

  answer(url: URL, request: HttpRequest): { readonly reply: RestReply; readonly arrived: () => void } {
    const { world, rules } = this.server
    const path = url.pathname.slice(rules.restPath.length)
    this.calls.set(path, (this.calls.get(path) ?? 0) + 1)
    if (this.isTroubled) this.troubledMs = world.nowMs
    const sentMs = world.nowMs
    const weight = this.weightOf(path, url)
    if (weight !== request.weight)
      this.server.report('I8', `${path} was expected to cost ${request.weight}, it costs ${weight}`)
    if (world.nowMs < this.waitUntilMs && this.knownSinceMs < sentMs - 1000)
      this.server.report('I8', `${path} was asked ${Math.ceil((this.waitUntilMs - world.nowMs) / 1000)} s too soon`)
    const limit = this.weights.take(weight)
    if (limit !== undefined)
      return this.limited(limit.status, String(limit.retryAfterS), '{"code":-1003,"msg":"Too many requests."}')
    return this.served(path, url)
  }

  private served(path: string, url: URL): { readonly reply: RestReply; readonly arrived: () => void } {
    const { faults } = this
    const delayMs = this.chance.between(5, 40) + faults.latencyMs + (path === 'depth' ? faults.snapshotDelayMs : 0)
    const status =
      faults.status > 0 ? faults.status : path === 'depth' && faults.snapshotStatus > 0 ? faults.snapshotStatus : 200
    if (status !== 200) {
      const body = faults.body ?? '{"code":-1001,"msg":"Internal error."}'
      if (status === 429 || status === 418) return this.limited(status, faults.headers['Retry-After'] ?? '', body)
      return { reply: { status, headers: this.headers(faults.headers), body, delayMs }, arrived: () => undefined }
    }
    const body = this.body(path, url)
    return { reply: { status, headers: this.headers(NO_HEADERS), body, delayMs }, arrived: () => undefined }
  }

  private limited(
    status: number,
    retryAfter: string,
    body: string,
  ): { readonly reply: RestReply; readonly arrived: () => void } {
    const { world } = this.server
    this.server.count(`rest answered ${status}`)
    const waitS = retryAfter === '' ? (status === 418 ? 120 : 60) : Number(retryAfter)
    const headers = this.headers(retryAfter === '' ? NO_HEADERS : { 'Retry-After': retryAfter })
    const arrived = (): void => {
      const untilMs = world.nowMs + waitS * 1000 - 500
      if (world.nowMs >= this.waitUntilMs) this.knownSinceMs = world.nowMs
      this.waitUntilMs = Math.max(this.waitUntilMs, untilMs)
      this.troubledMs = Math.max(this.troubledMs, this.waitUntilMs)
    }
    return { reply: { status, headers, body, delayMs: 10 }, arrived }
  }

  private headers(more: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return { ...more, 'X-MBX-USED-WEIGHT-1M': String(Math.ceil(this.weights.used)) }
  }

  private body(path: string, url: URL): string {
    const { world, rules } = this.server
    if (path === 'time') return `{"serverTime":${Math.floor(world.wallMs)}}`
    if (path === 'exchangeInfo') return this.exchangeInfo()
    const instrument = this.server.instruments.get(url.searchParams.get('symbol') ?? '')
    if (instrument === undefined) return '{"code":-1121,"msg":"Invalid symbol."}'
    const limit = Number(url.searchParams.get('limit') ?? (rules.isFutures ? 500 : 100))
    switch (path) {
      case 'depth':
        return this.depth(instrument, limit)
      case 'aggTrades':
        return this.aggTrades(instrument, url.searchParams.get('fromId'), limit)
      case 'klines':
        return klines(instrument, Number(url.searchParams.get('startTime') ?? 0), limit)
      default:
        return '{"code":-1000,"msg":"no such path"}'
    }
  }

  private depth(instrument: Instrument, limit: number): string {
    const { book } = instrument
    const index = Math.max(0, book.index - this.faults.snapshotAge)
    if (this.faults.snapshotAge > 0) this.server.count('stale snapshot served')
    const levels = book.at(index)
    const id = book.lastIds.at(index) ?? 0
    return instrument.words.snapshot(id, levels, book.touch(index), limit, Math.floor(this.server.world.wallMs))
  }

  private aggTrades(instrument: Instrument, fromId: string | null, limit: number): string {
    const { trades, words } = instrument
    const { lagMs, hole } = this.faults
    const newestMs = this.server.world.wallMs - lagMs
    const count = Math.min(limit, 1000)
    const from = fromId === null ? Math.max(0, trades.size - count) : Math.max(0, trades.indexOf(Number(fromId)))
    const rows: string[] = []
    for (let i = from; i < trades.size && rows.length < count; i++) {
      const id = trades.keys.at(i) ?? 0
      const timeMs = trades.times.at(i) ?? 0
      if (timeMs > newestMs) break
      if (hole !== undefined && id >= hole[0] && id <= hole[1]) continue
      const last = trades.ends.at(i) ?? 1
      const first = i === 0 ? last : (trades.ends.at(i - 1) ?? 0) + 1
      rows.push(
        words.aggTradeRow({
          id,
          tick: trades.prices.at(i) ?? 0,
          quantity: trades.quantities.at(i) ?? 0,
          first,
          last,
          ms: timeMs,
          isSold: trades.sold[i] ?? false,
        }),
      )
    }
    return `[${rows.join(',')}]`
  }

  private exchangeInfo(): string {
    const { isFutures } = this.server.rules
    const symbols = [...this.server.instruments.keys()].map(symbol => ({
      symbol,
      status: 'TRADING',
      baseAsset: symbol.slice(0, -4),
      quoteAsset: 'USDT',
      ...(isFutures
        ? { pair: symbol, contractType: 'PERPETUAL', deliveryDate: 4_133_404_800_000, marginAsset: 'USDT' }
        : {}),
      filters: [
        { filterType: 'PRICE_FILTER', tickSize: '0.10' },
        { filterType: 'LOT_SIZE', stepSize: '0.001', minQty: '0.001' },
      ],
    }))
    return JSON.stringify({ timezone: 'UTC', symbols })
  }

  private weightOf(path: string, url: URL): number {
    const { isFutures } = this.server.rules
    const limit = Number(url.searchParams.get('limit') ?? 500)
    if (path === 'time') return 1
    if (path === 'exchangeInfo') return isFutures ? 1 : 20
    if (path === 'aggTrades') return isFutures ? 20 : 4
    if (path === 'klines') return isFutures ? (limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1000 ? 5 : 10) : 2
    if (isFutures) return limit <= 50 ? 2 : limit <= 100 ? 5 : limit <= 500 ? 10 : 20
    return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250
  }
}

function klines(instrument: Instrument, startMs: number, limit: number): string {
  const rows: string[] = []
  for (const candle of instrument.candles.values()) {
    if (candle.openMs < startMs || rows.length >= limit) continue
    rows.push(instrument.words.klineRow(candle))
  }
  return `[${rows.join(',')}]`
}
