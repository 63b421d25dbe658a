import type { DecimalText, OrderEvent, OrderStatus } from '../model/account-event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { EpochUs } from '../model/time.ts'
import { addDecimals, compareDecimals, sameDecimal, subtractDecimals } from './decimal.ts'

/** Orders that have ended are remembered, so that nothing late opens them again. */
const MOST_ENDED = 10_000
/** Executions of one order whose ids are remembered. */
const MOST_EXECUTIONS = 1000

/** What is known of one order. */
export interface KnownOrder {
  readonly event: OrderEvent
  /** Of its last change, by the venue's engine. */
  readonly timeUs: EpochUs
  readonly executionId: string | undefined
  /** Sum of the fills that were delivered. */
  readonly filledSeen: DecimalText
  /** What had been filled before this account was first looked at: no fills of ours stand behind it. */
  readonly filledBefore: DecimalText
}

/** Every order by instrument and id, each as its newest change says. Pure. */
export class OrderLedger {
  private readonly open = new Map<string, KnownOrder>()
  /** Oldest first. */
  private readonly ended = new Map<string, KnownOrder>()
  /** Fills that came before their order was known. */
  private readonly fillsAhead = new Map<string, DecimalText>()
  private readonly executions = new Map<string, Set<string>>()

  /** The orders that may still be filled. */
  openOrders(): Iterable<KnownOrder> {
    return this.open.values()
  }

  get openCount(): number {
    return this.open.size
  }

  find(instrument: InstrumentId, orderId: string): KnownOrder | undefined {
    const key = orderKey(instrument, orderId)
    return this.open.get(key) ?? this.ended.get(key)
  }

  findByClientId(instrument: InstrumentId, clientOrderId: string): KnownOrder | undefined {
    for (const orders of [this.open, this.ended])
      for (const order of orders.values())
        if (order.event.clientOrderId === clientOrderId && order.event.instrument === instrument) return order
    return undefined
  }

  /**
   * Takes a change over when it is newer than what is known. True when there is something to tell: by the stream every
   * change, by REST only one that makes a difference.
   * @param mayBeOlder the order may be older than the account's beginning: what was filled before is not ours to deliver
   */
  tell(event: OrderEvent, timeUs: EpochUs, executionId: string | undefined, mayBeOlder = false): boolean {
    const key = orderKey(event.instrument, event.orderId)
    if (executionId !== undefined && this.isKnownExecution(key, executionId)) return false
    const known = this.open.get(key) ?? this.ended.get(key)
    if (known !== undefined && !isNewer({ event, timeUs, executionId }, known)) return false
    const isTold = known === undefined || event.origin === 'stream' || !isSameOrder(event, known.event)
    const filledSeen = known?.filledSeen ?? this.fillsAhead.get(key) ?? '0'
    this.fillsAhead.delete(key)
    this.put(key, {
      event: isTold ? merged(event, known?.event) : known.event,
      timeUs: known !== undefined && known.timeUs > timeUs ? known.timeUs : timeUs,
      executionId: executionId ?? known?.executionId,
      filledSeen,
      filledBefore: known?.filledBefore ?? (mayBeOlder ? remainder(event.filledQuantity, filledSeen) : '0'),
    })
    return isTold
  }

  /** A fill of the order was delivered. */
  filled(instrument: InstrumentId, orderId: string, quantity: DecimalText): void {
    const key = orderKey(instrument, orderId)
    const known = this.open.get(key) ?? this.ended.get(key)
    if (known !== undefined) {
      this.put(key, { ...known, filledSeen: addDecimals(known.filledSeen, quantity) })
      return
    }
    this.fillsAhead.set(key, addDecimals(this.fillsAhead.get(key) ?? '0', quantity))
    if (this.fillsAhead.size > MOST_ENDED) dropOldest(this.fillsAhead)
  }

  /** Fills of this order are missing: it says more was filled than was delivered. */
  lacksFills({ event, filledSeen, filledBefore }: KnownOrder): boolean {
    // What an algo service holds is filled under the id of the order that it places.
    if (event.orderId.startsWith('algo:')) return false
    return compareDecimals(addDecimals(filledSeen, filledBefore), event.filledQuantity) < 0
  }

  /** Every order that lacks fills, the ended ones included. */
  lacking(): readonly KnownOrder[] {
    const all = [...this.open.values(), ...this.ended.values()]
    return all.filter(order => this.lacksFills(order))
  }

  /** Its missing fills cannot be had any more: they are not asked for again. */
  giveUpFills({ event, filledSeen }: KnownOrder): void {
    const key = orderKey(event.instrument, event.orderId)
    const known = this.open.get(key) ?? this.ended.get(key)
    if (known === undefined) return
    this.put(key, { ...known, filledSeen, filledBefore: event.filledQuantity })
  }

