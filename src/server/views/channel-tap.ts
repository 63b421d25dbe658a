import { ConfigError, errorLine } from '../../model/error.ts'
import type { ConnectionState, DataEvent, GapEvent, MarketEvent } from '../../model/event.ts'
import type { InstrumentId } from '../../model/instrument.ts'
import type { Observation } from '../../model/subscribe.ts'
import type { GapSpan } from '../protocol.ts'
import type { ViewContext } from './view.ts'

/** A gap is shown for at least this long, however soon the stream is whole again. */
const GAP_SHOWN_MS = 3000
const SPACING_WEIGHT = 0.05

export interface TapHandlers {
  onData(event: DataEvent): void
  /** Something is missing and was not healed; `span` is the interval in time. */
  onGap?(gap: GapEvent, span: GapSpan): void
}

/** One channel of one instrument as a view hears it: the events, and what is known about their continuity and age. */
export class ChannelTap implements Disposable {
  readonly instrument: InstrumentId
  readonly channel: string
  /** Why the venue has no such channel here. */
  unsupported: string | undefined
  /** Why the subscription failed. */
  failure: string | undefined
  events = 0
  /** Receipt of the last event. */
  lastEventUs = 0
  lastEventMs: number
  /** Usual time between events; undefined until some were seen. */
  spacingMs: number | undefined
  connection: ConnectionState | undefined
  gap: GapSpan | undefined
  private readonly context: ViewContext
  private readonly handlers: TapHandlers
  private readonly observation: Observation | undefined
  /** The venue's time of the last event. */
  private lastVenueUs = 0
  private gapShownUntilMs = 0
  private isDisposed = false

  constructor(context: ViewContext, instrument: InstrumentId, channel: string, handlers: TapHandlers) {
    this.context = context
    this.instrument = instrument
    this.channel = channel
    this.handlers = handlers
    this.lastEventMs = context.clock.monotonicMs()
    this.observation = this.open()
  }

  /** The gap to be shown now. */
  shownGap(nowMs: number): GapSpan | undefined {
    return nowMs < this.gapShownUntilMs ? this.gap : undefined
  }

  [Symbol.dispose](): void {
    this.isDisposed = true
    this.observation?.[Symbol.dispose]()
  }

  private open(): Observation | undefined {
    const { feed } = this.context
    try {
      const request = { instruments: [this.instrument], channels: [this.channel] }
      const observation = feed.observe(request, event => this.accept(event))
      observation.ready.catch((error: unknown) => this.refused(error))
      return observation
    } catch (error) {
      this.refused(error)
      return undefined
    }
  }

  private refused(error: unknown): void {
    if (this.isDisposed) return
    if (error instanceof ConfigError) this.unsupported = error.message
    else this.failure = errorLine(error)
  }

  private accept(event: MarketEvent): void {
    if (this.isDisposed) return
    switch (event.kind) {
      case 'gap':
        this.context.incidents.observe(event)
        if (!event.healed) this.interrupted(event)
        return
      case 'resync':
        this.context.incidents.observe(event)
        return
      case 'connection':
        this.context.incidents.observe(event)
        this.connection = event.state
        return
      default:
        this.touch(event)
        this.handlers.onData(event)
    }
  }

  private touch(event: DataEvent): void {
    const nowMs = this.context.clock.monotonicMs()
    if (this.events > 0) {
      const spacing = Math.min(60_000, nowMs - this.lastEventMs)
      this.spacingMs =
        this.spacingMs === undefined ? spacing : this.spacingMs + (spacing - this.spacingMs) * SPACING_WEIGHT
    }
    this.events++
    this.lastEventMs = nowMs
    this.lastEventUs = event.receiveTimeUs
    this.lastVenueUs = event.exchangeTimeUs ?? event.receiveTimeUs
    this.failure = undefined
  }

  private interrupted(event: GapEvent): void {
    const detail = event.from === undefined ? undefined : `${event.from}–${event.to ?? '?'}`
    // In the venue's time, in which candles and prints are shown: a recording is years away from our clock.
    const isFirst = this.lastEventUs === 0
    const fromUs = isFirst ? event.receiveTimeUs : this.lastVenueUs
    const lengthUs = isFirst ? 0 : Math.max(0, event.receiveTimeUs - this.lastEventUs)
    this.gap = { fromUs, toUs: fromUs + lengthUs, reason: event.reason, detail }
    this.gapShownUntilMs = this.context.clock.monotonicMs() + GAP_SHOWN_MS
    this.handlers.onGap?.(event, this.gap)
  }
}
