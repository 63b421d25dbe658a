import { priceText, quantityText, timeText } from '../../encode/encoder.ts'
import type { SimInstrument } from '../../instrument.ts'
import type { Amount } from '../amount.ts'
import { amountText, tradeValue } from '../amount.ts'
import type { OwnFill } from '../order.ts'
import type { SpotAccount, SpotBalance } from './spot-account.ts'
import type { SpotOrder } from './spot-order.ts'
import type { ListStatusType, SpotOrderList } from './spot-order-list.ts'

export type SpotExecution = 'NEW' | 'CANCELED' | 'REPLACED' | 'REJECTED' | 'TRADE' | 'EXPIRED' | 'TRADE_PREVENTION'

export interface BookedSpotFill extends OwnFill {
  readonly value: Amount
  readonly fee: Amount
  readonly feeAsset: string
}

/** A trade that was kept from happening, as one of its two orders is told. */
export interface ToldPrevention {
  readonly id: number
  readonly quantity: number
  readonly price: number
  readonly makerQuantity: number
  readonly takerId: number
  readonly counterId: number
}

/** What an execution report says of the moment it was made. */
export interface Report {
  readonly instrument: SimInstrument
  readonly execution: SpotExecution
  readonly executionId: number
  readonly atUs: number
  readonly fill?: BookedSpotFill
  readonly rejectReason?: string | undefined
  readonly prevention?: ToldPrevention | undefined
  /** Client id before an amendment. */
  readonly formerId?: string
}

/** An order has changed. */
export function tellOrder(account: SpotAccount, order: SpotOrder, report: Report): void {
  // The order lives on: what it is now is what is told, whenever it is written.
  const now = { ...order, isShown: order.bookId !== undefined || isWorkingNew(order, report) }
  account.stream.emit('executionReport', Math.floor(report.atUs / 1000), isMicro => reportText(now, report, isMicro))
}

/** Balances that may have changed, and only those. */
export function tellBalances(account: SpotAccount, balances: readonly SpotBalance[], atUs: number): void {
  account.updatedMs = Math.floor(atUs / 1000)
  const rows = balances.map(
    ({ asset, free, locked }) => `{"a":${JSON.stringify(asset)},"f":"${amountText(free)}","l":"${amountText(locked)}"}`,
  )
  account.stream.emit('outboundAccountPosition', account.updatedMs, isMicro => {
    const time = timeText(atUs, isMicro)
    return `{"e":"outboundAccountPosition","E":${time},"u":${time},"B":[${rows.join(',')}]}`
  })
}

/** Money came from outside, or went there. */
export function tellTransfer(account: SpotAccount, asset: string, change: Amount, atUs: number): void {
  tellChange(account, 'balanceUpdate', asset, change, atUs)
}

/** Money is held back by something outside of trading, or set free again. */
export function tellExternalLock(account: SpotAccount, asset: string, change: Amount, atUs: number): void {
  tellChange(account, 'externalLockUpdate', asset, change, atUs)
}

/** A list of orders has changed. */
export function tellList(account: SpotAccount, list: SpotOrderList, type: ListStatusType, atUs: number): void {
  const orders = list.orders.map(
    ({ symbol, id, clientOrderId }) => `{"s":"${symbol}","i":${id},"c":${JSON.stringify(clientOrderId)}}`,
  )
  const { status } = list
  account.stream.emit('listStatus', Math.floor(atUs / 1000), isMicro => {
    const time = timeText(atUs, isMicro)
    return (
      `{"e":"listStatus","E":${time},"s":"${list.symbol}","g":${list.id},"c":"${list.contingency}","l":"${type}",` +
      `"L":"${status}","r":"NONE","C":${JSON.stringify(list.clientId)},"T":${time},"O":[${orders.join(',')}]}`
    )
  })
}