  /** What was known before a restart. */
  restore(order: KnownOrder): void {
    this.put(orderKey(order.event.instrument, order.event.orderId), order)
  }

  private put(key: string, order: KnownOrder): void {
    this.open.delete(key)
    if (!isEnded(order.event.status)) {
      this.open.set(key, order)
      return
    }
    const isNew = !this.ended.has(key)
    this.ended.set(key, order)
    if (!isNew || this.ended.size <= MOST_ENDED) return
    const [oldest] = this.ended.keys()
    dropOldest(this.ended)
    if (oldest !== undefined) this.executions.delete(oldest)
  }

  private isKnownExecution(key: string, executionId: string): boolean {
    let seen = this.executions.get(key)
    if (seen?.has(executionId)) return true
    seen ??= new Set()
    seen.add(executionId)
    if (seen.size > MOST_EXECUTIONS) dropOldest(seen)
    this.executions.set(key, seen)
    return false
  }
}

/** A status after which nothing of the order can be filled any more. */
export function isEnded(status: OrderStatus): boolean {
  return rank(status) >= RANK_OF_TRIGGERED
}

export function orderKey(instrument: InstrumentId, orderId: string): string {
  return `${instrument}|${orderId}`
}

const RANK_OF_TRIGGERED = 2
const RANK_OF_ENDED = 3

function rank(status: OrderStatus): number {
  switch (status) {
    case 'pending':
      return 0
    case 'new':
    case 'partiallyFilled':
    case 'unknown':
      return 1
    case 'triggered':
      return RANK_OF_TRIGGERED
    case 'filled':
    case 'canceled':
    case 'expired':
    case 'rejected':
      return RANK_OF_ENDED
  }
}

interface Change {
  readonly event: OrderEvent
  readonly timeUs: EpochUs
  readonly executionId: string | undefined
}

/**
 * What an order can only do forwards decides first: it ends once, and what was filled stays filled. The venue's time decides
 * the rest, so that the order in which messages arrive does not matter.
 */
function isNewer(next: Change, known: Change): boolean {
  const [nextRank, knownRank] = [rank(next.event.status), rank(known.event.status)]
  if (nextRank === RANK_OF_ENDED && knownRank < RANK_OF_ENDED) return true
  if (knownRank === RANK_OF_ENDED && nextRank < RANK_OF_ENDED) return false
  const filled = compareDecimals(next.event.filledQuantity, known.event.filledQuantity)
  if (filled !== 0) return filled > 0
  if (nextRank >= RANK_OF_TRIGGERED || knownRank >= RANK_OF_TRIGGERED) {
    if (nextRank !== knownRank) return nextRank > knownRank
    return next.timeUs > known.timeUs && !isSameOrder(next.event, known.event)
  }
  if (next.timeUs !== known.timeUs) return next.timeUs > known.timeUs
  if (nextRank !== knownRank) return nextRank > knownRank
  if (next.executionId !== undefined && known.executionId !== undefined)
    return compareIds(next.executionId, known.executionId) > 0
  return !isSameOrder(next.event, known.event)
}

/** Ids that count upwards, as text. */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length && /^\d+$/.test(a) && /^\d+$/.test(b)) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

/** What matters of an order; how its numbers are written does not. */
function isSameOrder(a: OrderEvent, b: OrderEvent): boolean {
  return (
    a.status === b.status &&
    sameDecimal(a.filledQuantity, b.filledQuantity) &&
    sameDecimal(a.price, b.price) &&
    sameDecimal(a.quantity, b.quantity)
  )
}

/** Fields that one source does not name are kept from the other. */
function merged(event: OrderEvent, known: OrderEvent | undefined): OrderEvent {
  if (known === undefined) return event
  return {
    ...event,
    averagePrice: event.averagePrice ?? known.averagePrice,
    stopPrice: event.stopPrice ?? known.stopPrice,
    reduceOnly: event.reduceOnly ?? known.reduceOnly,
    positionSide: event.positionSide ?? known.positionSide,
    forced: event.forced ?? known.forced,
    triggeredOrderId: event.triggeredOrderId ?? known.triggeredOrderId,
  }
}

/** What is left of an amount; nothing when more was taken, because fills were read later than the order. */
function remainder(amount: DecimalText, taken: DecimalText): DecimalText {
  return compareDecimals(amount, taken) > 0 ? subtractDecimals(amount, taken) : '0'
}

function dropOldest(entries: { keys(): IterableIterator<string>; delete(key: string): boolean }): void {
  const { value } = entries.keys().next()
  if (value !== undefined) entries.delete(value)
}
