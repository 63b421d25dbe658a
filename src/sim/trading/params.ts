import { badRequest, missing } from '../rest/rest-error.ts'
import type { OrderSide, StpMode } from './order.ts'

/** Parameters of a call, from a query, a body or a WebSocket request alike. */
export interface Params {
  text(name: string): string | undefined
  /** @throws RestError -1102 */
  required(name: string): string
  /** @throws RestError -1100 */
  integer(name: string): number | undefined
  /** What the caller calls it, where a part of a request has names of its own. */
  nameOf?(name: string): string
}

/** A part of a request, such as one order of several, whose parameters bear other names. */
export class RenamedParams implements Params {
  private readonly params: Params
  private readonly names: Readonly<Record<string, string>>
  private readonly fixed: Readonly<Record<string, string | undefined>>

  /** Names that stand neither in `names` nor in `fixed` are not there. */
  constructor(
    params: Params,
    names: Readonly<Record<string, string>>,
    fixed: Readonly<Record<string, string | undefined>> = {},
  ) {
    this.params = params
    this.names = names
    this.fixed = fixed
  }

  nameOf(name: string): string {
    return this.names[name] ?? name
  }

  text(name: string): string | undefined {
    const own = this.names[name]
    return this.fixed[name] ?? (own === undefined ? undefined : this.params.text(own))
  }

  required(name: string): string {
    const value = this.text(name)
    if (value === undefined) throw missing(this.nameOf(name))
    return value
  }

  integer(name: string): number | undefined {
    const own = this.names[name]
    return own === undefined ? undefined : this.params.integer(own)
  }
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

/** Only futures have a code of its own for one that is too long. @throws RestError -4015 or -1100 */
export function readClientId(params: Params, name: string, tellsLength = true): string | undefined {
  const text = params.text(name)
  if (text === undefined || clientId.test(text)) return text
  if (text.length > 36 && tellsLength) {
    throw badRequest(-4015, 'Client order id length should not be more than 36 chars.')
  }
  throw badRequest(
    -1100,
    `Illegal characters found in parameter '${params.nameOf?.(name) ?? name}'; legal range is '^[\\.A-Z\\:/a-z0-9_-]{1,36}$'.`,
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
