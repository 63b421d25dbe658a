import { priceText, quantityText } from '../encode/encoder.ts'
import type { SimInstrument } from '../instrument.ts'
import { amountText } from '../trading/amount.ts'
import type { SpotFill, SpotOrder } from '../trading/spot/spot-order.ts'

/** The answer to a placement. */
export function newOrderRow(
  instrument: SimInstrument,
  order: SpotOrder,
  form: 'ACK' | 'RESULT' | 'FULL',
  fills: readonly SpotFill[],
): object {
  const head = {
    symbol: order.symbol,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    transactTime: order.updatedMs,
  }
  if (form === 'ACK') return head
  const result = { ...head, ...figures(instrument, order), workingTime: order.createdMs }
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

export function cancelRow(instrument: SimInstrument, order: SpotOrder): object {
  return {
    symbol: order.symbol,
    origClientOrderId: order.clientOrderId,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.cancelId ?? order.clientOrderId,
    transactTime: order.updatedMs,
    ...figures(instrument, order),
    selfTradePreventionMode: order.stp,
  }
}

/** An order as queries show it, open or not. */
export function openOrderRow(instrument: SimInstrument, order: SpotOrder): object {
  return {
    symbol: order.symbol,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    ...figures(instrument, order),
    stopPrice: '0.00000000',
    icebergQty: '0.00000000',
    time: order.createdMs,
    updateTime: order.updatedMs,
    // Orders that wait for a trigger are the ones that do not work, and there are none of these.
    isWorking: true,
    workingTime: order.createdMs,
    selfTradePreventionMode: order.stp,
  }
}

export function spotFillRow(instrument: SimInstrument, fill: SpotFill): object {
  return {
    symbol: fill.symbol,
    id: fill.id,
    orderId: fill.orderId,
    orderListId: -1,
    price: priceText(instrument, fill.price),
    qty: quantityText(instrument, fill.quantity),
    quoteQty: amountText(fill.value),
    commission: amountText(fill.fee),
    commissionAsset: fill.feeAsset,
    time: fill.timeMs,
    isBuyer: fill.isBuyer,
    isMaker: fill.isMaker,
    isBestMatch: true,
  }
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
