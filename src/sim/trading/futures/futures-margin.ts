import type { SimInstrument } from '../../instrument.ts'
import type { Amount } from '../amount.ts'
import { divide, portion, tradeValue } from '../amount.ts'
import { remaining } from '../order.ts'
import type { FuturesAccount } from './futures-account.ts'
import { marginAsset } from './futures-account.ts'
import type { FuturesOrder } from './futures-order.ts'
import type { Position } from './futures-position.ts'
import { notional, unrealized } from './futures-position.ts'
import { maintenance, maintenanceTerms, quoteValue } from './margin-brackets.ts'

/** The market as margin needs it. */
export interface MarkSource {
  instrument(symbol: string): SimInstrument
  /** Mark price in units of 10^-8. */
  markPrice(symbol: string): Amount
  /** What a unit of an asset is worth as margin of another, in units of 10^-8; 0 when it is not taken. */
  collateralRate(asset: string, of: string): Amount
}

/** Margin figures of one asset. */
export interface AssetMargin {
  readonly asset: string
  readonly crossWallet: Amount
  readonly wallet: Amount
  readonly crossUnrealized: Amount
  readonly unrealized: Amount
  readonly positionInitial: Amount
  readonly openOrderInitial: Amount
  readonly maintenance: Amount
  /** Of crossed positions alone. */
  readonly crossMaintenance: Amount
  /** In multi-assets mode, what the other assets stand for. */
  readonly collateral: Amount
  /** What new orders may use; below 0 when there is too little. */
  readonly available: Amount
}

/** An order that is only thought of: value it would add to its side. */
export interface Intention {
  readonly symbol: string
  readonly isBuy: boolean
  readonly value: Amount
}

const none: Intention = { symbol: '', isBuy: true, value: 0n }

/** What an account's margin in an asset comes to, with an order it thinks of. */
export function assetMargin(
  account: FuturesAccount,
  asset: string,
  marks: MarkSource,
  intention: Intention = none,
): AssetMargin {
  const sum = {
    crossUnrealized: 0n,
    unrealized: 0n,
    positionInitial: 0n,
    crossPosition: 0n,
    maintenance: 0n,
    cross: 0n,
  }
  let isolated = 0n
  for (const position of account.openPositions()) {
    const instrument = marks.instrument(position.symbol)
    if (marginAsset(instrument) !== asset) continue
    const mark = marks.markPrice(position.symbol)
    const { leverage, isIsolated } = account.symbol(position.symbol)
    const value = notional(instrument, position, mark)
    const gain = unrealized(instrument, position, mark)
    const least = maintenance(instrument, position.quantity, value)
    const initial = divide(value, BigInt(leverage))
    sum.unrealized += gain
    sum.positionInitial += initial
    sum.maintenance += least
    if (isIsolated) isolated += position.isolatedWallet
    else {
      sum.crossUnrealized += gain
      sum.crossPosition += initial
      sum.cross += least
    }
  }
  const openOrderInitial = openOrderMargin(account, asset, marks, intention)
  const crossWallet = account.wallet(asset).crossed
  const collateral = otherCollateral(account, asset, marks)
  const available = crossWallet + collateral + sum.crossUnrealized - sum.crossPosition - openOrderInitial
  return {
    asset,
    crossWallet,
    wallet: crossWallet + isolated,
    crossUnrealized: sum.crossUnrealized,
    unrealized: sum.unrealized,
    positionInitial: sum.positionInitial,
    openOrderInitial,
    maintenance: sum.maintenance,
    crossMaintenance: sum.cross,
    collateral,
    available,
  }
}

/** What the other wallets stand for in multi-assets mode. */
function otherCollateral(account: FuturesAccount, asset: string, marks: MarkSource): Amount {
  if (!account.isMultiAsset) return 0n
  let sum = 0n
  for (const wallet of account.wallets.values()) {
    if (wallet.asset !== asset) sum += portion(wallet.crossed, marks.collateralRate(wallet.asset, asset))
  }
  return sum
}

