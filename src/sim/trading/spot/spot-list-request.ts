import { badRequest } from '../../rest/rest-error.ts'
import type { Params } from '../params.ts'
import { RenamedParams, readClientId } from '../params.ts'
import type { SpotFloor } from './spot-floor.ts'
import { isConditional } from './spot-order.ts'
import type { SpotRequest } from './spot-request.ts'
import { readSpotRequest } from './spot-request.ts'

/** A list of orders as asked for. */
export interface ListPlan {
  readonly symbol: string
  readonly contingency: 'OCO' | 'OTO'
  readonly clientId: string | undefined
  /** The order whose fill lets the others begin. */
  readonly working: SpotRequest | undefined
  readonly others: readonly SpotRequest[]
  /** True when one of the others ends the other. */
  readonly isPair: boolean
}

const legFields = [
  'Type',
  'Price',
  'StopPrice',
  'TrailingDelta',
  'TimeInForce',
  'IcebergQty',
  'StrategyId',
  'StrategyType',
]
const shared = { symbol: 'symbol', selfTradePreventionMode: 'selfTradePreventionMode' }

/** Names of the parameters of one order: `aboveStopPrice` for `stopPrice` and so on. */
function legNames(prefix: string): Readonly<Record<string, string>> {
  const names = legFields.map(field => [field.charAt(0).toLowerCase() + field.slice(1), `${prefix}${field}`])
  return { ...shared, ...Object.fromEntries(names), newClientOrderId: `${prefix}ClientOrderId` }
}

/** Parameters of one order of a list, for those who check what may be sent. */
export function legParameters(prefix: string): string {
  return [...legFields.map(field => `${prefix}${field}`), `${prefix}ClientOrderId`].join(' ')
}

/** `orderList/oco`. @throws RestError */
export function readPair(params: Params, floor: SpotFloor): ListPlan {
  const names = { side: 'side', quantity: 'quantity' }
  const others = readLegs(params, floor, ['below', 'above'], names)
  return { ...head(params, others), contingency: 'OCO', working: undefined, others, isPair: true }
}

/** `orderList/oto`. @throws RestError */
export function readTrigger(params: Params, floor: SpotFloor): ListPlan {
  const working = readWorking(params, floor)
  const names = { ...legNames('pending'), side: 'pendingSide', quantity: 'pendingQuantity' }
  const others = [readSpotRequest(new RenamedParams(params, names), floor)]
  return { ...head(params, [working]), contingency: 'OTO', working, others, isPair: false }
}

/** `orderList/otoco`. @throws RestError */
export function readTriggeredPair(params: Params, floor: SpotFloor): ListPlan {
  const working = readWorking(params, floor)
  const names = { side: 'pendingSide', quantity: 'pendingQuantity' }
  const others = readLegs(params, floor, ['pendingBelow', 'pendingAbove'], names)
  return { ...head(params, [working]), contingency: 'OTO', working, others, isPair: true }
}

/** The old `order/oco`: a limit order and a stop. @throws RestError */
export function readOldPair(params: Params, floor: SpotFloor): ListPlan {
  const common = { ...shared, side: 'side', quantity: 'quantity' }
  const stopLimit = params.text('stopLimitPrice') !== undefined
  if (!stopLimit && params.text('stopLimitTimeInForce') !== undefined) {
    throw badRequest(-1106, "Parameter 'stopLimitTimeInForce' sent when not required.")
  }
  const stop = readSpotRequest(
    new RenamedParams(
      params,
      {
        ...common,
        stopPrice: 'stopPrice',
        price: 'stopLimitPrice',
        timeInForce: 'stopLimitTimeInForce',
        trailingDelta: 'trailingDelta',
        icebergQty: 'stopIcebergQty',
        newClientOrderId: 'stopClientOrderId',
        strategyId: 'stopStrategyId',
        strategyType: 'stopStrategyType',
      },
      { type: stopLimit ? 'STOP_LOSS_LIMIT' : 'STOP_LOSS' },
    ),
    floor,
  )
  const limit = readSpotRequest(
    new RenamedParams(
      params,
      {
        ...common,
        price: 'price',
        icebergQty: 'limitIcebergQty',
        newClientOrderId: 'limitClientOrderId',
        strategyId: 'limitStrategyId',
        strategyType: 'limitStrategyType',
      },
      { type: 'LIMIT_MAKER' },
    ),
    floor,
  )
  const others = [stop, limit]
  return { ...head(params, others), contingency: 'OCO', working: undefined, others, isPair: true }
}

function head(params: Params, [first]: readonly SpotRequest[]): Pick<ListPlan, 'symbol' | 'clientId'> {
  const symbol = first?.symbol ?? params.required('symbol')
  return { symbol, clientId: readClientId(params, 'listClientOrderId', false) }
}

function readWorking(params: Params, floor: SpotFloor): SpotRequest {
  const names = { ...legNames('working'), side: 'workingSide', quantity: 'workingQuantity' }
  const working = readSpotRequest(new RenamedParams(params, names), floor)
  if (working.type === 'LIMIT' || working.type === 'LIMIT_MAKER') return working
  throw badRequest(-1116, 'Invalid orderType.')
}

/** Two orders of one side and size. What the venue takes: a stop at least, on the right side of the price. */
function readLegs(
  params: Params,
  floor: SpotFloor,
  [belowPrefix, abovePrefix]: readonly [string, string],
  names: Readonly<Record<string, string>>,
): readonly SpotRequest[] {
  const read = (prefix: string): SpotRequest =>
    readSpotRequest(new RenamedParams(params, { ...legNames(prefix), ...names }), floor)
  const [above, below] = [read(abovePrefix), read(belowPrefix)]
  checkLeg(above, true)
  checkLeg(below, false)
  if (!isConditional(above) && !isConditional(below)) {
    throw badRequest(-2010, 'Unsupported order combination')
  }
  // Stops come first.
  return isConditional(below) ? [below, above] : [above, below]
}

/** @throws RestError -1116, -1196 to -1199 */
function checkLeg({ type, side }: SpotRequest, isAbove: boolean): void {
  const isBuy = side === 'BUY'
  switch (type) {
    case 'STOP_LOSS':
    case 'STOP_LOSS_LIMIT':
      if (isBuy && !isAbove) throw badRequest(-1196, 'A stop loss order in a buy OCO must be above.')
      if (!isBuy && isAbove) throw badRequest(-1197, 'A stop loss order in a sell OCO must be below.')
      return
    case 'TAKE_PROFIT':
    case 'TAKE_PROFIT_LIMIT':
    case 'LIMIT_MAKER':
      if (isBuy && isAbove) throw badRequest(-1198, 'A take profit order in a buy OCO must be below.')
      if (!isBuy && !isAbove) throw badRequest(-1199, 'A take profit order in a sell OCO must be above.')
      return
    default:
      throw badRequest(-1116, 'Invalid orderType.')
  }
}
