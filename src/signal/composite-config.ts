import { ConfigError } from '../model/error.ts'
import { nearest } from '../model/nearest.ts'
import { signalCatalogue } from './catalogue.ts'
import { type FigureKind, figureNamed } from './figure.ts'
import type { SignalParams } from './signal.ts'
import { CheckedParams } from './signal-params.ts'

/** A signal that a composite reads. */
export interface CompositePart {
  /** Id in the catalogue. */
  readonly signal: string
  readonly params: SignalParams
  /** @default the instrument of the composite */
  readonly instrument: string | undefined
}

export type Comparison = 'above' | 'below' | 'atLeast' | 'atMost' | 'equals'

/** What is asked of one part, or of a weighted sum of parts. */
export type CompositeTerm =
  | {
      readonly kind: 'figure'
      /** Unique in the composite; outputs of the term alone carry it. */
      readonly name: string
      readonly part: string
      /** `value`, or a name among the part's `values`. */
      readonly path: string
      readonly comparison: Comparison
      readonly threshold: number | string | boolean
    }
  /** An episode of the part is open. */
  | { readonly kind: 'episode'; readonly name: string; readonly part: string }
  | {
      readonly kind: 'sum'
      readonly name: string
      readonly summands: readonly { readonly part: string; readonly path: string; readonly weight: number }[]
      readonly comparison: Comparison
      readonly threshold: number
    }

export type CompositeRule =
  | { readonly kind: 'all' | 'any'; readonly rules: readonly CompositeRule[] }
  | { readonly kind: 'not'; readonly rule: CompositeRule }
  | { readonly kind: 'term'; readonly term: CompositeTerm }

export interface CompositeConfig {
  readonly id: string
  readonly direction: 1 | -1 | 0
  readonly parts: ReadonlyMap<string, CompositePart>
  readonly rule: CompositeRule
  /** Every term of the rule, in its order. */
  readonly terms: readonly CompositeTerm[]
}

const COMPARISONS: readonly Comparison[] = ['above', 'below', 'atLeast', 'atMost', 'equals']
const MOST_PARTS = 32
const MOST_TERMS = 64
const MOST_DEPTH = 8
const NAME = /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/

/**
 * Reads a composite from plain data:
 * `{ id, direction?, parts: { name: { signal, params?, instrument? } }, rule }`, a rule being `{ all: [...] }`, `{ any: [...] }`,
 * `{ not: rule }`, `{ part, path?, above | below | atLeast | atMost | equals }`, `{ part, episode: true }` or
 * `{ sum: [{ part, path?, weight }], above | … }`; every term may have a `name`.
 * @throws ConfigError naming the place, what was expected and what was received
 */
export function parseComposite(value: unknown): CompositeConfig {
  const config = recordAt('composite', value, ['id', 'direction', 'parts', 'rule'])
  const id = nameAt('composite.id', config.get('id'))
  const direction = config.get('direction') ?? 0
  if (direction !== 0 && direction !== 1 && direction !== -1) fail('composite.direction', '1, -1 or 0', direction)
  const parts = partsAt('composite.parts', config.get('parts'))
  const reader = new RuleReader(parts)
  const rule = reader.rule('composite.rule', config.get('rule'), 1)
  for (const name of parts.keys()) {
    if (!reader.used.has(name)) fail(`composite.parts.${name}`, 'a part that the rule uses', 'one it does not use')
  }
  return { id: `composite.${id}`, direction, parts, rule, terms: reader.terms }
}

function partsAt(place: string, value: unknown): ReadonlyMap<string, CompositePart> {
  const entries = [...recordAt(place, value)]
  if (entries.length === 0 || entries.length > MOST_PARTS) fail(place, `1 to ${MOST_PARTS} parts`, entries.length)
  return new Map(
    entries.map(([name, part]) => {
      const own = `${place}.${name}`
      nameAt(own, name)
      const fields = recordAt(own, part, ['signal', 'params', 'instrument'])
      const instrument = fields.get('instrument')
      return [
        name,
        {
          signal: textAt(`${own}.signal`, fields.get('signal')),
          params: fields.has('params') ? paramsAt(`${own}.params`, fields.get('params')) : {},
          instrument: instrument === undefined ? undefined : textAt(`${own}.instrument`, instrument),
        },
      ]
    }),
  )
}

class RuleReader {
  readonly terms: CompositeTerm[] = []
  readonly used = new Set<string>()
  private readonly parts: ReadonlyMap<string, CompositePart>

  constructor(parts: ReadonlyMap<string, CompositePart>) {
    this.parts = parts
  }

  rule(place: string, value: unknown, depth: number): CompositeRule {
    if (depth > MOST_DEPTH) fail(place, `at most ${MOST_DEPTH} rules inside one another`, 'more')
    const fields = recordAt(place, value)
    for (const kind of ['all', 'any'] as const) {
      if (!fields.has(kind)) continue
      recordAt(place, value, [kind])
      const rules = listAt(`${place}.${kind}`, fields.get(kind))
      return { kind, rules: rules.map((rule, at) => this.rule(`${place}.${kind}[${at}]`, rule, depth + 1)) }
    }
    if (fields.has('not')) {
      recordAt(place, value, ['not'])
      return { kind: 'not', rule: this.rule(`${place}.not`, fields.get('not'), depth + 1) }
    }
    const term = fields.has('sum') ? this.sum(place, value) : this.single(place, value)
    if (this.terms.some(other => other.name === term.name)) fail(`${place}.name`, 'a name of its own', term.name)
    this.terms.push(term)
    if (this.terms.length > MOST_TERMS) fail(place, `at most ${MOST_TERMS} terms`, 'more')
    return { kind: 'term', term }
  }

