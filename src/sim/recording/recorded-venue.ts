import { ClockSkews } from '../clock-skews.ts'
import type { Encoder } from '../encode/encoder.ts'
import { futuresEncoder } from '../encode/futures.ts'
import { spotEncoder } from '../encode/spot.ts'
import { openMarketFeed } from '../feeds/market-feed.ts'
import type { Topic } from '../hub.ts'
import type { SimInstrument } from '../instrument.ts'
import { Scheduler } from '../market/scheduler.ts'
import type { MarketView } from '../market-view.ts'
import type { MarketSource, MarkFigures } from '../source.ts'
import type { StreamSpec } from '../stream-name.ts'
import { parseStreamName } from '../stream-name.ts'
import type { SimVenue } from '../venue-rules.ts'
import type { JsonObject } from '../wire/json.ts'
import { isJsonObject, numberField, parseJson, textField } from '../wire/json.ts'
import { eventMs, streamKey } from './capture-line.ts'
import { LoopShift } from './loop-shift.ts'
import type { Playable } from './player.ts'
import { recordedInstrument } from './recorded-instrument.ts'
import { RecordedMarket } from './recorded-market.ts'
import type { Survey, SymbolFacts } from './survey.ts'

/** What the recording is played from and what it is told to. */
export interface RecordedVenueOptions {
  readonly venue: SimVenue
  readonly surveys: readonly Survey[]
  /** Those of them whose times count. */
  readonly timed: readonly Survey[]
  readonly onNotice: (line: string) => void
  /** Sends a text that names no stream of this venue. */
  readonly stray: (text: string) => void
}

/** Streams about which something is said. */
const mostAnnounced = 2000

interface RecordedSymbol {
  readonly market: RecordedMarket
  readonly shift: LoopShift
}

/** One venue of a recording: where its replay stands, and the streams that are served from it or follow from it. */
export class RecordedVenue implements MarketSource {
  readonly venue: SimVenue
  readonly encoder: Encoder
  /** Event time of the replay drives everything that is derived. */
  readonly scheduler: Scheduler
  private readonly setup: RecordedVenueOptions
  private readonly symbols = new Map<string, RecordedSymbol>()
  private readonly topics = new Map<string, Set<Topic>>()
  private readonly streamKeys: ReadonlySet<string>
  /** Names among single messages that are none of the venue's: nobody can ask for them, so they are sent unasked. */
  private readonly oddKeys: ReadonlySet<string>
  private readonly announced = new Set<string>()
  private readonly marks = new Map<string, JsonObject>()
  private readonly skews = new ClockSkews()
  private timeShiftMs = 0
  private readonly passMs: number

  constructor(options: RecordedVenueOptions) {
    this.setup = options
    this.venue = options.venue
    this.encoder = options.venue === 'binance-spot' ? spotEncoder : futuresEncoder
    const firstMs = Math.min(...options.timed.map(survey => survey.firstEventMs))
    const lastMs = Math.max(...options.timed.map(survey => survey.lastEventMs))
    this.scheduler = new Scheduler(firstMs * 1000)
    this.streamKeys = new Set(options.surveys.flatMap(survey => [...survey.streamKeys]))
    const looseKeys = options.surveys.flatMap(survey => (survey.isLoose ? [...survey.streamKeys] : []))
    this.oddKeys = new Set(looseKeys.filter(key => parseStreamName(this.venue, key) === undefined))
    // Recorded candles stay on whole minutes when a loop moves them.
    const unitMs = [...this.streamKeys].some(key => key.includes('@kline_')) ? 60_000 : 1
    this.passMs = Math.ceil((lastMs - firstMs + 1) / unitMs) * unitMs
    for (const survey of options.surveys) for (const facts of survey.symbols.values()) this.addSymbol(facts, firstMs)
  }

  clockMs(): number {
    return this.nowMs() + this.skews.sum
  }

  skew(byMs: number): Disposable {
    return this.skews.add(byMs)
  }

  nowMs(): number {
    return Math.floor(this.scheduler.nowUs / 1000)
  }

  instruments(): readonly SimInstrument[] {
    return [...this.symbols.values()].map(({ market }) => market.instrument)
  }

