import type { InstrumentId } from '../../../model/instrument.ts'
import type { EpochUs } from '../../../model/time.ts'
import type { AccountReads, PrivateEndpoint, StateRead, TradedWindow } from '../../account-adapter.ts'
import { listOf } from '../fields.ts'
import type { JsonRecord } from '../json-exact.ts'
import { isRecord } from '../json-exact.ts'
import { COINM, USDM } from '../markets.ts'
import { parseObject, parseRows } from '../rest-call.ts'
import {
  flagOf,
  instrumentOf,
  marginTypeOf,
  optionalIdOf,
  optionalTextOf,
  type ToldUpdate,
  told,
} from './account-fields.ts'
import type { AccountSettings } from './account-options.ts'
import { algoIdOf } from './algo-events.ts'
import { conditionalOrder, futuresBalance, futuresFill, futuresOrder, futuresPosition } from './futures-rows.ts'
import { given, rangeParams, signedGet, symbolParam } from './private-call.ts'
import {
  FILLS_PER_PAGE,
  objectOf,
  orderIdParams,
  proveVenue,
  rowsOf,
  settingRead,
  stateRead,
  THREE_MONTHS_MS,
  WEEK_MS,
} from './read-endpoints.ts'
import { permissionsOf } from './spot-reads.ts'

const INCOME_PER_PAGE = 1000

/** Weights: protocol reference §5.8 and §6.4. */
export function usdmReads(settings: AccountSettings): AccountReads {
  const [v1, v3] = [`${settings.rest}/fapi/v1`, `${settings.rest}/fapi/v3`]
  return {
    ...orderReads(USDM.id, v1),
    traded: incomeRead(USDM.id, `${v1}/income`, 30),
    state: [
      stateRead(['balances'], `${v3}/account`, 5, readAssets),
      positionsRead(USDM.id, `${v3}/positionRisk`, 5),
      settingRead(`${v1}/positionSide/dual`, 30, readPositionMode),
      settingRead(`${v1}/multiAssetsMargin`, 30, readMultiAssets),
      settingRead(`${v1}/symbolConfig`, 5, readSymbolConfig),
    ],
    ...permissionsOf(settings),
  }
}

/** COIN-M has its newer conditional orders in the same algo service, and neither multi-assets mode nor settings by symbol. */
export function coinmReads(settings: AccountSettings): AccountReads {
  const v1 = `${settings.rest}/dapi/v1`
  return {
    ...orderReads(COINM.id, v1),
    traded: incomeRead(COINM.id, `${v1}/income`, 20),
    state: [
      stateRead(['balances'], `${v1}/account`, 5, readAssets),
      positionsRead(COINM.id, `${v1}/positionRisk`, 1),
      settingRead(`${v1}/positionSide/dual`, 30, readPositionMode),
    ],
    ...permissionsOf(settings),
  }
}

function orderReads(venue: string, root: string): Omit<AccountReads, 'state'> {
  const toOrder = (row: JsonRecord, receiveTimeUs: EpochUs) => futuresOrder(venue, row, receiveTimeUs)
  const toAlgo = (row: JsonRecord, receiveTimeUs: EpochUs) => conditionalOrder(venue, row, receiveTimeUs)
  return {
    openOrders: { request: openRequest(venue, `${root}/openOrders`), parse: rowsOf('openOrders', toOrder) },
    openAlgoOrders: { request: openRequest(venue, `${root}/openAlgoOrders`), parse: rowsOf('openAlgoOrders', toAlgo) },
    order: {
      request: (args, auth) => {
        proveVenue(venue, args.instrument)
        const algoId = args.orderId === undefined ? undefined : algoIdOf(args.orderId)
        if (algoId !== undefined) return signedGet(`${root}/algoOrder`, [['algoId', algoId]], auth, 1)
        const params = [...symbolParam(args.instrument), ...orderIdParams(args, 'origClientOrderId')]
        return signedGet(`${root}/order`, params, auth, 1)
      },
      parse: objectOf('order', (row, receiveTimeUs) => (isAlgoRow(row) ? toAlgo : toOrder)(row, receiveTimeUs)),
    },
    fills: fillsRead(venue, `${root}/userTrades`, 5),
    fillsPerPage: FILLS_PER_PAGE,
    fillWindowMs: WEEK_MS,
    fillsKeptMs: THREE_MONTHS_MS,
  }
}

