import { averagePrice } from '../../feeds/trade-feeds.ts'
import type { SimInstrument } from '../../instrument.ts'
import { badRequest } from '../../rest/rest-error.ts'
import type { Amount } from '../amount.ts'
import { amountDecimals, portion, rescale, tradeValue } from '../amount.ts'
import { spotFilters } from '../filter-values.ts'
import type { OrderSide, OwnFill } from '../order.ts'
import { bookSide, isOpen } from '../order.ts'
import type { Trader } from '../order-desk.ts'
import { token } from '../tokens.ts'
import type { SpotAccount, SpotBalance } from './spot-account.ts'
import type { SpotExecution } from './spot-events.ts'
import { tellBalances, tellOrder, tellTransfer } from './spot-events.ts'
import type { SpotFloor } from './spot-floor.ts'
import type { SpotFill, SpotOrder } from './spot-order.ts'
import type { SpotRequest } from './spot-request.ts'
import { checkSpotFilters } from './spot-request.ts'

/** Acts for one spot account: places and cancels its orders, sets money aside for them, and books what they trade. */
export class SpotTrader implements Trader<SpotOrder> {
  readonly account: SpotAccount
  readonly floor: SpotFloor

  constructor(account: SpotAccount, floor: SpotFloor) {
    this.account = account
    this.floor = floor
  }

  get owner(): number {
    return this.account.owner
  }

  /** What a placement would be refused for. @returns the quantity, also of an order for a value; @throws RestError */
  check(request: SpotRequest): number {
    const { account, floor } = this
    const { market } = floor.listed(request.symbol)
    const { instrument } = market
    const sweep =
      request.type === 'MARKET' ? this.sweep(request, instrument) : { quantity: request.quantity, value: 0n }
    const mean = averagePrice(market, floor.nowMs()) ?? floor.lastPrice(request.symbol)
    checkSpotFilters(request, sweep.quantity, instrument, mean, sweep.value)
    const open = account.orders.open(request.symbol)
    if (open.length >= spotFilters.maxOrders) throw badRequest(-1013, 'Filter failure: MAX_NUM_ORDERS')
    if (open.some(order => order.clientOrderId === request.clientOrderId))
      throw badRequest(-2010, 'Duplicate order sent.')
    const needed = this.needed(request, instrument, sweep)
    if (this.paying(request.side, instrument).free < needed) {
      throw badRequest(-2010, 'Account has insufficient balance for requested action.')
    }
    if (request.type === 'LIMIT_MAKER' && market.book.wouldTrade(bookSide(request.side), request.price)) {
      throw badRequest(-2010, 'Order would immediately match and take.')
    }
    return sweep.quantity
  }

  /** @throws RestError with the venue's code when the order is refused */
  place(request: SpotRequest): SpotOrder {
    const quantity = this.check(request)
    const { floor, account } = this
    const instrument = floor.instrument(request.symbol)
    const atUs = floor.nowUs()
    const nowMs = floor.nowMs()
    const order: SpotOrder = {
      ...request,
      quantity,
      id: floor.nextOrderId(),
      clientOrderId: request.clientOrderId ?? token(floor.chance, 22),
      executed: 0,
      value: 0n,
      status: 'NEW',
      createdMs: nowMs,
      updatedMs: nowMs,
      createdUs: atUs,
      updatedUs: atUs,
      bookId: undefined,
      locked: 0n,
      expiryReason: '',
      cancelId: undefined,
    }
    account.orders.add(order)
    this.lock(order, instrument)
    this.tell(order, 'NEW')
    if (order.type !== 'MARKET') this.tellPaying(order)
    this.work(order)
    return order
  }

