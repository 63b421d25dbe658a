export type ControlMethod = 'subscribe' | 'unsubscribe'

export interface ControlRequest {
  readonly id: number
  readonly method: ControlMethod
  readonly names: readonly string[]
  /** How often these names have been sent since they were last answered. */
  readonly tries: number
}

export interface LedgerLimits {
  readonly namesPerFrame: number
  readonly bytesPerFrame: number
}

/** Name, quotes and comma; the rest of the frame is small and counted once. */
const FRAME_OVERHEAD_BYTES = 64

/**
 * What one connection is asked to carry and what the venue has confirmed. The wanted set is never changed by sending: the
 * ledger gives the difference between both, so that the last wish wins whatever was in flight.
 */
export class ControlLedger<Leg extends { readonly name: string }> {
  private readonly limits: LedgerLimits
  readonly wanted = new Map<string, Leg>()
  private readonly confirmed = new Set<string>()
  private readonly pending = new Map<number, ControlRequest>()
  private readonly inFlight = new Set<string>()
  private readonly refused = new Set<string>()
  private nextId = 1

  constructor(limits: LedgerLimits) {
    this.limits = limits
  }

  get isSettled(): boolean {
    if (this.pending.size > 0) return false
    for (const name of this.wanted.keys()) if (!this.confirmed.has(name) && !this.refused.has(name)) return false
    return true
  }

  want(leg: Leg): void {
    this.wanted.set(leg.name, leg)
    this.refused.delete(leg.name)
  }

  /** True while an UNSUBSCRIBE of the name is on its way: what still arrives belongs to the subscription that ends. */
  isEnding(name: string): boolean {
    if (!this.inFlight.has(name)) return false
    for (const request of this.pending.values()) {
      if (request.method === 'unsubscribe' && request.names.includes(name)) return true
    }
    return false
  }

  unwant(leg: Leg): void {
    if (this.wanted.get(leg.name) === leg) this.wanted.delete(leg.name)
  }

  /** A new socket knows nothing: all that was confirmed or in flight is forgotten. */
  reset(): void {
    this.confirmed.clear()
    this.pending.clear()
    this.inFlight.clear()
  }

  /** The requests that bring the venue from what it confirmed to what is wanted; each is now in flight. */
  difference(): readonly ControlRequest[] {
    const add = [...this.wanted.keys()].filter(
      name => !this.confirmed.has(name) && !this.inFlight.has(name) && !this.refused.has(name),
    )
    const drop = [...this.confirmed].filter(name => !this.wanted.has(name) && !this.inFlight.has(name))
    return [...this.requests('unsubscribe', drop, 1), ...this.requests('subscribe', add, 1)]
  }

  /** The venue accepted a request; undefined when we never asked (or gave up waiting). */
  accept(id: number): ControlRequest | undefined {
    const request = this.settle(id)
    for (const name of request?.names ?? []) {
      if (request?.method === 'subscribe') this.confirmed.add(name)
      else this.confirmed.delete(name)
    }
    return request
  }

  /**
   * The venue refused a request: a batch is halved until the offender stands alone and is set aside. Without an id the
   * oldest open request is meant.
   */
  refuse(id: number | undefined): { readonly offender: string | undefined; readonly again: readonly ControlRequest[] } {
    const [oldest] = this.pending.keys()
    const request = this.settle(id ?? oldest ?? -1)
    if (request === undefined) return { offender: undefined, again: [] }
    const [first] = request.names
    if (request.names.length === 1 && first !== undefined) {
      if (request.method === 'subscribe') this.refused.add(first)
      else this.confirmed.delete(first)
      return { offender: request.method === 'subscribe' ? first : undefined, again: [] }
    }
    const half = Math.ceil(request.names.length / 2)
    const parts = [request.names.slice(0, half), request.names.slice(half)]
    return { offender: undefined, again: parts.flatMap(names => this.requests(request.method, names, 1)) }
  }

  /** The venue brings what it has refused. */
  carries(name: string): void {
    this.refused.delete(name)
    this.confirmed.add(name)
  }

  /** A request was not answered in time: it is sent once more, then `undefined` says that the connection is no good. */
  expire(id: number): readonly ControlRequest[] | undefined {
    const request = this.settle(id)
    if (request === undefined) return []
    return request.tries >= 2 ? undefined : this.requests(request.method, request.names, request.tries + 1)
  }

  /**
   * Subscribes a name once more. It is not unsubscribed before: what a living subscription brings meanwhile would be lost,
   * and to one that is dead it makes no difference.
   */
  again(name: string): readonly ControlRequest[] {
    return this.inFlight.has(name) ? [] : this.requests('subscribe', [name], 1)
  }

  /** An id for a request that is none of the ledger's. */
  takeId(): number {
    return this.nextId++
  }

  /** What the venue says it carries: what it lost is no longer confirmed (and returned), what is too much counts as confirmed. */
  compare(listed: readonly string[]): readonly string[] {
    const carried = new Set(listed)
    const lost = [...this.confirmed].filter(name => !carried.has(name) && !this.inFlight.has(name))
    for (const name of lost) this.confirmed.delete(name)
    for (const name of carried) if (!this.wanted.has(name) && !this.inFlight.has(name)) this.confirmed.add(name)
    return lost
  }

  private isPending(name: string): boolean {
    for (const request of this.pending.values()) if (request.names.includes(name)) return true
    return false
  }

  private settle(id: number): ControlRequest | undefined {
    const request = this.pending.get(id)
    this.pending.delete(id)
    for (const name of request?.names ?? []) if (!this.isPending(name)) this.inFlight.delete(name)
    return request
  }

  private requests(method: ControlMethod, names: readonly string[], tries: number): readonly ControlRequest[] {
    return this.chunks(names).map(chunk => {
      const request: ControlRequest = { id: this.nextId++, method, names: chunk, tries }
      this.pending.set(request.id, request)
      for (const name of chunk) this.inFlight.add(name)
      return request
    })
  }

  private chunks(names: readonly string[]): readonly (readonly string[])[] {
    const chunks: string[][] = []
    let current: string[] = []
    let bytes = FRAME_OVERHEAD_BYTES
    for (const name of names) {
      const size = Buffer.byteLength(name) + 3
      if (
        current.length > 0 &&
        (current.length >= this.limits.namesPerFrame || bytes + size > this.limits.bytesPerFrame)
      ) {
        chunks.push(current)
        current = []
        bytes = FRAME_OVERHEAD_BYTES
      }
      current.push(name)
      bytes += size
    }
    if (current.length > 0) chunks.push(current)
    return chunks
  }
}
