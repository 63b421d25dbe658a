import { ConfigError } from '../../../model/error.ts'
import { badRequest } from '../../rest/rest-error.ts'
import type { Amount } from '../amount.ts'
import { portion, tradeValue } from '../amount.ts'
import type { OwnFill } from '../order.ts'
import { isOpen, remaining } from '../order.ts'
import type { Trader } from '../order-desk.ts'
import { token } from '../tokens.ts'
import type { SpotAccount } from './spot-account.ts'
import { checkPlacement, sweep } from './spot-checks.ts'
import type { Report, SpotExecution } from './spot-events.ts'
import { tellBalances, tellExternalLock, tellOrder, tellTransfer } from './spot-events.ts'
import { checkSmaller } from './spot-filters.ts'
import type { SpotFloor } from './spot-floor.ts'
import { SpotLists } from './spot-lists.ts'
import type { SpotFill, SpotOrder } from './spot-order.ts'
import { isAtMarket, isConditional } from './spot-order.ts'
import { describePrevention } from './spot-preventions.ts'
import type { SpotRequest } from './spot-request.ts'
import { SpotTriggers } from './spot-triggers.ts'
import { baseAmount, need, pay, paying, release, reserve, surplus } from './spot-wallet.ts'

/** Why an order ends, as its owner is told. */
export interface Ending {
  readonly status: SpotOrder['status']
  readonly execution: SpotExecution
  /** `eR` */
  readonly reason?: string
  /** `r` */
  readonly rejectReason?: string | undefined
  readonly prevention?: Report['prevention']
}

/** Acts for one spot account: places and cancels its orders, sets money aside for them, and books what they trade. */
export class SpotTrader implements Trader<SpotOrder> {
  readonly account: SpotAccount
  readonly floor: SpotFloor
  readonly triggers: SpotTriggers
  readonly lists: SpotLists

  constructor(account: SpotAccount, floor: SpotFloor) {
    this.account = account
    this.floor = floor
    this.triggers = new SpotTriggers(floor, order => this.trigger(order))
    this.lists = new SpotLists(this)
  }

  get owner(): number {
    return this.account.owner
  }

  /** What a placement would be refused for. @returns the quantity, also of an order for a value; @throws RestError */
  check(request: SpotRequest): number {
    return checkPlacement(this, request)
  }

  /** @throws RestError with the venue's code when the order is refused */
  place(request: SpotRequest): SpotOrder {
    const order = this.create(request, this.check(request))
    this.account.orders.add(order)
    this.setAside(order)
    if (!isConditional(order)) order.workingUs = this.floor.nowUs()
    this.tell(order, 'NEW')
    if (order.locked > 0n) this.tellPaying(order)
    this.begin(order)
    this.floor.settle()
    return order
  }

  /** With the other orders of its list, where it has one. */
  cancel(order: SpotOrder, cancelId = token(this.floor.chance, 22)): void {
    if (order.list?.status === 'EXECUTING') this.lists.cancel(order.list, cancelId)
    else this.end(order, { status: 'CANCELED', execution: 'CANCELED' }, cancelId)
    this.floor.commit(order.symbol)
    this.floor.settle()
  }

  /** Makes an order smaller in its place. @returns the execution id; @throws RestError -2038, -1013 */
  amend(order: SpotOrder, quantity: number, clientOrderId = token(this.floor.chance, 22)): number {
    const { floor, account } = this
    const instrument = floor.instrument(order.symbol)
    if (quantity > order.quantity) throw badRequest(-2038, 'Order amend (quantity increase) is not supported.')
    if (quantity === order.quantity || quantity <= order.executed) {
      throw badRequest(-2038, 'The requested action would change no state; rejecting.')
    }
    checkSmaller(order.price, quantity, instrument)
    const [from, oldQuantity] = [order.clientOrderId, order.quantity]
    order.quantity = quantity
    order.clientOrderId = clientOrderId
    account.orders.rename(order, from)
    floor.desk(order.symbol).shrink(order, floor.desk(order.symbol).shown(order) - this.slice(order))
    const balance = paying(account, order.side, instrument)
    const spare = order.status === 'PENDING_NEW' ? 0n : surplus(order, instrument, floor.lastPrice(order.symbol))
    reserve(balance, order, -spare)
    this.touch(order, floor.nowUs())
    const executionId = floor.nextExecutionId()
    order.amendments.push({
      executionId,
      from,
      to: clientOrderId,
      oldQuantity,
      newQuantity: quantity,
      atUs: floor.nowUs(),
    })
    const report = { instrument, execution: 'REPLACED', executionId, atUs: floor.nowUs(), formerId: from } as const
    tellOrder(account, order, report)
    if (order.list !== undefined && from !== clientOrderId) this.lists.renamed(order.list)
    if (spare > 0n) this.tellPaying(order)
    floor.commit(order.symbol)
    return executionId
  }

