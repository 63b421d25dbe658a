import { ConfigError } from '../../model/error.ts'
import type { KlineEvent } from '../../model/event.ts'
import { epochUs } from '../../model/time.ts'
import type { IndicatorState } from '../indicator.ts'
import { DEFAULT_LATENESS_MS } from '../measure.ts'
import type { Signal, SignalHistory, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { SignalInstrument } from '../signal-kind.ts'
import type { Candle } from './candle.ts'
import { CandleFeed, type CandleOrigin } from './candle-feed.ts'
import { type CandleFold, figuresOf } from './candle-fold.ts'
import { barsToConverge, historyNeeded } from './history-needed.ts'

/** Closed candles beyond its history that can still be corrected. */
const LEAST_KEPT = 256
const MOST_KEPT = 5000

export interface CandleIndicatorOptions {
  readonly instrument: SignalInstrument
  /** An indicator that has seen nothing: `ofCloses(rsi(14))`, `ofBars(atr(14))`. */
  readonly indicator: CandleFold
  /** `<n><s|m|h|d|w>`. */
  readonly interval: string
  /** @default 'kline' */
  readonly origin?: CandleOrigin | undefined
  /** Shorter interval that the candles are built from. @default the interval itself */
  readonly from?: string | undefined
  /** @default the indicator's name in front of its options */
  readonly id?: string | undefined
  readonly unit?: string | undefined
  readonly params?: SignalParams | undefined
  readonly latenessMs?: number | undefined
  /** Candles that a value depends on. @default those until the indicator has converged */
  readonly memory?: number | undefined
}

export interface CandleIndicator extends Signal {
  readonly history: readonly SignalHistory[]
  /** Takes closed candles of the past, oldest first, without saying anything. */
  preload(candles: readonly KlineEvent[]): void
}

/**
 * Runs an indicator over the closed candles of an interval. Each closed candle gives a value with `final: true`; the open one
 * gives previews, which change nothing. A candle that is corrected later has everything from it on told again as `revised`.
 * @throws ConfigError for an interval that is none, or an indicator that has been used before
 */
export function candleIndicator(options: CandleIndicatorOptions): CandleIndicator {
  return new FoldedCandles(options)
}

class FoldedCandles implements CandleIndicator {
  readonly id: string
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  readonly history: readonly SignalHistory[]
  private readonly fold: CandleFold
  private readonly feed: CandleFeed
  /** Candles that a missing one has a say in. */
  private readonly memory: number
  /** The indicator before the first candle that is kept. */
  private base: IndicatorState
  private readonly emptied: IndicatorState
  private outlet: SignalOutlet | undefined
  private hasNews = false

  constructor(options: CandleIndicatorOptions) {
    const { instrument, indicator, interval, origin = 'kline', from = '' } = options
    if (indicator.seen > 0) {
      throw new ConfigError(
        `indicator: expected one that has seen nothing, ${indicator.name} has seen ${indicator.seen}.`,
      )
    }
    this.fold = indicator
    this.emptied = indicator.snapshot()
    this.base = this.emptied
    this.memory = options.memory ?? barsToConverge(indicator)
    this.id = options.id ?? `candle.${indicator.name.replace(/\(.*$/, '')}`
    this.params = { indicator: indicator.name, interval, origin, ...(from === '' ? {} : { from }), ...options.params }
    this.feed = new CandleFeed(
      {
        id: this.id,
        unit: options.unit ?? 'price',
        params: this.params,
        instrument,
        interval,
        origin,
        from,
        mostKept: Math.min(MOST_KEPT, Math.max(LEAST_KEPT, this.memory)),
        latenessMs: options.latenessMs ?? DEFAULT_LATENESS_MS,
      },
      {
        closed: candle => this.closed(candle),
        revised: candle => this.revised(candle),
        forgetting: candles => this.forget(candles),
        restarted: () => this.restart(),
      },
    )
    const { instruments, needs } = this.feed.measure.setup
    this.instruments = instruments
    this.needs = needs
    const { lowerInterval, ratio } = this.feed
    this.history = [{ interval: lowerInterval, candles: (options.memory ?? historyNeeded(indicator)) * ratio }]
  }

  preload(candles: readonly KlineEvent[]): void {
    for (const candle of candles) this.accept(candle, SILENT)
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    this.outlet = outlet
    const isChanged = this.feed.accept(input, outlet)
    if (isChanged && input.kind === 'kline') this.preview(input)
    else if (isChanged) this.hasNews = true
    else if (input.kind === 'second' && this.hasNews) this.preview(input)
  }

  private restart(): void {
    this.fold.restore(this.emptied)
    this.base = this.emptied
  }

  private closed(candle: Candle): void {
    this.say(candle, this.fold.commit(candle), true, false)
  }

  /** Everything from the corrected candle on is computed anew. */
  private revised(candle: Candle): void {
    this.fold.restore(this.base)
    for (const kept of this.feed.line.candles) {
      const output = this.fold.commit(kept)
      if (kept.openTimeUs >= candle.openTimeUs) this.say(kept, output, true, true)
    }
  }

  /** The state before the candles that stay. */
  private forget(candles: readonly Candle[]): void {
    const now = this.fold.snapshot()
    this.fold.restore(this.base)
    for (const candle of candles) this.fold.commit(candle)
    this.base = this.fold.snapshot()
    this.fold.restore(now)
  }

  private preview(input: SignalInput): void {
    this.hasNews = false
    const open = this.feed.open()
    if (open === undefined) return
    const timeUs = input.kind === 'kline' ? input.exchangeTimeUs : this.feed.measure.newestUs
    this.say(open, this.fold.preview(open), false, false, timeUs)
  }

  private say(candle: Candle, output: unknown, final: boolean, isRevised: boolean, timeUs?: number): void {
    const { outlet, feed, fold } = this
    if (outlet === undefined) return
    const figures = figuresOf(output)
    const [value] = Object.values(figures)
    const closeUs = candle.openTimeUs + feed.line.buckets.sizeUs
    feed.measure.emit(
      {
        timeUs: epochUs(final ? closeUs : (timeUs ?? candle.openTimeUs)),
        receiveTimeUs: feed.receiveTimeUs ?? candle.openTimeUs,
        value,
        values:
          value === undefined
            ? undefined
            : { ...figures, final, openTimeUs: candle.openTimeUs, close: candle.close, synthetic: candle.isSynthetic },
        n: fold.seen,
        gaps: this.gapsBefore(candle),
        converged: fold.isConverged,
        isWarming: value === undefined,
        isRevised,
        isPast: final,
      },
      outlet,
    )
  }

  /** Incomplete candles that still weigh in the value at this one. */
  private gapsBefore(candle: Candle): number {
    const { line } = this.feed
    const fromUs = candle.openTimeUs - this.memory * line.buckets.sizeUs
    let gaps = candle.isComplete ? 0 : 1
    for (const kept of line.within(fromUs, candle.openTimeUs)) if (!kept.isComplete) gaps++
    return gaps
  }
}

const SILENT: SignalOutlet = { emit: () => undefined }
