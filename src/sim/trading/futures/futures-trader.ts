import { badRequest } from '../../rest/rest-error.ts'
import type { Amount } from '../amount.ts'
import { divide, portion, tradeValue } from '../amount.ts'
import { futuresFilters } from '../filter-values.ts'
import type { OwnFill } from '../order.ts'
import { bookSide, isOpen, remaining } from '../order.ts'
import type { Trader } from '../order-desk.ts'
import { token } from '../tokens.ts'
import type { FuturesAccount } from './futures-account.ts'
import { marginAsset } from './futures-account.ts'
import type { Execution } from './futures-events.ts'
import type { FuturesFloor } from './futures-floor.ts'
import { assetMargin, isClosing } from './futures-margin.ts'
import type { Expiry, FuturesOrder } from './futures-order.ts'
import { expiry } from './futures-order.ts'
import type { Position } from './futures-position.ts'
import { bookTrade } from './futures-position.ts'
import type { FuturesRequest } from './futures-request.ts'
import { checkFilters } from './futures-request.ts'

/** Told of what one account does, after its own books are in order. */
export interface TraderListener {
  filled(trader: FuturesTrader, order: FuturesOrder): void
  ended(trader: FuturesTrader, order: FuturesOrder): void
}

export interface Placed {
  readonly order: FuturesOrder
  /** As it was when it was accepted: what a short answer shows. */
  readonly accepted: FuturesOrder
}

/** Times one order may be changed. */
const mostAmendments = 10_000

/** Acts for one futures account: places, amends and cancels its orders, and books what they trade. */
export class FuturesTrader implements Trader<FuturesOrder> {
  readonly account: FuturesAccount
  readonly floor: FuturesFloor
  private readonly listener: TraderListener

  constructor(account: FuturesAccount, floor: FuturesFloor, listener: TraderListener) {
    this.account = account
    this.floor = floor
    this.listener = listener
  }

  get owner(): number {
    return this.account.owner
  }

  /**
   * `whenAccepted` is called before anything trades.
   * @throws RestError with the venue's code when the order is refused
   */
  place(request: FuturesRequest, whenAccepted?: (order: FuturesOrder) => void): Placed {
    const quantity = this.check(request)
    const order = this.create({ ...request, quantity })
    this.refuseAtOnce(order)
    this.account.orders.add(order)
    whenAccepted?.(order)
    this.tell(order, 'NEW')
    const accepted = { ...order }
    this.work(order)
    return { order, accepted }
  }

  /** What a placement would be refused for; nothing is placed. @returns the order as it would be; @throws RestError */
  test(request: FuturesRequest): FuturesOrder {
    const quantity = this.check(request)
    const order = { ...this.create({ ...request, quantity }), id: 0 }
    this.refuseAtOnce(order)
    return order
  }

  /** Changes price and quantity of a resting order; it goes to the end of its queue. @throws RestError */
  amend(order: FuturesOrder, price: number, quantity: number, modifyId: string | undefined): void {
    if (price === order.price && quantity === order.quantity) throw badRequest(-5027, 'No need to modify the order.')
    if (this.account.amendments.filter(({ orderId }) => orderId === order.id).length >= mostAmendments) {
      throw badRequest(-5026, 'Exceed maximum modify order limit.')
    }
    checkFilters({ ...order, clientOrderId: undefined, price, quantity }, this.floor)
    const isMore = quantity > order.quantity || price !== order.price
    if (isMore && !order.reduceOnly && !isClosing(order)) {
      const grown = tradeValue(this.floor.instrument(order.symbol), price, quantity - order.executed)
      this.checkMargin(order, grown - this.restValue(order))
    }
    this.floor.desk(order.symbol).remove(order)
    const { book } = this.floor.listed(order.symbol).market
    const wouldTake = order.timeInForce === 'GTX' && book.wouldTrade(bookSide(order.side), price)
    this.note(order, price, quantity)
    order.price = price
    order.quantity = quantity
    if (quantity <= order.executed || wouldTake) {
      this.end(order, 'CANCELED', 'CANCELED')
      this.floor.commit(order.symbol)
      return
    }
    this.touch(order)
    this.tell(order, 'AMENDMENT', modifyId === undefined ? {} : { modifyId })
    this.work(order)
  }

