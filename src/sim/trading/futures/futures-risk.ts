import type { SimInstrument } from '../../instrument.ts'
import type { Amount } from '../amount.ts'
import { portion, rateAmount } from '../amount.ts'
import { remaining } from '../order.ts'
import { marginAsset } from './futures-account.ts'
import { assetMargin } from './futures-margin.ts'
import type { FuturesOrder } from './futures-order.ts'
import { expiry } from './futures-order.ts'
import type { Position } from './futures-position.ts'
import { notional, unrealized } from './futures-position.ts'
import type { FuturesTrader } from './futures-trader.ts'
import { maintenance } from './margin-brackets.ts'

/** Percent of the equity that maintenance takes up when the holder is warned, and when the warning is over. */
const calledAt = 80n
const calmAt = 70n
const fundingPeriodMs = 28_800_000

/** Watches one account's margin: warns, liquidates, and pays funding. */
export class FuturesRisk {
  private readonly trader: FuturesTrader
  private fundedMs: number
  private isLiquidating = false

  constructor(trader: FuturesTrader) {
    this.trader = trader
    this.fundedMs = Math.floor(trader.floor.nowMs() / fundingPeriodMs) * fundingPeriodMs
  }

  /** To be called once a second, after marks have moved. */
  tick(nowMs: number): void {
    const periodMs = Math.floor(nowMs / fundingPeriodMs) * fundingPeriodMs
    if (periodMs > this.fundedMs) {
      this.fundedMs = periodMs
      for (const position of this.trader.account.openPositions()) this.fund(position, periodMs, nowMs)
    }
    this.check()
  }

  /** Compares margin with what must be left of it, and acts. */
  check(): void {
    if (this.isLiquidating) return
    const { account, floor } = this.trader
    const open = account.openPositions()
    if (open.length === 0) {
      account.isCalled = false
      return
    }
    const isIsolated = (position: Position): boolean => account.symbol(position.symbol).isIsolated
    for (const position of open.filter(isIsolated)) this.checkIsolated(position)
    const crossed = open.filter(position => !isIsolated(position))
    const assets = new Set(crossed.map(({ symbol }) => marginAsset(floor.instrument(symbol))))
    for (const asset of assets) this.checkCrossed(asset, crossed)
  }

  private checkCrossed(asset: string, crossed: readonly Position[]): void {
    const { account, floor } = this.trader
    const { crossWallet, crossUnrealized, crossMaintenance } = assetMargin(account, asset, floor)
    const equity = crossWallet + crossUnrealized
    const positions = crossed.filter(({ symbol }) => marginAsset(floor.instrument(symbol)) === asset)
    if (equity <= crossMaintenance) {
      this.warn(positions, crossWallet)
      this.liquidate(() => {
        this.trader.expireAll(expiry.liquidation)
        for (const position of positions) this.close(position, equity / BigInt(positions.length))
        this.cover(asset, 0n)
      })
      return
    }
    const used = crossMaintenance * 100n
    if (used >= equity * calledAt) this.warn(positions, crossWallet)
    else if (used < equity * calmAt) account.isCalled = false
  }

  private checkIsolated(position: Position): void {
    const { account, floor } = this.trader
    const instrument = floor.instrument(position.symbol)
    const mark = floor.markPrice(position.symbol)
    const least = maintenance(instrument, position.quantity, notional(instrument, position, mark))
    const equity = position.isolatedWallet + unrealized(instrument, position, mark)
    if (equity > least) {
      if (least * 100n >= equity * calledAt) this.warn([position], account.wallet(marginAsset(instrument)).crossed)
      return
    }
    const asset = marginAsset(instrument)
    const before = account.wallet(asset).crossed
    this.liquidate(() => {
      for (const order of account.orders.open(position.symbol)) this.trader.expire(order, expiry.liquidation)
      this.close(position, equity)
      // What lies outside an isolated position is not touched by its end.
      this.cover(asset, before)
    })
  }

  private warn(positions: readonly Position[], crossWallet: Amount): void {
    const { account, floor } = this.trader
    if (account.isCalled) return
    account.isCalled = true
    floor.events.marginCall(account, positions, crossWallet, floor.nowMs())
  }

