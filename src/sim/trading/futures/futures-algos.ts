import type { SimInstrument } from '../../instrument.ts'
import { badRequest, missing, RestError } from '../../rest/rest-error.ts'
import { futuresFilters } from '../filter-values.ts'
import type { Params } from '../params.ts'
import { readClientId, readFlag, readSide, readStp } from '../params.ts'
import { token } from '../tokens.ts'
import { readUnits } from '../units.ts'
import type { AlgoOrder, AlgoStatus } from './algo-order.ts'
import { isAlgoType } from './algo-order.ts'
import type { FuturesOrder } from './futures-order.ts'
import { readPositionSide, readTimeInForce, readWorkingType } from './futures-request.ts'
import type { FuturesTrader } from './futures-trader.ts'

/** Closed algo orders kept per account. */
const mostKept = 2000

/** The conditional orders of one account: they wait outside the book until the price they watch reaches their trigger. */
export class FuturesAlgos {
  private readonly trader: FuturesTrader
  private readonly watched = new Set<string>()
  private lastId = 3_000_000_000_003_500

  constructor(trader: FuturesTrader) {
    this.trader = trader
  }

  open(symbol?: string): readonly AlgoOrder[] {
    const { algos } = this.trader.account
    return [...algos.values()].filter(algo => algo.status === 'NEW' && (symbol === undefined || algo.symbol === symbol))
  }

  find(id: number | undefined, clientId: string | undefined): AlgoOrder | undefined {
    const { algos } = this.trader.account
    if (id !== undefined) return algos.get(id)
    return [...algos.values()].reverse().find(algo => algo.clientId === clientId)
  }

  /** @throws RestError with the venue's code when it is refused */
  place(params: Params): AlgoOrder {
    const algo = this.read(params)
    const { account, floor } = this.trader
    floor.checkTrading(algo.symbol)
    if (account.isDual !== (algo.positionSide !== 'BOTH')) {
      throw badRequest(-4061, "Order's position side does not match user's setting.")
    }
    if (this.open(algo.symbol).length >= futuresFilters.maxAlgoOrders)
      throw badRequest(-4045, 'Reach max stop order limit.')
    if (this.open().some(({ clientId }) => clientId === algo.clientId))
      throw badRequest(-4116, 'ClientOrderId is duplicated.')
    if (algo.type !== 'TRAILING_STOP_MARKET' && this.isReached(algo, this.price(algo))) {
      throw badRequest(-2021, 'Order would immediately trigger.')
    }
    account.algos.set(algo.id, algo)
    this.forgetOldest()
    this.tell(algo)
    this.watch(algo.symbol)
    return algo
  }

  cancel(algo: AlgoOrder): void {
    this.move(algo, 'CANCELED')
  }

  /** Marks have moved. */
  tick(): void {
    for (const algo of this.open()) if (algo.workingType === 'MARK_PRICE') this.look(algo)
  }

  /** The order an algo order became has ended. */
  ended(order: FuturesOrder): void {
    for (const algo of this.trader.account.algos.values()) {
      if (algo.actualOrderId !== order.id || algo.status !== 'TRIGGERED') continue
      this.move(
        algo,
        order.status === 'FILLED' ? 'FINISHED' : order.status === 'CANCELED' ? 'CANCELED' : 'EXPIRED',
        order,
      )
    }
  }

  /** Trades are looked at from the first conditional order of a symbol on. */
  private watch(symbol: string): void {
    if (this.watched.has(symbol)) return
    this.watched.add(symbol)
    const { floor } = this.trader
    floor.listed(symbol).market.listeners.add({
      traded: () => {
        for (const algo of this.open(symbol)) if (algo.workingType === 'CONTRACT_PRICE') this.look(algo)
      },
    })
  }

  private look(algo: AlgoOrder): void {
    const price = this.price(algo)
    if (algo.type === 'TRAILING_STOP_MARKET' && !this.trail(algo, price)) return
    if (!this.isReached(algo, price)) return
    this.move(algo, 'TRIGGERING')
    // A trade is still being told when it triggers something: the new order comes right after.
    this.trader.floor.soon(() => this.fire(algo))
  }

  private fire(algo: AlgoOrder): void {
    const { trader } = this
    const isMarket = algo.type !== 'STOP' && algo.type !== 'TAKE_PROFIT'
    const held = Math.abs(trader.account.position(algo.symbol, algo.positionSide).quantity)
    try {
      if (algo.closePosition && held === 0) throw badRequest(-2022, 'ReduceOnly Order is rejected.')
      const { order } = trader.place(
        {
          symbol: algo.symbol,
          side: algo.side,
          positionSide: algo.positionSide,
          type: isMarket ? 'MARKET' : 'LIMIT',
          timeInForce: algo.timeInForce,
          quantity: algo.closePosition ? held : algo.quantity,
          price: isMarket ? 0 : algo.price,
          reduceOnly: algo.positionSide === 'BOTH' && (algo.reduceOnly || algo.closePosition),
          clientOrderId: algo.clientId,
          stp: algo.stp,
          workingType: algo.workingType,
          priceProtect: algo.priceProtect,
          priceMatch: algo.priceMatch,
          goodTillMs: 0,
          originalType: algo.type,
          stopPrice: algo.triggerPrice,
          closePosition: algo.closePosition,
        },
        accepted => {
          algo.actualOrderId = accepted.id
          this.move(algo, 'TRIGGERED', accepted)
        },
      )
      trader.floor.commit(order.symbol)
    } catch (error) {
      if (!(error instanceof RestError)) throw error
      algo.reason = error.message
      this.move(algo, 'REJECTED')
    }
  }

