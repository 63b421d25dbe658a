import { ConfigError } from '../../model/error.ts'
import type { TradeEvent } from '../../model/event.ts'
import { decimalText, fromUnits, toUnits } from '../../model/number.ts'
import { type EpochUs, epochUs } from '../../model/time.ts'
import { BucketSeries } from '../bucket-series.ts'
import { FINAL_FIGURE, numberFigure, OPEN_TIME_FIGURE, textFigure } from '../figure.ts'
import { type Measure, timeOf } from '../measure.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { SignalInstrument, SignalKind } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { intervalMs, TimeBuckets } from '../time-bucket.ts'
import { type FootprintRules, FootprintTable } from './footprint-table.ts'
import { TRADE_PARAMS, TradeSource, tradeMeasure } from './trade-source.ts'

/** Closed candles whose footprint can still be corrected. */
const MOST_KEPT = 64

/** Volume at price inside a candle: one value with its rows when it is over, and the open one once per second. */
export const flowFootprint: SignalKind = {
  id: 'flow.footprint',
  meaning: 'What takers bought and sold at each price of a candle, its point of control, value area and imbalances.',
  unit: 'base',
  needs: ['trade'],
  figures: [
    OPEN_TIME_FIGURE,
    FINAL_FIGURE,
    numberFigure('delta', 'Bought minus sold.'),
    numberFigure('poc', 'Price with the largest volume; absent where trades are missing everywhere.', 'price'),
    numberFigure('valueAreaLow', 'Lower edge of the value area.', 'price'),
    numberFigure('valueAreaHigh', 'Upper edge of the value area.', 'price'),
    numberFigure('close', 'Last price.', 'price'),
    textFigure('buyImbalance', 'Prices where buying outweighs the diagonal neighbour.'),
    textFigure('sellImbalance', 'Prices where selling does.'),
    textFigure('stackedBuy', 'Those of them that are adjacent, buying.'),
    textFigure('stackedSell', 'Those of them that are adjacent, selling.'),
  ],
  params: {
    interval: { kind: 'text', default: '1m', meaning: 'Length of the candle, such as 1m.' },
    ticks: {
      kind: 'number',
      default: 10,
      least: 1,
      isWhole: true,
      unit: 'ticks',
      meaning: 'Height of a row: 1, 2, 5, 10, 20, 25, 50 or 100 price steps.',
    },
    step: { kind: 'number', least: 1e-12, unit: 'price', meaning: 'Height of a row in price, in place of ticks.' },
    factor: { kind: 'number', default: 3, least: 1, unit: 'times', meaning: 'What makes a diagonal imbalance.' },
    minQty: { kind: 'number', default: 0, least: 0, unit: 'base', meaning: 'Least difference of an imbalance.' },
    valueArea: {
      kind: 'number',
      default: 0.7,
      least: 0,
      most: 1,
      unit: 'share',
      meaning: 'Volume inside the value area.',
    },
    stack: {
      kind: 'number',
      default: 3,
      least: 2,
      isWhole: true,
      unit: 'rows',
      meaning: 'Adjacent imbalances of a stack.',
    },
    ...TRADE_PARAMS,
  },
  create: (instrument, params) => new Footprint(instrument, params),
}

interface FootprintSlice {
  readonly openUs: EpochUs
  readonly table: FootprintTable
  close: number
  closeUs: number
}

class Footprint implements Signal {
  readonly id = 'flow.footprint'
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  private readonly measure: Measure
  private readonly source: TradeSource
  private readonly series: BucketSeries<FootprintSlice>
  private outlet: SignalOutlet | undefined
  private receiveTimeUs = epochUs(0)
  private lastPrice: number | undefined
  /** A gap without a trade behind it yet: the price before it. */
  private priceBeforeGap: number | undefined
  private hasNews = false

  constructor(instrument: SignalInstrument, params: CheckedParams) {
    this.measure = tradeMeasure(instrument, params, { id: this.id, unit: 'base', gapPolicy: 'repair', isSliced: true })
    this.source = new TradeSource(instrument, params)
    this.instruments = this.measure.setup.instruments
    this.needs = this.measure.setup.needs
    this.params = params.all
    const rules = footprintRules(instrument, params)
    this.series = new BucketSeries<FootprintSlice>(
      new TimeBuckets(intervalMs(params.text('interval'))),
      openUs => ({ openUs, table: new FootprintTable(rules), close: Number.NaN, closeUs: 0 }),
      { closed: slice => this.say(slice, true, false) },
      MOST_KEPT,
    )
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    this.outlet = outlet
    this.receiveTimeUs = input.receiveTimeUs
    const reception = this.measure.receive(input, outlet)
    if (reception === 'data' && input.kind === 'trade') this.trade(input)
    else if (reception === 'second') this.second(input.receiveTimeUs)
    else if (reception === 'gap') this.gap()
  }