  view(symbol: string): MarketView | undefined {
    return this.symbols.get(symbol)?.market
  }

  retailView(): undefined {
    return undefined
  }

  bookProblem(symbol: string): string | undefined {
    const market = this.symbols.get(symbol)?.market
    return market === undefined || market.updateId >= 0
      ? undefined
      : `This recording holds no depth snapshot of ${symbol}: its book is not available.`
  }

  recordedExchangeInfo(): string | undefined {
    return this.setup.surveys
      .map(({ exchangeInfo }) => exchangeInfo)
      .find(text => text !== undefined && this.listsAll(text))
  }

  /** Recorded streams go out as they were; the rest is derived where it follows from what was recorded. */
  open(topic: Topic): Disposable | undefined {
    const key = streamKey(topic.name)
    if (!this.streamKeys.has(key)) return this.derive(topic)
    const topics = this.topics.get(key) ?? new Set()
    topics.add(topic)
    this.topics.set(key, topics)
    return { [Symbol.dispose]: () => topics.delete(topic) }
  }

  hurry(): undefined {
    return undefined
  }

  mark(symbol: string): MarkFigures | undefined {
    const event = this.marks.get(symbol)
    if (event === undefined) return undefined
    const markPrice = textField(event, 'p') ?? '0'
    return {
      markPrice,
      averageMarkPrice: textField(event, 'ap') ?? markPrice,
      indexPrice: textField(event, 'i') ?? markPrice,
      settlePrice: textField(event, 'P') ?? markPrice,
      fundingRate: textField(event, 'r') ?? '',
      nextFundingMs: numberField(event, 'T') ?? 0,
    }
  }

  status(): string {
    return 'TRADING'
  }

  premium(): undefined {
    return undefined
  }

  openInterestAt(): undefined {
    return undefined
  }

  funding(): readonly never[] {
    return []
  }

  openInterest(symbol: string): string | undefined {
    return this.symbols.get(symbol)?.market.facts.openInterest
  }

  options(): readonly never[] {
    return []
  }

  index(): undefined {
    return undefined
  }

  /** Plays one message: derived time first, then the book and tape, then the sockets. */
  play(message: Playable): void {
    const { key } = message
    if (key === undefined) {
      this.setup.stray(message.payload)
      return
    }
    const timeMs = eventMs(message.payload)
    if (timeMs !== undefined) this.passTime(timeMs + this.timeShiftMs)
    const kind = key.slice(key.indexOf('@') + 1)
    let { payload } = message
    if (kind === 'bookTicker' && this.timeShiftMs === 0) {
      this.publish(key, payload)
      return
    }
    const object = parseJson(payload)
    if (!isJsonObject(object)) {
      this.publish(key, payload)
      return
    }
    const symbol = textField(object, 's') ?? key.slice(0, key.indexOf('@')).toUpperCase()
    const recorded = this.symbols.get(symbol)
    if (recorded?.shift.isBeforeJoin(kind, object) === true) return
    recorded?.shift.see(kind, object)
    const shifted = recorded?.shift.shift(kind, object, this.timeShiftMs) ?? object
    if (shifted !== object) payload = JSON.stringify(shifted)
    this.apply(kind, symbol, shifted, recorded?.market)
    this.publish(key, payload)
  }

  /** Begins the recording again: ids and times go on, and one diff turns the book at the end into the book at the start. */
  restart(): void {
    this.passTime(this.nowMs(), true)
    this.timeShiftMs += this.passMs
    for (const [symbol, { market, shift }] of this.symbols) {
      const { snapshotId } = market
      if (snapshotId < 0) {
        shift.next(shift.lastUpdateId)
        continue
      }
      shift.joinId = snapshotId
      const previousId = market.updateId
      const atUs = this.scheduler.nowUs
      const bids = market.book.difference('bid', market.snapshotLevels('bid'))
      const asks = market.book.difference('ask', market.snapshotLevels('ask'))
      const bridge = { firstId: previousId + 1, lastId: previousId + 1, previousId, changedUs: atUs, bids, asks }
      market.change(bridge.lastId, atUs, bids, asks)
      shift.next(bridge.lastId)
      this.publish(`${symbol.toLowerCase()}@depth`, this.encoder.depth(market.instrument, bridge, atUs, false))
    }
  }

