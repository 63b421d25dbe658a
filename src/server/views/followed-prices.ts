import { ConfigError } from '../../model/error.ts'
import type { MarketEvent } from '../../model/event.ts'
import type { InstrumentId } from '../../model/instrument.ts'
import type { Touch } from './account-rows.ts'
import type { ViewContext } from './view.ts'

const MOST = 100

interface Followed {
  readonly instrument: InstrumentId
  readonly observation: Disposable
}

/** Best and mark prices of the instruments that an account has to do with. */
export class FollowedPrices implements Disposable {
  private readonly context: ViewContext
  private readonly followed = new Map<string, Followed>()
  private readonly touches = new Map<InstrumentId, Touch>()

  constructor(context: ViewContext) {
    this.context = context
  }

  touch(instrument: InstrumentId): Touch | undefined {
    return this.touches.get(instrument)
  }

  /** The feed itself keeps the mark prices that somebody listens to: accounts compute with them. */
  follow(instrument: InstrumentId, channel: 'quote' | 'markPrice'): void {
    const key = `${channel}|${instrument}`
    if (this.followed.has(key) || this.followed.size >= MOST) return
    const onEvent = channel === 'quote' ? (event: MarketEvent) => this.see(instrument, event) : () => undefined
    this.followed.set(key, { instrument, observation: this.observe(instrument, channel, onEvent) })
  }

  /** Lets go of all others. */
  forget(wanted: ReadonlySet<InstrumentId>): void {
    for (const [key, { instrument, observation }] of this.followed) {
      if (wanted.has(instrument)) continue
      observation[Symbol.dispose]()
      this.followed.delete(key)
      this.touches.delete(instrument)
    }
  }

  [Symbol.dispose](): void {
    this.forget(new Set())
  }

  private observe(instrument: InstrumentId, channel: string, onEvent: (event: MarketEvent) => void): Disposable {
    try {
      return this.context.feed.observe({ instruments: [instrument], channels: [channel] }, onEvent)
    } catch (error) {
      // A venue that has no such channel leaves the column empty.
      if (!(error instanceof ConfigError)) throw error
      return { [Symbol.dispose]: () => undefined }
    }
  }

  private see(instrument: InstrumentId, event: MarketEvent): void {
    if (event.kind === 'quote') this.touches.set(instrument, { bid: event.bidPrice, ask: event.askPrice })
    // A price from before a hole says nothing of now.
    else if (event.kind === 'gap' || (event.kind === 'connection' && event.state !== 'delivering'))
      this.touches.delete(instrument)
  }
}