  /** Money from outside, or to it. @throws RestError -2018 when there is too little */
  transfer(asset: string, change: Amount): void {
    const balance = this.account.balance(asset)
    if (balance.free + change < 0n) throw badRequest(-2018, 'Balance is insufficient.')
    balance.free += change
    const atUs = this.floor.nowUs()
    tellTransfer(this.account, asset, change, atUs)
    tellBalances(this.account, [balance], atUs)
  }

  /** Money held back by something outside of trading, or set free. @throws ConfigError when there is too little */
  lock(asset: string, change: Amount): void {
    const balance = this.account.balance(asset)
    const isShort = balance.free - change < 0n || balance.locked + change < 0n
    if (isShort) throw new ConfigError(`there is too little ${asset} to lock, or to set free`)
    balance.free -= change
    balance.locked += change
    tellExternalLock(this.account, asset, change, this.floor.nowUs())
  }

  filled(order: SpotOrder, fill: OwnFill): void {
    const { account, floor } = this
    const instrument = floor.instrument(order.symbol)
    const isBuyer = order.side === 'BUY'
    this.lists.filling(order)
    const value = tradeValue(instrument, fill.price, fill.quantity)
    const size = baseAmount(instrument, fill.quantity)
    const received = isBuyer ? size : value
    const fee = portion(received, fill.isMaker ? account.makerRate : account.takerRate)
    const [base, quote] = [account.balance(instrument.baseAsset), account.balance(instrument.quoteAsset)]
    const feeAsset = isBuyer ? base.asset : quote.asset
    pay(paying(account, order.side, instrument), order, instrument, {
      quantity: fill.quantity,
      cost: isBuyer ? value : size,
    })
    const income = isBuyer ? base : quote
    income.free += received - fee
    order.executed += fill.quantity
    order.value += value
    order.status = order.executed >= order.quantity ? 'FILLED' : 'PARTIALLY_FILLED'
    this.touch(order, fill.atUs)
    account.addFill(fillRow(order, fill, { value, fee, feeAsset }))
    const executionId = floor.nextExecutionId()
    const booked = { ...fill, value, fee, feeAsset }
    tellOrder(account, order, { instrument, execution: 'TRADE', executionId, atUs: fill.atUs, fill: booked })
    if (order.status === 'FILLED') this.lists.ended(order)
    tellBalances(account, [base, quote], fill.atUs)
    // What an iceberg shows next comes after the trade.
    if (fill.isMaker && isOpen(order) && order.bookId === undefined) floor.soon(() => this.replenish(order))
  }

  /** A resting order gave way to another of the account. */
  prevented(order: SpotOrder, taker: SpotOrder): void {
    this.prevent(order, taker, order)
  }

  /** What begins an order that has been told as new: it waits for its trigger, or works. */
  begin(order: SpotOrder): void {
    if (isConditional(order) && order.workingUs === 0) this.triggers.add(order)
    else this.work(order)
  }

  create(request: SpotRequest, quantity: number): SpotOrder {
    const [atUs, nowMs] = [this.floor.nowUs(), this.floor.nowMs()]
    return {
      ...request,
      quantity,
      id: this.floor.nextOrderId(),
      clientOrderId: request.clientOrderId ?? token(this.floor.chance, 22),
      executed: 0,
      value: 0n,
      status: 'NEW',
      createdMs: nowMs,
      updatedMs: nowMs,
      createdUs: atUs,
      updatedUs: atUs,
      workingUs: 0,
      trailingUs: 0,
      extreme: 0,
      bookId: undefined,
      locked: 0n,
      expiryReason: '',
      cancelId: undefined,
      list: undefined,
      preventedQuantity: 0,
      amendments: [],
    }
  }

  /** Ends an order, wherever it is. `isQuiet` when its caller tells the balances and the list. */
  end(order: SpotOrder, ending: Ending, cancelId?: string, isQuiet = false): void {
    this.floor.desk(order.symbol).remove(order)
    this.triggers.remove(order)
    order.status = ending.status
    order.expiryReason = ending.reason ?? ''
    order.cancelId = cancelId
    this.touch(order, this.floor.nowUs())
    const instrument = this.floor.instrument(order.symbol)
    const wasLocked = release(paying(this.account, order.side, instrument), order)
    this.tell(order, ending.execution, ending)
    if (!isQuiet) this.lists.ended(order)
    if (wasLocked && !isQuiet) this.tellPaying(order)
  }

