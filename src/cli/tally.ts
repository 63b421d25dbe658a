import type { MarketEvent } from '../model/event.ts'
import type { Context } from './context.ts'
import { EXIT, type ExitCode } from './exit.ts'
import type { TroubleWatch } from './trouble-watch.ts'

/** What a command has printed, and what that means for its exit code. */
export class Tally {
  /** Data events so far: what `--count` counts. */
  data = 0
  private wasAcknowledged = false
  private readonly gaps = new Map<string, number>()

  /**
   * What `--strict` judges: gaps that nothing made good. A missing trade stays missing until it is healed from REST; a book
   * is whole again with its resync.
   */
  get unhealedGaps(): number {
    return [...this.gaps.values()].reduce((sum, count) => sum + count, 0)
  }

  see(event: MarketEvent): void {
    switch (event.kind) {
      case 'connection':
        this.wasAcknowledged ||= event.state === 'subscribed' || event.state === 'delivering'
        return
      case 'resync':
        this.gaps.delete(keyOf(event))
        return
      case 'gap':
        if (!event.healed) this.gaps.set(keyOf(event), (this.gaps.get(keyOf(event)) ?? 0) + 1)
        return
      default:
        this.data++
    }
  }

  /**
   * 3 for an unhealed gap under `--strict`; 1 when the venue refused everything, or when `--for` went by without a
   * subscription being acknowledged (`needsData`: without a single event); 0 otherwise. Ctrl-C is no failure.
   */
  exitCode(context: Context, trouble: TroubleWatch, needsData = false): ExitCode {
    if (context.isStrict && this.unhealedGaps > 0) return EXIT.gap
    if (this.data > 0 || (this.wasAcknowledged && !needsData && !trouble.isHopeless)) return EXIT.ok
    if (!trouble.isHopeless && !context.isTimeUp()) return EXIT.ok
    context.log.error(`nothing was received: ${trouble.lastReason ?? 'no connection was made in this time'}`)
    return EXIT.failed
  }
}

function keyOf(event: { readonly instrument: string; readonly channel: string }): string {
  return `${event.instrument}|${event.channel}`
}