export function isAlgoRow(row: JsonRecord): boolean {
  return row['algoId'] !== undefined || row['strategyId'] !== undefined
}

/** One symbol is weight 1, all of them 40. */
export function openRequest(venue: string, url: string): AccountReads['openOrders']['request'] {
  return ({ instrument }, auth) => {
    proveVenue(venue, instrument)
    return signedGet(url, symbolParam(instrument), auth, instrument === undefined ? 40 : 1)
  }
}

export function fillsRead(venue: string, url: string, weight: number): AccountReads['fills'] {
  return {
    request: (range, auth) => {
      proveVenue(venue, range.instrument)
      const params = [...symbolParam(range.instrument), ...rangeParams(range, FILLS_PER_PAGE)]
      return signedGet(url, params, auth, weight)
    },
    parse: rowsOf('userTrades', (row, receiveTimeUs) => futuresFill(venue, row, receiveTimeUs)),
  }
}

/**
 * Which symbols traded: every fee and every realised profit names its trade. Fills that cost nothing and only opened a position
 * leave no entry; the position that they opened shows them.
 */
export function incomeRead(
  venue: string,
  url: string,
  weight: number,
): PrivateEndpoint<TradedWindow, readonly InstrumentId[]> {
  return {
    request: ({ startTimeUs, endTimeUs, page }, auth) => {
      const params = given([
        ['startTime', Math.floor(startTimeUs / 1000)],
        ['endTime', Math.floor(endTimeUs / 1000)],
        ['page', page === 1 ? undefined : page],
        ['limit', INCOME_PER_PAGE],
      ])
      return signedGet(url, params, auth, weight)
    },
    parse: body => {
      const trades = parseRows(body, 'income').filter(row => optionalIdOf(row, 'tradeId') !== undefined)
      const named = trades.filter(row => optionalTextOf(row, 'symbol') !== undefined)
      return [...new Set(named.map(row => instrumentOf(venue, row, 'symbol')))]
    },
  }
}

export function positionsRead(venue: string, url: string, weight: number): StateRead {
  return stateRead(['positions'], url, weight, (body, receiveTimeUs) =>
    parseRows(body, 'positionRisk').map(row => futuresPosition(venue, row, receiveTimeUs)),
  )
}

function readAssets(body: string, receiveTimeUs: EpochUs): readonly ToldUpdate[] {
  return listOf(parseObject(body, 'account'), 'assets')
    .filter(isRecord)
    .map(row => futuresBalance(row, receiveTimeUs))
}

export function readPositionMode(body: string, receiveTimeUs: EpochUs): readonly ToldUpdate[] {
  const isHedge = flagOf(parseObject(body, 'positionSide/dual'), 'dualSidePosition')
  if (isHedge === undefined) return []
  const value = isHedge ? 'hedge' : 'oneWay'
  return [told({ kind: 'accountConfig', setting: 'positionMode', value, receiveTimeUs }, receiveTimeUs)]
}

function readMultiAssets(body: string, receiveTimeUs: EpochUs): readonly ToldUpdate[] {
  const isOn = flagOf(parseObject(body, 'multiAssetsMargin'), 'multiAssetsMargin')
  if (isOn === undefined) return []
  return [told({ kind: 'accountConfig', setting: 'multiAssets', value: String(isOn), receiveTimeUs }, receiveTimeUs)]
}

function readSymbolConfig(body: string, receiveTimeUs: EpochUs): readonly ToldUpdate[] {
  return parseRows(body, 'symbolConfig').flatMap(row => {
    const instrument = instrumentOf(USDM.id, row, 'symbol')
    const settings = [
      ['leverage', optionalIdOf(row, 'leverage')],
      ['marginType', marginTypeOf(row, 'marginType')],
    ] as const
    return settings.flatMap(([setting, value]) => {
      if (value === undefined) return []
      return [told({ kind: 'accountConfig', setting, value, instrument, receiveTimeUs }, receiveTimeUs)]
    })
  })
}