  /** Lets what is derived come to its end. */
  finish(): void {
    this.passTime(this.nowMs(), true)
  }

  private apply(kind: string, symbol: string, payload: JsonObject, market: RecordedMarket | undefined): void {
    const atUs = this.scheduler.nowUs
    if (kind === 'markPrice') this.marks.set(symbol, payload)
    if (market === undefined) return
    if (kind === 'depth') market.applyDepth(payload, atUs)
    else if (kind === 'trade') market.applyTrade(payload, atUs)
    else if (kind === 'aggTrade') market.applyAggTrade(payload, atUs)
  }

  private publish(key: string, payload: string): void {
    const topics = this.topics.get(key)
    if (topics === undefined) {
      if (this.oddKeys.has(key)) this.setup.stray(`{"stream":${JSON.stringify(key)},"data":${payload}}`)
      return
    }
    for (const topic of topics) topic.publish(isMicro => (isMicro ? inMicroseconds(payload) : payload))
  }

  private passTime(nowMs: number, isEnd = false): void {
    this.scheduler.run(nowMs * 1000)
    for (const { market } of this.symbols.values()) market.passTime(nowMs * 1000, isEnd)
  }

  private derive(topic: Topic): Disposable | undefined {
    const spec = parseStreamName(this.venue, topic.name)
    const recorded = spec !== undefined && 'symbol' in spec ? this.symbols.get(spec.symbol) : undefined
    if (spec === undefined || recorded === undefined || !follows(spec, recorded.market)) {
      this.announce(topic.name, `${topic.name} is not in the recording and does not follow from it: it stays silent`)
      return undefined
    }
    const from = spec.kind === 'partial' ? 'depth' : recorded.market.tape.isAggregated ? 'aggTrade' : 'trade'
    const source = `${recorded.market.instrument.symbol.toLowerCase()}@${from}`
    this.announce(topic.name, `derived ${topic.name} from the recorded ${source}`)
    const context = { view: recorded.market, topic, encoder: this.encoder, scheduler: this.scheduler }
    return openMarketFeed(spec, context, { klineMs: this.venue === 'binance-spot' ? 2000 : 250, tickerMs: 1000 })
  }

  /** Says something about a stream once. The table is bounded: names come from clients. */
  private announce(name: string, line: string): void {
    if (this.announced.has(name) || this.announced.size >= mostAnnounced) return
    this.announced.add(name)
    this.setup.onNotice(line)
  }

  private addSymbol(facts: SymbolFacts, startMs: number): void {
    const instrument = recordedInstrument(this.venue, facts, startMs)
    this.symbols.set(facts.symbol, { market: new RecordedMarket(instrument, facts, startMs), shift: new LoopShift() })
  }

  private listsAll(text: string): boolean {
    const info = parseJson(text)
    const rows = isJsonObject(info) ? info['symbols'] : undefined
    if (!Array.isArray(rows)) return false
    const listed = new Set(rows.map((row: unknown) => (isJsonObject(row) ? row['symbol'] : undefined)))
    return [...this.symbols.keys()].every(symbol => listed.has(symbol))
  }
}

/** True when a stream follows from what was recorded. A best quote does not follow from a throttled book. */
function follows(spec: StreamSpec, market: RecordedMarket): boolean {
  const { kinds, isLoose } = market.facts
  if (isLoose) return false
  const hasTrades = kinds.has('trade') || kinds.has('aggTrade')
  switch (spec.kind) {
    case 'partial':
      return kinds.has('depth') && market.updateId >= 0
    case 'kline':
    case 'windowTicker':
      return hasTrades
    case 'simple':
      if (spec.what === 'aggTrade') return kinds.has('trade')
      return hasTrades && (spec.what === 'miniTicker' || spec.what === 'ticker' || spec.what === 'avgPrice')
    default:
      return false
  }
}

/** Times of a recorded payload in microseconds. Ids have other keys or fewer digits on spot, the only market with this unit. */
function inMicroseconds(payload: string): string {
  return payload.replace(/"([ETOCt])":\s*(\d{13})(?=[,}])/g, '"$1":$2000')
}
