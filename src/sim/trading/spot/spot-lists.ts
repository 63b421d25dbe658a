import { badRequest } from '../../rest/rest-error.ts'
import type { Amount } from '../amount.ts'
import { spotFilters } from '../filter-values.ts'
import { bookSide, isOpen } from '../order.ts'
import { token } from '../tokens.ts'
import type { SpotBalance } from './spot-account.ts'
import { checkFunds, checkPlacement, checkShape, sweep, wantedOf } from './spot-checks.ts'
import { tellBalances, tellList } from './spot-events.ts'
import { fail } from './spot-filters.ts'
import type { ListPlan } from './spot-list-request.ts'
import type { SpotOrder } from './spot-order.ts'
import { isTriggeredAbove } from './spot-order.ts'
import type { SpotOrderList } from './spot-order-list.ts'
import type { SpotRequest } from './spot-request.ts'
import type { Ending, SpotTrader } from './spot-trader.ts'
import { paying } from './spot-wallet.ts'

/** Orders that depend on each other: one that ends the other, and such as wait until another has filled. */
export class SpotLists {
  private readonly trader: SpotTrader

  constructor(trader: SpotTrader) {
    this.trader = trader
  }

  find(id: number | undefined, clientId: string | undefined): SpotOrderList | undefined {
    const { lists } = this.trader.account
    if (id !== undefined) return lists.get(id)
    return [...lists.values()].reverse().find(list => list.clientId === clientId)
  }

  /** @throws RestError with the venue's code when any of its orders is refused: then none is placed */
  place(plan: ListPlan): SpotOrderList {
    const { trader } = this
    this.check(plan)
    const list = this.create(plan)
    trader.account.addList(list)
    const [first] = list.orders
    const began = plan.working === undefined || first === undefined ? list.pair : [first]
    this.setAside(began)
    for (const order of list.orders) {
      trader.account.orders.add(order)
      trader.tell(order, 'NEW')
    }
    this.tell(list, 'EXEC_STARTED')
    this.tellPaying(began)
    for (const order of began) trader.begin(order)
    trader.floor.settle()
    return list
  }

  /** All of its orders, those that still wait included. */
  cancel(list: SpotOrderList, cancelId: string): void {
    const open = list.orders.filter(isOpen)
    for (const order of open) {
      this.trader.end(order, { status: 'CANCELED', execution: 'CANCELED' }, cancelId, true)
    }
    this.finish(list)
    this.tellPaying(open)
  }

  /** One of its orders has another client id. */
  renamed(list: SpotOrderList): void {
    this.tell(list, 'UPDATED')
  }

  /** An order is about to be told of its first trade: the other of a pair ends before. */
  filling(order: SpotOrder): void {
    if (order.executed === 0) this.triggered(order)
  }

  /** One order of a pair has come alive: the other ends. @returns whether one did; its caller tells the balances */
  triggered(order: SpotOrder): boolean {
    const { list } = order
    if (list === undefined || !list.pair.includes(order)) return false
    const ending: Ending = { status: 'EXPIRED', execution: 'EXPIRED', reason: 'OCO_TRIGGER' }
    const others = list.pair.filter(other => other !== order && isOpen(other))
    for (const other of others) this.trader.end(other, ending, undefined, true)
    return others.length > 0
  }

  /** An order has ended, filled or not. */
  ended(order: SpotOrder): void {
    const { list } = order
    if (list === undefined || list.status !== 'EXECUTING') return
    const [first] = list.orders
    if (order === first && list.pending.some(({ status }) => status === 'PENDING_NEW')) {
      if (order.status === 'FILLED') this.trader.floor.soon(() => this.begin(list))
      else this.endPending(list, { status: 'EXPIRED', execution: 'EXPIRED', reason: 'OTO_PHASE_ONE_EXPIRED' })
      return
    }
    // A pair whose working order could not go on does not leave the other behind.
    for (const other of list.pair) {
      if (isOpen(other)) this.trader.end(other, { status: 'EXPIRED', execution: 'EXPIRED' }, undefined, true)
    }
    if (!list.orders.some(isOpen)) this.finish(list)
  }

  /** The working order has filled. */
  private begin(list: SpotOrderList): void {
    const { trader } = this
    const waiting = list.pending.filter(({ status }) => status === 'PENDING_NEW')
    if (waiting.length === 0) return
    if (!this.isCovered(waiting)) {
      this.endPending(list, { status: 'REJECTED', execution: 'REJECTED', rejectReason: 'INSUFFICIENT_BALANCES' })
      return
    }
    for (const order of waiting) {
      order.status = 'NEW'
      if (order.stopPrice === 0 && order.trailingDelta === 0) order.workingUs = trader.floor.nowUs()
    }
    this.setAside(waiting)
    for (const order of waiting) trader.tell(order, 'NEW')
    this.tellPaying(waiting)
    for (const order of waiting) if (isOpen(order)) this.start(order)
  }

  private start(order: SpotOrder): void {
    const { trader } = this
    const { book } = trader.floor.listed(order.symbol).market
    if (order.type !== 'LIMIT_MAKER' || !book.wouldTrade(bookSide(order.side), order.price)) {
      trader.begin(order)
      return
    }
    const rejectReason = 'WOULD_MATCH_IMMEDIATELY'
    trader.end(order, { status: 'REJECTED', execution: 'REJECTED', rejectReason })
  }

