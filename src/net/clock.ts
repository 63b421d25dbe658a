import type { DurationMs, EpochUs } from '../model/time.ts'
import { epochUs } from '../model/time.ts'

/** Every wait and every stamp goes through this, so that hours can pass in a test within a second. */
export interface Clock {
  /** Wall clock, for stamps only. */
  nowUs(): EpochUs
  /** Monotonic milliseconds, for every duration. */
  monotonicMs(): number
  /** Calls `fn` once after `delayMs`. Disposing before that cancels it. */
  setTimer(delayMs: DurationMs, fn: () => void): Disposable
}

/** Wall time at monotonic zero; looked at again every second, so that a stepped system clock is followed. */
let originUs = 0
let anchoredAtMs = Number.NEGATIVE_INFINITY

function anchor(monotonicMs: number): void {
  anchoredAtMs = monotonicMs
  const measuredUs = (Date.now() - monotonicMs) * 1000
  // Date.now() is cut to the millisecond: keep the finer origin while both agree to within one.
  if (Math.abs(measuredUs - originUs) > 1500) {
    const fineUs = performance.timeOrigin * 1000
    originUs = Math.abs(measuredUs - fineUs) > 1500 ? measuredUs : fineUs
  }
}

export const systemClock: Clock = {
  nowUs() {
    const monotonicMs = performance.now()
    if (monotonicMs - anchoredAtMs > 1000) anchor(monotonicMs)
    return epochUs(Math.round(originUs + monotonicMs * 1000))
  },
  monotonicMs: () => performance.now(),
  setTimer(delayMs, fn) {
    const timer = setTimeout(fn, delayMs)
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}

/** Resolves after `delayMs`, or at once when aborted: the caller looks at the signal. */
export function sleep(clock: Clock, delayMs: DurationMs, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve()
    const onAbort = (): void => {
      timer[Symbol.dispose]()
      resolve()
    }
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