  cancel(order: SpotOrder, cancelId = token(this.floor.chance, 22)): void {
    order.cancelId = cancelId
    this.floor.desk(order.symbol).remove(order)
    this.end(order, 'CANCELED', 'CANCELED', '')
    this.floor.commit(order.symbol)
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

  filled(order: SpotOrder, fill: OwnFill): void {
    const { account, floor } = this
    const instrument = floor.instrument(order.symbol)
    const isBuyer = order.side === 'BUY'
    const value = tradeValue(instrument, fill.price, fill.quantity)
    const size = baseAmount(instrument, fill.quantity)
    const received = isBuyer ? size : value
    const fee = portion(received, fill.isMaker ? account.makerRate : account.takerRate)
    const [base, quote] = [account.balance(instrument.baseAsset), account.balance(instrument.quoteAsset)]
    const feeAsset = isBuyer ? base.asset : quote.asset
    this.pay(order, instrument, fill, isBuyer ? value : size)
    const income = isBuyer ? base : quote
    income.free += received - fee
    order.executed += fill.quantity
    order.value += value
    order.status = order.executed >= order.quantity ? 'FILLED' : 'PARTIALLY_FILLED'
    this.touch(order, fill.atUs)
    const { symbol } = order
    const { price, quantity, isMaker } = fill
    const timeMs = Math.floor(fill.atUs / 1000)
    const row: SpotFill = {
      id: fill.tradeId,
      symbol,
      orderId: order.id,
      isBuyer,
      isMaker,
      price,
      quantity,
      value,
      fee,
      feeAsset,
      timeMs,
    }
    account.addFill(row)
    const executionId = floor.nextExecutionId()
    const booked = { ...fill, value, fee, feeAsset }
    tellOrder(account, order, { instrument, execution: 'TRADE', executionId, atUs: fill.atUs, fill: booked })
    tellBalances(account, [base, quote], fill.atUs)
  }

  prevented(order: SpotOrder): void {
    this.end(order, 'EXPIRED_IN_MATCH', 'EXPIRED', '')
  }

  private work(order: SpotOrder): void {
    const { floor } = this
    const desk = floor.desk(order.symbol)
    const limit = order.type === 'MARKET' ? undefined : order.price
    if (order.timeInForce === 'FOK' && !desk.wouldFill(this, order, limit)) {
      this.end(order, 'EXPIRED', 'EXPIRED', 'UNFILLED_FOK_ORDER_EXPIRED')
      return
    }
    const outcome = desk.take(this, order, limit, floor.nowUs())
    if (isOpen(order)) {
      if (outcome === 'prevented') this.prevented(order)
      else if (order.type === 'MARKET') this.end(order, 'EXPIRED', 'EXPIRED', 'INSUFFICIENT_LIQUIDITY')
      else if (order.timeInForce === 'IOC') this.end(order, 'EXPIRED', 'EXPIRED', 'UNFILLED_IOC_QUANTITY_EXPIRED')
      else desk.rest(this, order)
    }
    floor.commit(order.symbol)
  }

  private end(order: SpotOrder, status: SpotOrder['status'], execution: SpotExecution, reason: string): void {
    order.status = status
    order.expiryReason = reason
    this.touch(order, this.floor.nowUs())
    const instrument = this.floor.instrument(order.symbol)
    const paying = this.paying(order.side, instrument)
    paying.locked -= order.locked
    paying.free += order.locked
    const wasLocked = order.locked > 0n
    order.locked = 0n
    this.tell(order, execution)
    if (wasLocked) this.tellPaying(order)
  }

  /** Takes what a fill costs out of what was set aside, and gives back what a better price has saved. */
  private pay(order: SpotOrder, instrument: SimInstrument, fill: OwnFill, cost: Amount): void {
    const paying = this.paying(order.side, instrument)
    if (order.type === 'MARKET') {
      paying.free -= cost
      return
    }
    const reserved = order.side === 'BUY' ? tradeValue(instrument, order.price, fill.quantity) : cost
    order.locked -= reserved
    paying.locked -= reserved
    paying.free += reserved - cost
  }

  private lock(order: SpotOrder, instrument: SimInstrument): void {
    if (order.type === 'MARKET') return
    order.locked =
      order.side === 'BUY'
        ? tradeValue(instrument, order.price, order.quantity)
        : baseAmount(instrument, order.quantity)
    const paying = this.paying(order.side, instrument)
    paying.free -= order.locked
    paying.locked += order.locked
  }

  private paying(side: OrderSide, instrument: SimInstrument): SpotBalance {
    return this.account.balance(side === 'BUY' ? instrument.quoteAsset : instrument.baseAsset)
  }

  private needed(request: SpotRequest, instrument: SimInstrument, sweep: Sweep): Amount {
    if (request.side === 'SELL') return baseAmount(instrument, sweep.quantity)
    return request.type === 'MARKET' ? sweep.value : tradeValue(instrument, request.price, request.quantity)
  }

  /** What an order at the market would trade against the others now. */
  private sweep(request: SpotRequest, instrument: SimInstrument): Sweep {
    const side = bookSide(request.side)
    let quantity = 0
    let value = 0n
    this.floor.listed(request.symbol).market.book.forOrders(side === 'bid' ? 'ask' : 'bid', order => {
      if (order.owner === this.owner) return true
      const wanted =
        request.quantity > 0
          ? request.quantity - quantity
          : affordable(instrument, request.quoteQuantity - value, order.price)
      const met = Math.min(order.remaining, wanted)
      if (met <= 0) return false
      quantity += met
      value += tradeValue(instrument, order.price, met)
      return true
    })
    // More than there is may be asked for: the rest expires.
    return { quantity: request.quantity > 0 ? request.quantity : quantity, value }
  }

  private tell(order: SpotOrder, execution: SpotExecution): void {
    const { floor } = this
    const instrument = floor.instrument(order.symbol)
    tellOrder(this.account, order, { instrument, execution, executionId: floor.nextExecutionId(), atUs: floor.nowUs() })
  }

  private tellPaying(order: SpotOrder): void {
    tellBalances(this.account, [this.paying(order.side, this.floor.instrument(order.symbol))], this.floor.nowUs())
  }

  private touch(order: SpotOrder, atUs: number): void {
    order.updatedUs = atUs
    order.updatedMs = Math.floor(atUs / 1000)
  }
}

interface Sweep {
  readonly quantity: number
  readonly value: Amount
}

/** A quantity of base asset as money. */
export function baseAmount({ quantityDecimals }: SimInstrument, quantity: number): Amount {
  return rescale(BigInt(quantity), quantityDecimals, amountDecimals)
}

/** Whole lots that so much money buys at a price. */
function affordable(instrument: SimInstrument, money: Amount, price: number): number {
  const oneLot = tradeValue(instrument, price, instrument.lotUnits)
  return oneLot <= 0n || money <= 0n ? 0 : Number(money / oneLot) * instrument.lotUnits
}
