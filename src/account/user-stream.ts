import { type AuthError, StaleError } from '../model/error.ts'
import type { DurationMs, EpochUs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'
import { RecentMessages } from './recent-messages.ts'
import type { UpdatesMessage, UserSocket, UserSocketHandlers } from './user-socket.ts'

export interface UserStreamOptions {
  readonly clock: Clock
  readonly open: (handlers: UserSocketHandlers) => UserSocket
  /** The age at which a socket is replaced before the venue ends it. */
  readonly rotationAgeMs: () => DurationMs
}

export interface UserStreamHandlers {
  confirmed(): void
  doubtful(cause: string): void
  updates(message: UpdatesMessage, receiveTimeUs: EpochUs): void
  unreadable(reason: string): void
  refused(error: AuthError): void
  trouble(message: string): void
}

/** Both sockets stay open for so long, so that what the old one still brings is not lost. */
const OVERLAP_MS = 5000
/** A successor that is not confirmed by then is given up; another one follows later. */
const SUCCESSOR_WITHIN_MS = 30_000
const SUCCESSOR_AGAIN_MS = 60_000

/**
 * The user stream over its sockets: one, and while it is replaced by plan a second one, which is confirmed before the first
 * is closed. What both bring is told once.
 */
export class UserStream {
  private readonly options: UserStreamOptions
  private readonly handlers: UserStreamHandlers
  private readonly recent: RecentMessages
  private current: UserSocket | undefined
  private successor: UserSocket | undefined
  private rotateTimer: Disposable | undefined
  private handoverTimer: Disposable | undefined
  private isClosed = false

  constructor(options: UserStreamOptions, handlers: UserStreamHandlers) {
    this.options = options
    this.handlers = handlers
    this.recent = new RecentMessages(options.clock)
  }

  get isConfirmed(): boolean {
    return this.current?.isConfirmed ?? false
  }

  /** Messages of the socket since it was confirmed. */
  get updates(): number {
    return this.current?.updates ?? 0
  }

  /** How long the socket has been open. */
  get ageMs(): DurationMs {
    const openedMs = this.current?.openedMs
    return openedMs === undefined ? 0 : this.options.clock.monotonicMs() - openedMs
  }

  get sockets(): readonly UserSocket[] {
    return [this.current, this.successor].filter(socket => socket !== undefined)
  }

  start(): void {
    this.current = this.openSocket()
    this.current.start()
  }

  verify(withinMs: DurationMs): void {
    for (const socket of this.sockets) socket.verify(withinMs)
  }

  /** It is confirmed and yet did not tell what REST knows. */
  distrust(reason: string): void {
    this.dropSuccessor()
    this.current?.distrust(new StaleError(reason))
  }

  close(): void {
    this.isClosed = true
    this.rotateTimer?.[Symbol.dispose]()
    this.handoverTimer?.[Symbol.dispose]()
    for (const socket of this.sockets) socket.close()
    this.current = undefined
    this.successor = undefined
  }

  private openSocket(): UserSocket {
    return this.options.open({
      confirmed: socket => this.confirmed(socket),
      doubtful: (socket, cause) => this.doubtful(socket, cause),
      updates: (_, message, receiveTimeUs) => {
        if (this.recent.isNew(message)) this.handlers.updates(message, receiveTimeUs)
      },
      goingAway: socket => {
        if (socket === this.current) this.rotate()
      },
      unreadable: (_, reason) => this.handlers.unreadable(reason),
      refused: error => this.handlers.refused(error),
      trouble: message => this.handlers.trouble(message),
    })
  }

  private confirmed(socket: UserSocket): void {
    if (socket === this.successor) {
      this.schedule(OVERLAP_MS, () => this.handOver())
      return
    }
    this.scheduleRotation(this.options.rotationAgeMs())
    this.handlers.confirmed()
  }

  private doubtful(socket: UserSocket, cause: string): void {
    if (this.isClosed) return
    if (socket === this.successor) {
      this.schedule(SUCCESSOR_WITHIN_MS, () => this.giveUpSuccessor())
      return
    }
    if (socket !== this.current) return
    // The one that was to follow does so now; what came to the end between both is found by comparing.
    const { successor } = this
    if (successor === undefined) {
      this.handlers.doubtful(cause)
      return
    }
    this.handoverTimer?.[Symbol.dispose]()
    this.successor = undefined
    this.current = successor
    socket.close()
    this.handlers.doubtful(cause)
    if (successor.isConfirmed) this.confirmed(successor)
  }

  private scheduleRotation(ageMs: DurationMs): void {
    this.rotateTimer?.[Symbol.dispose]()
    this.rotateTimer = this.options.clock.setTimer(ageMs, () => this.rotate())
  }

  private rotate(): void {
    if (this.successor !== undefined || this.isClosed || !this.isConfirmed) return
    this.successor = this.openSocket()
    this.schedule(SUCCESSOR_WITHIN_MS, () => this.giveUpSuccessor())
    this.successor.start()
  }

  private handOver(): void {
    const { current, successor } = this
    if (successor === undefined) return
    this.successor = undefined
    this.current = successor
    current?.close()
    this.scheduleRotation(this.options.rotationAgeMs())
  }

  private giveUpSuccessor(): void {
    this.dropSuccessor()
    this.scheduleRotation(SUCCESSOR_AGAIN_MS)
  }

  private dropSuccessor(): void {
    this.handoverTimer?.[Symbol.dispose]()
    this.successor?.close()
    this.successor = undefined
  }

  private schedule(delayMs: DurationMs, run: () => void): void {
    this.handoverTimer?.[Symbol.dispose]()
    this.handoverTimer = this.options.clock.setTimer(delayMs, run)
  }
}
