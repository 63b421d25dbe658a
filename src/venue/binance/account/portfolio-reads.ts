import { ConfigError } from '../../../model/error.ts'
import type { InstrumentId } from '../../../model/instrument.ts'
import { venueOf } from '../../../model/instrument.ts'
import type { EpochUs } from '../../../model/time.ts'
import type { AccountReads, CallAuth, FillRange, StateRead } from '../../account-adapter.ts'
import { textOf } from '../fields.ts'
import type { JsonRecord } from '../json-exact.ts'
import { isRecord, parseExactText } from '../json-exact.ts'
import { COINM, SPOT, USDM } from '../markets.ts'
import { parseRows } from '../rest-call.ts'
import { decimalTextOf, firstTimeOf, NEVER, nonZeroTextOf, type ToldUpdate, told } from './account-fields.ts'
import type { AccountSettings } from './account-options.ts'
import { algoIdOf } from './algo-events.ts'
import { incomeRead, isAlgoRow, positionsRead, readPositionMode } from './futures-reads.ts'
import { conditionalOrder, futuresFill, futuresOrder } from './futures-rows.ts'
import { walletSuffix } from './portfolio-events.ts'
import { rangeParams, signedGet, symbolParam } from './private-call.ts'
import {
  FILLS_PER_PAGE,
  ONE_DAY_MS,
  objectOf,
  orderIdParams,
  rowsOf,
  settingRead,
  stateRead,
  THREE_MONTHS_MS,
} from './read-endpoints.ts'
import { permissionsOf } from './spot-reads.ts'
import { spotFill, spotOrder } from './spot-rows.ts'

/** One of the three businesses of a portfolio margin account. */
interface Part {
  readonly path: string
  readonly openWeight: (isOneSymbol: boolean) => number
  readonly orderWeight: number
  readonly fillsWeight: number
  readonly order: typeof futuresOrder
  readonly fill: typeof futuresFill
}

const byFutures = (isOneSymbol: boolean): number => (isOneSymbol ? 1 : 40)
const futures = { openWeight: byFutures, orderWeight: 1, order: futuresOrder, fill: futuresFill } as const

const PARTS: ReadonlyMap<string, Part> = new Map([
  [USDM.id, { ...futures, path: 'um', fillsWeight: 5 }],
  [COINM.id, { ...futures, path: 'cm', fillsWeight: 20 }],
  [SPOT.id, { path: 'margin', openWeight: () => 5, orderWeight: 10, fillsWeight: 5, order: spotOrder, fill: spotFill }],
])

type OpenOrders = AccountReads['openOrders']

/**
 * Weights: portfolio margin docs, read 2026-11. Conditional orders of USD-M moved to the algo service on 2026-04-28, those of
 * COIN-M are strategies still. The shortest window of its parts, a day, counts for all of them.
 */
export function portfolioReads(settings: AccountSettings): AccountReads {
  const root = `${settings.rest}/papi/v1`
  return {
    openOrders: openOrders(root, USDM.id),
    furtherOpenOrders: [
      openOrders(root, COINM.id),
      openOrders(root, SPOT.id),
      conditionals(COINM.id, `${root}/cm/conditional/openOrders`, 40),
    ],
    openAlgoOrders: openConditionals(root),
    order: orderRead(root),
    fills: fillsOf(root),
    fillsPerPage: FILLS_PER_PAGE,
    fillWindowMs: ONE_DAY_MS,
    fillsKeptMs: THREE_MONTHS_MS,
    traded: incomeRead(USDM.id, `${root}/um/income`, 30),
    furtherTraded: [incomeRead(COINM.id, `${root}/cm/income`, 30)],
    state: stateReads(root),
    ...permissionsOf(settings),
  }
}

function stateReads(root: string): readonly StateRead[] {
  return [
    stateRead(['balances'], `${root}/balance`, 20, readBalances),
    { ...positionsRead(USDM.id, `${root}/um/positionRisk`, 5), venue: USDM.id },
    { ...positionsRead(COINM.id, `${root}/cm/positionRisk`, 1), venue: COINM.id },
    settingRead(`${root}/um/positionSide/dual`, 30, readPositionMode),
  ]
}

/** @throws ConfigError for an instrument of another venue */
function partOf(instrument: InstrumentId): Part {
  const part = PARTS.get(venueOf(instrument))
  if (part !== undefined) return part
  throw new ConfigError(`a portfolio margin account has no "${instrument}", only ${[...PARTS.keys()].join(', ')}.`)
}

/** Of one venue; an instrument that is named chooses its own. */
function openOrders(root: string, venue: string): OpenOrders {
  const request: OpenOrders['request'] = ({ instrument }, auth) => {
    const part = instrument === undefined ? PARTS.get(venue) : partOf(instrument)
    if (part === undefined) throw new ConfigError(`a portfolio margin account has nothing of ${venue}.`)
    const weight = part.openWeight(instrument !== undefined)
    return signedGet(`${root}/${part.path}/openOrders`, symbolParam(instrument), auth, weight)
  }
  return {
    request,
    parse: (body, receiveTimeUs, args) => {
      const from = args.instrument === undefined ? venue : venueOf(args.instrument)
      const read = PARTS.get(from)?.order ?? futuresOrder
      return rowsOf<typeof args, ReturnType<typeof read>>('openOrders', row => read(from, row, receiveTimeUs))(
        body,
        receiveTimeUs,
        args,
      )
    },
  }
}

