import type { Feed, StreamState } from '../../../src/feed/feed.ts'
import { type LiveSignals, liveSignals, type SignalSource } from '../../../src/feed/live-signals.ts'
import type { KlineEvent, MarketEvent } from '../../../src/model/event.ts'
import { instrumentId } from '../../../src/model/instrument.ts'
import { epochUs } from '../../../src/model/time.ts'
import { sleep } from '../../../src/net/clock.ts'
import type { Signal, SignalNeed, SignalOutlet } from '../../../src/signal/signal.ts'
import type { Report } from '../check/report.ts'
import type { World } from '../core/world.ts'
import type { Instrument } from '../exchange/instrument.ts'
import type { VenueServer } from '../exchange/venue-server.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { BookOracle } from './book-oracle.ts'
import { StreamLedger } from './signal-ledger.ts'
import { instrumentOf, planSignals } from './signal-plan.ts'
import { SignalWatch } from './signal-watch.ts'
import { TradeOracle } from './trade-oracle.ts'

/** Nothing that is believed to be in order is incomplete for longer, in a lively market and in a steady one. */
const LIVELY_MS = 60_000
const STEADY_MS = 180_000
/** A machine that stands still for so long knows that it did. */
const STANDSTILL_MS = 3000

export interface SignalUserTools {
  readonly world: World
  readonly report: Report
  readonly feed: Feed
  readonly scenario: Scenario
}

/** The signals of one market: the real thing on the real feed, and what it says judged by the exchange's truth. */
export class SignalUser {
  private readonly tools: SignalUserTools
  private readonly market: Instrument
  private readonly id: string
  private readonly isFutures: boolean
  private readonly ledgers = new Map<SignalNeed, StreamLedger>()
  private readonly watches: SignalWatch[] = []
  private live: LiveSignals | undefined
  private timer: Disposable | undefined
  private handle: ReturnType<Feed['book']> | undefined
  private frozenSinceMs = -1
  private standstillMs = -1
  private frozenUntilMs = -1
  private hostUs = 0
  private setBackMs = -1

  constructor(tools: SignalUserTools, server: VenueServer, market: Instrument) {
    this.tools = tools
    this.market = market
    this.isFutures = server.rules.isFutures
    this.id = `${server.rules.id}:${market.plan.symbol}`
    const { startMs = 0 } = tools.scenario.signals ?? {}
    if (startMs === 0) this.start()
    else this.timer = tools.world.host.setTimer(startMs, () => this.start())
  }

  second(): void {
    const { host, nowMs } = this.tools.world
    this.frozenUntilMs = Math.max(this.frozenUntilMs, host.frozenUntilMs)
    if (host.nowUs() < this.hostUs) this.setBackMs = Math.max(nowMs, host.frozenUntilMs)
    this.hostUs = host.nowUs()
    if (host.isFrozen) {
      if (this.frozenSinceMs < 0) this.frozenSinceMs = nowMs
      if (host.frozenUntilMs - this.frozenSinceMs >= STANDSTILL_MS) this.standstillMs = host.frozenUntilMs
      return
    }
    this.frozenSinceMs = -1
    for (const watch of this.watches) {
      watch.second(this.frozenUntilMs, this.setBackMs)
      const isOfBook = watch.plan.signal.needs.includes('book')
      if (isOfBook && watch.last?.state === 'ok' && this.handle?.state !== 'synced')
        this.tools.report.violation(
          'I7',
          `${this.id} ${watch.plan.signal.id}: ok while the book is ${this.handle?.state}`,
        )
    }
  }

  finish(): void {
    for (const watch of this.watches) watch.finish()
  }

  dispose(): void {
    this.timer?.[Symbol.dispose]()
    void this.live?.[Symbol.asyncDispose]()
  }

  private start(): void {
    const { world, report, scenario } = this.tools
    const instrument = instrumentOf(instrumentId(this.id), this.market.plan.symbol, this.isFutures)
    const books = new BookOracle(this.market)
    const signals = planSignals(instrument, new Set(this.market.feeds.keys())).map(plan => {
      const isRaw = plan.need === 'rawTrade'
      const trades = new TradeOracle(
        isRaw ? this.market.rawTrades : this.market.trades,
        this.ledger(isRaw ? 'rawTrade' : 'trade'),
      )
      const watch = new SignalWatch(plan, {
        world,
        report,
        label: `${this.id} ${plan.signal.id} ${JSON.stringify(plan.signal.params)}`,
        market: this.market,
        ledger: need => this.ledger(need),
        trades,
        books,
        handle: () => this.handle,
        isBehind: (need, pendingSinceMs) => this.isBehind(need, pendingSinceMs),
      })
      this.watches.push(watch)
      return watched(plan.signal, watch)
    })
    this.live = liveSignals(this.source(), {
      signals,
      onOutput: () => undefined,
      onError: (error, signal) => report.violation('I11', `signal ${signal?.id}: ${String(error)}`),
      preload: scenario.signals?.hasHistory ?? false,
      book: { depth: scenario.bookDepth },
      clock: world.host,
    })
    const setJudged = (isJudged: boolean): void => {
      for (const watch of this.watches) watch.isJudged = isJudged
    }
    setJudged(false)
    this.live.ready
      .then(() => setJudged(true))
      .catch((error: unknown) => {
        if (error instanceof Error && (error.name === 'SubscriptionRejected' || error.name === 'AbortedError'))
          report.count('signals refused')
        else report.violation('I11', `signals of ${this.id}: ${String(error)}`)
      })
  }

