import type { AccountEvent } from '../model/account-event.ts'

const HIDDEN = '***'

const DECIMAL = /^-?\d+(\.\d+)?$/

/** Decimal texts that say nothing of how much somebody has or trades; every other one is an amount. */
const SHOWN: ReadonlySet<string> = new Set([
  'price',
  'averagePrice',
  'stopPrice',
  'entryPrice',
  'breakEvenPrice',
  'liquidationPrice',
  'markPrice',
  'orderId',
  'tradeId',
  'clientOrderId',
  'triggeredOrderId',
  'value',
])

/** The event as it is printed with `--hide-amounts`. What the venue says in its own words is left out whole. */
export function withoutAmounts(event: AccountEvent): unknown {
  const text = JSON.stringify(event, (name, value: unknown) => {
    const isAmount = typeof value === 'string' && DECIMAL.test(value) && !SHOWN.has(name)
    return isAmount || name === 'payload' ? HIDDEN : value
  })
  const hidden: unknown = JSON.parse(text)
  return hidden
}
