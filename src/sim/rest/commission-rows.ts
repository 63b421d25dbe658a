import { amountText } from '../trading/amount.ts'
import type { SpotAccount } from '../trading/spot/spot-account.ts'

const nothing = '0.00000000'
const none = { maker: nothing, taker: nothing, buyer: nothing, seller: nothing }
const discount = { enabledForAccount: false, enabledForSymbol: false, discountAsset: 'BNB', discount: '0.75000000' }

/** What an account pays on a symbol. */
export function commissionRow(account: SpotAccount, symbol: string): object {
  return { symbol, ...commissionRates(account, '', none) }
}

/** The parts of a fee; a test of an order names them with `ForOrder` at the end. */
export function commissionRates(
  account: SpotAccount,
  ending: '' | 'ForOrder',
  zero: object = { maker: nothing, taker: nothing },
): object {
  const own = { ...zero, maker: amountText(account.makerRate), taker: amountText(account.takerRate) }
  return {
    [`standardCommission${ending}`]: own,
    [`specialCommission${ending}`]: zero,
    [`taxCommission${ending}`]: zero,
    discount,
  }
}