  private endPending(list: SpotOrderList, ending: Ending): void {
    for (const order of list.pending) if (isOpen(order)) this.trader.end(order, ending, undefined, true)
    this.finish(list)
  }

  private finish(list: SpotOrderList): void {
    list.status = 'ALL_DONE'
    this.tell(list, 'ALL_DONE')
  }

  /** Of a pair only one can trade: what the dearer one needs covers both. */
  private setAside(orders: readonly SpotOrder[]): void {
    let covered: Amount = 0n
    for (const order of orders) {
      const wanted = this.trader.needOf(order)
      this.trader.setAside(order, wanted - covered)
      if (wanted > covered) covered = wanted
    }
  }

  private isCovered(orders: readonly SpotOrder[]): boolean {
    const { account, floor } = this.trader
    return orders.every(order => {
      const instrument = floor.instrument(order.symbol)
      const isMarketBuy = order.type === 'MARKET' && order.side === 'BUY'
      const wanted = isMarketBuy
        ? sweep(this.trader, order, instrument).value
        : wantedOf(this.trader, order, order.quantity)
      return paying(account, order.side, instrument).free >= wanted
    })
  }

  private tell(list: SpotOrderList, type: 'EXEC_STARTED' | 'UPDATED' | 'ALL_DONE'): void {
    const { account, floor } = this.trader
    list.updatedUs = floor.nowUs()
    tellList(account, list, type, floor.nowUs())
  }

  private tellPaying(orders: readonly SpotOrder[]): void {
    const { account, floor } = this.trader
    const balances = new Set<SpotBalance>()
    for (const { side, symbol } of orders) balances.add(paying(account, side, floor.instrument(symbol)))
    if (balances.size > 0) tellBalances(account, [...balances], floor.nowUs())
  }

  private check(plan: ListPlan): void {
    const { trader } = this
    const { account, floor } = trader
    const instrument = floor.instrument(plan.symbol)
    const open = account.openLists()
    if (open.filter(list => list.symbol === plan.symbol).length >= spotFilters.maxOrderLists) {
      fail('MAX_NUM_ORDER_LISTS')
    }
    if (open.some(list => list.clientId === plan.clientId)) throw badRequest(-2010, 'Duplicate order sent.')
    checkNames([...(plan.working === undefined ? [] : [plan.working]), ...plan.others])
    if (plan.working !== undefined) checkPlacement(trader, plan.working)
    for (const [index, request] of plan.others.entries()) checkShape(trader, request, index)
    if (plan.isPair) this.checkPrices(plan)
    if (plan.working !== undefined) return
    for (const request of plan.others) {
      checkFunds(trader, request, instrument, wantedOf(trader, request, request.quantity))
    }
  }

  /** One order of a pair lies above the last price, the other below. @throws RestError -2010 */
  private checkPrices({ others, symbol, working }: ListPlan): void {
    const last = this.trader.floor.lastPrice(symbol)
    const levels = others.map(request => ({
      isAbove: isAbove(request),
      price: request.type === 'LIMIT_MAKER' ? request.price : request.stopPrice,
    }))
    const [one, two] = levels
    const isRight =
      working === undefined
        ? levels.every(({ price, isAbove }) => price === 0 || (isAbove ? price > last : price < last))
        : one === undefined || two === undefined || one.price === 0 || two.price === 0
          ? true
          : one.isAbove
            ? one.price > two.price
            : one.price < two.price
    if (!isRight) throw badRequest(-2010, 'The relationship of the prices for the orders is not correct.')
  }

  private create({ symbol, working, others, clientId, isPair, contingency }: ListPlan): SpotOrderList {
    const { trader } = this
    const { floor } = trader
    const first = working === undefined ? undefined : this.order(working)
    const rest = others.map(request => this.order(request))
    const list: SpotOrderList = {
      id: floor.nextListId(),
      clientId: clientId ?? token(floor.chance, 22),
      symbol,
      contingency,
      orders: first === undefined ? rest : [first, ...rest],
      pending: first === undefined ? [] : rest,
      pair: isPair ? rest : [],
      status: 'EXECUTING',
      createdMs: floor.nowMs(),
      createdUs: floor.nowUs(),
      updatedUs: floor.nowUs(),
    }
    for (const order of list.orders) order.list = list
    for (const order of list.pending) order.status = 'PENDING_NEW'
    for (const order of list.orders) {
      if (order.status === 'NEW' && order.stopPrice === 0 && order.trailingDelta === 0) order.workingUs = floor.nowUs()
    }
    return list
  }

  private order(request: SpotRequest): SpotOrder {
    const { floor } = this.trader
    const instrument = floor.instrument(request.symbol)
    const quantity = request.quantity > 0 ? request.quantity : sweep(this.trader, request, instrument).quantity
    return this.trader.create(request, quantity)
  }
}

/** Where an order of a pair lies against the last price. */
function isAbove(request: SpotRequest): boolean {
  return request.type === 'LIMIT_MAKER' ? request.side === 'SELL' : isTriggeredAbove(request)
}

/** @throws RestError -2010 when two orders of a list bear one name */
function checkNames(requests: readonly SpotRequest[]): void {
  const names = requests.flatMap(({ clientOrderId }) => clientOrderId ?? [])
  if (new Set(names).size < names.length) throw badRequest(-2010, 'Duplicate order sent.')
}
