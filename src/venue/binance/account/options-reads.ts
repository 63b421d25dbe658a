import type { EpochUs } from '../../../model/time.ts'
import type { AccountReads } from '../../account-adapter.ts'
import { listOf } from '../fields.ts'
import { isRecord } from '../json-exact.ts'
import { OPTIONS } from '../markets.ts'
import { parseObject, parseRows } from '../rest-call.ts'
import { firstTimeOf, type ToldUpdate } from './account-fields.ts'
import type { AccountSettings } from './account-options.ts'
import { openRequest } from './futures-reads.ts'
import { optionsBalance, optionsFill, optionsOrder, optionsPosition } from './options-rows.ts'
import { rangeParams, signedGet, symbolParam } from './private-call.ts'
import {
  FILLS_PER_PAGE,
  objectOf,
  orderIdParams,
  proveVenue,
  rowsOf,
  stateRead,
  THREE_MONTHS_MS,
  WEEK_MS,
} from './read-endpoints.ts'
import { permissionsOf } from './spot-reads.ts'

/**
 * Weights: protocol reference §5.8. Fills are paged by an id of their own, which the user stream does not tell: ranges of them
 * are asked for by time. How long they are kept is not documented; as on futures is assumed.
 */
export function optionsReads(settings: AccountSettings): AccountReads {
  const root = `${settings.rest}/eapi/v1`
  const [orders, fills] = [rowReaders.order, rowReaders.fill]
  return {
    openOrders: { request: openRequest(OPTIONS.id, `${root}/openOrders`), parse: rowsOf('openOrders', orders) },
    order: {
      request: (args, auth) => {
        proveVenue(OPTIONS.id, args.instrument)
        const params = [...symbolParam(args.instrument), ...orderIdParams(args, 'clientOrderId')]
        return signedGet(`${root}/order`, params, auth, 1)
      },
      parse: objectOf('order', orders),
    },
    fills: {
      request: (range, auth) => {
        proveVenue(OPTIONS.id, range.instrument)
        const byTime = { ...range, fromId: undefined }
        const params = [...symbolParam(range.instrument), ...rangeParams(byTime, FILLS_PER_PAGE)]
        return signedGet(`${root}/userTrades`, params, auth, 5)
      },
      parse: rowsOf('userTrades', fills),
    },
    fillsBy: 'time',
    fillsPerPage: FILLS_PER_PAGE,
    fillWindowMs: WEEK_MS,
    fillsKeptMs: THREE_MONTHS_MS,
    state: [
      stateRead(['balances'], `${root}/marginAccount`, 3, readMarginAccount),
      stateRead(['positions'], `${root}/position`, 5, readPositions),
    ],
    ...permissionsOf(settings),
  }
}

const rowReaders = {
  order: (row: Parameters<typeof optionsOrder>[1], receiveTimeUs: EpochUs) =>
    optionsOrder(OPTIONS.id, row, receiveTimeUs),
  fill: (row: Parameters<typeof optionsFill>[1], receiveTimeUs: EpochUs) => optionsFill(OPTIONS.id, row, receiveTimeUs),
}

/** The time is that of the answer, by the venue's clock. */
function readMarginAccount(body: string, receiveTimeUs: EpochUs): readonly ToldUpdate[] {
  const account = parseObject(body, 'marginAccount')
  const timeUs = firstTimeOf(account, ['time'])
  return listOf(account, 'asset')
    .filter(isRecord)
    .map(row => optionsBalance(row, timeUs, receiveTimeUs))
}

function readPositions(body: string, receiveTimeUs: EpochUs): readonly ToldUpdate[] {
  return parseRows(body, 'position').map(row => optionsPosition(OPTIONS.id, row, receiveTimeUs))
}
