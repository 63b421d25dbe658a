import { DialError, StaleError, type TickwireError } from '../model/error.ts'
import { type DurationMs, type EpochUs, epochUs } from '../model/time.ts'
import type { AttemptBudget } from './attempt-budget.ts'
import { type BackoffRules, DEFAULT_BACKOFF, nextDelay } from './backoff.ts'
import type { Clock } from './clock.ts'
import type { Dial, Socket } from './dial.ts'
import { Heartbeat, type HeartbeatSettings } from './heartbeat.ts'
import type { Random } from './random.ts'

/** A link is always in exactly one of these. */
export type LinkState =
  | { readonly kind: 'connecting'; readonly attempt: number }
  | { readonly kind: 'open' }
  | {
      readonly kind: 'waiting'
      readonly attempt: number
      readonly untilMs: number
      readonly cause: TickwireError | undefined
    }
  | { readonly kind: 'closed' }

export interface ConnectionOptions {
  readonly url: string
  readonly dial: Dial
  readonly clock: Clock
  readonly random: Random
  readonly heartbeat: HeartbeatSettings
  readonly attempts: AttemptBudget
  readonly backoff?: BackoffRules
  /** @default 10000 */
  readonly handshakeTimeoutMs?: DurationMs
  /** @default 16 MiB */
  readonly maxFrameBytes?: number
  /** Good data for this long forgives earlier failures. @default 60000 */
  readonly healthyAfterMs?: DurationMs
}

/** So many answers in a row that there is nothing at the address: an outage says something else. */
const RETIRED_AFTER = 3

/** A socket that ends sooner is no better than one that was refused: the host's budget of fruitless attempts counts it. */
const OF_USE_MS = 10_000

export interface ConnectionHandlers {
  opened(): void
  frame(bytes: Uint8Array, start: number, end: number, receiveTimeUs: EpochUs): void
  /** The open socket is gone; a new attempt follows by itself. */
  lost(cause: TickwireError): void
  stateChanged(state: LinkState): void
}

/**
 * One socket that is opened again for as long as its owner wants it. Everything of one attempt carries that attempt's
 * generation number; what comes late from an older generation is ignored.
 */
export class Connection {
  private readonly options: ConnectionOptions
  private readonly handlers: ConnectionHandlers
  private generation = 0
  private socket: Socket | undefined
  private heartbeat: Heartbeat | undefined
  private timer: Disposable | undefined
  private failures = 0
  /** Attempts in a row that were answered with "not here". */
  private absences = 0
  private dialledMs = 0
  private lastFrameUs = 0
  private readTimeUs: EpochUs = epochUs(0)
  state: LinkState = { kind: 'closed' }
  messages = 0
  /** Pongs of the socket that is open now. */
  pongs = 0
  private pings = 0
  bytes = 0
  reconnects = 0
  lastCause: TickwireError | undefined

  constructor(options: ConnectionOptions, handlers: ConnectionHandlers) {
    this.options = options
    this.handlers = handlers
  }

  get roundTripMs(): DurationMs | undefined {
    return this.heartbeat?.roundTripMs
  }

  /** When the socket that is open now was opened, monotonic; undefined while none is. */
  get openedMs(): number | undefined {
    return this.state.kind === 'open' ? this.heartbeat?.openedMs : undefined
  }

  /** Age of the last message, for display: on the wall clock. */
  get lastMessageAgeMs(): DurationMs | undefined {
    return this.lastFrameUs === 0 ? undefined : Math.max(0, (this.options.clock.nowUs() - this.lastFrameUs) / 1000)
  }

  start(): void {
    if (this.state.kind === 'closed') this.attempt()
  }

  send(text: string): void {
    if (this.state.kind === 'open') this.socket?.send(text)
  }

  /** Gives this socket up at once and dials again; a planned replacement does not count as a failure. */
  replace(cause: TickwireError, isPlanned = false): void {
    if (this.state.kind !== 'open') return
    const socket = this.socket
    const wasOfUse = this.endAttempt()
    socket?.terminate()
    if (isPlanned) this.failures = 0
    else if (!wasOfUse) this.options.attempts.failed(true)
    this.afterLoss(cause, isPlanned)
  }

  /** Pings; the number of pongs that the socket has brought when this one is answered. */
  ping(): number {
    this.socket?.ping()
    return ++this.pings
  }

  /** Pings now; a socket that brings nothing within `withinMs` is replaced. */
  verify(withinMs: DurationMs): void {
    this.heartbeat?.verify(withinMs)
  }

  close(): void {
    if (this.state.kind === 'closed') return
    const socket = this.socket
    const wasOpen = this.state.kind === 'open'
    if (this.state.kind === 'connecting') this.options.attempts.opened()
    this.endAttempt()
    if (wasOpen) socket?.close()
    else socket?.terminate()
    this.setState({ kind: 'closed' })
  }

