import type { QuoteEvent, TradeEvent } from '../../model/event.ts'
import { type EpochUs, epochUs } from '../../model/time.ts'
import { type Figure, numberFigure } from '../figure.ts'
import { type Measure, timeOf } from '../measure.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { SignalInstrument, SignalKind } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { StepWindow } from '../step-window.ts'
import { MidHistory, markoutBps } from './markout-rule.ts'
import { SizeClasses } from './size-classes.ts'
import { TRADE_PARAMS, TradeSource, tradeMeasure } from './trade-source.ts'

/** Most trades that wait for their horizon. */
const MOST_WAITING = 1_048_576
const SECOND_US = 1_000_000
/** Of a horizon: weight and weighted markout of each class, and how many trades. */
const COLUMNS = 7
const COUNT = 6

/** Who was right: where the mid stood some time after takers traded, weighted by value, by size of the trade. */
export const flowMarkout: SignalKind = {
  id: 'flow.markout',
  meaning: 'How far the mid went the takers’ way after they traded, by size class; told with the delay of the horizon.',
  unit: 'bps',
  needs: ['trade', 'quote'],
  figures: params => horizonsOf(params).flatMap(horizonFigures),
  params: {
    horizonsMs: { kind: 'text', default: '1000,5000,30000,300000', meaning: 'Horizons in ms; the first is the value.' },
    windowMs: { kind: 'number', default: 900_000, least: 1, unit: 'ms', meaning: 'Trades of so long are averaged.' },
    baseline: {
      kind: 'number',
      default: 2000,
      least: 1,
      isWhole: true,
      unit: 'trades',
      meaning: 'Trades before it by which the size of a trade is classed: below p50, to p99, above.',
    },
    ...TRADE_PARAMS,
  },
  create: (instrument, params) => new Markout(instrument, params),
}

interface Waiting {
  readonly timeUs: number
  readonly side: 'buy' | 'sell'
  readonly quote: number
  /** 0 retail, 1 mid, 2 large. */
  readonly size: number
}

interface Horizon {
  readonly ms: number
  readonly us: number
  readonly window: StepWindow
  /** How many of all trades it has judged. */
  judged: number
}

class Markout implements Signal {
  readonly id = 'flow.markout'
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  private readonly measure: Measure
  private readonly source: TradeSource
  private readonly horizons: readonly Horizon[]
  private readonly longestUs: number
  private readonly mids = new MidHistory()
  private readonly sizes: SizeClasses
  private waiting: Waiting[] = []
  /** Trades that have left `waiting`. */
  private gone = 0
  private isVenueTimed = true
  private saidSecond = -1
  private hasNews = false

  constructor(instrument: SignalInstrument, params: CheckedParams) {
    const windowMs = params.number('windowMs')
    this.measure = tradeMeasure(instrument, params, { id: this.id, unit: 'bps', gapPolicy: 'reset', more: ['quote'] })
    this.source = new TradeSource(instrument, params)
    this.instruments = this.measure.setup.instruments
    this.needs = this.measure.setup.needs
    this.params = params.all
    this.sizes = new SizeClasses(params.number('baseline'))
    this.horizons = horizonsOf(params).map(ms => {
      return { ms, us: ms * 1000, window: new StepWindow(windowMs, COLUMNS), judged: 0 }
    })
    this.longestUs = Math.max(...this.horizons.map(horizon => horizon.us))
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    const reception = this.measure.receive(input, outlet)
    if (reception === 'gap') this.reset()
    else if (reception === 'data' && input.kind === 'trade') this.trade(input)
    else if (reception === 'data' && input.kind === 'quote') this.quote(input, outlet)
  }

  private trade(trade: TradeEvent): void {
    const quote = this.source.quote(trade)
    if (!(quote > 0)) return
    const size = this.sizes.classify(quote)
    if (this.waiting.length >= 2 * MOST_WAITING) {
      this.measure.drop()
      return
    }
    // Where quotes carry no time of the venue, both are compared by their receipt.
    const timeUs = this.isVenueTimed ? timeOf(trade) : trade.receiveTimeUs
    this.waiting.push({ timeUs, side: trade.side, quote, size })
  }

