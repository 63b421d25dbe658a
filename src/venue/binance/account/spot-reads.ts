import { ConfigError } from '../../../model/error.ts'
import { symbolOf } from '../../../model/instrument.ts'
import type { EpochUs } from '../../../model/time.ts'
import type { AccountReads } from '../../account-adapter.ts'
import { listOf, recordOf, textOf } from '../fields.ts'
import type { JsonRecord } from '../json-exact.ts'
import { isRecord } from '../json-exact.ts'
import { SPOT } from '../markets.ts'
import { parseObject } from '../rest-call.ts'
import type { SignedParams } from '../signed-request.ts'
import { decimalTextOf, firstTimeOf, type ToldUpdate } from './account-fields.ts'
import type { AccountSettings } from './account-options.ts'
import { keyPermissions } from './key-permissions.ts'
import { rangeParams, signedGet, symbolParam } from './private-call.ts'
import {
  FILLS_PER_PAGE,
  ONE_DAY_MS,
  objectOf,
  orderIdParams,
  proveVenue,
  rowsOf,
  stateRead,
  TEN_YEARS_MS,
} from './read-endpoints.ts'
import { spotBalance, spotFill, spotOrder } from './spot-rows.ts'

/** In what the reads of spot and of the two kinds of margin accounts differ. */
interface SpotCalls {
  readonly root: string
  /** What every call about orders and fills says besides. */
  readonly kind: SignedParams
  /** Symbol that the whole account is about. */
  readonly onlySymbol: string | undefined
  readonly openWeight: (isOneSymbol: boolean) => number
  readonly orderWeight: number
  readonly fillsWeight: number
}

/** Weights: protocol reference §5.8. There is no question for what traded: fills are asked for by symbol. */
export function spotReads(settings: AccountSettings): AccountReads {
  const calls: SpotCalls = {
    root: `${settings.rest}/api/v3`,
    kind: [],
    onlySymbol: undefined,
    openWeight: isOneSymbol => (isOneSymbol ? 6 : 80),
    orderWeight: 4,
    fillsWeight: 20,
  }
  const state = stateRead(['balances'], `${calls.root}/account`, 20, readAccount, [['omitZeroBalances', true]])
  return { ...orderReads(calls), state: [state], ...permissionsOf(settings) }
}

/** Weights: margin docs, read 2026-11: 10 each per IP. The account tells no time of its balances. */
export function marginReads(settings: AccountSettings, isolatedSymbol: string | undefined): AccountReads {
  const root = `${settings.rest}/sapi/v1/margin`
  const calls: SpotCalls = {
    root,
    kind: isolatedSymbol === undefined ? [] : [['isIsolated', 'TRUE']],
    onlySymbol: isolatedSymbol,
    openWeight: () => 10,
    orderWeight: 10,
    fillsWeight: 10,
  }
  const state =
    isolatedSymbol === undefined
      ? stateRead(['balances'], `${root}/account`, 10, readCrossMargin)
      : stateRead(['balances'], `${root}/isolated/account`, 10, readIsolatedMargin, [['symbols', isolatedSymbol]])
  return { ...orderReads(calls), state: [state], ...permissionsOf(settings) }
}

export function permissionsOf({ wallet }: AccountSettings): Pick<AccountReads, 'permissions'> {
  return wallet === undefined ? {} : { permissions: keyPermissions(wallet) }
}

function orderReads(calls: SpotCalls): Omit<AccountReads, 'state'> {
  const { root, kind, onlySymbol } = calls
  const toOrder = (row: JsonRecord, receiveTimeUs: EpochUs) => spotOrder(SPOT.id, row, receiveTimeUs)
  const toFill = (row: JsonRecord, receiveTimeUs: EpochUs) => spotFill(SPOT.id, row, receiveTimeUs)
  return {
    openOrders: {
      request: ({ instrument }, auth) => {
        proveVenue(SPOT.id, instrument)
        const symbol = instrument === undefined ? onlySymbol : symbolOf(instrument)
        const params: SignedParams = symbol === undefined ? kind : [['symbol', symbol], ...kind]
        return signedGet(`${root}/openOrders`, params, auth, calls.openWeight(symbol !== undefined))
      },
      parse: rowsOf('openOrders', toOrder),
    },
    order: {
      request: (args, auth) => {
        proveVenue(SPOT.id, args.instrument)
        const params = [...symbolParam(args.instrument), ...kind, ...orderIdParams(args, 'origClientOrderId')]
        return signedGet(`${root}/order`, params, auth, calls.orderWeight)
      },
      parse: objectOf('order', toOrder),
    },
    fills: {
      request: (range, auth) => {
        proveVenue(SPOT.id, range.instrument)
        if (onlySymbol !== undefined && symbolOf(range.instrument) !== onlySymbol) {
          throw new ConfigError(`the isolated margin account of ${onlySymbol} does not trade "${range.instrument}".`)
        }
        const params = [...symbolParam(range.instrument), ...kind, ...rangeParams(range, FILLS_PER_PAGE)]
        return signedGet(`${root}/myTrades`, params, auth, calls.fillsWeight)
      },
      parse: rowsOf('myTrades', toFill),
    },
    fillsPerPage: FILLS_PER_PAGE,
    fillWindowMs: ONE_DAY_MS,
    fillsKeptMs: TEN_YEARS_MS,
  }
}

/** The time is that of the last change of the whole account. */
function readAccount(body: string, receiveTimeUs: EpochUs): readonly ToldUpdate[] {
  const account = parseObject(body, 'account')
  return freeAndLocked(listOf(account, 'balances'), firstTimeOf(account, ['updateTime']), receiveTimeUs)
}

export function readCrossMargin(body: string, receiveTimeUs: EpochUs): readonly ToldUpdate[] {
  return freeAndLocked(listOf(parseObject(body, 'margin account'), 'userAssets'), undefined, receiveTimeUs)
}

function readIsolatedMargin(body: string, receiveTimeUs: EpochUs): readonly ToldUpdate[] {
  const pairs = listOf(parseObject(body, 'isolated margin account'), 'assets').filter(isRecord)
  const halves = pairs.flatMap(pair => [recordOf(pair, 'baseAsset'), recordOf(pair, 'quoteAsset')])
  return freeAndLocked(halves, undefined, receiveTimeUs)
}

function freeAndLocked(
  rows: readonly unknown[],
  timeUs: EpochUs | undefined,
  receiveTimeUs: EpochUs,
): readonly ToldUpdate[] {
  return rows
    .filter(isRecord)
    .map(row =>
      spotBalance(
        textOf(row, 'asset'),
        decimalTextOf(row, 'free'),
        decimalTextOf(row, 'locked'),
        timeUs,
        receiveTimeUs,
      ),
    )
}
