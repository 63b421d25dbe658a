import { ConfigError } from '../model/error.ts'
import { type DurationMs, type EpochUs, epochUs } from '../model/time.ts'

const WEEK_MS = 7 * 86_400_000
/** 1970-01-01 was a Thursday: weeks begin on the Monday after. */
const FIRST_MONDAY_US = 4 * 86_400_000_000

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: WEEK_MS }

/** Time in slices `[k × size, (k + 1) × size)`, counted from 1970; whole weeks begin on Monday 00:00 UTC. */
export class TimeBuckets {
  readonly sizeUs: number
  private readonly offsetUs: number

  /** @throws ConfigError for a size that is not a whole number of milliseconds above 0 */
  constructor(sizeMs: DurationMs) {
    if (!(Number.isSafeInteger(sizeMs) && sizeMs > 0)) {
      throw new ConfigError(`bucketMs must be a whole number of milliseconds above 0, was ${sizeMs}.`)
    }
    this.sizeUs = sizeMs * 1000
    this.offsetUs = sizeMs % WEEK_MS === 0 ? FIRST_MONDAY_US : 0
  }

  /** When the slice that `timeUs` lies in began. */
  openOf(timeUs: number): EpochUs {
    const { sizeUs, offsetUs } = this
    return epochUs(Math.floor((timeUs - offsetUs) / sizeUs) * sizeUs + offsetUs)
  }
}

/** Length of `<n><s|m|h|d|w>`. @throws ConfigError for another text, such as a month, which has no fixed length */
export function intervalMs(interval: string): DurationMs {
  const [, count = '', unit = ''] = /^([1-9]\d{0,4})([smhdw])$/.exec(interval) ?? []
  const unitMs = UNITS_MS[unit]
  if (unitMs === undefined) {
    throw new ConfigError(`interval must look like "1s", "5m", "4h", "1d" or "1w", was "${interval}".`)
  }
  return Number(count) * unitMs
}