  private move(algo: AlgoOrder, status: AlgoStatus, actual?: FuturesOrder): void {
    algo.status = status
    algo.updatedMs = this.trader.floor.nowMs()
    if (status === 'TRIGGERING') algo.triggeredMs = algo.updatedMs
    this.tell(algo, actual)
  }

  private tell(algo: AlgoOrder, actual?: FuturesOrder): void {
    const { account, floor } = this.trader
    floor.events.algo(account, algo, actual, floor.nowMs())
  }

  private price(algo: AlgoOrder): number {
    const { floor } = this.trader
    return algo.workingType === 'MARK_PRICE' ? floor.markUnits(algo.symbol) : floor.lastPrice(algo.symbol)
  }

  /** Stops wait for the price to run against the order, take-profits for it to come towards it. */
  private isReached({ type, side, triggerPrice }: AlgoOrder, price: number): boolean {
    if (price === 0 || triggerPrice === 0) return false
    const isTakeProfit = type === 'TAKE_PROFIT' || type === 'TAKE_PROFIT_MARKET'
    return (side === 'BUY') !== isTakeProfit ? price >= triggerPrice : price <= triggerPrice
  }

  /** Moves a trailing stop. @returns false while it is not active */
  private trail(algo: AlgoOrder, price: number): boolean {
    const isSell = algo.side === 'SELL'
    if (!algo.isActive) {
      const isAhead = algo.activatePrice === 0 || (isSell ? price >= algo.activatePrice : price <= algo.activatePrice)
      if (!isAhead) return false
      algo.isActive = true
      algo.extreme = price
      this.turn(algo)
      this.tell(algo)
      return true
    }
    if (isSell ? price > algo.extreme : price < algo.extreme) {
      algo.extreme = price
      this.turn(algo)
    }
    return true
  }

  private turn(algo: AlgoOrder): void {
    const share = algo.callbackRate / 100
    const { tickUnits } = this.trader.floor.instrument(algo.symbol)
    const raw = algo.extreme * (algo.side === 'SELL' ? 1 - share : 1 + share)
    algo.triggerPrice = Math.max(1, Math.round(raw / tickUnits)) * tickUnits
  }

  private read(params: Params): AlgoOrder {
    const { floor } = this.trader
    if (params.required('algoType') !== 'CONDITIONAL')
      throw badRequest(-1130, "Data sent for parameter 'algoType' is not valid.")
    const instrument = floor.instrument(params.required('symbol'))
    const type = params.required('type')
    if (!isAlgoType(type)) throw badRequest(-1116, 'Invalid orderType.')
    const isLimit = type === 'STOP' || type === 'TAKE_PROFIT'
    const closePosition = readFlag(params, 'closePosition')
    if (closePosition && (isLimit || params.text('quantity') !== undefined)) {
      throw badRequest(-4136, `Target strategy invalid for orderType ${type},closePosition true.`)
    }
    const nowMs = floor.nowMs()
    const trailing = type === 'TRAILING_STOP_MARKET'
    return {
      id: ++this.lastId,
      clientId: readClientId(params, 'clientAlgoId') ?? token(floor.chance, 22),
      symbol: instrument.symbol,
      type,
      side: readSide(params),
      positionSide: readPositionSide(params),
      timeInForce: params.text('timeInForce') === undefined ? 'GTC' : readTimeInForce(params),
      quantity: closePosition ? 0 : readUnits('quantity', params.required('quantity'), instrument.quantityDecimals),
      price: isLimit ? readTick(params, 'price', instrument) : 0,
      stp: readStp(params, 'EXPIRE_MAKER'),
      workingType: readWorkingType(params),
      priceMatch: 'NONE',
      closePosition,
      priceProtect: readFlag(params, 'priceProtect'),
      reduceOnly: readFlag(params, 'reduceOnly'),
      createdMs: nowMs,
      callbackRate: trailing ? readCallback(params) : 0,
      activatePrice:
        trailing && params.text('activatePrice') !== undefined ? readTick(params, 'activatePrice', instrument) : 0,
      triggerPrice: trailing ? 0 : readTick(params, 'triggerPrice', instrument),
      extreme: 0,
      isActive: false,
      status: 'NEW',
      updatedMs: nowMs,
      triggeredMs: 0,
      actualOrderId: undefined,
      reason: '',
    }
  }

  private forgetOldest(): void {
    const { algos } = this.trader.account
    if (algos.size <= mostKept) return
    for (const [id, { status }] of algos) {
      if (status === 'NEW' || status === 'TRIGGERING' || status === 'TRIGGERED') continue
      algos.delete(id)
      return
    }
  }
}

function readTick(params: Params, name: string, instrument: SimInstrument): number {
  const price = readUnits(name, params.required(name), instrument.priceDecimals)
  if (price <= 0) throw badRequest(-4006, 'Stop price less than zero.')
  if (price % instrument.tickUnits !== 0) throw badRequest(-4014, 'Price not increased by tick size.')
  return price
}

/** Percent, 0.1 to 20 since 2026-10-23. */
function readCallback(params: Params): number {
  const text = params.text('callbackRate')
  if (text === undefined) throw missing('callbackRate')
  const rate = Number(text)
  if (!(rate >= 0.1 && rate <= 20)) throw badRequest(-2007, 'Invalid callBack rate')
  return rate
}
