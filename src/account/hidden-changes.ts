import type { AccountDataEvent, AccountGapEvent } from '../model/account-event.ts'
import type { DurationMs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'

/** What the stream has not told by then, it does not tell. */
const TOLD_WITHIN_US = 5_000_000
/** What happens while a connection settles may fall between both. */
const SETTLING_US = 2_000_000
/** A stream that goes on leaving something out is not replaced more often. */
const DISTRUST_EVERY_MS: DurationMs = 60_000

/** Notices what happened while the stream was connected, and was found by comparing only: that stream is not to be relied on. */
export class HiddenChanges {
  private readonly clock: Clock
  private confirmedUs = Number.POSITIVE_INFINITY
  private found: string | undefined
  private distrustedMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** @param serverUs the venue's time */
  confirmed(serverUs: number): void {
    this.confirmedUs = serverUs
    this.found = undefined
  }

  doubtful(): void {
    this.confirmedUs = Number.POSITIVE_INFINITY
  }

  /** @param isSilent nothing has come by the stream: then a total that moved says enough, which may have other reasons otherwise */
  look(events: readonly (AccountDataEvent | AccountGapEvent)[], serverUs: number, isSilent: boolean): void {
    for (const event of events) {
      const isOfTrading = event.kind === 'fill' || event.kind === 'order' || event.kind === 'position'
      if (!isOfTrading && !(isSilent && event.kind === 'balance')) continue
      const atUs = event.exchangeTimeUs ?? 0
      const isHidden = atUs > this.confirmedUs + SETTLING_US && atUs < serverUs - TOLD_WITHIN_US
      if (isHidden) this.found ??= `${event.kind} of ${event.kind === 'balance' ? event.asset : event.instrument}`
    }
  }

  /** What was found, once, and not too often. */
  take(): string | undefined {
    const { found } = this
    this.found = undefined
    const nowMs = this.clock.monotonicMs()
    if (found === undefined || nowMs - this.distrustedMs < DISTRUST_EVERY_MS) return undefined
    this.distrustedMs = nowMs
    return found
  }
}