  private quote(quote: QuoteEvent, outlet: SignalOutlet): void {
    this.isVenueTimed = quote.exchangeTimeUs !== undefined
    const timeUs = timeOf(quote)
    for (const horizon of this.horizons) this.judge(horizon, timeUs)
    this.release()
    this.mids.add(timeUs, (quote.bidPrice + quote.askPrice) / 2)
    this.mids.forget(timeUs - this.longestUs - 2 * SECOND_US)
    const second = Math.floor(timeUs / SECOND_US)
    if (second === this.saidSecond || !this.hasNews) return
    this.saidSecond = second
    this.hasNews = false
    this.say(timeUs, quote.receiveTimeUs, outlet)
  }

  /** A quote behind the horizon proves which mid was the last one known there. */
  private judge(horizon: Horizon, nowUs: number): void {
    for (;;) {
      const trade = this.waiting[horizon.judged - this.gone]
      if (trade === undefined || trade.timeUs + horizon.us >= nowUs) return
      horizon.judged++
      const then = this.mids.at(trade.timeUs)
      const later = this.mids.at(trade.timeUs + horizon.us)
      const bps = then === undefined || later === undefined ? undefined : markoutBps(trade.side, then, later)
      if (bps === undefined) continue
      const atUs = trade.timeUs + horizon.us
      horizon.window.add(atUs, 2 * trade.size, trade.quote)
      horizon.window.add(atUs, 2 * trade.size + 1, trade.quote * bps)
      horizon.window.add(atUs, COUNT, 1)
      this.hasNews = true
    }
  }

  /** Once half of what is kept has been judged by all: each trade is then moved once, whatever the horizons are. */
  private release(): void {
    let done = this.waiting.length
    for (const horizon of this.horizons) done = Math.min(done, horizon.judged - this.gone)
    if (done < 1024 || 2 * done < this.waiting.length) return
    this.waiting = this.waiting.slice(done)
    this.gone += done
  }

  private say(timeUs: EpochUs, receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    const values: Record<string, number | undefined> = {}
    for (const { ms, window } of this.horizons) {
      window.advance(timeUs)
      const name = nameOf(ms)
      const [retail, mid, large] = [0, 1, 2].map(size => ({
        weight: window.sum(2 * size),
        sum: window.sum(2 * size + 1),
      }))
      values[name] = weighted([retail, mid, large])
      values[`${name}.retail`] = weighted([retail])
      values[`${name}.mid`] = weighted([mid])
      values[`${name}.large`] = weighted([large])
      values[`${name}.n`] = window.sum(COUNT)
    }
    const [first] = this.horizons
    const value = values[nameOf(first?.ms ?? 0)]
    const n = first?.window.sum(COUNT) ?? 0
    this.measure.emit(
      { timeUs: epochUs(timeUs), receiveTimeUs, value, values, n, isWarming: value === undefined },
      outlet,
    )
  }

  private reset(): void {
    this.mids.clear()
    this.waiting = []
    this.gone = 0
    this.hasNews = false
    this.sizes.clear()
    for (const horizon of this.horizons) {
      horizon.judged = 0
      horizon.window.clear()
    }
  }
}

function weighted(
  parts: readonly ({ readonly weight: number; readonly sum: number } | undefined)[],
): number | undefined {
  let weight = 0
  let sum = 0
  for (const part of parts) {
    weight += part?.weight ?? 0
    sum += part?.sum ?? 0
  }
  return weight > 0 ? sum / weight : undefined
}

/** @throws ConfigError for anything but whole milliseconds */
function horizonsOf(params: CheckedParams): readonly number[] {
  const horizons = params
    .text('horizonsMs')
    .split(',')
    .map(part => Number(part.trim()))
  if (horizons.every(ms => Number.isSafeInteger(ms) && ms > 0) && new Set(horizons).size === horizons.length)
    return horizons
  return params.refuse('horizonsMs', 'whole milliseconds such as "1000,5000"')
}

/** `m1s`, `m0.5s`. */
function nameOf(horizonMs: number): string {
  return `m${horizonMs / 1000}s`
}

function horizonFigures(ms: number): readonly Figure[] {
  const name = nameOf(ms)
  const after = `after ${ms / 1000} s`
  return [
    numberFigure(name, `Of all trades, ${after}.`),
    numberFigure(`${name}.retail`, `Of trades below the median size, ${after}.`),
    numberFigure(`${name}.mid`, `Of trades from the median to the 99th percentile, ${after}.`),
    numberFigure(`${name}.large`, `Of trades above the 99th percentile, ${after}.`),
    numberFigure(`${name}.n`, `Trades judged ${after}.`, 'trades'),
  ]
}
