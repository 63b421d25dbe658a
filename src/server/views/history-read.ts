import { ConfigError, errorLine } from '../../model/error.ts'
import type { Clock } from '../../net/clock.ts'

const RETRY_MS = 30_000

export interface HistoryReadOptions<T> {
  readonly clock: Clock
  readonly read: () => Promise<T>
  /** Called with every answer, and with every failure. */
  readonly onChange: () => void
}

/** Something of the past that REST tells: asked for when it is wanted, again after a failure, never twice at once. */
export class HistoryRead<T> implements Disposable {
  value: T | undefined
  /** Why there is none, or no newer one; undefined after an answer. */
  reason: string | undefined
  private readonly options: HistoryReadOptions<T>
  private timer: Disposable | undefined
  private isBusy = false
  private isDisposed = false

  constructor(options: HistoryReadOptions<T>) {
    this.options = options
  }

  /** Asks after so long; a later call takes the place of one that waits. */
  ask(afterMs = 0): void {
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
    if (this.isDisposed) return
    if (afterMs > 0) {
      this.timer = this.options.clock.setTimer(afterMs, () => this.ask())
      return
    }
    if (this.isBusy) return
    this.isBusy = true
    this.run().catch((error: unknown) => this.failed(error))
  }

  [Symbol.dispose](): void {
    this.isDisposed = true
    this.timer?.[Symbol.dispose]()
  }

  private async run(): Promise<void> {
    const value = await this.options.read()
    this.isBusy = false
    if (this.isDisposed) return
    this.value = value
    this.reason = undefined
    this.options.onChange()
  }

  private failed(error: unknown): void {
    this.isBusy = false
    if (this.isDisposed) return
    this.reason = errorLine(error)
    this.options.onChange()
    // What the venue does not have at all is not asked for again.
    if (!(error instanceof ConfigError)) this.ask(RETRY_MS)
  }
}
