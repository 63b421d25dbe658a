import { numberFigure } from '../figure.ts'
import type { Measure } from '../measure.ts'
import type { Signal, SignalNeed } from '../signal.ts'
import type { ParamSpec } from '../signal-params.ts'
import type { Reading } from './book-gauge.ts'
import { signalOf } from './book-measure.ts'
import type { Touch } from './touch.ts'
import { type TouchInput, TouchReader } from './touch-reader.ts'

/** The option that says where best prices come from. */
export const TOUCH_INPUT: ParamSpec = {
  kind: 'choice',
  default: 'quote',
  choices: ['quote', 'book'],
  meaning: 'where best prices come from: every change of them, or the maintained book at its updates',
}

export const MID_FIGURE = numberFigure('mid', 'Mean of best bid and ask.', 'price')

export function touchInput(params: { text(name: string): string }): TouchInput {
  return params.text('input') === 'book' ? 'book' : 'quote'
}

export function touchNeeds(input: TouchInput): readonly SignalNeed[] {
  return [input]
}

/** One value per change of the best prices, and nothing kept from one to the next. */
export function touchGauge(measure: Measure, input: TouchInput, read: (touch: Touch) => Reading): Signal {
  const reader = new TouchReader(measure, input)
  return signalOf(measure, (event, outlet) => {
    const news = reader.read(event, outlet)
    if (news.kind !== 'touch') return
    const { timeUs, receiveTimeUs } = news
    measure.emit({ timeUs, receiveTimeUs, n: 1, ...read(news) }, outlet)
  })
}
