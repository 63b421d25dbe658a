import { baseQuantity } from '../../model/instrument.ts'
import { type EpochUs, epochUs } from '../../model/time.ts'
import { type Figure, flagFigure, numberFigure } from '../figure.ts'
import { DEFAULT_LATENESS_MS, type Measure, timeOf } from '../measure.ts'
import type { BookInput, SignalInput, SignalNeed, SignalOutlet } from '../signal.ts'
import type { SignalKind } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { bookMeasure, signalOf } from './book-measure.ts'
import { pulledShare } from './fate.ts'
import { FateLedger } from './fate-ledger.ts'
import { isTrustworthy } from './touch.ts'

const ID = 'book.fate'

/** What became of resting quantity: traded away or withdrawn. Attributed on sums by price; orders themselves are not seen. */
export const bookFate: SignalKind = {
  id: ID,
  meaning:
    'Share of vanished liquidity near the mid that was withdrawn and not traded; attributed, as orders are not seen.',
  unit: 'ratio',
  needs: ['book', 'trade'],
  figures: [
    numberFigure('pulledShare', 'Share of both sides; absent where nothing vanished.'),
    ...sideFigures('bid'),
    ...sideFigures('ask'),
    flagFigure('attributed', 'Always true: orders are not seen, only their sums.'),
    numberFigure('excludedIntervals', 'Intervals left out because trades came too late.', 'count'),
  ],
  params: {
    windowMs: { kind: 'number', default: 60_000, least: 1, unit: 'ms', meaning: 'rolling window of the sums' },
    bps: {
      kind: 'number',
      default: 10,
      least: 0.01,
      most: 5000,
      unit: 'bps',
      meaning: 'levels within this of the mid',
    },
    levels: {
      kind: 'number',
      default: 50,
      least: 1,
      most: 1000,
      isWhole: true,
      unit: 'levels',
      meaning: 'and among so many best ones per side',
    },
    latenessMs: {
      kind: 'number',
      default: DEFAULT_LATENESS_MS,
      least: 0,
      unit: 'ms',
      meaning: 'how long an interval waits for its trades; the value is late by that',
    },
    everyMs: { kind: 'number', default: 1000, least: 0, unit: 'ms', meaning: 'least exchange time between two values' },
    trades: {
      kind: 'choice',
      default: 'trade',
      choices: ['trade', 'rawTrade'],
      meaning: 'which trades are joined: the gap-checked stream, or every single match',
    },
  },
  create(instrument, params) {
    const trades: SignalNeed = params.text('trades') === 'rawTrade' ? 'rawTrade' : 'trade'
    const windowMs = params.number('windowMs')
    const latenessMs = params.number('latenessMs')
    const needs = ['book', trades] as const
    const measure = bookMeasure({ id: ID, instrument, params, needs, unit: 'ratio', windowMs, latenessMs })
    const ledger = new FateLedger({
      windowMs,
      latenessMs,
      bps: params.number('bps'),
      inBase: (quantity, price) => baseQuantity(instrument, quantity, price),
    })
    const signal = new FateSignal(measure, ledger, params)
    return signalOf(measure, (input, outlet) => signal.accept(input, outlet))
  },
}

class FateSignal {
  private readonly measure: Measure
  private readonly ledger: FateLedger
  private readonly levels: number
  private readonly windowUs: number
  private readonly everyUs: number
  /** From when on both streams are whole. */
  private bookSinceUs: number | undefined
  private tradesSinceUs: number | undefined
  private saidUs = Number.NEGATIVE_INFINITY

  constructor(measure: Measure, ledger: FateLedger, params: CheckedParams) {
    this.measure = measure
    this.ledger = ledger
    this.levels = params.number('levels')
    this.windowUs = params.number('windowMs') * 1000
    this.everyUs = params.number('everyMs') * 1000
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    const reception = this.measure.receive(input, outlet)
    switch (reception) {
      case 'gap':
        if (input.kind === 'gap') this.forget(input.channel)
        return
      case 'resync':
        if (input.kind === 'resync' && input.channel === 'book') this.forget('book')
        return
      case 'late':
      case 'data':
        if (input.kind === 'trade') this.trade(input)
        else if (input.kind === 'bookState' && reception === 'data') this.book(input, outlet)
        return
      case 'ignored':
        if (input.kind === 'bookState') this.lose(input.receiveTimeUs, outlet)
        return
      case 'second':
      case 'healing':
      case 'duplicate':
      case 'invalid':
        return
    }
  }

