import type { AuthError } from '../model/error.ts'
import type { DurationMs } from '../model/time.ts'
import type { Random } from '../net/random.ts'
import type { ServerClock } from '../net/server-clock.ts'
import type { AccountAdapter, ListenKeyAccess, SessionAccess } from '../venue/account-adapter.ts'
import { KeyKeeper } from './key-keeper.ts'
import { ListenKeySocket } from './listen-key-socket.ts'
import type { PrivateRest } from './private-rest.ts'
import { SessionSocket } from './session-socket.ts'
import type { SocketTools } from './user-socket.ts'
import { UserStream, type UserStreamHandlers } from './user-stream.ts'

export interface StreamOptions {
  readonly adapter: AccountAdapter
  readonly rest: PrivateRest
  readonly serverClock: ServerClock
  readonly random: Random
  readonly toolsFor: (url: string) => SocketTools
  readonly rotationAgeMs: () => DurationMs
}

/** A user stream with all that keeps it alive. */
export interface OpenStream {
  readonly isConfirmed: boolean
  readonly updates: number
  /** The venue has more than one way to connect, and this one, or this socket since it is new, has not brought anything. */
  readonly isUnproven: boolean
  start(): void
  /** The computer slept. */
  woke(): void
  /** Nothing was told for long: the venue is asked whether the stream still stands. */
  prove(): void
  distrust(reason: string): void
  close(): void
}

/** A sleeping computer's sockets prove within this time that they live. */
const PROVE_WITHIN_MS = 3000

/** A way that has worked before may have been retired meanwhile: a new socket that is silent is doubted for so long. */
const DOUBTED_FOR_MS = 600_000

export function openUserStream(options: StreamOptions, handlers: UserStreamHandlers): OpenStream {
  const { access } = options.adapter
  return access.kind === 'listenKey'
    ? new KeyedStream(options, access, handlers)
    : new SessionStream(options, access, handlers)
}

/** A stream by a listen key. */
class KeyedStream implements OpenStream {
  private readonly access: ListenKeyAccess
  private readonly keeper: KeyKeeper
  private readonly stream: UserStream
  private readonly form = { index: 0 }
  /** Forms of the URL by which something was told. */
  private readonly proven = new Set<number>()

  constructor(options: StreamOptions, access: ListenKeyAccess, handlers: UserStreamHandlers) {
    const { adapter, rest, random, toolsFor, rotationAgeMs } = options
    const tools = toolsFor(access.urls('')[0] ?? '')
    this.access = access
    this.keeper = new KeyKeeper(
      { access, rest, clock: tools.clock, random },
      {
        confirmed: key => {
          for (const socket of this.keyed()) socket.keyConfirmed(key)
        },
        dropped: cause => {
          for (const socket of this.keyed()) socket.keyDropped(cause)
        },
        refused: (error: AuthError) => handlers.refused(error),
        trouble: message => handlers.trouble(message),
      },
    )
    const socketOptions = {
      adapter,
      access,
      tools,
      form: this.form,
      key: () => this.keeper.key,
      check: () => this.keeper.extendNow(),
      expired: (key: string | undefined) => this.keeper.expired(key),
    }
    this.stream = new UserStream(
      {
        clock: tools.clock,
        rotationAgeMs,
        open: own => new ListenKeySocket(socketOptions, own),
      },
      {
        ...handlers,
        // What was lost with the socket may have been the key's expiry.
        doubtful: cause => {
          this.keeper.doubt()
          handlers.doubtful(cause)
        },
        updates: (message, receiveTimeUs) => {
          this.proven.add(this.form.index)
          handlers.updates(message, receiveTimeUs)
        },
      },
    )
  }

  get isConfirmed(): boolean {
    return this.stream.isConfirmed
  }

  get updates(): number {
    return this.stream.updates
  }

  get isUnproven(): boolean {
    if (this.access.urls('').length < 2 || this.stream.updates > 0) return false
    return !this.proven.has(this.form.index) || this.stream.ageMs < DOUBTED_FOR_MS
  }

  start(): void {
    this.stream.start()
    this.keeper.start()
  }

  woke(): void {
    this.keeper.extendNow()
    this.stream.verify(PROVE_WITHIN_MS)
  }

  prove(): void {
    this.keeper.extendNow()
  }

  distrust(reason: string): void {
    this.stream.distrust(reason)
  }

  close(): void {
    this.keeper.close()
    this.stream.close()
  }

  private keyed(): readonly ListenKeySocket[] {
    return this.stream.sockets.filter(socket => socket instanceof ListenKeySocket)
  }
}

/** A stream by a subscription on the venue's request API. */
class SessionStream implements OpenStream {
  private readonly stream: UserStream
  readonly isUnproven = false

  constructor(options: StreamOptions, access: SessionAccess, handlers: UserStreamHandlers) {
    const { adapter, rest, serverClock, toolsFor, rotationAgeMs } = options
    const tools = toolsFor(access.url)
    const socketOptions = { adapter, access, tools, rest, serverClock }
    const open = (own: ConstructorParameters<typeof SessionSocket>[1]): SessionSocket =>
      new SessionSocket(socketOptions, own)
    this.stream = new UserStream({ clock: tools.clock, rotationAgeMs, open }, handlers)
  }

  get isConfirmed(): boolean {
    return this.stream.isConfirmed
  }

  get updates(): number {
    return this.stream.updates
  }

  start(): void {
    this.stream.start()
  }

  woke(): void {
    this.stream.verify(PROVE_WITHIN_MS)
  }

  /** Each socket probes its own subscription. */
  prove(): void {}

  distrust(reason: string): void {
    this.stream.distrust(reason)
  }

  close(): void {
    this.stream.close()
  }
}
