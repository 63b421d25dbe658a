import type { SimInstrument } from '../../instrument.ts'
import type { Amount } from '../amount.ts'
import { divide, one, portion, rateAmount } from '../amount.ts'
import { remaining } from '../order.ts'
import { marginAsset } from './futures-account.ts'
import { assetMargin } from './futures-margin.ts'
import type { FuturesOrder } from './futures-order.ts'
import { expiry } from './futures-order.ts'
import type { Position } from './futures-position.ts'
import { notional, unrealized } from './futures-position.ts'
import type { FuturesTrader } from './futures-trader.ts'
import type { LossTakers } from './loss-takers.ts'
import { maintenance } from './margin-brackets.ts'

/** Percent of the equity that maintenance takes up when the holder is warned, and when the warning is over. */
const calledAt = 80n
const calmAt = 70n
/** A position closed on demand loses at most this part of its value. */
const deepest = 20n
const fundingPeriodMs = 28_800_000

/** Watches one account's margin: warns, liquidates, and pays funding. */
export class FuturesRisk {
  private readonly trader: FuturesTrader
  private readonly takers: LossTakers
  private fundedMs: number
  private isLiquidating = false

  constructor(trader: FuturesTrader, takers: LossTakers) {
    this.trader = trader
    this.takers = takers
    this.fundedMs = Math.floor(trader.floor.nowMs() / fundingPeriodMs) * fundingPeriodMs
  }

  /** To be called once a second, after marks have moved. */
  tick(nowMs: number): void {
    const periodMs = Math.floor(nowMs / fundingPeriodMs) * fundingPeriodMs
    if (periodMs > this.fundedMs) {
      this.fundedMs = periodMs
      for (const position of this.trader.account.openPositions()) {
        const [row] = this.trader.floor.source.funding(position.symbol, periodMs, periodMs, 1)
        if (row !== undefined) this.fund(position, row.rate, nowMs)
      }
    }
    this.check()
    for (const { asset, crossed } of this.trader.account.wallets.values()) if (crossed < 0n) this.exchange(asset, 0n)
  }

  /** Pays funding outside its hours, at this rate or at the contract's own. @returns for how many positions */
  payFunding(rate: number | undefined, symbol: string | undefined): number {
    const { account, floor } = this.trader
    let paid = 0
    for (const position of account.openPositions()) {
      const { market, derivative } = floor.listed(position.symbol)
      if ((symbol !== undefined && position.symbol !== symbol) || market.instrument.kind !== 'perpetual') continue
      this.fund(position, rate ?? derivative?.fundingRate ?? 0, floor.nowMs())
      paid++
    }
    this.check()
    return paid
  }

  /** Closes positions by force, whatever margin they have. @returns how many */
  force(symbol: string | undefined): number {
    const { account, floor } = this.trader
    const chosen = account.openPositions().filter(position => symbol === undefined || position.symbol === symbol)
    if (chosen.length === 0 || this.isLiquidating) return 0
    const before = new Map([...account.wallets.values()].map(({ asset, crossed }) => [asset, crossed]))
    this.liquidate(() => {
      for (const position of chosen) {
        for (const order of account.orders.open(position.symbol)) this.trader.expire(order, expiry.liquidation)
        const instrument = floor.instrument(position.symbol)
        const asset = marginAsset(instrument)
        const gain = unrealized(instrument, position, floor.markPrice(position.symbol))
        const { isIsolated } = account.symbol(position.symbol)
        const { crossWallet, collateral } = assetMargin(account, asset, floor)
        const margin = isIsolated ? position.isolatedWallet : crossWallet + collateral
        // Somebody rich is not sold down to nothing.
        const most = notional(instrument, position, floor.markPrice(position.symbol)) / deepest
        this.close(position, margin + gain < most ? margin + gain : most)
        this.cover(asset, isIsolated ? (before.get(asset) ?? 0n) : 0n)
      }
    })
    return chosen.length
  }

  /** Reduces positions at their mark, against somebody else who could not be liquidated in the book. @returns how many */
  deleverage(symbol: string | undefined, share: number): number {
    const { account, floor } = this.trader
    const chosen = account.openPositions().filter(position => symbol === undefined || position.symbol === symbol)
    for (const position of chosen) {
      const { tickUnits, lotUnits } = floor.instrument(position.symbol)
      const price = Math.max(1, Math.round(floor.markUnits(position.symbol) / tickUnits)) * tickUnits
      const lots = Math.max(1, Math.round((Math.abs(position.quantity) * share) / lotUnits))
      this.trader.deleverage(position, price, lots * lotUnits)
    }
    return chosen.length
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
    const { crossWallet, crossUnrealized, crossMaintenance, collateral } = assetMargin(account, asset, floor)
    const equity = crossWallet + collateral + crossUnrealized
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

  /** Closes a position by force: what the book does not take down to the bankruptcy price is taken over at that price. */
  private close(position: Position, equity: Amount): void {
    const { trader } = this
    if (position.quantity === 0) return
    const instrument = trader.floor.instrument(position.symbol)
    const bound = bankruptcyPrice(instrument, position, equity, trader.floor.markUnits(position.symbol))
    const order = trader.liquidate(position, bound)
    this.publish(order)
    const quantity = remaining(order)
    if (quantity <= 0) return
    const { symbol, side } = order
    this.takers.take({ account: trader.account, symbol, isLong: side === 'SELL', price: bound, quantity })
    trader.bookHidden(order, bound, quantity)
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
    this.exchange(asset, least)
    const missing = least - wallet.crossed
    if (missing <= 0n) return
    const timeMs = floor.nowMs()
    wallet.crossed += missing
    const id = floor.nextRowId()
    account.addIncome({ symbol: '', type: 'INSURANCE_CLEAR', amount: missing, asset, timeMs, id, tradeId: undefined })
    floor.events.account(account, timeMs, { reason: 'INSURANCE_CLEAR', assets: [asset], change: missing })
  }

  /** In multi-assets mode, what one wallet lacks comes out of the others. */
  private exchange(asset: string, least: Amount): void {
    const { account, floor } = this.trader
    if (!account.isMultiAsset) return
    const wallet = account.wallet(asset)
    for (const other of account.wallets.values()) {
      const rate = floor.collateralRate(other.asset, asset)
      const missing = least - wallet.crossed
      if (missing <= 0n) return
      if (other === wallet || rate <= 0n || other.crossed <= 0n) continue
      const wanted = divide(missing * one, rate) + 1n
      const given = other.crossed < wanted ? other.crossed : wanted
      const gained = portion(given, rate)
      other.crossed -= given
      wallet.crossed += gained
      const timeMs = floor.nowMs()
      const row = { symbol: '', type: 'AUTO_EXCHANGE', timeMs, tradeId: undefined } as const
      account.addIncome({ ...row, amount: -given, asset: other.asset, id: floor.nextRowId() })
      account.addIncome({ ...row, amount: gained, asset, id: floor.nextRowId() })
      floor.events.account(account, timeMs, { reason: 'AUTO_EXCHANGE', assets: [other.asset], change: -given })
      floor.events.account(account, timeMs, { reason: 'AUTO_EXCHANGE', assets: [asset], change: gained })
    }
  }

  /** Longs pay shorts when the rate is above 0. */
  private fund(position: Position, rate: number, nowMs: number): void {
    const { account, floor } = this.trader
    const instrument = floor.instrument(position.symbol)
    const value = notional(instrument, position, floor.markPrice(position.symbol))
    const paid = portion(value, rateAmount(rate)) * (position.quantity > 0 ? -1n : 1n)
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