  private liquidate(run: () => void): void {
    this.isLiquidating = true
    try {
      run()
    } finally {
      this.isLiquidating = false
      this.trader.account.isCalled = false
    }
  }

  /** Closes a position by force: what the book does not take down to the bankruptcy price goes to the insurance fund. */
  private close(position: Position, equity: Amount): void {
    const { trader } = this
    if (position.quantity === 0) return
    const instrument = trader.floor.instrument(position.symbol)
    const bound = bankruptcyPrice(instrument, position, equity, trader.floor.markUnits(position.symbol))
    const order = trader.liquidate(position, bound)
    this.publish(order)
    if (remaining(order) > 0) trader.bookHidden(order, bound, remaining(order))
  }

  /** What the public liquidation stream shows. */
  private publish(order: FuturesOrder): void {
    const { floor, account } = this.trader
    const fills = account.fills.filter(({ orderId }) => orderId === order.id)
    const filledQuantity = fills.reduce((sum, fill) => sum + fill.quantity, 0)
    const last = fills[fills.length - 1]
    if (last === undefined) return
    const worth = fills.reduce((sum, fill) => sum + fill.price * (fill.quantity / filledQuantity), 0)
    const liquidation = {
      side: order.side === 'BUY' ? ('bid' as const) : ('ask' as const),
      quantity: order.quantity,
      price: order.price,
      averagePrice: worth,
      lastQuantity: last.quantity,
      filledQuantity,
      timeUs: floor.nowUs(),
    }
    for (const listener of floor.listed(order.symbol).market.listeners) listener.liquidated?.(liquidation)
  }

  /** The insurance fund pays what a liquidation lost beyond the margin there was. */
  private cover(asset: string, least: Amount): void {
    const { account, floor } = this.trader
    const wallet = account.wallet(asset)
    const missing = least - wallet.crossed
    if (missing <= 0n) return
    const timeMs = floor.nowMs()
    wallet.crossed += missing
    const id = floor.nextRowId()
    account.addIncome({ symbol: '', type: 'INSURANCE_CLEAR', amount: missing, asset, timeMs, id, tradeId: undefined })
    floor.events.account(account, timeMs, { reason: 'INSURANCE_CLEAR', assets: [asset], change: missing })
  }

  /** Longs pay shorts when the rate is above 0. */
  private fund(position: Position, periodMs: number, nowMs: number): void {
    const { account, floor } = this.trader
    const [row] = floor.source.funding(position.symbol, periodMs, periodMs, 1)
    if (row === undefined) return
    const instrument = floor.instrument(position.symbol)
    const value = notional(instrument, position, floor.markPrice(position.symbol))
    const paid = portion(value, rateAmount(row.rate)) * (position.quantity > 0 ? -1n : 1n)
    const asset = marginAsset(instrument)
    const { isIsolated } = account.symbol(position.symbol)
    if (isIsolated) position.isolatedWallet += paid
    else account.wallet(asset).crossed += paid
    const { symbol } = position
    const id = floor.nextRowId()
    account.addIncome({ symbol, type: 'FUNDING_FEE', amount: paid, asset, timeMs: nowMs, id, tradeId: undefined })
    const positions = isIsolated ? [position] : []
    floor.events.account(account, nowMs, { reason: 'FUNDING_FEE', assets: [asset], change: paid, positions, symbol })
  }
}

/** Where a position has lost so much equity that nothing is left, rounded to a tick towards the market. */
function bankruptcyPrice(instrument: SimInstrument, position: Position, equity: Amount, mark: number): number {
  const size = Math.abs(position.quantity) / 10 ** instrument.quantityDecimals
  const sign = position.quantity > 0 ? 1 : -1
  const money = Number(equity) / 1e8
  const scale = 10 ** instrument.priceDecimals
  const price = instrument.isInverse
    ? (size * instrument.contractSize) / ((size * instrument.contractSize) / (mark / scale) + sign * money)
    : mark / scale - (sign * money) / size
  const { tickUnits } = instrument
  const units = (price * scale) / tickUnits
  return Math.max(1, sign > 0 ? Math.ceil(units) : Math.floor(units)) * tickUnits
}
