import type { DurationMs } from '../../model/time.ts'
import type { AlertFire } from '../alert-event.ts'
import type { Pace } from './pace.ts'

/** What became of one attempt. `status` is that of HTTP, 0 where no answer came. */
export type Attempt =
  | { readonly kind: 'delivered'; readonly status: number }
  | {
      readonly kind: 'failed'
      readonly status: number
      /** One line without secrets and without the body of the answer. */
      readonly reason: string
      /** Nothing that is tried again would help. */
      readonly isFinal: boolean
      readonly retryAfterMs?: DurationMs | undefined
    }

/** A place where alerts go. */
export interface AlertChannel {
  readonly name: string
  readonly type: string
  /** How often it may be used; a channel with one gets a digest of what had to wait. */
  readonly pace?: Pace | undefined
  /** Sends one alert, or a digest of several. It throws nothing. */
  deliver(fires: readonly AlertFire[], signal: AbortSignal): Promise<Attempt>
}

/** Several alerts in one text: `3 alerts in 12 s: …`. */
export function digestText(fires: readonly AlertFire[]): string {
  const [first] = fires
  if (fires.length <= 1 || first === undefined) return first === undefined ? '' : plainText(first)
  const times = fires.map(({ firedUs }) => firedUs)
  const seconds = Math.max(1, Math.round((Math.max(...times) - Math.min(...times)) / 1_000_000))
  const lines = fires.slice(0, MOST_LINES).map(fire => `• ${plainText(fire)}`)
  const more = fires.length > MOST_LINES ? [`• and ${fires.length - MOST_LINES} more`] : []
  return [`${fires.length} alerts in ${seconds} s:`, ...lines, ...more].join('\n')
}

const MOST_LINES = 20

export function plainText(fire: AlertFire): string {
  const test = fire.isTest === true ? '[TEST] ' : ''
  const kept = fire.suppressed > 0 ? ` (${fire.suppressed} more kept back)` : ''
  return `${test}${fire.message}${kept}`
}
