import type {
  AccountConfigEvent,
  AccountDataEvent,
  BalanceEvent,
  DecimalText,
  FillEvent,
  OrderEvent,
  Origin,
  PositionEvent,
} from '../model/account-event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { EpochUs } from '../model/time.ts'
import type { AccountUpdate } from '../venue/account-adapter.ts'
import { FillLedger } from './fill-ledger.ts'
import { BalanceBook, PositionBook, positionKey } from './holdings.ts'
import { OrderLedger } from './order-ledger.ts'

/** One thing that the venue says of an account. */
export type ToldUpdate = Extract<AccountUpdate, { kind: 'told' }>

export interface TellContext {
  readonly origin: Origin
  /** When the message was sent; REST has none. */
  readonly sentUs?: EpochUs
  /** REST is asked for the very first time. */
  readonly isFirstLook?: boolean
}

interface PendingChange {
  readonly change: DecimalText
  readonly reason: string
  readonly timeUs: EpochUs
}

/**
 * The account as it is known: every order, fill, balance and position. Takes what the stream and REST say, in whatever order
 * it comes, and answers with what is new to tell. Pure: the same updates give the same state.
 */
export class Ledger {
  readonly account: string
  readonly beginUs: EpochUs
  readonly orders = new OrderLedger()
  readonly fills: FillLedger
  readonly balances = new BalanceBook()
  readonly positions = new PositionBook()
  /** Until the first comparison was done, orders may turn up that are older than the account's beginning. */
  firstLookUs: number = Number.POSITIVE_INFINITY
  private readonly settings = new Map<string, string>()
  private readonly changes = new Map<string, PendingChange>()

  /** @param beginUs fills before this moment are not delivered */
  constructor(account: string, beginUs: EpochUs) {
    this.account = account
    this.beginUs = beginUs
    this.fills = new FillLedger(beginUs)
  }

  tell(update: ToldUpdate, context: TellContext): readonly AccountDataEvent[] {
    const { event } = update
    const named = { account: this.account, origin: context.origin }
    switch (event.kind) {
      case 'order':
        return this.tellOrder({ ...event, ...named }, update, context)
      case 'fill':
        return this.tellFill({ ...event, ...named })
      case 'balance':
        return this.tellBalance({ ...event, ...named }, update.timeUs, context.sentUs ?? update.timeUs)
      case 'position':
        return this.tellPosition({ ...event, ...named }, update.timeUs, context.sentUs ?? update.timeUs)
      case 'marginCall':
        return [{ ...event, ...named }]
      case 'accountConfig':
        return this.tellConfig({ ...event, ...named })
      case 'accountRaw':
        return [{ ...event, ...named }]
    }
  }

  /**
   * A balance moved by an amount, its new total unknown. The event that brings the total carries the amount and its reason;
   * when that one was there first, it is told again with them.
   */
  balanceChanged(asset: string, pending: PendingChange): readonly BalanceEvent[] {
    const known = this.balances.get(asset)
    if (known === undefined || known.timeUs < pending.timeUs) {
      this.changes.set(asset, pending)
      return []
    }
    const { change, reason } = pending
    return [{ ...known.event, change, reason, exchangeTimeUs: pending.timeUs }]
  }

  /** Totals have been read again and again, and some change never showed in them: it is told with the total as it is. */
  flushChanges(beforeUs: EpochUs): readonly BalanceEvent[] {
    const told: BalanceEvent[] = []
    for (const [asset, { change, reason, timeUs }] of this.changes) {
      if (timeUs > beforeUs) continue
      this.changes.delete(asset)
      const known = this.balances.get(asset)
      if (known !== undefined) told.push({ ...known.event, change, reason })
    }
    return told
  }

  get hasPendingChanges(): boolean {
    return this.changes.size > 0
  }

  /** REST lists everything, and not this: there is none of it. */
  clearBalance(asset: string, receiveTimeUs: EpochUs): readonly BalanceEvent[] {
    const known = this.balances.get(asset)
    if (known === undefined) return []
    const { wallet, crossWallet } = known.event
    const event: BalanceEvent = {
      kind: 'balance',
      account: this.account,
      origin: 'reconcile',
      receiveTimeUs,
      asset,
      free: '0',
      locked: '0',
      ...(wallet === undefined ? {} : { wallet: '0' }),
      ...(crossWallet === undefined ? {} : { crossWallet: '0' }),
    }
    return this.balances.clear(asset, event) ? [event] : []
  }

  clearPosition(key: string, receiveTimeUs: EpochUs): readonly PositionEvent[] {
    const known = this.positions.get(key)
    if (known === undefined) return []
    const { instrument, positionSide, marginType, leverage } = known.event
    const event: PositionEvent = {
      kind: 'position',
      account: this.account,
      origin: 'reconcile',
      receiveTimeUs,
      instrument,
      positionSide,
      quantity: '0',
      entryPrice: '0',
      marginType,
      leverage,
    }
    return this.positions.clear(key, event) ? [event] : []
  }

  /** Of an order that the venue does not know any more: nothing will be heard of it. */
  lostOrder(instrument: InstrumentId, orderId: string, receiveTimeUs: EpochUs): readonly OrderEvent[] {
    const known = this.orders.find(instrument, orderId)
    if (known === undefined) return []
    const reason = 'the venue does not know this order any more'
    const event: OrderEvent = { ...known.event, status: 'expired', origin: 'reconcile', receiveTimeUs, reason }
    return this.orders.tell(event, known.timeUs, undefined) ? [event] : []
  }

  private tellOrder(event: OrderEvent, update: ToldUpdate, context: TellContext): readonly OrderEvent[] {
    const mayBeOlder = context.origin === 'stream' ? update.timeUs <= this.firstLookUs : context.isFirstLook === true
    const isTold = this.orders.tell(event, update.timeUs, update.executionId, mayBeOlder)
    if (!isTold) return []
    return [this.orders.find(event.instrument, event.orderId)?.event ?? event]
  }

  /** What REST reads for the first time, or again, is no news. */
  private tellConfig(event: AccountConfigEvent): readonly AccountConfigEvent[] {
    const key = `${event.setting}|${event.instrument ?? ''}`
    const known = this.settings.get(key)
    this.settings.set(key, event.value)
    const isNews = known === undefined ? event.origin === 'stream' : known !== event.value
    return isNews ? [event] : []
  }

  private tellFill(event: FillEvent): readonly FillEvent[] {
    if (!this.fills.tell(event)) return []
    this.orders.filled(event.instrument, event.orderId, event.quantity)
    return [event]
  }

  private tellBalance(event: BalanceEvent, timeUs: EpochUs, sentUs: EpochUs): readonly BalanceEvent[] {
    const pending = this.changes.get(event.asset)
    const isDue = pending !== undefined && pending.timeUs <= timeUs
    const whole = isDue ? { ...event, change: pending.change, reason: pending.reason } : event
    const isTold = this.balances.tell(event.asset, whole, timeUs, sentUs)
    const isNewest = this.balances.get(event.asset)?.timeUs === timeUs
    if (isDue && isNewest) this.changes.delete(event.asset)
    return isTold || (isDue && isNewest) ? [whole] : []
  }

  private tellPosition(event: PositionEvent, timeUs: EpochUs, sentUs: EpochUs): readonly PositionEvent[] {
    const key = positionKey(event)
    if (!this.positions.tell(key, event, timeUs, sentUs)) return []
    return [this.positions.get(key)?.event ?? event]
  }
}
