import type { DurationMs } from '../model/time.ts'
import type { Clock } from './clock.ts'

interface Paced {
  readonly message: string
  readonly onSent: (() => void) | undefined
}

/** Sends queued messages at a steady pace and never in a burst; the queue dies with its connection. */
export class Pacer {
  private readonly clock: Clock
  private readonly spacingMs: DurationMs
  private readonly send: (message: string) => void
  private queue: Paced[] = []
  private nextAtMs = Number.NEGATIVE_INFINITY
  private timer: Disposable | undefined

  constructor(clock: Clock, perSecond: number, send: (message: string) => void) {
    this.clock = clock
    this.spacingMs = 1000 / perSecond
    this.send = send
  }

  /** `onSent` is called when the message leaves: deadlines count from there, not from the queue. */
  push(message: string, onSent?: () => void): void {
    this.queue.push({ message, onSent })
    this.pump()
  }

  clear(): void {
    this.queue = []
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
  }

  private pump(): void {
    if (this.timer !== undefined) return
    const waitMs = this.nextAtMs - this.clock.monotonicMs()
    if (waitMs > 0) {
      this.timer = this.clock.setTimer(waitMs, () => {
        this.timer = undefined
        this.pump()
      })
      return
    }
    const next = this.queue.shift()
    if (next === undefined) return
    this.nextAtMs = this.clock.monotonicMs() + this.spacingMs
    this.send(next.message)
    next.onSent?.()
    this.pump()
  }
}
