import type { GapEvent, MarketEvent, QuoteEvent } from '../../../src/model/event.ts'
import type { World } from '../core/world.ts'
import type { Wording } from '../exchange/frames.ts'
import type { Instrument } from '../exchange/instrument.ts'
import type { StreamTruth } from '../exchange/stream-truth.ts'
import type { VenueServer } from '../exchange/venue-server.ts'
import { BookCheck } from './book-check.ts'
import { DenseCheck, type DenseRules } from './dense-check.ts'
import { KlineCheck } from './kline-check.ts'
import type { Report } from './report.ts'
import { SparseCheck } from './sparse-check.ts'

/** All that one consumer is promised of one instrument. */
export interface InstrumentChecks {
  readonly market: Instrument
  readonly trade: DenseCheck
  readonly rawTrade: DenseCheck
  readonly quote: SparseCheck
  readonly markPrice: SparseCheck
  readonly ticker: SparseCheck
  readonly kline: KlineCheck
  readonly book: BookCheck
}

export interface CheckOptions {
  readonly consumer: string
  readonly couldHeal: (server: VenueServer, count: number) => boolean
  readonly mayBeReset: boolean
  /** A run without faults that could lose anything: no gap, nothing recovered. */
  readonly isClean: boolean
}

/** Watches everything that one consumer gets. */
export class ConsumerCheck {
  readonly byInstrument = new Map<string, InstrumentChecks>()
  events = 0
  gaps = 0
  private readonly world: World
  private readonly report: Report
  private readonly options: CheckOptions
  private readonly isTraced: boolean

  constructor(world: World, report: Report, servers: readonly VenueServer[], options: CheckOptions) {
    this.world = world
    this.report = report
    this.options = options
    this.isTraced = options.consumer === 'observer'
    for (const server of servers)
      for (const [symbol, market] of server.instruments)
        this.byInstrument.set(`${server.rules.id}:${symbol}`, this.checksOf(server, market))
  }

  readonly see = (event: MarketEvent): void => {
    this.events++
    const checks = this.byInstrument.get(event.instrument)
    if (this.isTraced) this.world.trace.mix(this.world.nowMs * 1000)
    if (checks === undefined) {
      if (event.kind === 'connection') this.connection(event.state, event.connectionId, event.cause)
      return
    }
    this.route(event, checks)
  }

  finish(closedBeforeMs: number, isTailProvable: (market: Instrument, channel: string) => boolean): void {
    for (const checks of this.byInstrument.values()) {
      const { market } = checks
      const isDue = (channel: string): boolean => isTailProvable(market, channel)
      if (isDue('trade')) checks.trade.finish()
      if (isDue('rawTrade')) checks.rawTrade.finish()
      if (isDue('quote')) checks.quote.finish()
      if (isDue('markPrice')) checks.markPrice.finish()
      if (isDue('ticker')) checks.ticker.finish()
      if (isDue('kline:1m')) checks.kline.finish(closedBeforeMs)
    }
  }

  private route(event: MarketEvent, checks: InstrumentChecks): void {
    const { market } = checks
    switch (event.kind) {
      case 'trade':
        if (this.isTraced) this.world.trace.mix((event.exchangeTimeUs ?? 0) / 1000 + event.price * 10)
        if (event.recovered === true) this.recovered(event.id)
        checks[event.channel].event(event)
        return
      case 'quote':
        this.quote(event, checks)
        return
      case 'book':
        if (this.isTraced) this.world.trace.mix(event.sequence)
        checks.book.event(event)
        return
      case 'kline':
        checks.kline.event(event)
        return
      case 'markPrice':
        this.price(event.markPrice, (event.exchangeTimeUs ?? 0) / 1000, checks.markPrice, market.marks, market.words)
        return
      case 'ticker':
        this.price(event.last, (event.exchangeTimeUs ?? 0) / 1000, checks.ticker, market.tickers, market.words)
        return
      case 'gap':
        this.gap(event, checks)
        return
      case 'resync':
        if (this.isTraced) this.world.trace.say(`${event.instrument} book resync at ${event.sequence}`)
        checks.book.resync(this.world.nowMs)
        return
      case 'connection':
        this.connection(`${event.state} ${event.instrument}`, event.connectionId, event.cause)
        return
      default:
        this.report.violation('I2', `${this.options.consumer}: an event nobody asked for: ${event.kind}`)
    }
  }