  cancel(order: FuturesOrder): void {
    this.remove(order, 'CANCELED', 'CANCELED')
    this.floor.commit(order.symbol)
  }

  /** Ends an open order for a reason of the venue's. */
  expire(order: FuturesOrder, reason: Expiry): void {
    if (!isOpen(order)) return
    order.expiry = reason
    this.remove(order, 'EXPIRED', 'EXPIRED')
    this.floor.commit(order.symbol)
  }

  /** Everything open, oldest first, as when an account is liquidated. */
  expireAll(reason: Expiry): void {
    for (const order of this.account.orders.open()) this.expire(order, reason)
  }

  /** Places the venue's own order that closes a position; beyond `bound` it does not trade. */
  liquidate(position: Position, bound: number): FuturesOrder {
    const clientOrderId = `autoclose-${this.floor.nextOrderId()}`
    const order = this.force(position, bound, Math.abs(position.quantity), clientOrderId, expiry.liquidation)
    this.floor.desk(order.symbol).take(this, order, bound, this.floor.nowUs())
    this.floor.commit(order.symbol)
    return order
  }

  /** Reduces a position at a price that the venue sets, against no book. */
  deleverage(position: Position, price: number, quantity: number): void {
    this.bookHidden(this.force(position, price, quantity, 'adl_autoclose', expiry.none), price, quantity)
  }

  /** An order of the venue's own against a position. */
  private force(
    position: Position,
    bound: number,
    quantity: number,
    clientOrderId: string,
    reason: Expiry,
  ): FuturesOrder {
    const side = position.quantity > 0 ? 'SELL' : 'BUY'
    const order = this.create({
      symbol: position.symbol,
      side,
      positionSide: position.side,
      type: 'LIMIT',
      timeInForce: 'IOC',
      quantity,
      price: bound,
      reduceOnly: true,
      clientOrderId,
      stp: 'NONE',
      workingType: 'CONTRACT_PRICE',
      priceProtect: false,
      priceMatch: 'NONE',
      goodTillMs: 0,
      isLiquidation: true,
    })
    order.expiry = reason
    this.account.orders.add(order)
    this.tell(order, 'NEW')
    return order
  }

  /** Books a trade with the insurance fund, which no book shows. */
  bookHidden(order: FuturesOrder, price: number, quantity: number): void {
    const tradeId = this.floor.listed(order.symbol).market.hiddenTradeId()
    this.filled(order, { tradeId, price, quantity, isMaker: false, atUs: this.floor.nowUs() })
  }

  filled(order: FuturesOrder, fill: OwnFill): void {
    const { account, floor } = this
    const instrument = floor.instrument(order.symbol)
    const asset = marginAsset(instrument)
    const timeMs = Math.floor(fill.atUs / 1000)
    const value = tradeValue(instrument, fill.price, fill.quantity)
    const fee = portion(value, fill.isMaker ? account.makerRate : account.takerRate)
    order.executed += fill.quantity
    order.value += value
    order.status = order.executed >= order.quantity ? 'FILLED' : 'PARTIALLY_FILLED'
    order.updatedMs = timeMs
    const position = account.position(order.symbol, order.positionSide)
    const realized = this.settle(position, order, fill, fee)
    position.updatedMs = timeMs
    account.wallet(asset).updatedMs = timeMs
    const { symbol, side, positionSide } = order
    const { price, quantity, isMaker, tradeId } = fill
    const row = { symbol, side, positionSide, price, quantity, isMaker, value, fee, realized, timeMs }
    account.addFill({ ...row, id: tradeId, orderId: order.id, feeAsset: asset })
    const id = floor.nextRowId()
    if (realized !== 0n)
      account.addIncome({ symbol, type: 'REALIZED_PNL', amount: realized, asset, timeMs, id, tradeId })
    account.addIncome({ symbol, type: 'COMMISSION', amount: -fee, asset, timeMs, id, tradeId })
    const booked = { ...fill, fee, realized }
    if (!order.isLiquidation) floor.events.tradeLite(account, order, booked, timeMs)
    floor.events.account(account, timeMs, { reason: 'ORDER', assets: [asset], positions: [position] })
    floor.events.order(account, order, order.isLiquidation ? 'CALCULATED' : 'TRADE', timeMs, { fill: booked })
    this.listener.filled(this, order)
    if (order.status === 'FILLED') this.listener.ended(this, order)
  }

