import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  EVALUATION_DEFAULTS,
  type EvaluationConfig,
  type Subject,
  TRADED_SIDES,
} from '../evaluate/evaluation-config.ts'
import { type FeeSchedule, parseFees } from '../evaluate/market/fee-schedule.ts'
import { parseExternal } from '../external/point-lines.ts'
import { ConfigError } from '../model/error.ts'
import { nearest } from '../model/nearest.ts'
import { signalCatalogue } from '../signal/catalogue.ts'
import { parseComposite } from '../signal/composite-config.ts'
import type { SignalParams } from '../signal/signal.ts'
import { parseCount, parseDuration } from './duration.ts'
import { readParams, readVariants } from './signal-variants.ts'
import { readStructuredFile } from './structured-file.ts'

/** As commander hands them over. */
export interface EvaluateOptions {
  readonly quiet?: boolean
  readonly for?: string
  readonly signal?: string
  readonly composite?: readonly string[]
  readonly external?: readonly string[]
  readonly params?: readonly string[]
  readonly vary?: readonly string[]
  readonly side?: string
  readonly cross?: string
  readonly latency?: string
  readonly compute?: string
  readonly horizons?: string
  readonly headline?: string
  readonly interval?: string
  readonly size?: string
  readonly fees?: string
  readonly seed?: string
  readonly instrument?: readonly string[]
  readonly instruments?: string
  readonly venue?: string
  readonly from?: string
  readonly to?: string
  readonly out: string
  readonly log?: string
  readonly store?: string
}

/** Taker fees as of a day, for whoever gives none of their own: a file, so that they can be read, dated and replaced. */
const OWN_FEES = new URL('../../docs/evaluation-fees.yaml', import.meta.url)

/** @throws ConfigError naming the option */
export function readEvaluateOptions(options: EvaluateOptions): EvaluationConfig {
  const { side, cross, latency, compute, horizons, headline, interval, size, seed } = options
  const horizonsMs = horizons === undefined ? EVALUATION_DEFAULTS.horizonsMs : readHorizons(horizons)
  const headlineMs = headline === undefined ? defaultHeadline(horizonsMs) : parseDuration('--headline', headline)
  const all = [...new Set([...horizonsMs, headlineMs])].sort((a, b) => a - b)
  return {
    ...EVALUATION_DEFAULTS,
    subjects: readSubjects(options),
    horizonsMs: all,
    headlineMs,
    fees: readFees(options.fees),
    ...(side === undefined ? {} : { side: readSide(side) }),
    ...(cross === undefined ? {} : { cross: readPositive('--cross', cross) }),
    ...(latency === undefined ? {} : { latencyMs: readMs('--latency', latency) }),
    ...(compute === undefined ? {} : { computeMs: readMs('--compute', compute) }),
    ...(interval === undefined ? {} : { intervalMs: parseDuration('--interval', interval) }),
    ...(size === undefined ? {} : { sizeQuote: readPositive('--size', size) }),
    ...(seed === undefined ? {} : { seed: parseCount('--seed', seed, 0) }),
  }
}

/** One minute, or the nearest to it that is asked for: never the one that turned out best. */
function defaultHeadline(horizonsMs: readonly number[]): number {
  const { headlineMs } = EVALUATION_DEFAULTS
  const distance = (ms: number): number => Math.abs(Math.log(ms / headlineMs))
  return [...horizonsMs].sort((a, b) => distance(a) - distance(b))[0] ?? headlineMs
}

function readSubjects(options: EvaluateOptions): readonly Subject[] {
  const ids = (options.signal ?? '').split(',').filter(id => id !== '')
  const composites = (options.composite ?? []).map(path => {
    const definition = readStructuredFile('--composite', 'a composite signal', path)
    return { kind: 'composite', id: parseComposite(definition).id, definition } as const
  })
  const catalogue = ids.flatMap(id => catalogueSubjects(id, ids, options))
  const subjects = [...catalogue, ...composites, ...(options.external ?? []).flatMap(externalSubjects)]
  if (subjects.length > 0) return subjects
  throw new ConfigError('--signal: expected at least one signal (or --composite, --external), received none.')
}

function catalogueSubjects(id: string, ids: readonly string[], options: EvaluateOptions): readonly Subject[] {
  const kind = signalCatalogue.get(id)
  const known = [...signalCatalogue.keys()]
  if (kind === undefined)
    throw new ConfigError(`--signal: unknown "${id}"; known are ${known.join(', ')}.`, nearest(id, known))
  const params: SignalParams = readParams(options.params ?? [], id, ids)
  return readVariants(options.vary ?? [], params, id, ids).map(each => ({
    kind: 'catalogue',
    signal: id,
    params: each,
  }))
}

function externalSubjects(path: string): readonly Subject[] {
  if (!existsSync(path)) throw new ConfigError(`--external: found no file "${path}".`)
  const points = parseExternal(path, readFileSync(path, 'utf8'))
  const names = [...new Set(points.map(point => point.series))]
  return names.map(series => ({
    kind: 'external',
    series,
    points: points.filter(point => point.series === series),
  }))
}

function readFees(path: string | undefined): FeeSchedule {
  const file = path ?? fileURLToPath(OWN_FEES)
  return parseFees(path ?? basename(file), readStructuredFile('--fees', 'taker fees', file))
}

function readSide(text: string): EvaluationConfig['side'] {
  for (const side of TRADED_SIDES) if (side === text) return side
  throw new ConfigError(
    `--side: expected one of ${TRADED_SIDES.join(', ')}, was "${text}".`,
    nearest(text, TRADED_SIDES),
  )
}

function readHorizons(text: string): readonly number[] {
  return text.split(',').map(part => parseDuration('--horizons', part))
}

/** Milliseconds; 0 is one, too. */
function readMs(option: string, text: string): number {
  const value = Number(/^(\d+(\.\d+)?)(ms)?$/.exec(text.trim())?.[1] ?? Number.NaN)
  if (Number.isFinite(value)) return value
  throw new ConfigError(`${option}: expected milliseconds, such as 150, was "${text}".`)
}

function readPositive(option: string, text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new ConfigError(`${option}: expected a positive number, was "${text}".`)
}