  /** The feed, with what it brings written down, and a history that does not touch the simulated REST. */
  private source(): SignalSource {
    const { feed, scenario, world } = this.tools
    return {
      observe: (request, fn) =>
        feed.observe(request, event => {
          this.see(event)
          fn(event)
          this.seen(event)
        }),
      book: (instrument, options) => {
        this.handle = feed.book(instrument, options)
        return this.handle
      },
      status: () => feed.status(),
      klines: async ({ limit, endTimeUs }) => {
        await sleep(world.host, 4 * scenario.latencyMs)
        return this.history(limit ?? 500, endTimeUs ?? Number.POSITIVE_INFINITY)
      },
    }
  }

  private see(event: MarketEvent): void {
    const need = needOf(event)
    if (need !== undefined) this.ledger(need).see(event, this.tools.world)
  }

  /** Once the signals know of it. */
  private seen(event: MarketEvent): void {
    const need = needOf(event)
    if (need === undefined) return
    if (event.kind === 'trade') {
      const timeMs = (event.exchangeTimeUs ?? 0) / 1000
      for (const watch of this.watches) if (watch.plan.need === need) watch.traded(timeMs)
    }
    if (event.kind === 'gap' && !event.healed) {
      for (const watch of this.watches) watch.lost(need)
      if (need === 'book') this.tools.report.count('signal: withheld until the book is synced again')
    }
  }

  private ledger(need: SignalNeed): StreamLedger {
    let ledger = this.ledgers.get(need)
    if (ledger === undefined) {
      ledger = new StreamLedger()
      this.ledgers.set(need, ledger)
    }
    return ledger
  }

  private history(limit: number, endUs: number): readonly KlineEvent[] {
    const { words, candles } = this.market
    const instrument = instrumentId(this.id)
    const rows = [...candles.values()].filter(({ openMs }) => openMs * 1000 <= endUs).slice(-limit)
    return rows.map(candle => ({
      kind: 'kline',
      instrument,
      interval: '1m',
      openTimeUs: epochUs(candle.openMs * 1000),
      open: words.priceNumber(candle.open),
      high: words.priceNumber(candle.high),
      low: words.priceNumber(candle.low),
      close: words.priceNumber(candle.close),
      volume: candle.volume / 1000,
      quoteVolume: Number(words.quoteVolume(candle)),
      takerBuyVolume: candle.takerVolume / 1000,
      trades: candle.trades,
      closed: candle.closedMs > 0,
      receiveTimeUs: this.tools.world.host.nowUs(),
    }))
  }

  private isBehind(need: SignalNeed, pendingSinceMs: number): string | undefined {
    const { world, feed } = this.tools
    const { heardMs } = this.ledger(need)
    const stream = feed.status().streams.find(({ instrument, channel }) => instrument === this.id && channel === need)
    const state: StreamState = stream?.state ?? 'wanted'
    if (state !== 'delivering' && state !== 'acknowledged') return `the stream is ${state}`
    if (this.standstillMs >= heardMs && pendingSinceMs < this.standstillMs - STANDSTILL_MS / 2)
      return 'the machine stood still, and has read nothing since'
    const { pace, paceSinceMs } = this.market
    const boundMs = pace.name === 'lively' ? LIVELY_MS : pace.name === 'steady' ? STEADY_MS : Number.POSITIVE_INFINITY
    const sinceMs = Math.max(pendingSinceMs, paceSinceMs, this.frozenUntilMs)
    if (world.nowMs - sinceMs > boundMs) return `for ${((world.nowMs - pendingSinceMs) / 1000).toFixed(0)} s`
    return undefined
  }
}

/** The signals that the scenario wants, on one market or on each. */
export function openSignals(tools: SignalUserTools, servers: readonly VenueServer[]): readonly SignalUser[] {
  const { signals } = tools.scenario
  if (signals === undefined) return []
  const all = servers.flatMap(server =>
    [...server.instruments.values()].filter(market => !market.plan.isForWishes).map(market => ({ server, market })),
  )
  return all
    .filter((_, index) => signals.market === undefined || signals.market % all.length === index)
    .map(({ server, market }) => new SignalUser(tools, server, market))
}

/** The signal, with everything that it says shown to its watch first. */
function watched(signal: Signal, watch: SignalWatch): Signal {
  let outlet: SignalOutlet | undefined
  const { id, instruments, params, needs, history } = signal
  return {
    id,
    instruments,
    params,
    needs,
    history,
    accept: (input, out) => {
      outlet ??= {
        emit: output => {
          watch.take(output)
          out.emit(output)
        },
      }
      signal.accept(input, outlet)
    },
  }
}

function needOf(event: MarketEvent): SignalNeed | undefined {
  switch (event.kind) {
    case 'trade':
      return event.channel
    case 'gap':
    case 'resync':
      return needOfChannel(event.channel)
    case 'kline':
      return `kline:${event.interval}`
    case 'quote':
    case 'markPrice':
    case 'book':
      return event.kind
    default:
      return undefined
  }
}

function needOfChannel(channel: string): SignalNeed | undefined {
  const needs: readonly SignalNeed[] = ['trade', 'rawTrade', 'quote', 'book', 'markPrice', 'kline:1m']
  return needs.find(need => need === channel)
}
