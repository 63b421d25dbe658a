import type { KeyPermissions, PrivateEndpoint } from '../../account-adapter.ts'
import { parseObject } from '../rest-call.ts'
import { flagOf } from './account-fields.ts'
import { signedGet } from './private-call.ts'

const TRADING = [
  'enableSpotAndMarginTrading',
  'enableMargin',
  'enableFutures',
  'enableVanillaOptions',
  'enablePortfolioMarginTrading',
  'enableFixApiTrade',
] as const

/**
 * What the key may do, anywhere on the venue: a key that may trade options is a trading key for a spot account, too. Where the
 * answer does not speak of withdrawals, the key is read as if it had that right, so that no warning is lost.
 * Source: wallet docs, "Get API Key Permission": weight 1 per IP, signed; read 2026-11.
 */
export function keyPermissions(wallet: string): PrivateEndpoint<void, KeyPermissions> {
  return {
    request: (_args, auth) => signedGet(`${wallet}/sapi/v1/account/apiRestrictions`, [], auth, 1),
    parse: body => {
      const row = parseObject(body, 'apiRestrictions')
      return {
        canRead: flagOf(row, 'enableReading') ?? false,
        canTrade: TRADING.some(right => flagOf(row, right) === true),
        canWithdraw: flagOf(row, 'enableWithdrawals') ?? true,
        isBoundToAddresses: flagOf(row, 'ipRestrict') ?? false,
      }
    },
  }
}
