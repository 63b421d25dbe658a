import { errorLine } from '../model/error.ts'
import type { Clock } from '../net/clock.ts'
import type { PollSpec } from '../venue/adapter.ts'
import { PRIORITY, type RestClient } from './rest-client.ts'
import { Topic } from './topic.ts'

/** Asks again and again for what the venue has no stream for, and publishes what changed. */
export class Poller {
  readonly spec: PollSpec
  readonly topic: Topic
  events = 0
  lastEventUs = 0
  reason: string | undefined
  private readonly rest: RestClient
  private readonly clock: Clock
  private readonly controller = new AbortController()
  private timer: Disposable | undefined
  private firstAnswer: (() => void) | undefined
  /** Resolves at the first answer, good or bad. */
  readonly answered: Promise<void>

  constructor(spec: PollSpec, rest: RestClient, clock: Clock) {
    this.spec = spec
    this.topic = new Topic(`poll|${spec.channel}|${spec.instrument}`, spec.instrument, spec.channel)
    this.rest = rest
    this.clock = clock
    this.answered = new Promise(resolve => {
      this.firstAnswer = resolve
    })
  }

  start(): void {
    void this.ask()
  }

  stop(): void {
    this.controller.abort()
    this.timer?.[Symbol.dispose]()
    this.firstAnswer?.()
  }

  private async ask(): Promise<void> {
    try {
      const events = await this.rest.call(this.spec.endpoint, undefined, PRIORITY.poll, this.controller.signal)
      this.reason = undefined
      for (const event of events) {
        this.events++
        this.lastEventUs = event.receiveTimeUs
        this.topic.publish(event)
      }
    } catch (error) {
      // The next round asks again; until then the reason stands in the status.
      this.reason = errorLine(error)
    }
    this.firstAnswer?.()
    if (this.controller.signal.aborted) return
    this.timer = this.clock.setTimer(this.spec.everyMs, () => void this.ask())
  }
}
