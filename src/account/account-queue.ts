import type { AccountEvent, AccountGapEvent, FillEvent } from '../model/account-event.ts'
import { FILLS_KEPT } from './fill-ledger.ts'

/** Events that wait for one consumer before its backlog is condensed. */
export const QUEUE_CAPACITY = 100_000

/**
 * The one asynchronous hop of account events. Nothing is dropped: when a consumer falls 100,000 events behind, what follows is
 * condensed for it — every fill, and of everything else the newest state — behind an `accountState` that says `stale`, and
 * before one that says what holds. Only fills beyond the retained 10,000 are then replaced by an `accountGap`.
 */
export class AccountQueue {
  private readonly capacity: number
  private events: AccountEvent[] = []
  private condensed: Condensed | undefined
  private wake: (() => void) | undefined
  private isEnded = false

  constructor(capacity = QUEUE_CAPACITY) {
    this.capacity = capacity
  }

  get waiting(): number {
    return this.events.length + (this.condensed?.size ?? 0)
  }

  push(event: AccountEvent): void {
    if (this.isEnded) return
    if (this.condensed !== undefined) this.condensed.add(event)
    else if (this.events.length < this.capacity) this.events.push(event)
    else this.condensed = new Condensed(event)
    if (this.events.length === 1) this.signal()
  }

  /** Everything that waits; at once when something does, otherwise when it comes. Undefined at the end. */
  async take(): Promise<readonly AccountEvent[] | undefined> {
    while (this.events.length === 0) {
      if (this.isEnded) return undefined
      await new Promise<void>(resolve => {
        this.wake = resolve
      })
    }
    const batch = this.events
    this.events = this.condensed?.replay() ?? []
    this.condensed = undefined
    return batch
  }

  /** What waits is still read. */
  end(): void {
    this.isEnded = true
    this.signal()
  }

  /** Nobody will read it. */
  discard(): void {
    this.events = []
    this.condensed = undefined
    this.end()
  }

  private signal(): void {
    const { wake } = this
    this.wake = undefined
    wake?.()
  }
}

/** What a consumer missed that fell too far behind. */
class Condensed {
  private readonly first: AccountEvent
  private readonly newest = new Map<string, AccountEvent>()
  private readonly fills: FillEvent[] = []
  private count = 0
  private lost: FillEvent | undefined
  private lostCount = 0

  constructor(first: AccountEvent) {
    this.first = first
    this.add(first)
  }

  get size(): number {
    return this.newest.size + this.fills.length
  }

  add(event: AccountEvent): void {
    this.count++
    if (event.kind === 'fill') {
      this.fills.push(event)
      if (this.fills.length <= FILLS_KEPT) return
      const gone = this.fills.shift()
      this.lost ??= gone
      this.lostCount++
      return
    }
    const key = keyOf(event, this.count)
    this.newest.delete(key)
    this.newest.set(key, event)
    if (this.newest.size <= FILLS_KEPT) return
    // The oldest ended order is the least that can be missed.
    for (const [oldest, kept] of this.newest) {
      if (kept.kind !== 'order' && kept.kind !== 'accountRaw') continue
      this.newest.delete(oldest)
      break
    }
  }

  replay(): AccountEvent[] {
    const { account, receiveTimeUs } = this.first
    const cause = `this consumer fell behind: ${this.count} events are condensed to ${this.size}`
    const base = { account, receiveTimeUs, origin: 'reconcile' } as const
    const [gap] = this.gap(base)
    return [
      { ...base, kind: 'accountState', phase: 'stale', cause },
      ...(gap === undefined ? [] : [gap]),
      ...this.fills,
      ...this.newest.values(),
      ...(this.newest.has('accountState')
        ? []
        : [{ ...base, kind: 'accountState', phase: 'synced', cause: 'this consumer has caught up' } as const]),
    ]
  }

  private gap(base: Pick<AccountGapEvent, 'account' | 'receiveTimeUs' | 'origin'>): readonly AccountGapEvent[] {
    if (this.lost === undefined) return []
    const reason = `${this.lostCount} fills were too many for this consumer`
    const detail = { fromUs: this.lost.exchangeTimeUs, toUs: this.fills[0]?.exchangeTimeUs, reason }
    return [{ ...base, kind: 'accountGap', what: 'fills', ...detail }]
  }
}

/** Of what shares a key only the newest says something. */
function keyOf(event: Exclude<AccountEvent, FillEvent>, count: number): string {
  switch (event.kind) {
    case 'order':
      return `order|${event.instrument}|${event.orderId}`
    case 'balance':
      return `balance|${event.asset}`
    case 'position':
      return `position|${event.instrument}|${event.positionSide}`
    case 'accountConfig':
      return `accountConfig|${event.setting}|${event.instrument ?? ''}`
    case 'accountState':
      return 'accountState'
    case 'marginCall':
      return 'marginCall'
    case 'accountGap':
    case 'accountRaw':
      return `${event.kind}|${count}`
  }
}
