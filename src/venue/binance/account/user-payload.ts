import { isRecord } from '../json-exact.ts'
import type { Shape } from '../native-payload.ts'
import { hasShape } from '../native-payload.ts'
import type {
  AccountConfigUpdatePayload,
  AccountUpdatePayload,
  AlgoUpdatePayload,
  ConditionalOrderTriggerRejectPayload,
  GridUpdatePayload,
  MarginCallPayload,
  OrderTradeUpdatePayload,
  StrategyUpdatePayload,
  TradeLitePayload,
} from './native-futures.ts'
import type {
  OptionsAccountUpdatePayload,
  OptionsBalancePositionUpdatePayload,
  OptionsGreekUpdatePayload,
  OptionsOrderListPayload,
  OptionsOrderTradeUpdatePayload,
  OptionsRiskLevelChangePayload,
} from './native-options.ts'
import type {
  AlgoOrderUpdatePayload,
  ConditionalOrderTradeUpdatePayload,
  LiabilityChangePayload,
  OpenOrderLossPayload,
  PortfolioRiskLevelChangePayload,
} from './native-portfolio.ts'
import type {
  BalanceUpdatePayload,
  ExecutionReportPayload,
  ExternalLockUpdatePayload,
  ListStatusPayload,
  MarginLevelPayload,
  OutboundAccountPositionPayload,
  UserLiabilityChangePayload,
} from './native-spot.ts'

/** The native payload behind every event name (`e`); where options have another event of the same name, `options/<name>`. */
export interface UserPayloads {
  readonly executionReport: ExecutionReportPayload
  readonly outboundAccountPosition: OutboundAccountPositionPayload
  readonly balanceUpdate: BalanceUpdatePayload
  readonly externalLockUpdate: ExternalLockUpdatePayload
  readonly listStatus: ListStatusPayload
  readonly MARGIN_LEVEL_STATUS_CHANGE: MarginLevelPayload
  readonly marginLevelChange: MarginLevelPayload
  readonly USER_LIABILITY_CHANGE: UserLiabilityChangePayload
  readonly ORDER_TRADE_UPDATE: OrderTradeUpdatePayload
  readonly TRADE_LITE: TradeLitePayload
  readonly ACCOUNT_UPDATE: AccountUpdatePayload
  readonly MARGIN_CALL: MarginCallPayload
  readonly ACCOUNT_CONFIG_UPDATE: AccountConfigUpdatePayload
  readonly ALGO_UPDATE: AlgoUpdatePayload
  readonly STRATEGY_UPDATE: StrategyUpdatePayload
  readonly GRID_UPDATE: GridUpdatePayload
  readonly CONDITIONAL_ORDER_TRIGGER_REJECT: ConditionalOrderTriggerRejectPayload
  readonly 'options/ORDER_TRADE_UPDATE': OptionsOrderTradeUpdatePayload
  /** The form until 2025-12. */
  readonly 'options/ORDER_TRADE_UPDATE/list': OptionsOrderListPayload
  readonly 'options/ACCOUNT_UPDATE': OptionsAccountUpdatePayload
  readonly BALANCE_POSITION_UPDATE: OptionsBalancePositionUpdatePayload
  readonly GREEK_UPDATE: OptionsGreekUpdatePayload
  readonly RISK_LEVEL_CHANGE: OptionsRiskLevelChangePayload
  readonly CONDITIONAL_ORDER_TRADE_UPDATE: ConditionalOrderTradeUpdatePayload
  readonly ALGO_ORDER_UPDATE: AlgoOrderUpdatePayload
  readonly riskLevelChange: PortfolioRiskLevelChangePayload
  readonly openOrderLoss: OpenOrderLossPayload
  readonly liabilityChange: LiabilityChangePayload
}

export type UserEventName = keyof UserPayloads

const [text, number, id, list, object, flag] = ['text', 'number', 'id', 'list', 'object', 'boolean'] as const
const timed = { E: number, T: number } as const
const change = { E: number, a: text, d: text, T: number } as const
const level = { E: number, l: text, s: text } as const
const reportedOrder = {
  E: number,
  s: text,
  c: text,
  S: text,
  o: text,
  f: text,
  q: text,
  p: text,
  P: text,
  F: text,
  g: id,
  C: text,
  x: text,
  X: text,
  r: text,
  i: id,
  I: id,
  w: flag,
  O: number,
  Q: text,
} as const
const reportedFill = {
  l: text,
  z: text,
  L: text,
  n: text,
  N: 'nullable',
  T: number,
  t: id,
  m: flag,
  Z: text,
  Y: text,
} as const

const SHAPES: { readonly [K in UserEventName]: Shape<UserPayloads[K]> } = {
  executionReport: { ...reportedOrder, ...reportedFill },
  outboundAccountPosition: { E: number, u: number, B: list },
  balanceUpdate: change,
  externalLockUpdate: change,
  listStatus: { E: number, s: text, g: id, c: text, l: text, L: text, r: text, C: text, T: number, O: list },
  MARGIN_LEVEL_STATUS_CHANGE: level,
  marginLevelChange: level,
  USER_LIABILITY_CHANGE: { E: number, a: text, t: text, p: text, i: text },
  ORDER_TRADE_UPDATE: { ...timed, o: object },
  TRADE_LITE: { ...timed, s: text, q: text, p: text, m: flag, c: text, S: text, L: text, l: text, t: id, i: id },
  ACCOUNT_UPDATE: { ...timed, a: object },
  MARGIN_CALL: { E: number, p: list },
  ACCOUNT_CONFIG_UPDATE: timed,
  ALGO_UPDATE: { ...timed, o: object },
  STRATEGY_UPDATE: { ...timed, su: object },
  GRID_UPDATE: { ...timed, gu: object },
  CONDITIONAL_ORDER_TRIGGER_REJECT: { ...timed, or: object },
  'options/ORDER_TRADE_UPDATE': { ...timed, o: object },
  'options/ORDER_TRADE_UPDATE/list': { E: number, o: list },
  'options/ACCOUNT_UPDATE': { ...timed, eq: text, aeq: text, b: text, m: text, u: text, i: text, M: text },
  BALANCE_POSITION_UPDATE: { ...timed, m: text, B: list, P: list },
  GREEK_UPDATE: { ...timed, G: list },
  RISK_LEVEL_CHANGE: { E: number, s: text, mb: text, mm: text },
  CONDITIONAL_ORDER_TRADE_UPDATE: { ...timed, fs: text, so: object },
  ALGO_ORDER_UPDATE: { ...timed, ao: object },
  riskLevelChange: { E: number, u: text, s: text, eq: text, ae: text, m: text },
  openOrderLoss: { E: number, O: list },
  liabilityChange: { E: number, a: text, t: text, T: id, p: text, i: text, l: text },
}

/**
 * The native payload of a user event (of an `accountRaw` event, or of `UserMessage`) as its type, after `e` and every required
 * letter of its first level were checked; undefined when it is another event. Letters added by the venue stay in place.
 * @example const delta = userPayload(event.payload, 'GREEK_UPDATE')?.G[0]?.d
 */
export function userPayload<K extends UserEventName>(payload: unknown, name: K): UserPayloads[K] | undefined {
  return isUserPayload(payload, name) ? payload : undefined
}

function isUserPayload<K extends UserEventName>(payload: unknown, name: K): payload is UserPayloads[K] {
  if (!isRecord(payload)) return false
  const [first = '', second] = name.split('/')
  return payload['e'] === (second ?? first) && hasShape(payload, SHAPES[name])
}
