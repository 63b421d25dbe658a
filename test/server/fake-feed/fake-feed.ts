import type { BookHandle, ConnectionStatus, Feed, FeedStatus, PastRange, StreamStatus } from '../../../src/feed/feed.ts'
import { type Channel, channel as parseChannel } from '../../../src/model/channel.ts'
import { ConfigError, InvariantError } from '../../../src/model/error.ts'
import type {
  ConnectionState,
  DataEvent,
  KlineEvent,
  LifecycleEvent,
  MarketEvent,
  TradeEvent,
} from '../../../src/model/event.ts'
import type { FundingSettlement, OpenInterestSample } from '../../../src/model/history.ts'
import { type Instrument, type InstrumentId, instrumentId, venueOf } from '../../../src/model/instrument.ts'
import type { Observation, StreamRequest, Subscription } from '../../../src/model/subscribe.ts'
import { type EpochUs, epochUs } from '../../../src/model/time.ts'
import { type Clock, sleep } from '../../../src/net/clock.ts'
import { FAKE_INTERVALS } from './fake-candles.ts'
import { FAKE_MARKETS } from './fake-instruments.ts'
import { FakeMarket, MARKET_STEP_MS } from './fake-market.ts'
import { pricePath } from './price-path.ts'

interface Topic {
  readonly instrument: InstrumentId
  readonly channel: Channel
  readonly listeners: Set<(event: MarketEvent) => void>
  events: number
  gaps: number
  lastUs: number
}

const FUNDING_EVERY_US = 28_800_000_000
const STATISTICS_EVERY_US = 300_000_000

const SPOT_LACKS = ['markPrice', 'liquidation', 'openInterest']

/** The {@link Feed} interface over generated markets, with handles to break it: freeze, cut, lose prints. */
export class FakeFeed implements Feed {
  historyDelayMs = 0
  /** When set, history requests fail with it. */
  historyFailure: Error | undefined
  /** Requests for settled funding. */
  historyRequests = 0
  private readonly clock: Clock
  private readonly markets = new Map<string, FakeMarket>()
  private readonly topics = new Map<string, Topic>()
  private readonly frozen = new Set<string>()
  private timer: Disposable | undefined
  private connection: ConnectionState = 'delivering'
  private cause: string | undefined
  private sinceUs: EpochUs
  private heardUs: number
  private messages = 0
  private reconnects = 0

  constructor(clock: Clock) {
    this.clock = clock
    this.sinceUs = clock.nowUs()
    this.heardUs = this.sinceUs
    for (const spec of FAKE_MARKETS) this.markets.set(spec.instrument.id, new FakeMarket(spec))
    this.schedule()
  }

  /** Everything of a channel (or of all, `*`) stops arriving while the socket stays open. */
  freeze(channel: string): void {
    this.frozen.add(channel)
  }

  thaw(): void {
    this.frozen.clear()
  }

  /** The connection to the venue is lost until {@link restore}. */
  cut(cause: string): void {
    this.cause = cause
    this.enter('waiting')
    for (const market of this.markets.values()) market.book.enter('gapped')
  }

  restore(): void {
    this.reconnects++
    this.cause = undefined
    this.enter('delivering')
    for (const topic of this.topics.values()) if (topic.channel !== 'book') this.declareGap(topic, 'disconnect')
  }

  /** Prints with these many ids never arrive. */
  lose(instrument: string, count: number): void {
    const market = this.market(instrument)
    const topic = this.topics.get(`trade|${instrument}`)
    market.skipTrades(count)
    if (topic !== undefined) this.declareGap(topic, 'sequence', market.lastTradeId - count + 1, market.lastTradeId)
  }

  /** So many forced sell orders at once, each of a million in quote currency. */
  liquidate(instrument: string, count: number): void {
    const { book } = this.market(instrument)
    const nowUs = this.clock.nowUs()
    const price = book.bestBid() ?? 1
    const stamps = { instrument: book.instrument, exchangeTimeUs: nowUs, receiveTimeUs: nowUs }
    for (let order = 0; order < count; order++) {
      const quantity = 1e6 / price
      this.publish(
        instrument,
        { kind: 'liquidation', ...stamps, side: 'sell', price, quantity, coverage: 'sampled' },
        nowUs,
      )
    }
  }

  gapBook(instrument: string): void {
    this.market(instrument).book.enter('gapped')
  }

  subscribe(): Subscription {
    throw new InvariantError('the dashboard does not use subscriptions')
  }

  observe(request: StreamRequest, fn: (event: MarketEvent) => void): Observation {
    const topics = request.instruments.flatMap(id => request.channels.map(name => this.topic(id, name)))
    for (const topic of topics) topic.listeners.add(fn)
    const drop = (): void => undefined
    const leave = (): void => {
      for (const topic of topics) {
        topic.listeners.delete(fn)
        if (topic.listeners.size === 0) this.topics.delete(`${topic.channel}|${topic.instrument}`)
      }
    }
    const add = (): Promise<void> => Promise.resolve()
    return { ready: Promise.resolve(), add, drop, isPaused: false, resume: () => undefined, [Symbol.dispose]: leave }
  }