  private single(place: string, value: unknown): CompositeTerm {
    const fields = recordAt(place, value, ['name', 'part', 'path', 'episode', ...COMPARISONS])
    const part = this.part(`${place}.part`, fields.get('part'))
    if (fields.has('episode')) {
      if (fields.get('episode') !== true) fail(`${place}.episode`, 'true', fields.get('episode'))
      recordAt(place, value, ['name', 'part', 'episode'])
      return { kind: 'episode', name: nameOf(place, fields, `${part}-episode`), part }
    }
    const [comparison, threshold] = comparisonAt(place, fields)
    if (comparison !== 'equals' && typeof threshold !== 'number') fail(`${place}.${comparison}`, 'a number', threshold)
    const path = this.path(place, part, fields, comparison === 'equals' ? kindOf(threshold) : 'number')
    const name = nameOf(place, fields, `${part}-${path}`.replace(/[^a-zA-Z0-9_-]/g, '-'))
    return { kind: 'figure', name, part, path, comparison, threshold }
  }

  private sum(place: string, value: unknown): CompositeTerm {
    const fields = recordAt(place, value, ['name', 'sum', ...COMPARISONS])
    const [comparison, threshold] = comparisonAt(place, fields)
    if (typeof threshold !== 'number') return fail(`${place}.${comparison}`, 'a number', threshold)
    const summands = listAt(`${place}.sum`, fields.get('sum')).map((summand, at) => {
      const own = `${place}.sum[${at}]`
      const read = recordAt(own, summand, ['part', 'path', 'weight'])
      const part = this.part(`${own}.part`, read.get('part'))
      return {
        part,
        path: this.path(own, part, read, 'number'),
        weight: numberAt(`${own}.weight`, read.get('weight')),
      }
    })
    return { kind: 'sum', name: nameOf(place, fields, 'sum'), summands, comparison, threshold }
  }

  private part(place: string, value: unknown): string {
    const name = textAt(place, value)
    if (!this.parts.has(name)) {
      const known = [...this.parts.keys()]
      throw new ConfigError(`${place}: expected one of ${known.join(', ')}, was "${name}".`, nearest(name, known))
    }
    this.used.add(name)
    return name
  }

  /** Which figures a part has is known where it is a signal of the catalogue. */
  private path(place: string, part: string, fields: ReadonlyMap<string, unknown>, compared: FigureKind): string {
    const path = fields.has('path') ? textAt(`${place}.path`, fields.get('path')) : 'value'
    const { signal = '', params = {} } = this.parts.get(part) ?? {}
    const kind = signalCatalogue.get(signal)
    if (kind === undefined) return path
    const checked = new CheckedParams(`composite.parts.${part} ${signal}`, kind.params, params)
    figureNamed(`${place}.path`, kind, checked, path, [compared])
    return path
  }
}

function kindOf(threshold: number | string | boolean): FigureKind {
  if (typeof threshold === 'number') return 'number'
  return typeof threshold === 'string' ? 'text' : 'flag'
}

function comparisonAt(
  place: string,
  fields: ReadonlyMap<string, unknown>,
): readonly [Comparison, number | string | boolean] {
  const given = COMPARISONS.filter(name => fields.has(name))
  const [comparison] = given
  if (comparison === undefined || given.length > 1) {
    return fail(place, `one of ${COMPARISONS.join(', ')}`, given.length === 0 ? 'none' : given.join(' and '))
  }
  const value = fields.get(comparison)
  if (typeof value === 'number' && Number.isFinite(value)) return [comparison, value]
  if (typeof value === 'string' || typeof value === 'boolean') return [comparison, value]
  return fail(`${place}.${comparison}`, 'a number, a text or true or false', value)
}

function nameOf(place: string, fields: ReadonlyMap<string, unknown>, otherwise: string): string {
  return fields.has('name') ? nameAt(`${place}.name`, fields.get('name')) : otherwise
}

function recordAt(place: string, value: unknown, known?: readonly string[]): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(place, 'an object', value)
  const fields = new Map<string, unknown>(Object.entries(value))
  for (const name of fields.keys()) {
    if (known === undefined || known.includes(name)) continue
    throw new ConfigError(`${place}: unknown field "${name}"; it has ${known.join(', ')}.`, nearest(name, known))
  }
  return fields
}

function listAt(place: string, value: unknown): readonly unknown[] {
  return Array.isArray(value) && value.length > 0 ? value : fail(place, 'a list with at least one entry', value)
}

function paramsAt(place: string, value: unknown): SignalParams {
  const entries = [...recordAt(place, value)].map(([name, param]) => {
    const isPlain = typeof param === 'number' || typeof param === 'string' || typeof param === 'boolean'
    return [name, isPlain ? param : fail(`${place}.${name}`, 'a number, a text or true or false', param)] as const
  })
  return Object.fromEntries(entries)
}

function nameAt(place: string, value: unknown): string {
  return typeof value === 'string' && NAME.test(value)
    ? value
    : fail(place, 'a name of letters, digits, "-" and "_" that begins with a letter', value)
}

function textAt(place: string, value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : fail(place, 'a text', value)
}

function numberAt(place: string, value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fail(place, 'a number', value)
}

function fail(place: string, expected: string, received: unknown): never {
  throw new ConfigError(
    `${place}: expected ${expected}, was ${received === undefined ? 'nothing' : JSON.stringify(received)}.`,
  )
}
