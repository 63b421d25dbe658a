import {
  choiceAt,
  durationAt,
  type Fields,
  listAt,
  numberAt,
  paramsAt,
  recordAt,
  textAt,
  wrong,
} from './plain-reader.ts'
import type { Condition } from './rule.ts'
import type { AlertSource } from './source.ts'
import { readSource } from './source-reader.ts'

const KINDS = [
  'above',
  'below',
  'crossUp',
  'crossDown',
  'inside',
  'outside',
  'changePct',
  'event',
  'noDataFor',
  'all',
  'any',
  'not',
] as const

type Kind = (typeof KINDS)[number]

const MOST_DEPTH = 6
const MOST_PARTS = 16
const DIRECTIONS: ReadonlyMap<unknown, 1 | -1 | 0> = new Map<unknown, 1 | -1 | 0>([
  ['up', 1],
  ['down', -1],
  [1, 1],
  [-1, -1],
  [0, 0],
])

/**
 * Reads a condition: `{ above: 100, rearm: 99 }`, `{ crossUp: quote.mid }`, `{ inside: [1, 2] }`,
 * `{ changePct: { within: 1m, by: -3 } }`, `{ event: start }`, `{ noDataFor: 10s }`, `{ all: [...] }`, `{ not: … }`; a part may
 * name its own `source`.
 * @throws ConfigError
 */
export function readCondition(place: string, value: unknown, depth = 1): Condition {
  if (depth > MOST_DEPTH) return wrong(place, `at most ${MOST_DEPTH} conditions inside one another`, 'more')
  const fields = recordAt(place, value, [...KINDS, 'rearm', 'direction', 'source', 'params'])
  const given = KINDS.filter(kind => fields.has(kind))
  const [kind] = given
  if (kind === undefined || given.length > 1)
    return wrong(place, `one of ${KINDS.join(', ')}`, given.length === 0 ? [...fields.keys()] : given)
  const own = `${place}.${kind}`
  const body = fields.get(kind)
  if (kind === 'all' || kind === 'any') {
    only(place, fields, [kind])
    const parts = listAt(own, body)
    if (parts.length === 0 || parts.length > MOST_PARTS) wrong(own, `1 to ${MOST_PARTS} conditions`, parts.length)
    return { kind, conditions: parts.map((part, at) => readCondition(`${own}[${at}]`, part, depth + 1)) }
  }
  if (kind === 'not') {
    only(place, fields, [kind])
    return { kind, condition: readCondition(own, body, depth + 1) }
  }
  const params = fields.get('params')
  const named = fields.get('source')
  if (named === undefined && params !== undefined) wrong(`${place}.params`, 'a source beside it', 'none')
  const signalParams = params === undefined ? {} : paramsAt(`${place}.params`, params)
  const source = named === undefined ? undefined : readSource(`${place}.source`, named, signalParams)
  return readLeaf(place, kind, fields, source)
}

function readLeaf(
  place: string,
  kind: Exclude<Kind, 'all' | 'any' | 'not'>,
  fields: Fields,
  source: AlertSource | undefined,
): Condition {
  const own = `${place}.${kind}`
  const body = fields.get(kind)
  const extra = kind === 'above' || kind === 'below' ? ['rearm'] : kind === 'event' ? ['direction'] : []
  only(place, fields, [kind, 'source', 'params', ...extra])
  switch (kind) {
    case 'above':
    case 'below': {
      const level = numberAt(own, body)
      return { kind, level, rearm: rearmAt(`${place}.rearm`, fields.get('rearm'), kind, level), source }
    }
    case 'crossUp':
    case 'crossDown':
      return { kind, target: typeof body === 'number' ? numberAt(own, body) : readSource(own, body), source }
    case 'inside':
    case 'outside': {
      const [low, high, ...more] = listAt(own, body)
      const range = { low: numberAt(`${own}[0]`, low), high: numberAt(`${own}[1]`, high) }
      if (more.length > 0 || range.low >= range.high) wrong(own, 'two numbers, the lower one first', body)
      return { kind, ...range, source }
    }
    case 'changePct':
      return changeAt(own, body, source)
    case 'event': {
      const direction = fields.get('direction')
      if (direction !== undefined && !DIRECTIONS.has(direction))
        wrong(`${place}.direction`, 'up, down, 1, -1 or 0', direction)
      return { kind, phase: textAt(own, body, 40), direction: DIRECTIONS.get(direction), source }
    }
    case 'noDataFor':
      return { kind, ms: durationAt(own, body, 1000), source }
  }
}

function changeAt(place: string, value: unknown, source: AlertSource | undefined): Condition {
  const fields = recordAt(place, value, ['within', 'by', 'direction'])
  const withinMs = durationAt(`${place}.within`, fields.get('within'), 1000)
  const percent = numberAt(`${place}.by`, fields.get('by'))
  if (percent === 0) wrong(`${place}.by`, 'a percentage other than 0', 0)
  const direction = fields.get('direction')
  const isEither = direction !== undefined && choiceAt(`${place}.direction`, direction, ['either']) === 'either'
  return { kind: 'changePct', withinMs, percent, isEither, source }
}

function rearmAt(place: string, value: unknown, kind: 'above' | 'below', level: number): number | undefined {
  if (value === undefined) return undefined
  const rearm = numberAt(place, value)
  if (kind === 'above' ? rearm > level : rearm < level)
    wrong(place, kind === 'above' ? `at most ${level}` : `at least ${level}`, rearm)
  return rearm
}

function only(place: string, fields: Fields, known: readonly string[]): void {
  recordAt(place, Object.fromEntries(fields), known)
}
