import type { DurationMs } from '../model/time.ts'
import type { AccountRefusal, ListenKey } from '../venue/account-adapter.ts'

/** The key of the user stream is always in exactly one of these. */
export type KeyState =
  | { readonly kind: 'none' }
  /** A new one is being asked for. */
  | { readonly kind: 'creating'; readonly attempt: number; readonly previous: ListenKey | undefined }
  | { readonly kind: 'held'; readonly key: ListenKey; readonly misses: number; readonly isExtending: boolean }
  | { readonly kind: 'refused' }
  | { readonly kind: 'closed' }

export type KeyInput =
  /** Somebody wants the stream. */
  | { readonly kind: 'wanted' }
  /** A socket that used the key is gone, or the computer slept: the venue is asked whether the key still holds. */
  | { readonly kind: 'doubted' }
  | { readonly kind: 'created'; readonly key: ListenKey }
  | { readonly kind: 'createFailed'; readonly refusal: AccountRefusal }
  | { readonly kind: 'extendDue' }
  | { readonly kind: 'extended'; readonly key: ListenKey }
  | { readonly kind: 'extendFailed'; readonly refusal: AccountRefusal }
  /** The venue says that a key has ended; undefined where it does not say which. */
  | { readonly kind: 'expired'; readonly key: string | undefined }
  | { readonly kind: 'closed' }

export type KeyEffect =
  | { readonly do: 'create'; readonly attempt: number }
  | { readonly do: 'extend'; readonly key: ListenKey }
  | { readonly do: 'schedule'; readonly input: 'extend' | 'extendAgain' }
  /** The stream runs by this key from now on; `isNew` when it is another one than before. */
  | { readonly do: 'use'; readonly key: ListenKey; readonly isNew: boolean }
  /** Nothing more comes by the key that was used. */
  | { readonly do: 'drop'; readonly cause: string }
  | { readonly do: 'refuse' }

/** Keep-alives that may fail in a row before the key is taken for dead. */
const MOST_MISSES = 3

/**
 * The life of a listen key as one state machine that returns effects. A key is extended long before its end; an answer that it
 * is gone, its expiry, or three keep-alives without success lead to a new key, once for each key; a refused API key ends all.
 */
export class KeyLife {
  state: KeyState = { kind: 'none' }
  /** Keys in a row that were gone before they were extended once: each is asked for later than the one before. */
  private fruitless = 0

  get key(): string | undefined {
    return this.state.kind === 'held' ? this.state.key.key : undefined
  }

  on(input: KeyInput): readonly KeyEffect[] {
    const { state } = this
    if (state.kind === 'closed' || state.kind === 'refused') return []
    switch (input.kind) {
      case 'wanted':
        return state.kind === 'none' ? this.create(1, undefined) : []
      case 'doubted':
        return state.kind === 'held' ? this.create(1, state.key) : []
      case 'created':
        return state.kind === 'creating' ? this.hold(input.key, state.previous) : []
      case 'createFailed':
        return state.kind === 'creating' ? this.createFailed(state.attempt, state.previous, input.refusal) : []
      case 'extendDue':
        return this.extend()
      case 'extended':
        this.fruitless = 0
        return state.kind === 'held' ? this.hold(input.key, state.key) : []
      case 'extendFailed':
        return this.extendFailed(input.refusal)
      case 'expired':
        return this.expired(input.key)
      case 'closed':
        this.state = { kind: 'closed' }
        return []
    }
  }

  private create(attempt: number, previous: ListenKey | undefined): readonly KeyEffect[] {
    this.state = { kind: 'creating', attempt, previous }
    return [{ do: 'create', attempt }]
  }

  private hold(key: ListenKey, previous: ListenKey | undefined): readonly KeyEffect[] {
    this.state = { kind: 'held', key, misses: 0, isExtending: false }
    return [
      { do: 'use', key, isNew: previous?.key !== key.key },
      { do: 'schedule', input: 'extend' },
    ]
  }

  private createFailed(
    attempt: number,
    previous: ListenKey | undefined,
    refusal: AccountRefusal,
  ): readonly KeyEffect[] {
    if (isFinal(refusal)) return this.refuse()
    return this.create(attempt + 1, previous)
  }

  private extend(): readonly KeyEffect[] {
    const { state } = this
    if (state.kind !== 'held' || state.isExtending) return []
    this.state = { ...state, isExtending: true }
    return [{ do: 'extend', key: state.key }]
  }

  private extendFailed(refusal: AccountRefusal): readonly KeyEffect[] {
    const { state } = this
    if (state.kind !== 'held') return []
    if (isFinal(refusal)) return this.refuse()
    const misses = state.misses + 1
    if (refusal === 'keyGone') return this.renew('the venue no longer knows the listen key')
    if (misses >= MOST_MISSES) return this.renew(`the listen key could not be extended ${misses} times in a row`)
    this.state = { ...state, misses, isExtending: false }
    return [{ do: 'schedule', input: 'extendAgain' }]
  }

  /** Told twice, it is one expiry. */
  private expired(key: string | undefined): readonly KeyEffect[] {
    const { state } = this
    if (state.kind !== 'held') return []
    if (key !== undefined && key !== state.key.key) return []
    return this.renew('the listen key has expired')
  }

  /** Without a previous key whatever comes counts as new: the sockets of the old one are replaced in any case. */
  private renew(cause: string): readonly KeyEffect[] {
    return [{ do: 'drop', cause }, ...this.create(++this.fruitless, undefined)]
  }

  private refuse(): readonly KeyEffect[] {
    this.state = { kind: 'refused' }
    return [{ do: 'refuse' }]
  }
}

/** The key of the API is refused: asking again would only make it worse. */
export function isFinal(refusal: AccountRefusal): boolean {
  return refusal === 'keyRefused' || refusal === 'signature'
}

/** When a key is extended: spread over a third to half of its life, so that many programs do not do it together. */
export function extendAfterMs(lifetimeMs: DurationMs, random: number): DurationMs {
  return lifetimeMs * (1 / 3 + random / 6)
}
