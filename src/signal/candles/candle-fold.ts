import type { Bar, Indicator, IndicatorState } from '../indicator.ts'
import type { Candle } from './candle.ts'

/** An indicator over candles, whatever it reads of them. */
export interface CandleFold {
  readonly name: string
  readonly seen: number
  readonly isConverged: boolean
  commit(candle: Candle): unknown
  preview(candle: Candle): unknown
  snapshot(): IndicatorState
  restore(state: IndicatorState): void
}

/** An indicator of closes, such as `rsi(14)`. */
export function ofCloses(indicator: Indicator<number, unknown>): CandleFold {
  return foldOf(indicator, candle => candle.close)
}

/** An indicator of whole candles, such as `atr(14)`. */
export function ofBars(indicator: Indicator<Bar, unknown>): CandleFold {
  return foldOf(indicator, candle => candle)
}

function foldOf<Input>(indicator: Indicator<Input, unknown>, read: (candle: Candle) => Input): CandleFold {
  return {
    name: indicator.name,
    get seen() {
      return indicator.seen
    },
    get isConverged() {
      return indicator.isConverged
    },
    commit: candle => indicator.commit(read(candle)),
    preview: candle => indicator.preview(read(candle)),
    snapshot: () => indicator.snapshot(),
    restore: state => indicator.restore(state),
  }
}

/** A number, or the figures of an indicator that has several. */
export function figuresOf(output: unknown): Readonly<Record<string, number | undefined>> {
  if (typeof output === 'number') return { value: output }
  if (typeof output !== 'object' || output === null) return {}
  const figures: Record<string, number | undefined> = {}
  for (const [name, part] of Object.entries(output)) if (typeof part === 'number') figures[name] = part
  return figures
}