  private attempt(): void {
    const waitMs = this.options.attempts.take()
    if (waitMs > 0) {
      this.wait(waitMs, this.lastCause)
      return
    }
    const generation = ++this.generation
    this.setState({ kind: 'connecting', attempt: this.failures + 1 })
    const isCurrent = (): boolean => generation === this.generation
    this.dialledMs = this.options.clock.monotonicMs()
    this.armHandshake(isCurrent)
    this.socket = this.options.dial(
      this.options.url,
      {
        opened: () => isCurrent() && this.opened(),
        reading: () => {
          this.readTimeUs = this.options.clock.nowUs()
        },
        frame: (bytes, start, end) => isCurrent() && this.received(bytes, start, end),
        pinged: () => isCurrent() && this.heartbeat?.serverPinged(),
        ponged: () => isCurrent() && this.ponged(),
        closed: cause => isCurrent() && this.closed(cause),
      },
      {
        maxFrameBytes: this.options.maxFrameBytes ?? 16 * 1024 * 1024,
      },
    )
  }

  private armHandshake(isCurrent: () => boolean): void {
    const timeoutMs = this.options.handshakeTimeoutMs ?? 10_000
    this.timer = this.options.clock.setTimer(timeoutMs, () => {
      if (!isCurrent() || this.state.kind !== 'connecting') return
      const { socket } = this
      this.closed(new DialError('timeout', `no WebSocket connection within ${timeoutMs / 1000} s`))
      socket?.terminate()
    })
  }

  private opened(): void {
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
    this.options.attempts.opened()
    this.absences = 0
    const openedInMs = this.options.clock.monotonicMs() - this.dialledMs
    this.heartbeat = new Heartbeat(this.options.clock, this.options.heartbeat, openedInMs, {
      ping: () => this.ping(),
      dead: reason => this.replace(new StaleError(reason)),
      messages: () => this.messages,
    })
    this.setState({ kind: 'open' })
    this.handlers.opened()
  }

  private ponged(): void {
    this.pongs++
    this.heartbeat?.ponged()
  }

  private received(bytes: Uint8Array, start: number, end: number): void {
    this.messages++
    this.bytes += end - start
    this.lastFrameUs = this.readTimeUs
    this.handlers.frame(bytes, start, end, this.readTimeUs)
  }

  private closed(cause: TickwireError): void {
    const wasOpen = this.state.kind === 'open'
    const wasOfUse = this.endAttempt()
    if (!wasOfUse) this.options.attempts.failed(wasOpen)
    if (cause instanceof DialError && cause.retryAfterMs !== undefined) this.options.attempts.block(cause.retryAfterMs)
    if (wasOpen) this.afterLoss(cause, false)
    else this.retry(this.explained(cause))
  }

  /** An address that a venue has retired answers 404 or 410 for ever: that is said in words, and where to look. */
  private explained(cause: TickwireError): TickwireError {
    if (!(cause instanceof DialError) || (cause.status !== 404 && cause.status !== 410)) {
      this.absences = 0
      return cause
    }
    this.absences++
    if (this.absences < RETIRED_AFTER) return cause
    const { stage, status, retryAfterMs, message } = cause
    const times = `${this.absences} times in a row: the venue may have retired this address, or "endpoints" names a wrong one`
    return new DialError(stage, `${message}, ${times}`, { status, retryAfterMs, cause })
  }

  private afterLoss(cause: TickwireError, isPlanned: boolean): void {
    this.reconnects++
    this.lastCause = cause
    this.handlers.lost(cause)
    if (this.state.kind === 'closed') return
    if (isPlanned) this.attempt()
    else this.retry(cause)
  }

  private retry(cause: TickwireError): void {
    this.failures++
    this.lastCause = cause
    const askedMs = cause instanceof DialError ? (cause.retryAfterMs ?? 0) : 0
    this.wait(
      Math.max(askedMs, nextDelay(this.failures, this.options.random, this.options.backoff ?? DEFAULT_BACKOFF)),
      cause,
    )
  }

  private wait(delayMs: DurationMs, cause: TickwireError | undefined): void {
    const untilMs = this.options.clock.monotonicMs() + delayMs
    this.setState({ kind: 'waiting', attempt: this.failures, untilMs, cause })
    this.timer = this.options.clock.setTimer(delayMs, () => this.attempt())
  }

  /** Ends whatever the current generation owns; its late callbacks fall on deaf ears. True when it led to a socket that was of use. */
  private endAttempt(): boolean {
    this.generation++
    const healthyForMs = this.heartbeat?.healthyForMs ?? 0
    if (healthyForMs >= (this.options.healthyAfterMs ?? 60_000)) this.failures = 0
    const wasOfUse = healthyForMs > 0 && this.options.clock.monotonicMs() - (this.openedMs ?? 0) >= OF_USE_MS
    this.heartbeat?.[Symbol.dispose]()
    this.heartbeat = undefined
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
    this.socket = undefined
    return wasOfUse
  }

  private setState(state: LinkState): void {
    this.state = state
    this.handlers.stateChanged(state)
  }
}
