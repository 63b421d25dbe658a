import type { TradeEvent } from '../../model/event.ts'
import { type EpochUs, epochUs } from '../../model/time.ts'
import { flagFigure, numberFigure, textFigure } from '../figure.ts'
import { type Measure, timeOf } from '../measure.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { SignalInstrument, SignalKind } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { PrintBaseline } from './print-baseline.ts'
import { printEvent } from './print-event.ts'
import { type Print, Sweep } from './sweep.ts'
import { TRADE_KIND_FIGURE, TRADE_PARAMS, TradeSource, tradeKindOf, tradeMeasure } from './trade-source.ts'

/** A sweep that nothing followed is over after so long by receive time. */
const OVER_AFTER_US = 1_000_000

/** Large trades: fills of one taker at one moment, against what is usual here. A value per print, an event for a large one. */
export const flowPrint: SignalKind = {
  id: 'flow.print',
  meaning: 'How unusual the size of the newest print is: robust z of its log value against the prints before it.',
  unit: 'z',
  needs: ['trade'],
  figures: [
    numberFigure('z', 'Robust z of its log value.'),
    numberFigure('percentile', 'Share of the prints before it that were smaller.', 'share'),
    numberFigure('quote', 'Its value.', 'quote'),
    numberFigure('base', 'Its size.', 'base'),
    numberFigure('levels', 'Prices it was filled at.', 'count'),
    numberFigure('vwap', 'Its average price.', 'price'),
    numberFigure('fills', 'Trades it is made of.', 'trades'),
    textFigure('side', 'Side of the taker: buy or sell.'),
    flagFigure('merged', 'The venue merges fills of a short time: several takers may be in it.'),
    TRADE_KIND_FIGURE,
  ],
  params: {
    sweepMs: {
      kind: 'number',
      default: 0,
      least: 0,
      unit: 'ms',
      meaning: 'Trades of one side that follow within this time are one print.',
    },
    baseline: {
      kind: 'number',
      default: 2000,
      least: 2,
      isWhole: true,
      unit: 'prints',
      meaning: 'Prints compared with.',
    },
    minBaseline: {
      kind: 'number',
      default: 200,
      least: 2,
      isWhole: true,
      unit: 'prints',
      meaning: 'Prints needed before anything is said.',
    },
    zMin: { kind: 'number', default: 4, least: 0, unit: 'z', meaning: 'Least z of a large print.' },
    minQuote: { kind: 'number', default: 50_000, least: 0, unit: 'quote', meaning: 'Least value of a large print.' },
    ...TRADE_PARAMS,
  },
  create: (instrument, params) => new LargePrints(instrument, params),
}

class LargePrints implements Signal {
  readonly id = 'flow.print'
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  private readonly measure: Measure
  private readonly source: TradeSource
  private readonly sweep: Sweep
  private readonly baseline: PrintBaseline
  private readonly minBaseline: number
  private readonly zMin: number
  private readonly minQuote: number
  private tradeKind: string | undefined
  private events = 0

  constructor(instrument: SignalInstrument, params: CheckedParams) {
    this.measure = tradeMeasure(instrument, params, { id: this.id, unit: 'z', gapPolicy: 'reset' })
    this.source = new TradeSource(instrument, params)
    this.sweep = new Sweep(params.number('sweepMs') * 1000)
    this.baseline = new PrintBaseline(params.number('baseline'))
    this.minBaseline = params.number('minBaseline')
    this.zMin = params.number('zMin')
    this.minQuote = params.number('minQuote')
    this.instruments = this.measure.setup.instruments
    this.needs = this.measure.setup.needs
    this.params = params.all
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    const reception = this.measure.receive(input, outlet)
    if (reception === 'data' && input.kind === 'trade') this.trade(input, outlet)
    else if (reception === 'second') this.watch(input.receiveTimeUs, outlet)
    else if (reception === 'gap') {
      this.sweep.clear()
      this.baseline.clear()
    }
  }

  private trade(trade: TradeEvent, outlet: SignalOutlet): void {
    this.tradeKind ??= tradeKindOf(trade, this.source.instrument)
    const base = this.source.base(trade)
    if (!(base > 0)) return
    const fill = { timeUs: timeOf(trade), receiveTimeUs: trade.receiveTimeUs, side: trade.side, price: trade.price }
    const over = this.sweep.add({ ...fill, base, quote: this.source.quote(trade) })
    if (over !== undefined) this.print(over, trade.receiveTimeUs, outlet)
  }

  /** Nothing followed the last fill: the print is over without it, too. */
  private watch(nowUs: EpochUs, outlet: SignalOutlet): void {
    const over = this.sweep.endBefore(nowUs - OVER_AFTER_US)
    if (over !== undefined) this.print(over, nowUs, outlet)
  }

  private print(print: Print, receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    const isKnown = this.baseline.count >= this.minBaseline
    const judged = isKnown ? this.baseline.judge(print.quote) : undefined
    const n = this.baseline.count
    this.baseline.add(print.quote)
    const isMerged = this.tradeKind === 'aggWindow'
    const values = {
      z: judged?.z,
      percentile: judged?.percentile,
      quote: print.quote,
      base: print.base,
      levels: print.levels,
      vwap: print.vwap,
      fills: print.fills,
      side: print.side,
      merged: isMerged,
      tradeKind: this.tradeKind,
    }
    const timeUs = epochUs(print.lastUs)
    this.measure.emit({ timeUs, receiveTimeUs, value: judged?.z, values, n, isWarming: !isKnown }, outlet)
    const said = this.measure.lastValue
    const z = judged?.z
    if (z === undefined || said?.state !== 'ok' || z < this.zMin || print.quote < this.minQuote) return
    const limits = { zMin: this.zMin, minQuote: this.minQuote, number: ++this.events }
    outlet.emit(printEvent(said, print, { z, percentile: judged?.percentile ?? 1 }, limits))
  }
}
