import type { Amount } from '../trading/amount.ts'
import { amountFromText, amountText, portion } from '../trading/amount.ts'
import { adlQuantile } from '../trading/futures/adl-rank.ts'
import { marginAsset } from '../trading/futures/futures-account.ts'
import { aliasOf } from '../trading/futures/futures-events.ts'
import type { FuturesDesk, FuturesExchange } from '../trading/futures/futures-exchange.ts'
import type { AssetMargin } from '../trading/futures/futures-margin.ts'
import { assetMargin } from '../trading/futures/futures-margin.ts'
import type { Position } from '../trading/futures/futures-position.ts'
import { readPositionSide } from '../trading/futures/futures-request.ts'
import {
  moveIsolatedMargin,
  setDualSide,
  setLeverage,
  setMarginType,
  setMultiAssets,
} from '../trading/futures/futures-settings.ts'
import { mostNotional } from '../trading/futures/margin-brackets.ts'
import { requiredFlag } from '../trading/params.ts'
import { bracketRow, inverseBrackets } from './bracket-rows.ts'
import { accountPositionRow, incomeRow, positionRow } from './futures-rows.ts'
import type { Call } from './query.ts'
import { badRequest, missing } from './rest-error.ts'
import { timePage } from './time-page.ts'

/** Balances, positions and settings of a futures venue. */
export class FuturesAccountHandlers {
  private readonly exchange: FuturesExchange

  constructor(exchange: FuturesExchange) {
    this.exchange = exchange
  }

  account(desk: FuturesDesk): string {
    const margins = this.margins(desk)
    const positions = this.shown(desk).map(position => accountPositionRow(desk.account, position, this.exchange.floor))
    const assets = margins.map(margin => this.assetRow(desk, margin))
    if (this.exchange.floor.isInverse) {
      const rights = { feeTier: 0, canTrade: true, canDeposit: true, canWithdraw: true, updateTime: 0 }
      return JSON.stringify({ ...rights, assets, positions })
    }
    // Totals count dollars: those there are, or in multi-assets mode all that counts as such.
    const sum = (pick: (margin: AssetMargin) => Amount): string =>
      amountText(
        margins.reduce((total, margin) => {
          const isCounted = margin.asset === 'USDT' || desk.account.isMultiAsset
          return isCounted
            ? total + portion(pick(margin), this.exchange.floor.collateralRate(margin.asset, 'USDT'))
            : total
        }, 0n),
      )
    const [dollars] = margins.filter(({ asset }) => asset === 'USDT')
    return JSON.stringify({
      totalInitialMargin: sum(row => row.positionInitial + row.openOrderInitial),
      totalMaintMargin: sum(row => row.maintenance),
      totalWalletBalance: sum(row => row.wallet),
      totalUnrealizedProfit: sum(row => row.unrealized),
      totalMarginBalance: sum(row => row.wallet + row.unrealized),
      totalPositionInitialMargin: sum(row => row.positionInitial),
      totalOpenOrderInitialMargin: sum(row => row.openOrderInitial),
      totalCrossWalletBalance: sum(row => row.crossWallet),
      totalCrossUnPnl: sum(row => row.crossUnrealized),
      availableBalance: amountText(dollars === undefined ? 0n : usable(dollars)),
      maxWithdrawAmount: amountText(dollars === undefined ? 0n : withdrawable(dollars)),
      assets,
      positions,
    })
  }

  balance(desk: FuturesDesk): string {
    const rows = this.margins(desk).map(margin => ({
      accountAlias: aliasOf(desk.account),
      asset: margin.asset,
      balance: amountText(margin.wallet),
      ...(this.exchange.floor.isInverse ? { withdrawAvailable: amountText(withdrawable(margin)) } : {}),
      crossWalletBalance: amountText(margin.crossWallet),
      crossUnPnl: amountText(margin.crossUnrealized),
      availableBalance: amountText(usable(margin)),
      ...(this.exchange.floor.isInverse
        ? {}
        : { maxWithdrawAmount: amountText(withdrawable(margin)), marginAvailable: true }),
      updateTime: desk.account.wallet(margin.asset).updatedMs,
    }))
    return JSON.stringify(rows)
  }

  positions(call: Call, desk: FuturesDesk): string {
    const { floor } = this.exchange
    const symbol = call.text('symbol') === undefined ? undefined : call.view().instrument.symbol
    const asset = call.text('marginAsset')
    const pair = call.text('pair')
    const rows = this.shown(desk).filter(position => {
      const instrument = floor.instrument(position.symbol)
      if (symbol !== undefined && position.symbol !== symbol) return false
      return (
        (asset === undefined || marginAsset(instrument) === asset) && (pair === undefined || instrument.pair === pair)
      )
    })
    return JSON.stringify(rows.map(position => positionRow(desk.account, position, floor)))
  }

