import type { BalanceEvent, PositionEvent } from '../model/account-event.ts'
import type { EpochUs } from '../model/time.ts'
import { isZeroDecimal, sameDecimal } from './decimal.ts'

interface Known<E> {
  readonly event: E
  /** Of its last change, by the venue's engine. */
  readonly timeUs: EpochUs
  /** When the venue sent it, which orders changes of one instant. */
  readonly sentUs: EpochUs
}

/** Things of which the venue tells the whole amount after a change: the newest change is the state. Pure. */
class Holdings<E extends BalanceEvent | PositionEvent> {
  private readonly known = new Map<string, Known<E>>()
  private readonly isSame: (a: E, b: E) => boolean
  private readonly merge: (next: E, known: E) => E
  private readonly isEmpty: (event: E) => boolean

  constructor(isSame: (a: E, b: E) => boolean, merge: (next: E, known: E) => E, isEmpty: (event: E) => boolean) {
    this.isSame = isSame
    this.merge = merge
    this.isEmpty = isEmpty
  }

  get(key: string): Known<E> | undefined {
    return this.known.get(key)
  }

  entries(): Iterable<[string, Known<E>]> {
    return this.known
  }

  /** True when there is something to tell: the change is newer than what is known, and makes a difference. */
  tell(key: string, event: E, timeUs: EpochUs, sentUs: EpochUs): boolean {
    const known = this.known.get(key)
    if (known === undefined) {
      this.known.set(key, { event, timeUs, sentUs })
      // That there is none of what nobody asked about is no news.
      return event.origin === 'stream' || !this.isEmpty(event)
    }
    if (timeUs < known.timeUs) return false
    const isReconciled = event.origin === 'reconcile'
    // REST says nothing of the moment it was sent at: of one instant it is the later word.
    if (timeUs === known.timeUs && !isReconciled && sentUs < known.sentUs) return false
    const isTold = !this.isSame(event, known.event)
    const kept = this.merge(event, known.event)
    this.known.set(key, {
      event: isTold || !isReconciled ? kept : { ...kept, origin: known.event.origin },
      timeUs,
      sentUs: isReconciled ? known.sentUs : sentUs,
    })
    return isTold
  }

  /** What REST no longer lists, but for nothing: as `tell`, without a time of its own. */
  clear(key: string, event: E): boolean {
    const known = this.known.get(key)
    if (known === undefined || this.isSame(event, known.event)) return false
    this.known.set(key, { ...known, event })
    return true
  }

  restore(key: string, event: E, timeUs: EpochUs): void {
    this.known.set(key, { event, timeUs, sentUs: timeUs })
  }
}

export class BalanceBook extends Holdings<BalanceEvent> {
  constructor() {
    super(isSameBalance, mergedBalance, isEmptyBalance)
  }
}

export class PositionBook extends Holdings<PositionEvent> {
  constructor() {
    super(isSamePosition, mergedPosition, ({ quantity }) => isZeroDecimal(quantity))
  }
}

/** `binance-usdm:BTCUSDT`, in hedge mode `binance-usdm:BTCUSDT|long`. */
export function positionKey({ instrument, positionSide }: Pick<PositionEvent, 'instrument' | 'positionSide'>): string {
  return positionSide === 'both' ? instrument : `${instrument}|${positionSide}`
}

export function isEmptyBalance({ free, locked, wallet }: BalanceEvent): boolean {
  return isZeroDecimal(free) && isZeroDecimal(locked) && (wallet === undefined || isZeroDecimal(wallet))
}

type Comparable =
  | Pick<BalanceEvent, 'kind' | 'free' | 'locked'>
  | Pick<PositionEvent, 'kind' | 'quantity' | 'entryPrice'>

/** Whether an answer of REST says what is known. */
export function isSameHolding(a: Comparable, b: Comparable): boolean {
  if (a.kind === 'balance' && b.kind === 'balance')
    return sameDecimal(a.free, b.free) && sameDecimal(a.locked, b.locked)
  return a.kind === 'position' && b.kind === 'position' && isSamePosition(a, b)
}

function isSameBalance(a: BalanceEvent, b: BalanceEvent): boolean {
  if (!sameDecimal(a.free, b.free) || !sameDecimal(a.locked, b.locked)) return false
  return a.wallet === undefined || b.wallet === undefined || sameDecimal(a.wallet, b.wallet)
}

function isSamePosition(
  a: Pick<PositionEvent, 'quantity' | 'entryPrice'>,
  b: Pick<PositionEvent, 'quantity' | 'entryPrice'>,
): boolean {
  if (!sameDecimal(a.quantity, b.quantity)) return false
  // The price at which nothing was bought means nothing.
  return isZeroDecimal(a.quantity) || sameDecimal(a.entryPrice, b.entryPrice)
}

/** What only REST tells is kept until it tells it anew. */
function mergedBalance(next: BalanceEvent, known: BalanceEvent): BalanceEvent {
  return {
    ...next,
    wallet: next.wallet ?? known.wallet,
    crossWallet: next.crossWallet ?? known.crossWallet,
    available: next.available ?? known.available,
    maintenanceMargin: next.maintenanceMargin ?? known.maintenanceMargin,
    marginBalance: next.marginBalance ?? known.marginBalance,
  }
}

/** Settings outlive a change of the quantity; what was computed from the old quantity does not. */
function mergedPosition(next: PositionEvent, known: PositionEvent): PositionEvent {
  const isSameSize = sameDecimal(next.quantity, known.quantity)
  return {
    ...next,
    marginType: next.marginType ?? known.marginType,
    leverage: next.leverage ?? known.leverage,
    isolatedWallet: next.isolatedWallet ?? (isSameSize ? known.isolatedWallet : undefined),
    liquidationPrice: next.liquidationPrice ?? (isSameSize ? known.liquidationPrice : undefined),
    breakEvenPrice: next.breakEvenPrice ?? (isSameSize ? known.breakEvenPrice : undefined),
  }
}
