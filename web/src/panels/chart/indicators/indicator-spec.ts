import { INDICATOR_KINDS, type IndicatorKind } from './indicator-kinds.ts'

/** An indicator on the chart: its kind and the options in use. */
export interface IndicatorSpec {
  /** As it is stored: `ema 20`, `macd 12 26 9`. */
  readonly text: string
  readonly kind: IndicatorKind
  readonly options: readonly number[]
}

/** Reads a stored indicator; undefined for one that there is not, options that cannot be are replaced by their defaults. */
export function readSpec(text: string): IndicatorSpec | undefined {
  const [id, ...given] = text.split(' ')
  const kind = INDICATOR_KINDS.find(candidate => candidate.id === id)
  if (kind === undefined) return undefined
  const options = kind.options.map((option, index) => {
    const value = Number(given[index])
    return value >= option.least && value <= option.most ? value : option.default
  })
  try {
    kind.create(options)
  } catch {
    return specOf(kind)
  }
  return { text: [kind.id, ...options].join(' '), kind, options }
}

/** An indicator with the options that are usual. */
export function specOf(kind: IndicatorKind): IndicatorSpec {
  const options = kind.options.map(option => option.default)
  return { text: [kind.id, ...options].join(' '), kind, options }
}

/** `EMA 20`. */
export function titleOf({ kind, options }: IndicatorSpec): string {
  return [kind.name, ...options].join(' ')
}