/** Margin of all open orders in an asset. */
function openOrderMargin(account: FuturesAccount, asset: string, marks: MarkSource, intention: Intention): Amount {
  const symbols = new Set(account.orders.open().map(order => order.symbol))
  if (intention.value > 0n) symbols.add(intention.symbol)
  let sum = 0n
  for (const symbol of symbols) {
    const instrument = marks.instrument(symbol)
    if (marginAsset(instrument) !== asset) continue
    sum += symbolOrderMargin(account, instrument, marks.markPrice(symbol), intention)
  }
  return sum
}

/**
 * Of one symbol: the worse of "all buys fill" and "all sells fill", less what the position holds already. In hedge mode both
 * sides add up, as each opens a position of its own.
 */
export function symbolOrderMargin(
  account: FuturesAccount,
  instrument: SimInstrument,
  mark: Amount,
  intention: Intention = none,
): Amount {
  const { symbol } = instrument
  const { bid, ask } = openNotional(account, instrument)
  const extra = intention.symbol === symbol ? intention.value : 0n
  const bids = bid + (intention.isBuy ? extra : 0n)
  const asks = ask + (intention.isBuy ? 0n : extra)
  const leverage = BigInt(account.symbol(symbol).leverage)
  if (account.isDual) return divide(bids + asks, leverage)
  const position = account.position(symbol, 'BOTH')
  const held = notional(instrument, position, mark) * (position.quantity < 0 ? -1n : 1n)
  const worst = larger(absolute(held + bids), absolute(held - asks))
  return divide(larger(0n, worst - absolute(held)), leverage)
}

/** Value of open orders that could open something, per side. */
export function openNotional(
  account: FuturesAccount,
  instrument: SimInstrument,
): { readonly bid: Amount; readonly ask: Amount } {
  let bid = 0n
  let ask = 0n
  for (const order of account.orders.open(instrument.symbol)) {
    if (order.reduceOnly || isClosing(order)) continue
    const value = tradeValue(instrument, order.price, remaining(order))
    if (order.side === 'BUY') bid += value
    else ask += value
  }
  return { bid, ask }
}

/** In hedge mode, an order against the side it names. */
export function isClosing(order: Pick<FuturesOrder, 'positionSide' | 'side'>): boolean {
  return (
    (order.positionSide === 'LONG' && order.side === 'SELL') || (order.positionSide === 'SHORT' && order.side === 'BUY')
  )
}

/**
 * Where a position would be liquidated, as the venue estimates it; 0 when no price would do it. An estimate for display: the
 * liquidation itself compares exact amounts.
 */
export function liquidationPrice(account: FuturesAccount, position: Position, marks: MarkSource): number {
  const instrument = marks.instrument(position.symbol)
  if (position.quantity === 0) return 0
  const mark = marks.markPrice(position.symbol)
  const value = notional(instrument, position, mark)
  const { ratio, cum } = maintenanceTerms(quoteValue(instrument, position.quantity, value))
  const margin = assetMargin(account, marginAsset(instrument), marks)
  const own = maintenance(instrument, position.quantity, value)
  const isIsolated = account.symbol(position.symbol).isIsolated
  const cushion = isIsolated
    ? position.isolatedWallet
    : margin.crossWallet +
      margin.collateral +
      margin.crossUnrealized -
      unrealized(instrument, position, mark) -
      (margin.crossMaintenance - own)
  const size = Math.abs(position.quantity) / 10 ** instrument.quantityDecimals
  const sign = position.quantity > 0 ? 1 : -1
  const coins = Number(cushion) / 1e8
  const cost = Number(position.cost) / 1e8
  if (instrument.isInverse) {
    const dollars = size * instrument.contractSize
    const price = (dollars * (ratio + sign)) / (coins + sign * cost)
    return Number.isFinite(price) ? Math.max(0, price) : 0
  }
  return Math.max(0, (coins + cum - sign * cost) / (size * (ratio - sign)))
}

function absolute(amount: Amount): Amount {
  return amount < 0n ? -amount : amount
}

function larger(a: Amount, b: Amount): Amount {
  return a > b ? a : b
}
