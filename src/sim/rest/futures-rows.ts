import { priceText, quantityText } from '../encode/encoder.ts'
import type { SimInstrument } from '../instrument.ts'
import type { Amount } from '../trading/amount.ts'
import { amountOrZero, amountShort, amountText, divide, meanPriceText } from '../trading/amount.ts'
import { adlQuantile } from '../trading/futures/adl-rank.ts'
import type { AlgoOrder } from '../trading/futures/algo-order.ts'
import type { FuturesAccount } from '../trading/futures/futures-account.ts'
import { marginAsset } from '../trading/futures/futures-account.ts'
import {
  averageText,
  breakEvenText,
  meanDigits,
  priceOrZero,
  quantityOrZero,
} from '../trading/futures/futures-events.ts'
import type { FuturesFloor } from '../trading/futures/futures-floor.ts'
import { liquidationPrice, openNotional, symbolOrderMargin } from '../trading/futures/futures-margin.ts'
import type { FuturesAmendment, FuturesFill, FuturesOrder, Income } from '../trading/futures/futures-order.ts'
import type { Position } from '../trading/futures/futures-position.ts'
import { notional, unrealized } from '../trading/futures/futures-position.ts'
import { maintenance } from '../trading/futures/margin-brackets.ts'
import { floatText } from '../wire/decimal-text.ts'

/** An order as REST shows it; `isNew` in the form that answers a placement. */
export function orderRow(instrument: SimInstrument, order: FuturesOrder, isNew: boolean): object {
  const worth = amountShort(order.value)
  const cumulated = instrument.isInverse ? { cumBase: worth } : { cumQuote: worth }
  const pair = instrument.isInverse ? { pair: instrument.pair } : {}
  const done = quantityOrZero(instrument, order.executed)
  return {
    orderId: order.id,
    symbol: order.symbol,
    ...pair,
    status: order.status,
    clientOrderId: order.clientOrderId,
    price: priceOrZero(instrument, order.price),
    avgPrice: averageText(instrument, order),
    origQty: quantityText(instrument, order.quantity),
    executedQty: done,
    ...(isNew ? { cumQty: done } : {}),
    ...cumulated,
    timeInForce: order.timeInForce,
    type: order.type,
    reduceOnly: order.reduceOnly,
    closePosition: order.closePosition,
    side: order.side,
    positionSide: order.positionSide,
    stopPrice: priceOrZero(instrument, order.stopPrice),
    workingType: order.workingType,
    priceProtect: order.priceProtect,
    origType: order.originalType,
    priceMatch: order.priceMatch,
    selfTradePreventionMode: order.stp,
    ...(instrument.isInverse ? {} : { goodTillDate: order.goodTillMs }),
    ...(isNew ? {} : { time: order.createdMs }),
    updateTime: order.updatedMs,
  }
}

export function fillRow(instrument: SimInstrument, fill: FuturesFill): object {
  const { isInverse, pair } = instrument
  const worth = isInverse
    ? { baseQty: amountShort(fill.value), marginAsset: fill.feeAsset, pair }
    : { quoteQty: amountShort(fill.value) }
  return {
    symbol: fill.symbol,
    id: fill.id,
    orderId: fill.orderId,
    side: fill.side,
    price: priceText(instrument, fill.price),
    qty: quantityText(instrument, fill.quantity),
    realizedPnl: amountOrZero(fill.realized),
    ...worth,
    commission: amountText(fill.fee),
    commissionAsset: fill.feeAsset,
    time: fill.timeMs,
    positionSide: fill.positionSide,
    buyer: fill.side === 'BUY',
    maker: fill.isMaker,
  }
}

export function amendmentRow(instrument: SimInstrument, row: FuturesAmendment): object {
  return {
    amendmentId: row.id,
    symbol: row.symbol,
    pair: instrument.pair,
    orderId: row.orderId,
    clientOrderId: row.clientOrderId,
    time: row.timeMs,
    amendment: {
      price: { before: priceText(instrument, row.priceBefore), after: priceText(instrument, row.priceAfter) },
      origQty: {
        before: quantityText(instrument, row.quantityBefore),
        after: quantityText(instrument, row.quantityAfter),
      },
      count: row.count,
    },
  }
}

export function incomeRow(row: Income): object {
  return {
    symbol: row.symbol,
    incomeType: row.type,
    income: amountText(row.amount),
    asset: row.asset,
    info: row.tradeId === undefined ? row.type : String(row.tradeId),
    time: row.timeMs,
    tranId: row.id,
    tradeId: row.tradeId === undefined ? '' : String(row.tradeId),
  }
}

