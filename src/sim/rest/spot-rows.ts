import { priceText, quantityText } from '../encode/encoder.ts'
import type { SimInstrument } from '../instrument.ts'
import { amountText } from '../trading/amount.ts'
import type { SpotFill, SpotOrder, SpotPrevention } from '../trading/spot/spot-order.ts'
import { isConditional } from '../trading/spot/spot-order.ts'
import type { SpotOrderList } from '../trading/spot/spot-order-list.ts'
import { listStatusType } from '../trading/spot/spot-order-list.ts'

/** Writes a time in milliseconds, or in microseconds for those who asked for them. */
export type WriteTime = (timeUs: number) => number
export type AnswerForm = 'ACK' | 'RESULT' | 'FULL'

/** The answer to a placement. */
export function newOrderRow(
  instrument: SimInstrument,
  order: SpotOrder,
  form: AnswerForm,
  fills: readonly SpotFill[],
  time: WriteTime,
): object {
  const head = {
    symbol: order.symbol,
    orderId: order.id,
    orderListId: order.list?.id ?? -1,
    clientOrderId: order.clientOrderId,
    transactTime: time(order.updatedUs),
  }
  if (form === 'ACK') return head
  const result = {
    ...head,
    ...figures(instrument, order),
    ...conditions(instrument, order, time),
    workingTime: workingTime(order, time),
  }
  const last = { selfTradePreventionMode: order.stp }
  if (form === 'RESULT') return { ...result, ...last }
  const rows = fills.map(fill => ({
    price: priceText(instrument, fill.price),
    qty: quantityText(instrument, fill.quantity),
    commission: amountText(fill.fee),
    commissionAsset: fill.feeAsset,
    tradeId: fill.id,
  }))
  return { ...result, fills: rows, ...last }
}

export function cancelRow(instrument: SimInstrument, order: SpotOrder, time: WriteTime): object {
  return {
    symbol: order.symbol,
    origClientOrderId: order.clientOrderId,
    orderId: order.id,
    orderListId: order.list?.id ?? -1,
    clientOrderId: order.cancelId ?? order.clientOrderId,
    transactTime: time(order.updatedUs),
    ...figures(instrument, order),
    ...conditions(instrument, order, time),
    selfTradePreventionMode: order.stp,
  }
}

/** An order as queries show it, open or not. */
export function openOrderRow(instrument: SimInstrument, order: SpotOrder, time: WriteTime): object {
  return {
    symbol: order.symbol,
    orderId: order.id,
    orderListId: order.list?.id ?? -1,
    clientOrderId: order.clientOrderId,
    ...figures(instrument, order),
    ...conditions(instrument, order, time),
    stopPrice: priceText(instrument, order.stopPrice),
    icebergQty: quantityText(instrument, order.icebergQuantity),
    time: time(order.createdUs),
    updateTime: time(order.updatedUs),
    isWorking: order.workingUs > 0,
    workingTime: workingTime(order, time),
    selfTradePreventionMode: order.stp,
  }
}

/** The answer to an amendment. */
export function amendedRow(
  instrument: SimInstrument,
  order: SpotOrder,
  formerId: string,
  executionId: number,
  time: WriteTime,
): object {
  const amendedOrder = {
    symbol: order.symbol,
    orderId: order.id,
    orderListId: order.list?.id ?? -1,
    origClientOrderId: formerId,
    clientOrderId: order.clientOrderId,
    price: priceText(instrument, order.price),
    qty: quantityText(instrument, order.quantity),
    executedQty: quantityText(instrument, order.executed),
    preventedQty: quantityText(instrument, order.preventedQuantity),
    quoteOrderQty: amountText(order.quoteQuantity),
    cumulativeQuoteQty: amountText(order.value),
    status: order.status,
    timeInForce: order.timeInForce,
    type: order.type,
    side: order.side,
    ...conditions(instrument, order, time),
    workingTime: workingTime(order, time),
    selfTradePreventionMode: order.stp,
  }
  const head = { transactTime: time(order.updatedUs), executionId, amendedOrder }
  const { list } = order
  if (list === undefined) return head
  const listStatus = {
    orderListId: list.id,
    contingencyType: list.contingency,
    listOrderStatus: list.status,
    listClientOrderId: list.clientId,
    symbol: list.symbol,
    orders: listed(list),
  }
  return { ...head, listStatus }
}

