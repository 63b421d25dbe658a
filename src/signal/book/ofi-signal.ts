import { baseQuantity } from '../../model/instrument.ts'
import { type Figure, numberFigure } from '../figure.ts'
import type { Signal } from '../signal.ts'
import type { SignalInstrument, SignalKind } from '../signal-kind.ts'
import type { CheckedParams, ParamSpec } from '../signal-params.ts'
import { bookMeasure, signalOf } from './book-measure.ts'
import { touchAt } from './order-flow.ts'
import { MultiLevelFlowWindow, OrderFlowWindow } from './order-flow-window.ts'
import type { Touch } from './touch.ts'
import { touchNeeds } from './touch-gauge.ts'
import { isBroken, type TouchInput, TouchReader } from './touch-reader.ts'

const WINDOW: ParamSpec = {
  kind: 'number',
  default: 10_000,
  least: 1,
  unit: 'ms',
  meaning: 'the sum is taken over (t - window, t]',
}

const FIGURES: readonly Figure[] = [
  numberFigure('ofi', 'The pressure.'),
  numberFigure('averageDepth', 'Mean quantity at the best prices.'),
  numberFigure('normalised', 'Pressure in units of that depth.', 'depths'),
]

/** Σ e of every change of the best quotes over a window (Cont, Kukanov, Stoikov 2014), and in units of the average depth. */
export const bookOfi: SignalKind = {
  id: 'book.ofi',
  meaning:
    'Pressure: what was added to the bid and taken from the ask, less the reverse, in the same interval; no forecast.',
  unit: 'base',
  needs: ['quote'],
  figures: FIGURES,
  params: { windowMs: WINDOW },
  create: (instrument, params) => ofiSignal('book.ofi', 'quote', instrument, params),
}

/** The same from a book that is seen at its updates only: a different, smaller number under a name of its own. */
export const bookOfiSampled: SignalKind = {
  id: 'book.ofi.sampled',
  meaning: 'Pressure as book.ofi, but of the book at its updates: changes that cancel out in between are not seen.',
  unit: 'base',
  needs: ['book'],
  figures: FIGURES,
  params: { windowMs: WINDOW },
  create: (instrument, params) => ofiSignal('book.ofi.sampled', 'book', instrument, params),
}

/** e at each of the best levels, and their sum weighted by rank and average depth (Xu et al. 2018; Cont et al. 2023). */
export const bookMlofi: SignalKind = {
  id: 'book.mlofi',
  meaning: 'Pressure at each of the best levels, weighted by rank, in units of the depth that usually rests there.',
  unit: 'depths',
  needs: ['book'],
  figures: params => [
    numberFigure('weighted', 'Sum over the levels, weighted by rank and usual depth.'),
    ...Array.from({ length: params.number('levels') }, (_, at) => {
      return numberFigure(`level${at + 1}`, `Pressure at level ${at + 1}.`, 'base')
    }),
  ],
  params: {
    windowMs: WINDOW,
    levels: {
      kind: 'number',
      default: 5,
      least: 1,
      most: 50,
      isWhole: true,
      unit: 'levels',
      meaning: 'levels per side',
    },
  },
  create: mlofiSignal,
}

function ofiSignal(id: string, from: TouchInput, instrument: SignalInstrument, params: CheckedParams): Signal {
  const windowMs = params.number('windowMs')
  const measure = bookMeasure({ id, instrument, params, needs: touchNeeds(from), unit: 'base', windowMs })
  const reader = new TouchReader(measure, from)
  const flow = new OrderFlowWindow(windowMs)
  return signalOf(measure, (input, outlet) => {
    const news = reader.read(input, outlet)
    if (isBroken(news)) flow.clear()
    if (news.kind !== 'touch') return
    const { timeUs, receiveTimeUs } = news
    flow.add(timeUs, inBase(news, instrument))
    const value = flow.sum
    const values = { ofi: value, averageDepth: flow.averageDepth, normalised: flow.normalised }
    const isWarming = measure.isIncomplete(timeUs - windowMs * 1000, timeUs)
    measure.emit({ timeUs, receiveTimeUs, n: flow.count, value, values, isWarming }, outlet)
  })
}

function mlofiSignal(instrument: SignalInstrument, params: CheckedParams): Signal {
  const windowMs = params.number('windowMs')
  const count = params.number('levels')
  const measure = bookMeasure({ id: 'book.mlofi', instrument, params, needs: ['book'], unit: 'depths', windowMs })
  const reader = new TouchReader(measure, 'book')
  const flow = new MultiLevelFlowWindow(windowMs, count)
  const ranks = Array.from({ length: count }, (_, level) => level)
  return signalOf(measure, (input, outlet) => {
    const news = reader.read(input, outlet)
    if (isBroken(news)) flow.clear()
    if (news.kind !== 'touch' || input.kind !== 'bookState') return
    const view = input.book.levels(count)
    if (view === undefined) return
    const { timeUs, receiveTimeUs } = news
    flow.add(
      timeUs,
      ranks.map(level => {
        const touch = touchAt(view.bids, view.asks, level)
        return touch === undefined ? undefined : inBase(touch, instrument)
      }),
    )
    const value = flow.weighted
    const values = Object.fromEntries(flow.vector.map((sum, level) => [`level${level + 1}`, sum] as const))
    const isWarming = value === undefined || measure.isIncomplete(timeUs - windowMs * 1000, timeUs)
    measure.emit(
      { timeUs, receiveTimeUs, n: flow.count, value, values: { weighted: value, ...values }, isWarming },
      outlet,
    )
  })
}

function inBase(touch: Touch, instrument: SignalInstrument): Touch {
  const { bidPrice, bidQuantity, askPrice, askQuantity } = touch
  return {
    bidPrice,
    bidQuantity: baseQuantity(instrument, bidQuantity, bidPrice),
    askPrice,
    askQuantity: baseQuantity(instrument, askQuantity, askPrice),
  }
}