  private quote(event: QuoteEvent, { quote, market }: InstrumentChecks): void {
    const index = quote.event(event.sequence ?? -1)
    const { quotes, words } = market
    if (index < 0) return
    const isRight =
      event.bidPrice === words.priceNumber(quotes.prices.at(index) ?? -1) &&
      event.bidQuantity === (quotes.quantities.at(index) ?? -1) / 1000 &&
      event.askQuantity === (quotes.askQuantities.at(index) ?? -1) / 1000 &&
      event.askPrice > event.bidPrice
    if (!isRight) this.report.violation('I2', `${event.instrument}: quote ${event.sequence} differs from the venue's`)
  }

  /** Stamps may be equal where the clock was set back: then either price is right. */
  private price(price: number, timeMs: number, check: SparseCheck, truth: StreamTruth, words: Wording): void {
    const index = check.event(timeMs)
    if (index < 0 || price === words.priceNumber(truth.prices.at(index) ?? -1)) return
    for (let other = 0; other < truth.size; other++)
      if (truth.keys.at(other) === timeMs && price === words.priceNumber(truth.prices.at(other) ?? -1)) return
    this.report.violation('I2', `a price of ${price} at ${timeMs}, which the venue never told`)
  }

  private gap(event: GapEvent, checks: InstrumentChecks): void {
    const { channel, reason, from, to, healed } = event
    this.gaps++
    if (this.isTraced)
      this.world.trace.say(
        `${event.instrument} ${channel} gap ${reason} ${from ?? ''}–${to ?? ''}${healed ? ' healed' : ''}`,
      )
    if (this.options.isClean)
      this.report.violation(
        'I1',
        `${this.options.consumer} ${event.instrument} ${channel}: a gap (${reason}) in a run of planned operations`,
      )
    if (channel === 'book') checks.book.gap(event, this.world.nowMs)
    else if (channel === 'kline:1m') checks.kline.gap(event)
    else if (channel === 'trade' || channel === 'rawTrade') checks[channel].gap(event)
    else if (channel === 'quote' || channel === 'markPrice' || channel === 'ticker') checks[channel].gap(event)
    else this.report.violation('I2', `${this.options.consumer}: a gap in ${channel}, which nobody asked for`)
  }

  private recovered(id: string): void {
    this.report.count('trade recovered')
    if (this.options.isClean)
      this.report.violation('I1', `${this.options.consumer}: trade ${id} was recovered in a run of planned operations`)
  }

  private connection(state: string, connectionId: string, cause: string | undefined): void {
    if (!this.isTraced) return
    this.report.count(`connection: ${state.split(' ')[0]}`)
    this.world.trace.say(`${connectionId} ${state}${cause === undefined ? '' : `: ${cause}`}`)
  }

  private checksOf(server: VenueServer, market: Instrument): InstrumentChecks {
    const { report, options } = this
    const { words } = market
    const label = (channel: string): string => `${options.consumer} ${server.rules.id}:${market.plan.symbol} ${channel}`
    const dense = (channel: string, couldHeal: DenseRules['couldHeal']): DenseRules => {
      return { label: label(channel), couldHeal, mayBeReset: options.mayBeReset }
    }
    const { trades, rawTrades, quotes, marks, tickers, candles, book } = market
    return {
      market,
      trade: new DenseCheck(
        trades,
        words,
        report,
        dense('trade', count => options.couldHeal(server, count)),
      ),
      rawTrade: new DenseCheck(
        rawTrades,
        words,
        report,
        dense('rawTrade', () => false),
      ),
      quote: new SparseCheck(label('quote'), quotes, report, true),
      markPrice: new SparseCheck(label('markPrice'), marks, report, false),
      ticker: new SparseCheck(label('ticker'), tickers, report, false),
      kline: new KlineCheck(label('kline'), candles, words, report),
      book: new BookCheck(label('book'), book, words, report),
    }
  }
}