  book(instrument: InstrumentId | string): BookHandle {
    const { book } = this.market(instrument)
    this.topic(instrument, 'book')
    return book
  }

  async instruments(venue?: string): Promise<readonly Instrument[]> {
    const all = FAKE_MARKETS.map(spec => spec.instrument)
    return venue === undefined ? all : all.filter(instrument => instrument.venue === venue)
  }

  async klines(range: {
    readonly instrument: InstrumentId | string
    readonly interval: string
    readonly endTimeUs?: EpochUs
    readonly limit: number
  }): Promise<readonly KlineEvent[]> {
    if (this.historyDelayMs > 0) await sleep(this.clock, this.historyDelayMs)
    if (this.historyFailure !== undefined) throw this.historyFailure
    const candles = this.market(range.instrument).candles.get(range.interval)
    if (candles === undefined) throw intervalError(range.interval)
    const nowUs = this.clock.nowUs()
    return candles.history(Math.min(range.endTimeUs ?? nowUs, nowUs), range.limit, nowUs)
  }

  async recentTrades(instrument: InstrumentId | string, limit: number): Promise<readonly TradeEvent[]> {
    return this.market(instrument).recentTrades(limit, this.clock.nowUs())
  }

  /** Eight-hourly settlements, the newest at the last full eight hours. */
  async settledFunding({ instrument, limit }: PastRange): Promise<readonly FundingSettlement[]> {
    const { spec } = this.market(instrument)
    this.historyRequests++
    if (this.historyFailure !== undefined) throw this.historyFailure
    if (spec.instrument.kind === 'spot') throw new ConfigError(`${spec.instrument.venue} has no funding.`)
    const lastUs = Math.floor(this.clock.nowUs() / FUNDING_EVERY_US) * FUNDING_EVERY_US
    return Array.from({ length: Math.min(limit, 90) }, (_, index) => ({
      instrument: spec.instrument.id,
      timeUs: epochUs(lastUs - (Math.min(limit, 90) - 1 - index) * FUNDING_EVERY_US),
      rate: ((index % 7) - 2) * 0.00005,
    }))
  }

  /** A row every five minutes, of the same market. */
  async openInterestHistory({ instrument, limit }: PastRange): Promise<readonly OpenInterestSample[]> {
    const { spec } = this.market(instrument)
    if (this.historyFailure !== undefined) throw this.historyFailure
    if (spec.instrument.kind === 'spot')
      throw new ConfigError(`${spec.instrument.venue} keeps no history of open interest.`)
    const nowUs = this.clock.nowUs()
    const last = Math.floor(nowUs / STATISTICS_EVERY_US)
    return Array.from({ length: limit }, (_, index) => {
      const timeUs = (last - (limit - 1 - index)) * STATISTICS_EVERY_US
      const quantity = 80_000 * (1 + Math.sin(timeUs / 1.7e9) * 0.01)
      const price = pricePath(spec.seed, spec.basePrice, timeUs)
      const own = { baseQuantity: quantity, quoteQuantity: quantity * price }
      return { instrument: spec.instrument.id, timeUs: epochUs(timeUs), quantity, ...own }
    })
  }

