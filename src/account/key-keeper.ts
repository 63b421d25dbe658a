import { AuthError, errorLine } from '../model/error.ts'
import { DEFAULT_BACKOFF, nextDelay } from '../net/backoff.ts'
import { type Clock, sleep } from '../net/clock.ts'
import type { Random } from '../net/random.ts'
import type { ListenKeyAccess } from '../venue/account-adapter.ts'
import { extendAfterMs, type KeyEffect, type KeyInput, KeyLife } from './key-life.ts'
import type { PrivateRest } from './private-rest.ts'

export interface KeyKeeperOptions {
  readonly access: ListenKeyAccess
  readonly rest: PrivateRest
  readonly clock: Clock
  readonly random: Random
}

export interface KeyHandlers {
  /** The venue has confirmed the key; `isNew` when it is another one than before. */
  confirmed(key: string, isNew: boolean): void
  /** Nothing more comes by the key that was used. */
  dropped(cause: string): void
  refused(error: AuthError): void
  trouble(message: string): void
}

/** After a keep-alive that failed. */
const EXTEND_AGAIN_MS = 20_000

/** Performs what {@link KeyLife} decides. It never deletes a key: other programs of the same account may live by it. */
export class KeyKeeper {
  private readonly options: KeyKeeperOptions
  private readonly handlers: KeyHandlers
  private readonly life = new KeyLife()
  private readonly controller = new AbortController()
  private timer: Disposable | undefined
  private refusal: AuthError | undefined

  constructor(options: KeyKeeperOptions, handlers: KeyHandlers) {
    this.options = options
    this.handlers = handlers
  }

  /** The key that the venue has confirmed, and that nothing speaks against. */
  get key(): string | undefined {
    return this.life.key
  }

  start(): void {
    this.feed({ kind: 'wanted' })
  }

  /** Asks the venue whether the key still holds: it answers with the same one, extended, or with another. */
  doubt(): void {
    this.feed({ kind: 'doubted' })
  }

  /** The computer slept: the key may be near its end. */
  extendNow(): void {
    this.feed({ kind: 'extendDue' })
  }

  expired(key: string | undefined): void {
    this.feed({ kind: 'expired', key })
  }

  close(): void {
    this.feed({ kind: 'closed' })
    this.timer?.[Symbol.dispose]()
    this.controller.abort()
  }

  private feed(input: KeyInput): void {
    for (const effect of this.life.on(input)) this.perform(effect)
  }

  private perform(effect: KeyEffect): void {
    switch (effect.do) {
      case 'create':
        void this.create(effect.attempt)
        return
      case 'extend':
        void this.extend(effect.key)
        return
      case 'schedule':
        this.schedule(effect.input === 'extendAgain')
        return
      case 'use':
        this.handlers.confirmed(effect.key.key, effect.isNew)
        return
      case 'drop':
        this.handlers.dropped(effect.cause)
        return
      case 'refuse':
        this.timer?.[Symbol.dispose]()
        this.handlers.refused(this.refusal ?? new AuthError('the key was refused'))
    }
  }

  private schedule(isAgain: boolean): void {
    const { clock, random, access } = this.options
    this.timer?.[Symbol.dispose]()
    const delayMs = isAgain ? EXTEND_AGAIN_MS : extendAfterMs(access.lifetimeMs, random())
    this.timer = clock.setTimer(delayMs, () => this.feed({ kind: 'extendDue' }))
  }

  private async create(attempt: number): Promise<void> {
    const { access, rest, clock, random } = this.options
    const { signal } = this.controller
    if (attempt > 1) await sleep(clock, nextDelay(attempt - 1, random, DEFAULT_BACKOFF), signal)
    if (signal.aborted) return
    try {
      const key = await rest.call(access.create, undefined, signal)
      this.feed({ kind: 'created', key })
    } catch (error) {
      if (signal.aborted) return
      this.note(error, 'a listen key could not be had')
      this.feed({ kind: 'createFailed', refusal: rest.refusalOf(error) })
    }
  }

  private async extend(key: { readonly key: string }): Promise<void> {
    const { access, rest } = this.options
    const { signal } = this.controller
    try {
      const extended = await rest.call(access.extend, key, signal)
      if (this.life.key === key.key) this.feed({ kind: 'extended', key: extended })
    } catch (error) {
      if (signal.aborted || this.life.key !== key.key) return
      this.note(error, 'the listen key could not be extended')
      this.feed({ kind: 'extendFailed', refusal: rest.refusalOf(error) })
    }
  }

  private note(error: unknown, what: string): void {
    // A refused API key is final, and told as such.
    if (error instanceof AuthError) this.refusal = error
    else this.handlers.trouble(`${what}: ${errorLine(error)}`)
  }
}
