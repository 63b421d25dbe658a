import { priceText, quantityText, timeText } from '../../encode/encoder.ts'
import type { SimInstrument } from '../../instrument.ts'
import type { Amount } from '../amount.ts'
import { amountText } from '../amount.ts'
import type { OwnFill } from '../order.ts'
import { isOpen } from '../order.ts'
import type { SpotAccount, SpotBalance } from './spot-account.ts'
import type { SpotOrder } from './spot-order.ts'

export type SpotExecution = 'NEW' | 'CANCELED' | 'TRADE' | 'EXPIRED'

export interface BookedSpotFill extends OwnFill {
  readonly value: Amount
  readonly fee: Amount
  readonly feeAsset: string
}

/** What an execution report says of the moment it was made. */
export interface Report {
  readonly instrument: SimInstrument
  readonly execution: SpotExecution
  readonly executionId: number
  readonly atUs: number
  readonly fill?: BookedSpotFill
}

/** An order has changed. */
export function tellOrder(account: SpotAccount, order: SpotOrder, report: Report): void {
  // The order lives on: what it is now is what is told, whenever it is written.
  const now = { ...order }
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
  account.stream.emit('balanceUpdate', Math.floor(atUs / 1000), isMicro => {
    const time = timeText(atUs, isMicro)
    return `{"e":"balanceUpdate","E":${time},"a":${JSON.stringify(asset)},"d":"${amountText(change)}","T":${time}}`
  })
}

function reportText(order: SpotOrder, report: Report, isMicro: boolean): string {
  const { instrument, execution, executionId, atUs, fill } = report
  const time = timeText(atUs, isMicro)
  const created = timeText(order.createdUs, isMicro)
  const reason = order.expiryReason === '' ? '' : `,"eR":"${order.expiryReason}"`
  const isTrade = fill !== undefined
  const own = JSON.stringify(order.cancelId ?? order.clientOrderId)
  const original = order.cancelId === undefined ? '""' : JSON.stringify(order.clientOrderId)
  return (
    `{"e":"executionReport","E":${time},"s":"${order.symbol}","c":${own},"S":"${order.side}","o":"${order.type}",` +
    `"f":"${order.timeInForce}","q":"${quantityText(instrument, order.quantity)}","p":"${priceText(instrument, order.price)}",` +
    `"P":"0.00000000","F":"0.00000000","g":-1,"C":${original},"x":"${execution}","X":"${order.status}","r":"NONE",` +
    `"i":${order.id},"l":"${quantityText(instrument, fill?.quantity ?? 0)}","z":"${quantityText(instrument, order.executed)}",` +
    `"L":"${priceText(instrument, fill?.price ?? 0)}","n":"${isTrade ? amountText(fill.fee) : '0'}",` +
    `"N":${isTrade ? JSON.stringify(fill.feeAsset) : 'null'},"T":${time},"t":${fill?.tradeId ?? -1},"I":${executionId},` +
    `"w":${isOpen(order)},"m":${fill?.isMaker ?? false},"M":${isTrade},"O":${created},"Z":"${amountText(order.value)}",` +
    `"Y":"${amountText(fill?.value ?? 0n)}","Q":"${amountText(order.quoteQuantity)}","W":${created},"V":"${order.stp}"${reason}}`
  )
}