  status(): FeedStatus {
    const nowUs = this.clock.nowUs()
    const rest = { usedWeight: 86, weightPerMinute: 2400, blockedForMs: 0, queued: 0 }
    return {
      venues: [{ venue: 'binance-usdm', environment: 'live', rest, clockOffsetMs: 1.8 }],
      connections: [this.connectionStatus(nowUs)],
      streams: [...this.topics.values()].map(topic => this.streamStatus(topic, nowUs)),
      books: [...this.topics.values()]
        .filter(topic => topic.channel === 'book')
        .map(topic => this.bookStatus(topic, nowUs)),
      consumers: { observers: this.topics.size, paused: 0, queues: 0, dropped: 0, observerErrors: 0 },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.timer?.[Symbol.dispose]()
  }

  private schedule(): void {
    this.timer = this.clock.setTimer(MARKET_STEP_MS, () => {
      this.schedule()
      if (this.connection === 'delivering' && !this.frozen.has('*')) this.step()
    })
  }

  private step(): void {
    const nowUs = this.clock.nowUs()
    this.heardUs = nowUs
    for (const [id, market] of this.markets) {
      const bookTopic = this.topics.get(`book|${id}`)
      if (this.frozen.has('book') && bookTopic !== undefined) continue
      if (bookTopic !== undefined) {
        bookTopic.events++
        bookTopic.lastUs = nowUs
      }
      for (const event of market.step(nowUs)) this.publish(id, event, nowUs)
      if (bookTopic !== undefined) announceChange(bookTopic, market)
    }
  }

  private publish(id: string, event: DataEvent, nowUs: number): void {
    const name = event.kind === 'kline' ? `kline:${event.interval}` : event.kind
    if (this.frozen.has(event.kind)) return
    const topic = this.topics.get(`${name}|${id}`)
    this.messages++
    if (topic === undefined) return
    topic.events++
    topic.lastUs = nowUs
    for (const listener of topic.listeners) listener(event)
  }

  private announce(topic: Topic, event: LifecycleEvent): void {
    for (const listener of topic.listeners) listener(event)
  }

  private declareGap(topic: Topic, reason: 'sequence' | 'disconnect', from?: number, to?: number): void {
    topic.gaps++
    const { instrument, channel } = topic
    const span = from === undefined ? {} : { from: String(from), to: String(to) }
    const receiveTimeUs = this.clock.nowUs()
    this.announce(topic, { kind: 'gap', instrument, channel, reason, ...span, healed: false, receiveTimeUs })
  }

  private enter(state: ConnectionState): void {
    this.connection = state
    this.sinceUs = this.clock.nowUs()
    const instrument = instrumentId('binance-usdm:*')
    const { cause, sinceUs: receiveTimeUs } = this
    for (const topic of this.topics.values()) {
      this.announce(topic, { kind: 'connection', instrument, state, connectionId: 'usdm-1', cause, receiveTimeUs })
    }
  }

  private market(id: string): FakeMarket {
    const market = this.markets.get(id)
    if (market === undefined) throw new ConfigError(`unknown symbol "${id}".`)
    return market
  }

  private topic(id: string, name: string): Topic {
    const { spec } = this.market(id)
    const channel = parseChannel(name)
    if (spec.instrument.kind === 'spot' && SPOT_LACKS.includes(name))
      throw new ConfigError(`${venueOf(spec.instrument.id)} has no channel "${name}".`)
    if (name.startsWith('kline:') && !FAKE_INTERVALS.includes(name.slice(6))) throw intervalError(name.slice(6))
    const key = `${channel}|${id}`
    const known = this.topics.get(key)
    if (known !== undefined) return known
    const topic: Topic = {
      instrument: spec.instrument.id,
      channel,
      listeners: new Set(),
      events: 0,
      gaps: 0,
      lastUs: 0,
    }
    this.topics.set(key, topic)
    return topic
  }

  private connectionStatus(nowUs: number): ConnectionStatus {
    return {
      connectionId: 'usdm-1',
      venue: 'binance-usdm',
      route: 'market',
      url: 'ws://127.0.0.1/market',
      state: this.connection,
      sinceUs: this.sinceUs,
      attempt: this.connection === 'waiting' ? 2 : 0,
      retryInMs: this.connection === 'waiting' ? 4000 : undefined,
      lastCause: this.cause,
      reconnects: this.reconnects,
      streams: this.topics.size,
      streamLimit: 200,
      messages: this.messages,
      bytes: this.messages * 214,
      lastMessageAgeMs: (nowUs - this.heardUs) / 1000,
      roundTripMs: 9.4,
      ignored: 0,
      decodeFailures: 0,
    }
  }

  private streamStatus(topic: Topic, nowUs: number): StreamStatus {
    const { instrument, channel, events, gaps, lastUs } = topic
    return {
      venue: venueOf(instrument),
      stream: `${instrument.slice(instrument.indexOf(':') + 1).toLowerCase()}@${channel}`,
      route: 'market',
      channel,
      instrument,
      state: events > 0 ? 'delivering' : 'acknowledged',
      connectionId: 'usdm-1',
      events,
      missing: 0,
      gaps,
      duplicates: 0,
      sockets: 1,
      lastEventAgeMs: lastUs === 0 ? undefined : (nowUs - lastUs) / 1000,
      reason: undefined,
    }
  }

  private bookStatus(topic: Topic, nowUs: number) {
    const { book } = this.market(topic.instrument)
    const lastChangeAgeMs = (nowUs - book.receiveTimeUs) / 1000
    return {
      instrument: topic.instrument,
      state: book.state,
      sequence: book.sequence,
      gaps: book.gaps,
      snapshots: 1,
      lastChangeAgeMs,
    }
  }
}

/** That a book has changed, without its levels: they are read in the book itself. */
function announceChange(topic: Topic, { book }: FakeMarket): void {
  if (topic.listeners.size === 0) return
  const { instrument, exchangeTimeUs, receiveTimeUs, sequence } = book
  const stamps = { instrument, exchangeTimeUs, receiveTimeUs }
  const synced = book.state === 'synced'
  for (const listener of topic.listeners) listener({ kind: 'book', ...stamps, sequence, bids: [], asks: [], synced })
}

function intervalError(interval: string): ConfigError {
  return new ConfigError(`unknown interval "${interval}", expected one of ${FAKE_INTERVALS.join(', ')}.`)
}