  leverage(call: Call, desk: FuturesDesk): string {
    const { symbol } = call.view().instrument
    const leverage = call.integer('leverage')
    if (leverage === undefined) throw missing('leverage')
    setLeverage(desk, symbol, leverage)
    const most = this.exchange.floor.isInverse
      ? { maxQty: '1000000' }
      : { maxNotionalValue: String(mostNotional(leverage)) }
    return JSON.stringify({ leverage, ...most, symbol })
  }

  marginType(call: Call, desk: FuturesDesk): string {
    setMarginType(desk, call.view().instrument.symbol, call.required('marginType'))
    return '{"code":200,"msg":"success"}'
  }

  positionMargin(call: Call, desk: FuturesDesk): string {
    const amount = amountFromText(call.required('amount'))
    const type = call.integer('type')
    if (amount === undefined || amount <= 0n) throw badRequest(-4053, 'Invalid amount.')
    if (type !== 1 && type !== 2) throw badRequest(-1130, "Data sent for parameter 'type' is not valid.")
    moveIsolatedMargin(desk, call.view().instrument.symbol, readPositionSide(call), type === 1 ? amount : -amount)
    return JSON.stringify({
      amount: Number(amountText(amount)),
      code: 200,
      msg: 'Successfully modify position margin.',
      type,
    })
  }

  /** Margin that the owner has moved. */
  marginHistory(call: Call, desk: FuturesDesk): string {
    const { instrument } = call.view()
    const type = call.integer('type')
    if (type !== undefined && type !== 1 && type !== 2) {
      throw badRequest(-1130, "Data sent for parameter 'type' is not valid.")
    }
    const rows = desk.account.marginChanges.filter(
      row => row.symbol === instrument.symbol && (type === undefined || row.isAdded === (type === 1)),
    )
    const page = timePage(call, rows, { standard: 500, most: 500, spanMs: 30 * 86_400_000, keeps: 'newest' })
    return JSON.stringify(
      page.map(({ symbol, isAdded, amount, asset, timeMs, positionSide }) => ({
        symbol,
        type: isAdded ? 1 : 2,
        deltaType: 'USER_ADJUST',
        amount: amountText(amount),
        asset,
        time: timeMs,
        positionSide,
      })),
    )
  }

  /** Where positions stand in the queue of those that are reduced when a loss finds no taker. */
  quantiles(call: Call, desk: FuturesDesk): string {
    const { floor } = this.exchange
    const symbol = call.text('symbol') === undefined ? undefined : call.view().instrument.symbol
    const bySymbol = new Map<string, Record<string, number>>()
    for (const position of desk.account.openPositions()) {
      if (symbol !== undefined && position.symbol !== symbol) continue
      const row = bySymbol.get(position.symbol) ?? (desk.account.isDual ? { LONG: 0, SHORT: 0, HEDGE: 0 } : { BOTH: 0 })
      row[position.side] = adlQuantile(desk.account, position, floor)
      bySymbol.set(position.symbol, row)
    }
    return JSON.stringify([...bySymbol].map(([name, quantile]) => ({ symbol: name, adlQuantile: quantile })))
  }

  countdown(call: Call, desk: FuturesDesk): string {
    const { symbol } = call.view().instrument
    const countdownMs = call.integer('countdownTime')
    if (countdownMs === undefined) throw missing('countdownTime')
    desk.countdowns.set(desk.trader, symbol, countdownMs)
    return JSON.stringify({ symbol, countdownTime: String(countdownMs) })
  }

  setDual(call: Call, desk: FuturesDesk): string {
    setDualSide(desk, requiredFlag(call, 'dualSidePosition'))
    return '{"code":200,"msg":"success"}'
  }

  dual(desk: FuturesDesk): string {
    return JSON.stringify({ dualSidePosition: desk.account.isDual })
  }

  setMultiAssets(call: Call, desk: FuturesDesk): string {
    setMultiAssets(desk, requiredFlag(call, 'multiAssetsMargin'))
    return '{"code":200,"msg":"success"}'
  }

  multiAssets(desk: FuturesDesk): string {
    return JSON.stringify({ multiAssetsMargin: desk.account.isMultiAsset })
  }

