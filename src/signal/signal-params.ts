import { ConfigError } from '../model/error.ts'
import { nearest } from '../model/nearest.ts'
import type { SignalParams } from './signal.ts'

/** One option of a signal: what it may be, and what it is when nobody says. */
export type ParamSpec = { readonly meaning: string } & (
  | {
      readonly kind: 'number'
      /** Absent: there is none until somebody gives one. */
      readonly default?: number
      readonly least: number
      readonly most?: number
      readonly isWhole?: boolean
      readonly unit: string
    }
  | { readonly kind: 'choice'; readonly default: string; readonly choices: readonly string[] }
  | { readonly kind: 'flag'; readonly default: boolean }
  | { readonly kind: 'text'; readonly default: string }
)

export type ParamSpecs = Readonly<Record<string, ParamSpec>>

/** The options of one signal, checked and complete. */
export class CheckedParams {
  private readonly owner: string
  private readonly values = new Map<string, number | string | boolean>()

  /** @throws ConfigError naming the option, what was expected and what was received */
  constructor(owner: string, specs: ParamSpecs, given: SignalParams) {
    this.owner = owner
    const names = Object.keys(specs)
    for (const name of Object.keys(given)) {
      if (names.includes(name)) continue
      const known = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`
      throw new ConfigError(`${owner}: unknown option "${name}"; ${known}.`, nearest(name, names))
    }
    for (const [name, spec] of Object.entries(specs)) {
      const value = given[name] ?? spec.default
      if (value === undefined) continue
      checkParam(`${owner}.${name}`, spec, value)
      this.values.set(name, value)
    }
  }

  /** Everything in use, for the envelope. */
  get all(): SignalParams {
    return Object.fromEntries(this.values)
  }

  number(name: string): number {
    const value = this.values.get(name)
    if (typeof value === 'number') return value
    throw new ConfigError(`${this.owner}.${name}: expected a number, received ${String(value)}.`)
  }

  /** Of an option that is more than its kind can say. @throws ConfigError naming it */
  refuse(name: string, expected: string): never {
    throw new ConfigError(`${this.owner}.${name}: expected ${expected}, was "${this.text(name)}".`)
  }

  optionalNumber(name: string): number | undefined {
    const value = this.values.get(name)
    return typeof value === 'number' ? value : undefined
  }

  text(name: string): string {
    return String(this.values.get(name) ?? '')
  }

  flag(name: string): boolean {
    return this.values.get(name) === true
  }
}

function checkParam(name: string, spec: ParamSpec, value: number | string | boolean): void {
  const received = typeof value === 'string' ? `"${value}"` : String(value)
  switch (spec.kind) {
    case 'number': {
      const { least, most = Number.POSITIVE_INFINITY, isWhole = false, unit } = spec
      const isNumber = typeof value === 'number' && value >= least && value <= most
      if (isNumber && (!isWhole || Number.isInteger(value))) return
      const range = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`
      throw new ConfigError(`${name}: expected a ${isWhole ? 'whole ' : ''}number ${range} (${unit}), was ${received}.`)
    }
    case 'choice':
      if (typeof value === 'string' && spec.choices.includes(value)) return
      throw new ConfigError(
        `${name}: expected one of ${spec.choices.join(', ')}, was ${received}.`,
        nearest(String(value), spec.choices),
      )
    case 'flag':
      if (typeof value === 'boolean') return
      throw new ConfigError(`${name}: expected true or false, was ${received}.`)
    case 'text':
      if (typeof value === 'string') return
      throw new ConfigError(`${name}: expected a text, was ${received}.`)
  }
}
