import { symbolOf, venueOf } from '../../model/instrument.ts'
import { monthOf } from '../statistics/calendar.ts'
import type { Outcome } from './outcomes.ts'
import { type Result, type ResultOptions, resultOf } from './result.ts'

/** The same result of a part of the onsets. */
export interface Part {
  readonly by: 'month' | 'symbol' | 'data'
  readonly name: string
  readonly result: Result
}

/** By month, by symbol, and by whether anything was missing in what the signal or the trade rests on. */
export function partsOf(
  outcomes: readonly Outcome[],
  latencyMs: number,
  horizonMs: number,
  options: ResultOptions,
): readonly Part[] {
  const names = {
    month: (each: Outcome): string => monthOf(each.onset.availableUs),
    symbol: (each: Outcome): string => `${symbolOf(each.instrument)} (${venueOf(each.instrument)})`,
    data: (each: Outcome): string => (hasGap(each) ? 'with gaps' : 'without gaps'),
  }
  const own = outcomes.filter(each => each.latencyMs === latencyMs && each.horizonMs === horizonMs)
  return (['month', 'symbol', 'data'] as const).flatMap(by =>
    [...new Set(own.map(names[by]))].sort().map(name => {
      const part = own.filter(each => names[by](each) === name)
      return { by, name, result: resultOf(part, latencyMs, horizonMs, options) }
    }),
  )
}

function hasGap({ onset, trade }: Outcome): boolean {
  return onset.hasGap || trade === 'gap' || (typeof trade === 'object' && trade.hasGap)
}
