const UNIT_SECONDS = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
])

/** Length of a candle in seconds; undefined for calendar months and names that are none. */
export function intervalSeconds(interval: string): number | undefined {
  const match = /^(\d{1,4})([smhdw])$/.exec(interval)
  const unit = UNIT_SECONDS.get(match?.[2] ?? '')
  return unit === undefined ? undefined : Number(match?.[1]) * unit
}
