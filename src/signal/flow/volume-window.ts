import type { TradeEvent } from '../../model/event.ts'
import { type Measure, timeOf } from '../measure.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { SignalInstrument } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { TimeWindow } from '../time-window.ts'
import { type TradeKind, TradeSource, tradeKindOf, tradeMeasure } from './trade-source.ts'
import { volumeValues } from './volume-sums.ts'

const BUY_BASE = 0
const SELL_BASE = 1
const BUY_QUOTE = 2
const SELL_QUOTE = 3
const BUYS = 4
const COLUMNS = 5

/** `flow.volume` of a rolling window: a value with every trade, once a whole window has passed. */
export class VolumeWindow implements Signal {
  readonly id = 'flow.volume'
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  private readonly measure: Measure
  private readonly source: TradeSource
  private readonly window: TimeWindow
  private tradeKind: TradeKind | undefined

  constructor(instrument: SignalInstrument, params: CheckedParams, windowMs: number) {
    this.measure = tradeMeasure(instrument, params, { id: this.id, unit: 'base', gapPolicy: 'repair', windowMs })
    this.source = new TradeSource(instrument, params)
    const { instruments, needs } = this.measure.setup
    this.instruments = instruments
    this.needs = needs
    this.params = params.all
    this.window = new TimeWindow(windowMs, COLUMNS)
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    if (this.measure.receive(input, outlet) === 'data' && input.kind === 'trade') this.trade(input, outlet)
  }

  private trade(trade: TradeEvent, outlet: SignalOutlet): void {
    const { window, measure } = this
    const timeUs = timeOf(trade)
    this.tradeKind ??= tradeKindOf(trade, this.source.instrument)
    const isLate = timeUs < window.endUs
    if (!this.count(trade, timeUs)) measure.drop()
    const since = measure.sinceUs ?? timeUs
    const values = volumeValues({
      buyBase: window.sum(BUY_BASE),
      sellBase: window.sum(SELL_BASE),
      buyQuote: window.sum(BUY_QUOTE),
      sellQuote: window.sum(SELL_QUOTE),
      buyCount: window.sum(BUYS),
      sellCount: window.count - window.sum(BUYS),
    })
    measure.emit(
      {
        timeUs: measure.newestUs,
        receiveTimeUs: trade.receiveTimeUs,
        value: values.delta,
        values: { ...values, tradeKind: this.tradeKind },
        n: window.count,
        gaps: window.isWhole ? undefined : measure.gaps.count + 1,
        isWarming: window.endUs - since < window.sizeUs,
        isRevised: isLate && trade.recovered === true,
      },
      outlet,
    )
    measure.takeRepaired()
  }

  private count(trade: TradeEvent, timeUs: number): boolean {
    const base = this.source.base(trade)
    if (!(base > 0)) {
      this.window.advance(timeUs)
      return true
    }
    const quote = this.source.quote(trade)
    return trade.side === 'buy'
      ? this.window.push(timeUs, base, 0, quote, 0, 1)
      : this.window.push(timeUs, 0, base, 0, quote, 0)
  }
}