export function positionRow(account: FuturesAccount, position: Position, floor: FuturesFloor): object {
  const figures = positionFigures(account, position, floor)
  const { instrument, mark, settings, value } = figures
  const signed = position.quantity < 0 ? -value : value
  const liquidation = liquidationPrice(account, position, floor)
  const { bid, ask } = openNotional(account, instrument)
  const margin = settings.isIsolated ? position.isolatedWallet + figures.gain : 0n
  return {
    symbol: position.symbol,
    positionSide: position.side,
    positionAmt: quantityOrZero(instrument, position.quantity),
    entryPrice: entryText(instrument, position),
    breakEvenPrice: breakEvenText(instrument, position),
    markPrice: amountText(mark),
    unRealizedProfit: amountText(figures.gain),
    liquidationPrice: liquidation === 0 ? '0' : floatText(liquidation, 8),
    isolatedMargin: amountOrZero(margin),
    ...(floor.isInverse
      ? {
          leverage: String(settings.leverage),
          maxQty: '1000000',
          marginType: settings.isIsolated ? 'isolated' : 'cross',
          isAutoAddMargin: 'false',
        }
      : {
          notional: amountOrZero(signed),
          marginAsset: marginAsset(instrument),
          isolatedWallet: amountOrZero(position.isolatedWallet),
          initialMargin: amountOrZero(figures.initial + figures.openInitial),
          maintMargin: amountOrZero(figures.least),
          positionInitialMargin: amountOrZero(figures.initial),
          openOrderInitialMargin: amountOrZero(figures.openInitial),
          adl: adlQuantile(account, position, floor),
          bidNotional: amountShort(bid),
          askNotional: amountShort(ask),
        }),
    updateTime: position.updatedMs,
  }
}

/** A position within the account answer, which is shorter. */
export function accountPositionRow(account: FuturesAccount, position: Position, floor: FuturesFloor): object {
  const figures = positionFigures(account, position, floor)
  const { instrument, settings, value } = figures
  const margin = settings.isIsolated ? position.isolatedWallet + figures.gain : 0n
  const common = {
    symbol: position.symbol,
    positionSide: position.side,
    positionAmt: quantityOrZero(instrument, position.quantity),
    unrealizedProfit: amountText(figures.gain),
    initialMargin: amountOrZero(figures.initial + figures.openInitial),
    maintMargin: amountOrZero(figures.least),
    updateTime: position.updatedMs,
  }
  if (!floor.isInverse) {
    const notionalText = amountOrZero(position.quantity < 0 ? -value : value)
    const isolatedWallet = amountOrZero(position.isolatedWallet)
    return { ...common, isolatedMargin: amountText(margin), notional: notionalText, isolatedWallet }
  }
  return {
    ...common,
    positionInitialMargin: amountOrZero(figures.initial),
    openOrderInitialMargin: amountOrZero(figures.openInitial),
    leverage: String(settings.leverage),
    isolated: settings.isIsolated,
    entryPrice: entryText(instrument, position),
    breakEvenPrice: breakEvenText(instrument, position),
    maxQty: '1000000',
    notionalValue: amountOrZero(value),
  }
}

interface PositionFigures {
  readonly instrument: SimInstrument
  readonly mark: Amount
  readonly settings: { readonly leverage: number; readonly isIsolated: boolean }
  readonly value: Amount
  readonly gain: Amount
  readonly least: Amount
  readonly initial: Amount
  readonly openInitial: Amount
}

function positionFigures(account: FuturesAccount, position: Position, floor: FuturesFloor): PositionFigures {
  const instrument = floor.instrument(position.symbol)
  const mark = floor.markPrice(position.symbol)
  const settings = account.symbol(position.symbol)
  const value = notional(instrument, position, mark)
  return {
    instrument,
    mark,
    settings,
    value,
    gain: unrealized(instrument, position, mark),
    least: maintenance(instrument, position.quantity, value),
    initial: divide(value, BigInt(settings.leverage)),
    openInitial: symbolOrderMargin(account, instrument, mark),
  }
}

function entryText(instrument: SimInstrument, position: Position): string {
  return meanPriceText(instrument, position.cost, position.quantity, meanDigits(instrument))
}

/** An algo order as REST shows it; a placement is answered without what it became. */
export function algoRow(
  instrument: SimInstrument,
  algo: AlgoOrder,
  actual: FuturesOrder | undefined,
  isNew: boolean,
): object {
  const zero = priceText(instrument, 0)
  return {
    algoId: algo.id,
    clientAlgoId: algo.clientId,
    algoType: 'CONDITIONAL',
    orderType: algo.type,
    symbol: algo.symbol,
    side: algo.side,
    positionSide: algo.positionSide,
    timeInForce: algo.timeInForce,
    quantity: quantityText(instrument, algo.quantity),
    algoStatus: algo.status,
    ...(isNew
      ? {}
      : {
          actualOrderId: algo.actualOrderId === undefined ? '' : String(algo.actualOrderId),
          actualPrice: actual === undefined ? '0.00000' : averageText(instrument, actual),
        }),
    triggerPrice: priceText(instrument, algo.triggerPrice),
    price: priceText(instrument, algo.price),
    icebergQuantity: 'null',
    ...(isNew ? {} : { tpTriggerPrice: zero, tpPrice: zero, slTriggerPrice: zero, slPrice: zero, tpOrderType: '' }),
    selfTradePreventionMode: algo.stp,
    workingType: algo.workingType,
    priceMatch: algo.priceMatch,
    closePosition: algo.closePosition,
    priceProtect: algo.priceProtect,
    reduceOnly: algo.reduceOnly,
    ...(isNew
      ? {
          activatePrice: algo.activatePrice === 0 ? '' : priceText(instrument, algo.activatePrice),
          callbackRate: algo.callbackRate === 0 ? '' : floatText(algo.callbackRate, 1),
        }
      : {}),
    createTime: algo.createdMs,
    updateTime: algo.updatedMs,
    triggerTime: algo.triggeredMs,
    goodTillDate: 0,
  }
}
