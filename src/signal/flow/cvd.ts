import { ConfigError } from '../../model/error.ts'
import type { TradeEvent } from '../../model/event.ts'
import { type EpochUs, epochUs } from '../../model/time.ts'
import { CompensatedSum } from '../compensated-sum.ts'
import { flagFigure, numberFigure } from '../figure.ts'
import { type Measure, timeOf } from '../measure.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { SignalInstrument, SignalKind } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { TimeWindow } from '../time-window.ts'
import { TRADE_KIND_FIGURE, TRADE_PARAMS, TradeSource, tradeKindOf, tradeMeasure } from './trade-source.ts'

const DAY_US = 86_400_000_000

const ANCHOR_TIME = numberFigure(
  'anchorTimeUs',
  'Exchange time of the anchor; absent while a manual one has none.',
  'us',
)

/** Cumulative volume delta: what takers bought minus what they sold, since its anchor. A value with every trade. */
export const flowCvd: SignalKind = {
  id: 'flow.cvd',
  meaning: 'Base volume that takers bought minus what they sold, added up since an anchor.',
  unit: 'base',
  needs: ['trade'],
  figures: params => [
    numberFigure('cvd', 'Bought minus sold since the anchor.'),
    flagFigure('isPartial', 'Trades between the anchor and the first one seen are not in it.'),
    ...(params.text('anchor') === 'rolling' ? [] : [ANCHOR_TIME]),
    TRADE_KIND_FIGURE,
  ],
  params: {
    anchor: {
      kind: 'choice',
      default: 'session',
      choices: ['session', 'rolling', 'manual'],
      meaning: 'Since 00:00 UTC, over a rolling window, or since anchorTimeUs.',
    },
    windowMs: { kind: 'number', default: 3_600_000, least: 1, unit: 'ms', meaning: 'Length of the rolling window.' },
    anchorTimeUs: {
      kind: 'number',
      least: 0,
      isWhole: true,
      unit: 'us',
      meaning: 'Exchange time of a manual anchor; the first trade when absent.',
    },
    ...TRADE_PARAMS,
  },
  create: (instrument, params) => cumulativeDelta(instrument, params),
}

export interface CvdSignal extends Signal {
  /** Begins anew at this exchange time; what was missing before it counts no more. @throws ConfigError unless `manual` */
  anchorAt(timeUs: EpochUs): void
}

/** As {@link flowCvd}, with its manual anchor. */
export function cumulativeDelta(instrument: SignalInstrument, params: CheckedParams): CvdSignal {
  return new CumulativeDelta(instrument, params)
}

class CumulativeDelta implements CvdSignal {
  readonly id = 'flow.cvd'
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  private readonly measure: Measure
  private readonly source: TradeSource
  private readonly mode: string
  /** Of a rolling anchor: signed base of each trade. */
  private readonly window: TimeWindow | undefined
  private readonly sum = new CompensatedSum()
  private anchorUs = epochUs(0)
  /** Inputs before the anchor, which say how far back they reach. */
  private firstUs: EpochUs | undefined
  private count = 0
  private tradeKind: string | undefined

  constructor(instrument: SignalInstrument, params: CheckedParams) {
    const windowMs = params.number('windowMs')
    this.mode = params.text('anchor')
    this.window = this.mode === 'rolling' ? new TimeWindow(windowMs, 1) : undefined
    this.measure = tradeMeasure(instrument, params, {
      id: this.id,
      unit: 'base',
      gapPolicy: 'repair',
      ...(this.window === undefined ? {} : { windowMs }),
    })
    this.source = new TradeSource(instrument, params)
    this.instruments = this.measure.setup.instruments
    this.needs = this.measure.setup.needs
    this.params = params.all
    if (this.mode === 'manual') this.anchorUs = epochUs(params.optionalNumber('anchorTimeUs') ?? 0)
  }

  anchorAt(timeUs: EpochUs): void {
    if (this.mode !== 'manual') throw new ConfigError(`flow.cvd: expected anchor "manual", was "${this.mode}".`)
    this.restart(timeUs)
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    if (this.measure.receive(input, outlet) === 'data' && input.kind === 'trade') this.trade(input, outlet)
  }

  private trade(trade: TradeEvent, outlet: SignalOutlet): void {
    const timeUs = timeOf(trade)
    this.firstUs ??= timeUs
    this.tradeKind ??= tradeKindOf(trade, this.source.instrument)
    const sessionUs = Math.floor(timeUs / DAY_US) * DAY_US
    if (this.mode === 'session' && sessionUs > this.anchorUs) this.restart(epochUs(sessionUs))
    const base = this.source.base(trade)
    if (!this.add(timeUs, trade.side === 'buy' ? base : -base)) {
      this.measure.drop()
      if (this.window?.isWhole ?? true) return
    }
    const isRepaired = this.measure.takeRepaired() !== undefined
    this.say(trade, outlet, isRepaired || (trade.recovered === true && timeUs < this.measure.newestUs))
  }

  private add(timeUs: EpochUs, delta: number): boolean {
    if (this.window !== undefined) return this.window.push(timeUs, delta)
    // A trade of the session before belongs to a sum that is over.
    if (timeUs < this.anchorUs) return false
    this.sum.add(delta)
    this.count++
    return true
  }

  private say(trade: TradeEvent, outlet: SignalOutlet, isRevised: boolean): void {
    const { window, measure } = this
    const value = window === undefined ? this.sum.value : window.sum(0)
    const sinceUs = measure.sinceUs ?? measure.newestUs
    const isPartial = window === undefined && (this.firstUs ?? sinceUs) > this.anchorUs
    measure.emit(
      {
        timeUs: measure.newestUs,
        receiveTimeUs: trade.receiveTimeUs,
        value,
        values: {
          cvd: value,
          // Whoever joins in the middle of a session counts from there on.
          isPartial,
          ...(window === undefined && this.anchorUs > 0 ? { anchorTimeUs: this.anchorUs } : {}),
          tradeKind: this.tradeKind,
        },
        n: window?.count ?? this.count,
        gaps: (window?.isWhole ?? true) ? undefined : measure.gaps.count + 1,
        isWarming: window !== undefined && window.endUs - sinceUs < window.sizeUs,
        isRevised,
      },
      outlet,
    )
  }

  private restart(timeUs: EpochUs): void {
    this.anchorUs = timeUs
    this.sum.clear()
    this.count = 0
    // Whoever has listened since before has seen all of it.
    if ((this.firstUs ?? timeUs) < timeUs) this.measure.anchor(timeUs)
  }
}