  income(call: Call, desk: FuturesDesk): string {
    const [symbol, type] = [call.text('symbol'), call.text('incomeType')]
    const rows = desk.account.income.filter(
      row => (symbol === undefined || row.symbol === symbol) && (type === undefined || row.type === type),
    )
    const page = timePage(call, rows, { standard: 100, most: 1000, spanMs: 90 * 86_400_000, keeps: 'newest' })
    return JSON.stringify(page.map(incomeRow))
  }

  commissionRate(call: Call, desk: FuturesDesk): string {
    const { symbol } = call.view().instrument
    return JSON.stringify({
      symbol,
      makerCommissionRate: amountText(desk.account.makerRate).slice(0, -2),
      takerCommissionRate: amountText(desk.account.takerRate).slice(0, -2),
    })
  }

  symbolConfig(call: Call, desk: FuturesDesk): string {
    const symbols = call.views().map(view => view.instrument.symbol)
    const rows = symbols.map(symbol => {
      const { leverage, isIsolated } = desk.account.symbol(symbol)
      const marginType = isIsolated ? 'ISOLATED' : 'CROSSED'
      return { symbol, marginType, isAutoAddMargin: false, leverage, maxNotionalValue: String(mostNotional(leverage)) }
    })
    return JSON.stringify(rows)
  }

  accountConfig(desk: FuturesDesk): string {
    const rights = { feeTier: 0, canTrade: true, canDeposit: true, canWithdraw: true }
    const { isDual, isMultiAsset } = desk.account
    return JSON.stringify({
      ...rights,
      dualSidePosition: isDual,
      updateTime: 0,
      multiAssetsMargin: isMultiAsset,
      tradeGroupId: -1,
    })
  }

  /** By symbol: in quote currency on USD-M, in base currency on COIN-M. */
  leverageBracket(call: Call): string {
    const { floor } = this.exchange
    if (floor.isInverse) {
      const rows = call.views().map(({ instrument: { symbol } }) => ({
        symbol,
        notionalCoef: 1,
        brackets: inverseBrackets(this.markPrice(symbol)),
      }))
      return JSON.stringify(rows)
    }
    const rows = call.views().map(({ instrument }) => bracketRow(instrument))
    return JSON.stringify(call.text('symbol') === undefined ? rows : rows[0])
  }

  /** COIN-M by pair, at the price of its perpetual. */
  pairBracket(call: Call): string {
    const perpetuals = call.views().filter(({ instrument }) => instrument.contractType === 'PERPETUAL')
    return JSON.stringify(
      perpetuals.map(({ instrument: { pair, symbol } }) => ({
        pair,
        brackets: inverseBrackets(this.markPrice(symbol)),
      })),
    )
  }

  private markPrice(symbol: string): number {
    return Number(amountText(this.exchange.floor.markPrice(symbol)))
  }

  private assetRow(desk: FuturesDesk, margin: AssetMargin): object {
    return {
      asset: margin.asset,
      walletBalance: amountText(margin.wallet),
      unrealizedProfit: amountText(margin.unrealized),
      marginBalance: amountText(margin.wallet + margin.unrealized),
      maintMargin: amountText(margin.maintenance),
      initialMargin: amountText(margin.positionInitial + margin.openOrderInitial),
      positionInitialMargin: amountText(margin.positionInitial),
      openOrderInitialMargin: amountText(margin.openOrderInitial),
      crossWalletBalance: amountText(margin.crossWallet),
      crossUnPnl: amountText(margin.crossUnrealized),
      availableBalance: amountText(usable(margin)),
      maxWithdrawAmount: amountText(withdrawable(margin)),
      updateTime: desk.account.wallet(margin.asset).updatedMs,
    }
  }

  private margins(desk: FuturesDesk): readonly AssetMargin[] {
    return [...desk.account.wallets.keys()].map(asset => assetMargin(desk.account, asset, this.exchange.floor))
  }

  /** Positions that exist, or whose symbol has open orders. */
  private shown({ account }: FuturesDesk): readonly Position[] {
    const ordered = new Set(account.orders.open().map(order => `${order.symbol} ${order.positionSide}`))
    for (const name of ordered) {
      const [symbol = '', side] = name.split(' ')
      if (side === 'BOTH' || side === 'LONG' || side === 'SHORT') account.position(symbol, side)
    }
    return account
      .positions()
      .filter(({ quantity, symbol, side }) => quantity !== 0 || ordered.has(`${symbol} ${side}`))
  }
}

function usable({ available }: AssetMargin): Amount {
  return available < 0n ? 0n : available
}

/** Profits that are not realised stay. */
function withdrawable(margin: AssetMargin): Amount {
  const most = usable(margin)
  const own = margin.crossWallet < 0n ? 0n : margin.crossWallet
  return most < own ? most : own
}
