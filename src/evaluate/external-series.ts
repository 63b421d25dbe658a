import { ConfigError } from '../model/error.ts'

/** One value of a slow series from elsewhere, such as a chain. */
export interface ExternalPoint {
  readonly series: string
  readonly key: string | undefined
  readonly value: number
  readonly unit: string
  /** What moment it describes, microseconds since 1970. */
  readonly effectiveTimeUs: number
  /** From when on anybody could know it. */
  readonly publishedTimeUs: number
  /** 0 for the first; a revision is a new point, the old one stays. */
  readonly revision: number
  /** False while it may still be taken back. */
  readonly isFinal: boolean
}

const MOST_POINTS = 1_000_000

/**
 * Points in the order in which they became known: nothing is used before it was published, and a revision not before the revision.
 * One JSON object a line: `{ series, key?, value, unit, tsEffective, tsPublished, revision, final }`, times in milliseconds.
 * @throws ConfigError naming the line
 */
export function parseExternal(name: string, text: string): readonly ExternalPoint[] {
  const lines = text.split('\n')
  const points = lines.flatMap((line, index) => (line.trim() === '' ? [] : [parsePoint(`${name}:${index + 1}`, line)]))
  if (points.length === 0) throw new ConfigError(`${name}: expected at least one point.`)
  if (points.length > MOST_POINTS) throw new ConfigError(`${name}: holds more than ${MOST_POINTS} points.`)
  return points.sort((a, b) => a.publishedTimeUs - b.publishedTimeUs || a.revision - b.revision)
}

function parsePoint(place: string, line: string): ExternalPoint {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch (cause) {
    throw new ConfigError(`${place}: expected a JSON object.`, [], cause)
  }
  const fields = new Map<string, unknown>(typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [])
  const number = (field: string): number => {
    const value = fields.get(field)
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw new ConfigError(`${place}: "${field}": expected a number, was ${JSON.stringify(value)}.`)
  }
  const text = (field: string): string => {
    const value = fields.get(field)
    if (typeof value === 'string' && value !== '') return value
    throw new ConfigError(`${place}: "${field}": expected a text, was ${JSON.stringify(value)}.`)
  }
  const effectiveTimeUs = Math.round(number('tsEffective') * 1000)
  const publishedTimeUs = Math.round(number('tsPublished') * 1000)
  return {
    series: text('series'),
    key: fields.get('key') === undefined ? undefined : text('key'),
    value: number('value'),
    unit: text('unit'),
    effectiveTimeUs,
    publishedTimeUs,
    revision: fields.get('revision') === undefined ? 0 : number('revision'),
    isFinal: fields.get('final') !== false,
  }
}