function listed(list: SpotOrderList): readonly object[] {
  return list.orders.map(({ symbol, id, clientOrderId }) => ({ symbol, orderId: id, clientOrderId }))
}

export function amendmentRows(instrument: SimInstrument, order: SpotOrder, time: WriteTime): readonly object[] {
  return order.amendments.map(row => ({
    symbol: order.symbol,
    orderId: order.id,
    executionId: row.executionId,
    origClientOrderId: row.from,
    newClientOrderId: row.to,
    origQty: quantityText(instrument, row.oldQuantity),
    newQty: quantityText(instrument, row.newQuantity),
    time: time(row.atUs),
  }))
}

/** A list of orders without what has become of each. */
export function listRow(list: SpotOrderList, time: WriteTime): object {
  return {
    orderListId: list.id,
    contingencyType: list.contingency,
    listStatusType: listStatusType(list),
    listOrderStatus: list.status,
    listClientOrderId: list.clientId,
    transactionTime: time(list.updatedUs),
    symbol: list.symbol,
    orders: listed(list),
  }
}

/** A list that has been canceled, with its orders. */
export function listReport(
  instrumentOf: (symbol: string) => SimInstrument,
  list: SpotOrderList,
  time: WriteTime,
): object {
  const orderReports = list.orders.map(order => cancelRow(instrumentOf(order.symbol), order, time))
  return { ...listRow(list, time), orderReports }
}

export function spotFillRow(instrument: SimInstrument, fill: SpotFill, time: WriteTime): object {
  return {
    symbol: fill.symbol,
    id: fill.id,
    orderId: fill.orderId,
    orderListId: fill.orderListId,
    price: priceText(instrument, fill.price),
    qty: quantityText(instrument, fill.quantity),
    quoteQty: amountText(fill.value),
    commission: amountText(fill.fee),
    commissionAsset: fill.feeAsset,
    time: time(fill.timeUs),
    isBuyer: fill.isBuyer,
    isMaker: fill.isMaker,
    isBestMatch: true,
  }
}

export function preventionRow(instrument: SimInstrument, row: SpotPrevention, time: WriteTime): object {
  return {
    symbol: row.symbol,
    preventedMatchId: row.id,
    takerOrderId: row.takerOrderId,
    makerSymbol: row.symbol,
    makerOrderId: row.makerOrderId,
    tradeGroupId: row.takerOrderId,
    selfTradePreventionMode: row.mode,
    price: priceText(instrument, row.price),
    takerPreventedQuantity: quantityText(instrument, row.takerQuantity),
    makerPreventedQuantity: quantityText(instrument, row.makerQuantity),
    transactTime: time(row.atUs),
  }
}

function workingTime(order: SpotOrder, time: WriteTime): number {
  return order.workingUs === 0 ? -1 : time(order.workingUs)
}

function figures(instrument: SimInstrument, order: SpotOrder): object {
  return {
    price: priceText(instrument, order.price),
    origQty: quantityText(instrument, order.quantity),
    executedQty: quantityText(instrument, order.executed),
    origQuoteOrderQty: amountText(order.quoteQuantity),
    cummulativeQuoteQty: amountText(order.value),
    status: order.status,
    timeInForce: order.timeInForce,
    type: order.type,
    side: order.side,
  }
}

/** Fields that only some orders have. */
function conditions(instrument: SimInstrument, order: SpotOrder, time: WriteTime): object {
  const { trailingDelta, strategyId, strategyType, icebergQuantity } = order
  return {
    ...(isConditional(order) ? { stopPrice: priceText(instrument, order.stopPrice) } : {}),
    ...(icebergQuantity === 0 ? {} : { icebergQty: quantityText(instrument, icebergQuantity) }),
    ...(trailingDelta === 0
      ? {}
      : { trailingDelta, trailingTime: order.trailingUs === 0 ? -1 : time(order.trailingUs) }),
    ...(strategyId === undefined ? {} : { strategyId }),
    ...(strategyType === undefined ? {} : { strategyType }),
    ...(order.preventedQuantity === 0 ? {} : { preventedQuantity: quantityText(instrument, order.preventedQuantity) }),
  }
}
