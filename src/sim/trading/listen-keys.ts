import type { Clock } from '../../net/clock.ts'
import type { Chance } from '../market/chance.ts'
import { token } from './tokens.ts'
import type { UserEvent, UserStream } from './user-stream.ts'

/** How long a listen key lives without being asked for again. */
export const listenKeyMs = 3_600_000

export interface ListenKeyContext {
  readonly clock: Clock
  /** Lives end this much sooner. */
  readonly timeScale: number
  readonly chance: Chance
  readonly nowMs: () => number
  /** Sends to whoever subscribed to this key. */
  readonly publish: (listenKey: string, event: UserEvent) => void
}

/** The one listen key of an account: made once, returned again while it lives, gone after an hour without renewal. */
export class ListenKey implements Disposable {
  private readonly context: ListenKeyContext
  private readonly stream: UserStream
  private readonly sink = (event: UserEvent): void => {
    // The farewell of a key comes through, however late.
    const key = this.current ?? (event.kind === 'listenKeyExpired' ? this.last : undefined)
    if (key !== undefined) this.context.publish(key, event)
  }
  private current: string | undefined
  private last: string | undefined
  private timer: Disposable | undefined

  constructor(stream: UserStream, context: ListenKeyContext) {
    this.stream = stream
    this.context = context
    stream.sinks.add(this.sink)
  }

  /** The key that lives; undefined when there is none. */
  get key(): string | undefined {
    return this.current
  }

  /** The living key with its hour begun anew, or a new one. */
  open(): string {
    const key = (this.current ??= token(this.context.chance, 64))
    this.last = key
    this.wind()
    return key
  }

  /** Begins the hour anew. @returns undefined when there is no key */
  renew(): string | undefined {
    if (this.current !== undefined) this.wind()
    return this.current
  }

  /** Ends it at once without a word, as DELETE does. */
  close(): void {
    this.current = undefined
    this.timer?.[Symbol.dispose]()
  }

  /** Ends it as after an hour: the sockets are told, stay open, and hear nothing more. */
  expire(): void {
    const key = this.current
    if (key === undefined) return
    const timeMs = this.context.nowMs()
    this.stream.emit('listenKeyExpired', timeMs, () => `{"e":"listenKeyExpired","E":${timeMs},"listenKey":"${key}"}`)
    this.close()
  }

  [Symbol.dispose](): void {
    this.close()
    this.stream.sinks.delete(this.sink)
  }

  private wind(): void {
    this.timer?.[Symbol.dispose]()
    const { clock, timeScale } = this.context
    this.timer = clock.setTimer(listenKeyMs / timeScale, () => this.expire())
  }
}