function tellChange(account: SpotAccount, kind: string, asset: string, change: Amount, atUs: number): void {
  account.stream.emit(kind, Math.floor(atUs / 1000), isMicro => {
    const time = timeText(atUs, isMicro)
    return `{"e":"${kind}","E":${time},"a":${JSON.stringify(asset)},"d":"${amountText(change)}","T":${time}}`
  })
}

/** An order that begins to work is told as resting before it has met anything. */
function isWorkingNew(order: SpotOrder, { execution, fill }: Report): boolean {
  const isBegin = execution === 'NEW' && order.status === 'NEW' && order.workingUs > 0
  return isBegin || (fill !== undefined && order.status === 'PARTIALLY_FILLED')
}

function reportText(order: SpotOrder & { readonly isShown: boolean }, report: Report, isMicro: boolean): string {
  const { instrument, execution, executionId, atUs, fill, formerId } = report
  const time = timeText(atUs, isMicro)
  const created = timeText(order.createdUs, isMicro)
  const isTrade = fill !== undefined
  const own = JSON.stringify(order.cancelId ?? order.clientOrderId)
  const before = formerId ?? (order.cancelId === undefined ? undefined : order.clientOrderId)
  const original = before === undefined ? '""' : JSON.stringify(before)
  const working = order.workingUs === 0 ? '' : `,"W":${timeText(order.workingUs, isMicro)}`
  return (
    `{"e":"executionReport","E":${time},"s":"${order.symbol}","c":${own},"S":"${order.side}","o":"${order.type}",` +
    `"f":"${order.timeInForce}","q":"${quantityText(instrument, order.quantity)}","p":"${priceText(instrument, order.price)}",` +
    `"P":"${priceText(instrument, order.stopPrice)}","F":"${quantityText(instrument, order.icebergQuantity)}",` +
    `"g":${order.list?.id ?? -1},"C":${original},"x":"${execution}","X":"${order.status}","r":"${report.rejectReason ?? 'NONE'}",` +
    `"i":${order.id},"l":"${quantityText(instrument, fill?.quantity ?? 0)}","z":"${quantityText(instrument, order.executed)}",` +
    `"L":"${priceText(instrument, fill?.price ?? 0)}","n":"${isTrade ? amountText(fill.fee) : '0'}",` +
    `"N":${isTrade ? JSON.stringify(fill.feeAsset) : 'null'},"T":${time},"t":${fill?.tradeId ?? -1}` +
    `${preventionText(order, report)},"I":${executionId},` +
    `"w":${order.isShown},"m":${fill?.isMaker ?? false},"M":${isTrade},"O":${created},"Z":"${amountText(order.value)}",` +
    `"Y":"${amountText(fill?.value ?? 0n)}","Q":"${amountText(order.quoteQuantity)}"${working},"V":"${order.stp}"` +
    `${conditionsText(order, isMicro)}}`
  )
}

/** Keys that only some orders have. */
function conditionsText(order: SpotOrder, isMicro: boolean): string {
  const trailing = order.trailingDelta === 0 ? '' : `,"d":${order.trailingDelta}`
  const since = order.trailingUs === 0 ? '' : `,"D":${timeText(order.trailingUs, isMicro)}`
  const id = order.strategyId === undefined ? '' : `,"j":${order.strategyId}`
  const type = order.strategyType === undefined ? '' : `,"J":${order.strategyType}`
  const reason = order.expiryReason === '' ? '' : `,"eR":"${order.expiryReason}"`
  return trailing + since + id + type + reason
}

function preventionText(order: SpotOrder, { prevention, instrument }: Report): string {
  if (prevention === undefined) return ''
  const { id, quantity, price, makerQuantity, takerId, counterId } = prevention
  const value = amountText(tradeValue(instrument, price, makerQuantity))
  return (
    `,"v":${id},"A":"${quantityText(instrument, order.preventedQuantity)}","B":"${quantityText(instrument, quantity)}",` +
    `"u":${takerId},"U":${counterId},"Cs":"${order.symbol}","pl":"${quantityText(instrument, makerQuantity)}",` +
    `"pL":"${priceText(instrument, price)}","pY":"${value}"`
  )
}
