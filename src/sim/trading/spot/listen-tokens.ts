import { badRequest } from '../../rest/rest-error.ts'
import { token } from '../tokens.ts'
import type { UserStream } from '../user-stream.ts'
import type { SpotFloor } from './spot-floor.ts'

/** The right to listen to a margin account, for a while. */
export interface ListenToken {
  /** Of the margin account; different from the spot account of the same owner. */
  readonly account: string
  readonly stream: UserStream
  readonly expiresMs: number
  /** Calls `run` when the token ends, unless disposed of before. */
  whenExpired(run: () => void): Disposable
}

const longestMs = 86_400_000
/** Tokens kept; the oldest go first. */
const mostKept = 1000

/** Hands out tokens and finds them again. */
export class ListenTokens {
  private readonly floor: SpotFloor
  private readonly tokens = new Map<string, ListenToken>()

  constructor(floor: SpotFloor) {
    this.floor = floor
  }

  /** @throws RestError -1130 for a validity that the venue does not grant */
  create(
    account: string,
    stream: UserStream,
    validityMs = longestMs,
  ): { readonly token: string; readonly expiresMs: number } {
    if (validityMs < 1 || validityMs > longestMs)
      throw badRequest(-1130, "Data sent for parameter 'validity' is not valid.")
    const text = token(this.floor.chance, 70)
    const expiresMs = this.floor.nowMs() + validityMs
    const { scheduler } = this.floor.source.world
    this.tokens.set(text, { account, stream, expiresMs, whenExpired: run => scheduler.at(expiresMs * 1000, run) })
    const [oldest] = this.tokens.keys()
    if (this.tokens.size > mostKept && oldest !== undefined) this.tokens.delete(oldest)
    return { token: text, expiresMs }
  }

  /** @throws RestError -1209 for one that does not exist, or no longer */
  find(text: string | undefined): ListenToken {
    const found = this.tokens.get(text ?? '')
    if (found === undefined || found.expiresMs <= this.floor.nowMs()) throw badRequest(-1209, 'Invalid listenToken.')
    return found
  }
}
