import type { Logical, UTCTimestamp } from 'lightweight-charts'

/** Seconds since 1970 in UTC, which is what the chart library takes for a time. */
export function stamp(seconds: number): UTCTimestamp {
  return seconds as UTCTimestamp
}

/** Index of a bar, as the chart library wants it. */
export function logical(index: number): Logical {
  return index as Logical
}