  private trade(trade: TradeEvent): void {
    const timeUs = timeOf(trade)
    const slice = this.series.at(timeUs)
    if (slice === undefined) {
      this.measure.drop()
      return
    }
    const base = this.source.base(trade)
    if (this.priceBeforeGap !== undefined && !trade.recovered) this.hatch(slice, trade.price)
    if (base > 0) {
      slice.table.add(trade.side, trade.price, base)
      if (timeUs >= slice.closeUs) {
        slice.close = trade.price
        slice.closeUs = timeUs
      }
    }
    this.lastPrice = trade.price
    this.hasNews = true
    if (!this.series.isOpen(slice)) this.say(slice, true, true)
    this.repaired()
  }

  /** Between the prices around a gap trades are missing, in the candle before it and in the one behind it. */
  private hatch(slice: FootprintSlice, price: number): void {
    const before = this.priceBeforeGap ?? price
    this.priceBeforeGap = undefined
    slice.table.hatch(Math.min(before, price), Math.max(before, price))
  }

  private gap(): void {
    const price = this.lastPrice
    if (price === undefined) return
    this.priceBeforeGap = price
    this.series.open?.table.hatch(price, price)
    for (const slice of this.series.overWithin(this.measure.newestUs, this.measure.newestUs)) {
      slice.table.hatch(price, price)
      this.say(slice, true, true)
    }
  }

  private repaired(): void {
    const span = this.measure.takeRepaired()
    if (span === undefined) return
    this.priceBeforeGap = undefined
    const { open } = this.series
    for (const slice of [...this.series.overWithin(span.fromUs, span.toUs), ...(open === undefined ? [] : [open])]) {
      if (this.gapsOf(slice) > 0) continue
      slice.table.unhatch()
      if (slice !== open) this.say(slice, true, true)
    }
  }

  private second(nowUs: EpochUs): void {
    this.series.closeUntil(this.measure.silentUntil(nowUs))
    const { open } = this.series
    if (open === undefined || !this.hasNews) return
    this.hasNews = false
    this.say(open, false, false)
  }

  private gapsOf({ openUs }: FootprintSlice): number {
    return this.measure.gaps.within(openUs, openUs + this.series.buckets.sizeUs)
  }

  private say(slice: FootprintSlice, final: boolean, isRevised: boolean): void {
    const { outlet, measure } = this
    if (outlet === undefined || slice.table.count === 0) return
    const { openUs, table } = slice
    const { rows, poc, valueAreaLow, valueAreaHigh, delta, ...lists } = table.figures(slice.close)
    const closeUs = epochUs(openUs + this.series.buckets.sizeUs)
    measure.emit(
      {
        timeUs: final ? closeUs : epochUs(slice.closeUs),
        receiveTimeUs: this.receiveTimeUs,
        value: delta,
        values: {
          openTimeUs: openUs,
          final,
          delta,
          poc,
          valueAreaLow,
          valueAreaHigh,
          close: slice.close,
          buyImbalance: lists.buyImbalance.map(decimalText).join(' '),
          sellImbalance: lists.sellImbalance.map(decimalText).join(' '),
          stackedBuy: lists.stackedBuy.map(decimalText).join(' '),
          stackedSell: lists.stackedSell.map(decimalText).join(' '),
        },
        rows: rows.map(row => ({ ...row })),
        n: table.count,
        gaps: this.gapsOf(slice),
        isWarming: measure.sinceUs === undefined || measure.sinceUs > openUs,
        isRevised,
        isPast: final,
      },
      outlet,
    )
  }
}

/** @throws ConfigError without a step where the venue names no tick size */
function footprintRules(instrument: SignalInstrument, params: CheckedParams): FootprintRules {
  const step = params.optionalNumber('step') ?? stepOfTicks(instrument, params.number('ticks'))
  return {
    step,
    factor: params.number('factor'),
    minQuantity: params.number('minQty'),
    valueArea: params.number('valueArea'),
    stack: params.number('stack'),
  }
}

function stepOfTicks(instrument: SignalInstrument, ticks: number): number {
  const { tickSize, id } = instrument
  if (![1, 2, 5, 10, 20, 25, 50, 100].includes(ticks)) {
    throw new ConfigError(`flow.footprint.ticks: expected 1, 2, 5, 10, 20, 25, 50 or 100, was ${ticks}.`)
  }
  if (tickSize === undefined || !(Number(tickSize) > 0)) {
    throw new ConfigError(`flow.footprint.step: expected a price, because no tick size is known of ${id}.`)
  }
  const decimals = tickSize.length
  return fromUnits(toUnits(Number(tickSize), decimals) * ticks, decimals)
}