  prevented(order: FuturesOrder): void {
    order.expiry = expiry.selfTrade
    this.end(order, 'EXPIRED_IN_MATCH', 'EXPIRED')
  }

  /** Units that orders against a position may still close. */
  closable(symbol: string, positionSide: FuturesOrder['positionSide'], side: FuturesOrder['side']): number {
    const { quantity } = this.account.position(symbol, positionSide)
    const isAgainst = quantity > 0 ? side === 'SELL' : quantity < 0 && side === 'BUY'
    if (!isAgainst) return 0
    let taken = 0
    for (const order of this.account.orders.open(symbol)) {
      const closes = order.reduceOnly || isClosing(order)
      if (closes && order.side === side && order.positionSide === positionSide) taken += remaining(order)
    }
    return Math.max(0, Math.abs(quantity) - taken)
  }

  /** Trades what trades, and rests or ends what is left. */
  private work(order: FuturesOrder): void {
    const { floor } = this
    const desk = floor.desk(order.symbol)
    const limit = order.type === 'MARKET' ? this.marketBound(order) : order.price
    const outcome = desk.take(this, order, limit, floor.nowUs())
    if (isOpen(order)) {
      if (outcome === 'prevented') this.prevented(order)
      else if (order.type === 'MARKET') this.expireRest(order, expiry.marketRest)
      else if (order.timeInForce === 'IOC' || order.timeInForce === 'FOK') this.expireRest(order, expiry.iocRest)
      else {
        desk.rest(this, order)
        if (order.goodTillMs > 0) {
          floor.source.world.scheduler.at(order.goodTillMs * 1000, () => this.expire(order, expiry.none))
        }
      }
    }
    floor.commit(order.symbol)
  }

  private note(order: FuturesOrder, priceAfter: number, quantityAfter: number): void {
    const { account, floor } = this
    account.addAmendment({
      id: floor.nextRowId(),
      symbol: order.symbol,
      orderId: order.id,
      clientOrderId: order.clientOrderId,
      priceBefore: order.price,
      priceAfter,
      quantityBefore: order.quantity,
      quantityAfter,
      count: account.amendments.filter(({ orderId }) => orderId === order.id).length + 1,
      timeMs: floor.nowMs(),
    })
  }

  private expireRest(order: FuturesOrder, reason: Expiry): void {
    order.expiry = reason
    this.end(order, 'EXPIRED', 'EXPIRED')
  }

  private remove(order: FuturesOrder, status: FuturesOrder['status'], execution: Execution): void {
    this.floor.desk(order.symbol).remove(order)
    this.end(order, status, execution)
  }

  private end(order: FuturesOrder, status: FuturesOrder['status'], execution: Execution): void {
    order.status = status
    this.touch(order)
    this.tell(order, execution)
    this.listener.ended(this, order)
  }

  private touch(order: FuturesOrder): void {
    order.updatedMs = this.floor.nowMs()
  }

  private tell(order: FuturesOrder, execution: Execution, detail: { readonly modifyId?: string } = {}): void {
    this.floor.events.order(this.account, order, execution, this.floor.nowMs(), detail)
  }

  /** Money and margin of a trade: closing first, then opening. @returns what was realised */
  private settle(position: Position, order: FuturesOrder, fill: OwnFill, fee: Amount): Amount {
    const instrument = this.floor.instrument(order.symbol)
    const wallet = this.account.wallet(marginAsset(instrument))
    const held = Math.abs(position.quantity)
    const { price, quantity } = fill
    const { realized, closed, opened } = bookTrade(instrument, position, {
      isBuy: order.side === 'BUY',
      price,
      quantity,
    })
    wallet.crossed += realized - fee
    if (opened > 0) position.fees += divide(fee * BigInt(opened), BigInt(quantity))
    const { isIsolated, leverage } = this.account.symbol(order.symbol)
    if (!isIsolated) return realized
    const freed = closed === 0 ? 0n : (position.isolatedWallet * BigInt(closed)) / BigInt(held)
    const bound = divide(tradeValue(instrument, price, opened), BigInt(leverage))
    position.isolatedWallet += bound - freed
    wallet.crossed += freed - bound
    return realized
  }