  tell(order: SpotOrder, execution: SpotExecution, more: Partial<Report> = {}): void {
    const { floor } = this
    const instrument = floor.instrument(order.symbol)
    const executionId = floor.nextExecutionId()
    tellOrder(this.account, order, { ...more, instrument, execution, executionId, atUs: floor.nowUs() })
  }

  tellPaying(order: SpotOrder): void {
    const balance = paying(this.account, order.side, this.floor.instrument(order.symbol))
    tellBalances(this.account, [balance], this.floor.nowUs())
  }

  /** Sets aside what an order needs beyond what is set aside for it already. */
  setAside(order: SpotOrder, wanted = this.needOf(order)): void {
    const balance = paying(this.account, order.side, this.floor.instrument(order.symbol))
    if (wanted > order.locked) reserve(balance, order, wanted - order.locked)
  }

  needOf(order: SpotOrder): Amount {
    if (order.type === 'MARKET') return 0n
    return need(order, remaining(order), this.floor.instrument(order.symbol), this.floor.lastPrice(order.symbol))
  }

  /** The price has reached a conditional order. */
  private trigger(order: SpotOrder): void {
    if (!isOpen(order) || order.workingUs > 0) return
    const instrument = this.floor.instrument(order.symbol)
    const hasFreed = this.lists.triggered(order)
    order.workingUs = this.floor.nowUs()
    this.touch(order, order.workingUs)
    const balance = paying(this.account, order.side, instrument)
    if (isAtMarket(order) && order.side === 'BUY') {
      release(balance, order)
      if (sweep(this, order, instrument).value > balance.free) {
        const rejectReason = 'INSUFFICIENT_BALANCES'
        this.end(order, { status: 'REJECTED', execution: 'REJECTED', rejectReason })
        this.tellPaying(order)
        return
      }
    } else this.setAside(order)
    this.tell(order, 'NEW')
    if (hasFreed) this.tellPaying(order)
    this.work(order)
  }

  private work(order: SpotOrder): void {
    const { floor } = this
    const desk = floor.desk(order.symbol)
    const limit = isAtMarket(order) ? undefined : order.price
    if (order.timeInForce === 'FOK' && !desk.wouldFill(this, order, limit)) {
      this.expire(order, 'UNFILLED_FOK_ORDER_EXPIRED')
      return
    }
    const outcome = desk.take(this, order, limit, floor.nowUs())
    if (isOpen(order)) {
      const own = outcome === 'prevented' ? desk.ownInTheWay(this, order, limit) : undefined
      if (outcome === 'prevented') this.prevent(order, order, own)
      else if (isAtMarket(order)) this.expire(order, 'INSUFFICIENT_LIQUIDITY')
      else if (order.timeInForce === 'IOC') this.expire(order, 'UNFILLED_IOC_QUANTITY_EXPIRED')
      else desk.rest(this, order, this.slice(order))
    }
    floor.commit(order.symbol)
  }

  private expire(order: SpotOrder, reason: string): void {
    this.end(order, { status: 'EXPIRED', execution: 'EXPIRED', reason })
  }

  private replenish(order: SpotOrder): void {
    if (isOpen(order) && order.bookId === undefined) this.work(order)
  }

  /** What of an order the book may show. */
  private slice(order: SpotOrder): number {
    const left = remaining(order)
    return order.icebergQuantity === 0 ? left : Math.min(left, order.icebergQuantity)
  }

  private prevent(order: SpotOrder, taker: SpotOrder, maker: SpotOrder | undefined): void {
    const prevention = maker === undefined ? undefined : describePrevention(this, order, taker, maker)
    const told = prevention === undefined ? {} : { prevention }
    this.end(order, { status: 'EXPIRED_IN_MATCH', execution: 'TRADE_PREVENTION', ...told })
  }

  private touch(order: SpotOrder, atUs: number): void {
    order.updatedUs = atUs
    order.updatedMs = Math.floor(atUs / 1000)
  }
}

function fillRow(
  order: SpotOrder,
  fill: OwnFill,
  money: { readonly value: Amount; readonly fee: Amount; readonly feeAsset: string },
): SpotFill {
  const { price, quantity, isMaker } = fill
  return {
    id: fill.tradeId,
    symbol: order.symbol,
    orderId: order.id,
    orderListId: order.list?.id ?? -1,
    isBuyer: order.side === 'BUY',
    isMaker,
    price,
    quantity,
    ...money,
    timeMs: Math.floor(fill.atUs / 1000),
    timeUs: fill.atUs,
  }
}
