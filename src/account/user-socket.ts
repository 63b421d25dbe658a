import { type AuthError, DecodeError, type TickwireError } from '../model/error.ts'
import type { DurationMs, EpochUs } from '../model/time.ts'
import { Connection, type ConnectionOptions } from '../net/connection.ts'
import type { AccountAdapter, UserMessage } from '../venue/account-adapter.ts'

/** What the venue tells of the account, in one message. */
export type UpdatesMessage = Extract<UserMessage, { kind: 'updates' }>

export interface UserSocketHandlers {
  /** From now on everything that happens comes by this socket. */
  confirmed(socket: UserSocket): void
  /** Nothing can be relied on any more until it is confirmed again, which happens by itself. */
  doubtful(socket: UserSocket, cause: string): void
  updates(socket: UserSocket, message: UpdatesMessage, receiveTimeUs: EpochUs): void
  /** The venue announced that it will close the socket. */
  goingAway(socket: UserSocket, reason: string): void
  /** A message could not be read: what it said is missing. */
  unreadable(socket: UserSocket, reason: string): void
  refused(error: AuthError): void
  trouble(message: string): void
}

/** One socket that is to carry the user stream. */
export interface UserSocket {
  readonly isConfirmed: boolean
  /** When the socket that is open now was opened, monotonic. */
  readonly openedMs: number | undefined
  /** What the account has been told by it since it was confirmed last. */
  readonly updates: number
  start(): void
  /** The computer slept: any sign of life within `withinMs`, or it is replaced. */
  verify(withinMs: DurationMs): void
  /** It is connected and yet does not tell: another socket, by another way where there is one. */
  distrust(cause: TickwireError): void
  close(): void
}

export type SocketTools = Omit<ConnectionOptions, 'url'>

/** The part that every user stream's socket has: a connection that comes back, and the reading of its messages. */
export abstract class BaseUserSocket implements UserSocket {
  protected readonly adapter: AccountAdapter
  protected readonly handlers: UserSocketHandlers
  protected readonly connection: Connection
  isConfirmed = false
  updates = 0

  constructor(adapter: AccountAdapter, tools: SocketTools, handlers: UserSocketHandlers) {
    this.adapter = adapter
    this.handlers = handlers
    // Each attempt asks for the URL anew, because a key may have changed since.
    const urlOf = (): string => this.url()
    const options: ConnectionOptions = {
      ...tools,
      get url() {
        return urlOf()
      },
    }
    this.connection = new Connection(options, {
      opened: () => this.opened(),
      frame: (bytes, start, end, receiveTimeUs) => this.frame(bytes, start, end, receiveTimeUs),
      lost: cause => this.lost(cause.message),
      stateChanged: state => {
        const cause = state.kind === 'waiting' ? state.cause : undefined
        if (cause !== undefined) this.handlers.trouble(`the user stream is not connected: ${cause.message}`)
      },
    })
  }

  get openedMs(): number | undefined {
    return this.connection.openedMs
  }

  start(): void {
    this.connection.start()
  }

  verify(withinMs: DurationMs): void {
    this.connection.verify(withinMs)
  }

  distrust(cause: TickwireError): void {
    this.connection.replace(cause)
  }

  close(): void {
    this.isConfirmed = false
    this.connection.close()
  }

  /** Where to dial; asked at every attempt. */
  protected abstract url(): string
  protected abstract opened(): void
  /** Everything but what is told of the account. */
  protected abstract control(message: Exclude<UserMessage, { kind: 'updates' | 'goingAway' | 'ignored' }>): void

  protected confirm(): void {
    if (this.isConfirmed) return
    this.isConfirmed = true
    this.updates = 0
    this.handlers.confirmed(this)
  }

  protected lost(cause: string): void {
    this.doubt(cause)
  }

  protected doubt(cause: string): void {
    this.isConfirmed = false
    this.handlers.doubtful(this, cause)
  }

  private frame(bytes: Uint8Array, start: number, end: number, receiveTimeUs: EpochUs): void {
    const message = this.read(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start), receiveTimeUs)
    if (message === undefined) return
    switch (message.kind) {
      case 'ignored':
        return
      case 'updates':
        this.updates++
        this.handlers.updates(this, message, receiveTimeUs)
        return
      case 'goingAway':
        this.handlers.goingAway(this, message.reason)
        return
      default:
        this.control(message)
    }
  }

  private read(bytes: Buffer, receiveTimeUs: EpochUs): UserMessage | undefined {
    try {
      return this.adapter.decode(bytes.toString('utf8'), receiveTimeUs)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.handlers.unreadable(this, error.message)
      return undefined
    }
  }
}