  private create(request: FuturesRequest & { readonly isLiquidation?: boolean }): FuturesOrder {
    const nowMs = this.floor.nowMs()
    return {
      ...request,
      id: this.floor.nextOrderId(),
      clientOrderId: request.clientOrderId ?? token(this.floor.chance, 22),
      closePosition: request.closePosition ?? false,
      originalType: request.originalType ?? request.type,
      stopPrice: request.stopPrice ?? 0,
      isLiquidation: request.isLiquidation ?? false,
      executed: 0,
      value: 0n,
      status: 'NEW',
      createdMs: nowMs,
      updatedMs: nowMs,
      bookId: undefined,
      expiry: expiry.none,
    }
  }

  /** All rules that need the account. @returns the quantity, cut where a reducing order asks for too much */
  private check(request: FuturesRequest): number {
    const { account, floor } = this
    const { symbol, positionSide, side } = request
    floor.checkTrading(symbol)
    if (account.isDual !== (positionSide !== 'BOTH')) {
      throw badRequest(-4061, "Order's position side does not match user's setting.")
    }
    if (account.isDual && request.reduceOnly) throw badRequest(-1106, "Parameter 'reduceonly' sent when not required.")
    checkFilters(request, floor)
    const open = account.orders.open(symbol)
    if (open.length >= futuresFilters.maxOrders) throw badRequest(-2025, 'Reach max open order limit.')
    if (open.some(order => order.clientOrderId === request.clientOrderId)) {
      throw badRequest(-4116, 'ClientOrderId is duplicated.')
    }
    if (request.reduceOnly || isClosing(request)) {
      const closable = this.closable(symbol, positionSide, side)
      const goesAtOnce = request.type === 'MARKET' || request.timeInForce === 'IOC' || request.timeInForce === 'FOK'
      if (closable === 0 || (request.quantity > closable && !(goesAtOnce && request.reduceOnly))) {
        throw badRequest(-2022, 'ReduceOnly Order is rejected.')
      }
      return Math.min(closable, request.quantity)
    }
    const touch = floor.listed(symbol).market.book.bestPrice(side === 'BUY' ? 'ask' : 'bid')
    const price = request.type === 'MARKET' ? (touch ?? Math.round(floor.markUnits(symbol))) : request.price
    this.checkMargin(request, tradeValue(floor.instrument(symbol), price, request.quantity))
    return request.quantity
  }

  /** @throws RestError -2019 when the margin does not cover so much more */
  private checkMargin(request: Pick<FuturesRequest, 'symbol' | 'side'>, value: Amount): void {
    const { account, floor } = this
    const asset = marginAsset(floor.instrument(request.symbol))
    const before = assetMargin(account, asset, floor)
    const after = assetMargin(account, asset, floor, { symbol: request.symbol, isBuy: request.side === 'BUY', value })
    const grows = after.openOrderInitial > before.openOrderInitial
    if (grows && after.available < 0n) throw badRequest(-2019, 'Margin is insufficient.')
  }

  private restValue(order: FuturesOrder): Amount {
    return tradeValue(this.floor.instrument(order.symbol), order.price, remaining(order))
  }

  /** Orders that trade in full or not at all, and those that must not trade. @throws RestError -5021, -5022 */
  private refuseAtOnce(order: FuturesOrder): void {
    const { book } = this.floor.listed(order.symbol).market
    const side = bookSide(order.side)
    if (order.timeInForce === 'GTX' && book.wouldTrade(side, order.price)) {
      throw badRequest(
        -5022,
        'Due to the order could not be executed as maker, the Post Only order will be rejected. The order will not be recorded in the order history',
      )
    }
    if (order.timeInForce !== 'FOK') return
    if (!this.floor.desk(order.symbol).wouldFill(this, order, order.price)) {
      throw badRequest(
        -5021,
        'Due to the order could not be filled immediately, the FOK order has been rejected. The order will not be recorded in the order history',
      )
    }
  }

  /** How far from the mark an order at the market may trade. */
  private marketBound(order: FuturesOrder): number {
    const reach = Number(futuresFilters.marketTakeBound)
    const mark = this.floor.markUnits(order.symbol)
    return order.side === 'BUY' ? Math.floor(mark * (1 + reach)) : Math.ceil(mark * (1 - reach))
  }
}
