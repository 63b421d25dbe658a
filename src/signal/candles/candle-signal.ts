import { epochUs } from '../../model/time.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { Candle } from './candle.ts'
import { CandleFeed, type CandleFeedOptions } from './candle-feed.ts'

/** Candles themselves as a signal: the close, with everything else of the candle. */
export class CandleSignal implements Signal {
  readonly id: string
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  private readonly feed: CandleFeed
  private outlet: SignalOutlet | undefined
  private hasNews = false

  constructor(options: CandleFeedOptions) {
    this.id = options.id
    this.params = options.params
    this.feed = new CandleFeed(options, {
      closed: candle => this.say(candle, true, false),
      revised: candle => this.say(candle, true, true),
      forgetting: () => undefined,
      restarted: () => undefined,
    })
    this.instruments = this.feed.measure.setup.instruments
    this.needs = this.feed.measure.setup.needs
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    this.outlet = outlet
    if (this.feed.accept(input, outlet)) this.hasNews = true
    const isTime = input.kind === 'second' || input.kind === 'kline'
    if (!isTime || !this.hasNews) return
    this.hasNews = false
    const open = this.feed.open()
    if (open !== undefined) this.say(open, false, false)
  }

  private say(candle: Candle, final: boolean, isRevised: boolean): void {
    const { outlet, feed } = this
    if (outlet === undefined) return
    const { isSynthetic, isComplete, openTimeUs, trades } = candle
    const closeUs = openTimeUs + feed.line.buckets.sizeUs
    feed.measure.emit(
      {
        timeUs: epochUs(final ? closeUs : Math.max(openTimeUs, Math.min(feed.measure.newestUs, closeUs))),
        receiveTimeUs: feed.receiveTimeUs ?? openTimeUs,
        value: candle.close,
        values: {
          openTimeUs,
          open: candle.open,
          high: candle.high,
          low: candle.low,
          close: candle.close,
          volume: candle.volume,
          quoteVolume: candle.quoteVolume,
          takerBuyVolume: candle.takerBuyVolume,
          trades,
          synthetic: isSynthetic,
          complete: isComplete,
          final,
        },
        n: trades ?? 0,
        gaps: feed.measure.gaps.within(openTimeUs, closeUs) > 0 && !isComplete ? 1 : 0,
        isWarming: !isComplete && feed.measure.gaps.within(openTimeUs, closeUs) === 0,
        isRevised,
        isPast: final,
      },
      outlet,
    )
  }
}