  private trade(trade: Extract<SignalInput, { kind: 'trade' }>): void {
    const timeUs = timeOf(trade)
    this.tradesSinceUs ??= timeUs
    // Retail price improvement orders do not stand in the book.
    const visible = trade.normalQuantity ?? trade.quantity
    const { side, price, quantity } = trade
    this.ledger.trade({ timeUs, side, price, visible, unseen: Math.max(0, quantity - visible) })
  }

  private book(input: BookInput, outlet: SignalOutlet): void {
    const touch = input.book.best()
    const view = input.book.levels(this.levels)
    const { receiveTimeUs } = input
    const timeUs = this.measure.newestUs
    if (touch === undefined || view === undefined) {
      this.lose(receiveTimeUs, outlet)
      return
    }
    if (!isTrustworthy(touch)) {
      this.forget('book')
      this.measure.emit({ timeUs, receiveTimeUs, n: 0, isInvalid: true }, outlet)
      return
    }
    const bookUs = timeOf(input)
    this.bookSinceUs ??= bookUs
    const isSettled = this.ledger.book({ timeUs: bookUs, touch, bids: view.bids, asks: view.asks })
    if (isSettled && this.ledger.untilUs - this.saidUs >= this.everyUs) this.say(receiveTimeUs, outlet)
  }

  private say(receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    const { ledger, measure } = this
    this.saidUs = ledger.untilUs
    const bids = ledger.sumOf('bids')
    const asks = ledger.sumOf('asks')
    const both = { consumed: bids.consumed + asks.consumed, pulled: bids.pulled + asks.pulled }
    const value = pulledShare(both)
    const values = {
      pulledShare: value,
      bidPulledShare: pulledShare(bids),
      askPulledShare: pulledShare(asks),
      ...Object.fromEntries(Object.entries(bids).map(([name, sum]) => [`bid.${name}`, sum] as const)),
      ...Object.fromEntries(Object.entries(asks).map(([name, sum]) => [`ask.${name}`, sum] as const)),
      attributed: true,
      excludedIntervals: ledger.excluded,
    }
    const fromUs = ledger.untilUs - this.windowUs
    const isWhole = isSince(this.bookSinceUs, fromUs) && isSince(this.tradesSinceUs, fromUs)
    const timeUs = epochUs(ledger.untilUs)
    const figures = { timeUs, receiveTimeUs, n: ledger.intervals, values, isWarming: !isWhole }
    measure.emit(value === undefined ? figures : { ...figures, value }, outlet)
  }

  /** The book cannot be read. */
  private lose(receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    if (this.bookSinceUs === undefined) return
    this.forget('book')
    this.measure.emit({ timeUs: this.measure.newestUs, receiveTimeUs, n: 0, isWarming: true }, outlet)
  }

  private forget(channel: string): void {
    this.ledger.clear()
    this.saidUs = Number.NEGATIVE_INFINITY
    this.bookSinceUs = undefined
    if (channel !== 'book') this.tradesSinceUs = undefined
  }
}

function sideFigures(side: 'bid' | 'ask'): readonly Figure[] {
  return [
    numberFigure(`${side}PulledShare`, `Share of the ${side} side.`),
    numberFigure(`${side}.consumed`, 'Taken by trades.', 'base'),
    numberFigure(`${side}.pulled`, 'Withdrawn.', 'base'),
    numberFigure(`${side}.added`, 'New.', 'base'),
    numberFigure(`${side}.hidden`, 'Traded beyond what was visible.', 'base'),
  ]
}

function isSince(sinceUs: number | undefined, fromUs: number): boolean {
  return sinceUs !== undefined && sinceUs <= fromUs
}