function conditionals(venue: string, url: string, allWeight: number): OpenOrders {
  return {
    request: ({ instrument }, auth) =>
      signedGet(url, symbolParam(instrument), auth, instrument === undefined ? allWeight : 1),
    parse: rowsOf('conditional orders', (row, receiveTimeUs) => conditionalOrder(venue, row, receiveTimeUs)),
  }
}

/** USD-M, unless an instrument of COIN-M is named. Margin has none: its conditional orders are orders. */
function openConditionals(root: string): OpenOrders {
  const usdm = conditionals(USDM.id, `${root}/um/algo/openAlgoOrders`, 40)
  const coinm = conditionals(COINM.id, `${root}/cm/conditional/openOrders`, 40)
  const of = (instrument: InstrumentId | undefined): OpenOrders =>
    instrument !== undefined && venueOf(instrument) === COINM.id ? coinm : usdm
  return {
    request: (args, auth) => of(args.instrument).request(args, auth),
    parse: (body, receiveTimeUs, args) => of(args.instrument).parse(body, receiveTimeUs, args),
  }
}

function orderRead(root: string): AccountReads['order'] {
  return {
    request: (args, auth) => {
      const part = partOf(args.instrument)
      const algoId = args.orderId === undefined ? undefined : algoIdOf(args.orderId)
      if (algoId !== undefined) return conditionalRequest(root, args.instrument, algoId, auth)
      const params = [...symbolParam(args.instrument), ...orderIdParams(args, 'origClientOrderId')]
      return signedGet(`${root}/${part.path}/order`, params, auth, part.orderWeight)
    },
    parse: objectOf('order', (row, receiveTimeUs, { instrument }) => {
      const read = isAlgoRow(row) ? conditionalOrder : partOf(instrument).order
      return read(venueOf(instrument), row, receiveTimeUs)
    }),
  }
}

function conditionalRequest(root: string, instrument: InstrumentId, algoId: string, auth: CallAuth) {
  if (venueOf(instrument) !== COINM.id) return signedGet(`${root}/um/algo/algoOrder`, [['algoId', algoId]], auth, 1)
  const params = [...symbolParam(instrument), ['strategyId', algoId] as const]
  return signedGet(`${root}/cm/conditional/orderHistory`, params, auth, 1)
}

function fillsOf(root: string): AccountReads['fills'] {
  return {
    request: (range, auth) => {
      const part = partOf(range.instrument)
      const name = part.path === 'margin' ? 'myTrades' : 'userTrades'
      const params = [...symbolParam(range.instrument), ...rangeParams(range, FILLS_PER_PAGE)]
      return signedGet(`${root}/${part.path}/${name}`, params, auth, part.fillsWeight)
    },
    parse: (body, receiveTimeUs, range) => {
      const { fill } = partOf(range.instrument)
      const venue = venueOf(range.instrument)
      return rowsOf<FillRange, ReturnType<typeof fill>>('fills', row => fill(venue, row, receiveTimeUs))(
        body,
        receiveTimeUs,
        range,
      )
    },
  }
}

/**
 * Three wallets of one asset: the margin wallet under the asset's own name, those of USD-M and COIN-M as `USDT@UM` and
 * `USDT@CM`. An answer about one asset alone is an object instead of a list.
 */
function readBalances(body: string, receiveTimeUs: EpochUs): readonly ToldUpdate[] {
  const value = parseExactText(body)
  const rows = isRecord(value) ? [value] : parseRows(body, 'balance')
  return rows.flatMap(row => walletsOf(row, receiveTimeUs))
}

function walletsOf(row: JsonRecord, receiveTimeUs: EpochUs): readonly ToldUpdate[] {
  const asset = textOf(row, 'asset')
  const exchangeTimeUs = firstTimeOf(row, ['updateTime'])
  const timeUs = exchangeTimeUs ?? NEVER
  const times = { exchangeTimeUs, receiveTimeUs }
  const [free, locked] = [decimalTextOf(row, 'crossMarginFree'), decimalTextOf(row, 'crossMarginLocked')]
  const wallets = [USDM.id, COINM.id].flatMap(venue => {
    const wallet = nonZeroTextOf(row, venue === USDM.id ? 'umWalletBalance' : 'cmWalletBalance')
    if (wallet === undefined) return []
    const amounts = { free: wallet, locked: '0', wallet, crossWallet: wallet }
    return [told({ kind: 'balance', asset: asset + walletSuffix(venue), ...amounts, ...times }, timeUs)]
  })
  return [told({ kind: 'balance', asset, free, locked, ...times }, timeUs), ...wallets]
}
