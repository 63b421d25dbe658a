import { badRequest, missing } from '../rest/rest-error.ts'
import type { OrderSide, StpMode } from './order.ts'

/** Parameters of a call, from a query, a body or a WebSocket request alike. */
export interface Params {
  text(name: string): string | undefined
  /** @throws RestError -1102 */
  required(name: string): string
  /** @throws RestError -1100 */
  integer(name: string): number | undefined
}

/** @throws RestError -1102, -1117 */
export function readSide(params: Params): OrderSide {
  const side = params.required('side')
  if (side !== 'BUY' && side !== 'SELL') throw badRequest(-1117, 'Invalid side.')
  return side
}

/** @throws RestError -1130 for anything but `true` and `false` */
export function readFlag(params: Params, name: string): boolean {
  const text = params.text(name)?.toLowerCase()
  if (text === undefined || text === 'false') return false
  if (text === 'true') return true
  throw badRequest(-1130, `Data sent for parameter '${name}' is not valid.`)
}

/** @throws RestError -1102 when it is missing */
export function requiredFlag(params: Params, name: string): boolean {
  if (params.text(name) === undefined) throw missing(name)
  return readFlag(params, name)
}

const clientId = /^[.A-Z:/a-z0-9_-]{1,36}$/

/** @throws RestError -4015 or -1100 when the venue would not take it */
export function readClientId(params: Params, name: string): string | undefined {
  const text = params.text(name)
  if (text === undefined || clientId.test(text)) return text
  if (text.length > 36) throw badRequest(-4015, 'Client order id length should not be more than 36 chars.')
  throw badRequest(
    -1100,
    `Illegal characters found in parameter '${name}'; legal range is '^[\\.A-Z\\:/a-z0-9_-]{1,36}$'.`,
  )
}

const stpModes: readonly StpMode[] = ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH']

/** @throws RestError -1130 for a mode that the simulated venue does not have */
export function readStp(params: Params, standard: StpMode): StpMode {
  const text = params.text('selfTradePreventionMode')
  if (text === undefined) return standard
  const mode = stpModes.find(known => known === text)
  if (mode === undefined) throw badRequest(-1130, "Data sent for parameter 'selfTradePreventionMode' is not valid.")
  return mode
}
