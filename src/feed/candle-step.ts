const SECOND_US = 1_000_000

const UNITS_US: Readonly<Record<string, number>> = {
  s: SECOND_US,
  m: 60 * SECOND_US,
  h: 3600 * SECOND_US,
  d: 86_400 * SECOND_US,
  w: 7 * 86_400 * SECOND_US,
}

/** Microseconds from one candle to the next; undefined for months and for what nobody knows. */
export function candleStepUs(interval: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d{1,4})([smhdw])$/.exec(interval) ?? []
  const unitUs = UNITS_US[unit]
  return unitUs === undefined || Number(count) === 0 ? undefined : Number(count) * unitUs
}
