import { ConfigError } from '../model/error.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import { detailsFault, type ExternalPoint, type PointDetails, type ReceivedPoint } from './point.ts'
import type { ExternalGap } from './value.ts'

const MOST_POINTS = 1_000_000

/** What a recording of external series holds, in the order in which it was written. */
export type ExternalLine =
  | { readonly kind: 'point'; readonly point: ReceivedPoint }
  | { readonly kind: 'gap'; readonly gap: ExternalGap }
  | {
      readonly kind: 'source'
      readonly source: string
      readonly cadenceMs: number
      readonly series: readonly LineSeries[]
    }

interface LineSeries {
  readonly name: string
  readonly cadenceMs: number
}

/**
 * Points in the order in which they became known: nothing is used before it was published, and a revision not before the revision.
 * One JSON object a line: `{ series, key?, value, unit, tsEffective, tsPublished, revision, final }`, times in milliseconds.
 * Lines with a `kind` (`gap`, `source`) hold no point.
 * @throws ConfigError naming the line
 */
export function parseExternal(name: string, text: string): readonly ExternalPoint[] {
  const points = objects(name, text).flatMap(({ place, fields }) =>
    fields.has('kind') ? [] : [readPoint(place, fields)],
  )
  if (points.length === 0) throw new ConfigError(`${name}: expected at least one point.`)
  if (points.length > MOST_POINTS) throw new ConfigError(`${name}: holds more than ${MOST_POINTS} points.`)
  return points.sort((a, b) => a.publishedTimeUs - b.publishedTimeUs || a.revision - b.revision)
}

/**
 * A recording as it was written, for a replay. A line without `tsReceived` counts as received when it was published.
 * @throws ConfigError naming the line
 */
export function parseRecording(name: string, text: string): readonly ExternalLine[] {
  return objects(name, text).map(({ place, fields }): ExternalLine => {
    const kind = fields.get('kind')
    if (kind === undefined) return { kind: 'point', point: readReceived(place, fields) }
    const source = readText(place, fields, 'source')
    if (kind === 'source') {
      const listed = fields.get('series')
      const series = (Array.isArray(listed) ? listed : []).map((each: unknown) => {
        const own = fieldsOf(each)
        return { name: readText(place, own, 'name'), cadenceMs: readNumber(place, own, 'cadenceMs') }
      })
      return { kind, source, cadenceMs: readNumber(place, fields, 'cadenceMs'), series }
    }
    if (kind !== 'gap') throw new ConfigError(`${place}: "kind": expected "gap" or "source".`)
    const gap: ExternalGap = {
      kind: 'externalGap',
      source,
      series: fields.has('series') ? readText(place, fields, 'series') : undefined,
      reason: readText(place, fields, 'reason'),
      fromUs: readTime(place, fields, 'tsFrom'),
      toUs: readTime(place, fields, 'tsTo'),
      receiveTimeUs: readTime(place, fields, 'tsReceived'),
    }
    return { kind, gap }
  })
}

/** One line of a recording, without its end. */
export function externalLine(line: ExternalLine): string {
  if (line.kind === 'source') return JSON.stringify(line)
  if (line.kind === 'gap') {
    const { source, series, reason, fromUs, toUs, receiveTimeUs } = line.gap
    const times = { tsFrom: fromUs / 1000, tsTo: toUs / 1000, tsReceived: receiveTimeUs / 1000 }
    return JSON.stringify({ kind: 'gap', source, series, reason, ...times })
  }
  const { series, key, value, unit, revision, isFinal, details, source, ...times } = line.point
  return JSON.stringify({
    series,
    key,
    value,
    unit,
    tsEffective: times.effectiveTimeUs / 1000,
    tsPublished: times.publishedTimeUs / 1000,
    revision,
    final: isFinal,
    details,
    source,
    tsReceived: times.receiveTimeUs / 1000,
  })
}

type Fields = ReadonlyMap<string, unknown>

function objects(name: string, text: string): readonly { readonly place: string; readonly fields: Fields }[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const place = `${name}:${index + 1}`
    try {
      return [{ place, fields: fieldsOf(JSON.parse(line)) }]
    } catch (cause) {
      throw new ConfigError(`${place}: expected a JSON object.`, [], cause)
    }
  })
}

function fieldsOf(parsed: unknown): Fields {
  return new Map<string, unknown>(typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [])
}

function readPoint(place: string, fields: Fields): ExternalPoint {
  const details = readDetails(place, fields.get('details'))
  return {
    series: readText(place, fields, 'series'),
    key: fields.get('key') === undefined ? undefined : readText(place, fields, 'key'),
    value: readNumber(place, fields, 'value'),
    unit: readText(place, fields, 'unit'),
    effectiveTimeUs: readTime(place, fields, 'tsEffective'),
    publishedTimeUs: readTime(place, fields, 'tsPublished'),
    revision: fields.get('revision') === undefined ? 0 : readNumber(place, fields, 'revision'),
    isFinal: fields.get('final') !== false,
    ...(details === undefined ? {} : { details }),
  }
}

function readReceived(place: string, fields: Fields): ReceivedPoint {
  const point = readPoint(place, fields)
  const receiveTimeUs = fields.has('tsReceived')
    ? readTime(place, fields, 'tsReceived')
    : epochUs(point.publishedTimeUs)
  return { ...point, source: fields.has('source') ? readText(place, fields, 'source') : 'recording', receiveTimeUs }
}

function readDetails(place: string, details: unknown): PointDetails | undefined {
  if (details === undefined) return undefined
  const fault = detailsFault(details)
  if (fault !== undefined) throw new ConfigError(`${place}: ${fault}.`)
  const read: Record<string, number | string | boolean> = {}
  for (const [name, value] of fieldsOf(details)) {
    if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
      Object.defineProperty(read, name, { value, enumerable: true })
  }
  return read
}

function readNumber(place: string, fields: Fields, field: string): number {
  const value = fields.get(field)
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new ConfigError(`${place}: "${field}": expected a number, was ${JSON.stringify(value)}.`)
}

function readTime(place: string, fields: Fields, field: string): EpochUs {
  return epochUs(Math.round(readNumber(place, fields, field) * 1000))
}

function readText(place: string, fields: Fields, field: string): string {
  const value = fields.get(field)
  if (typeof value === 'string' && value !== '') return value
  throw new ConfigError(`${place}: "${field}": expected a text, was ${JSON.stringify(value)}.`)
}
