import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { ConfigError, errorLine } from '../model/error.ts'
import type { VenueEndpoints } from '../venue/adapter.ts'
import { stopSignal } from './stop.ts'
import { unknownVenue, VENUE_IDS } from './venue-table.ts'

export interface PointedEndpoints extends VenueEndpoints {
  /** Where the venue tells what a key may do. */
  readonly wallet?: string
}

export type EndpointMap = ReadonlyMap<string, PointedEndpoints>

const schema = z.record(
  z.string(),
  z.strictObject({
    rest: origin('http'),
    stream: origin('ws'),
    wsApi: origin('ws').optional(),
    wallet: origin('http').optional(),
  }),
)

/** A URL of this scheme or its TLS twin. */
function origin(scheme: string): z.ZodURL {
  const example = `${scheme}://127.0.0.1:9001`
  return z.url({
    protocol: new RegExp(`^${scheme}s?$`),
    error: issue => {
      const received = issue.input === undefined ? 'received nothing' : `was ${JSON.stringify(issue.input)}`
      return `expected a URL such as "${example}", ${received}`
    },
  })
}

/** A simulator that was just started in the background may not have written its first line yet, */
const FILE_PATIENCE_MS = 10_000
/** and the shell may not even have made the file. */
const MISSING_PATIENCE_MS = 1000

/**
 * Reads `--endpoints` (or `TICKWIRE_ENDPOINTS`): a JSON object, or a file whose first line (or whole content) is one.
 * @throws ConfigError saying which venue and role is wrong
 */
export async function readEndpoints(option: string | undefined): Promise<EndpointMap> {
  const source = option ?? process.env['TICKWIRE_ENDPOINTS']
  const name = option === undefined ? 'TICKWIRE_ENDPOINTS' : '--endpoints'
  if (source === undefined || source === '') return new Map()
  const text = /^\s*[{[]/.test(source) ? source : await readWhenWritten(name, source)
  return parseEndpoints(name, text)
}

async function readWhenWritten(name: string, path: string): Promise<string> {
  const startMs = performance.now()
  for (;;) {
    const waitedMs = performance.now() - startMs
    if (existsSync(path)) {
      const text = readText(name, path)
      const firstLine = text.split('\n', 1)[0] ?? ''
      if (text.includes('\n') && isJson(firstLine)) return firstLine
      if (isJson(text)) return text
      if (waitedMs > FILE_PATIENCE_MS) {
        throw new ConfigError(`${name}: expected a JSON object in "${path}", was ${JSON.stringify(text.slice(0, 80))}.`)
      }
    } else if (waitedMs > MISSING_PATIENCE_MS) {
      throw new ConfigError(`${name}: expected JSON or a file, found no file "${path}".`)
    }
    await delay(50, undefined, { signal: stopSignal })
  }
}

function readText(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigError(`${name}: the file "${path}" cannot be read: ${errorLine(cause)}.`, [], cause)
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The first line of a simulator tells more than endpoints: of that member, commands know nothing. */
function withoutSimulator(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('simulator' in value)) return value
  const { simulator: _, ...endpoints } = value
  return endpoints
}

function parseEndpoints(name: string, text: string): EndpointMap {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ConfigError(`${name}: expected a JSON object, was ${JSON.stringify(text.slice(0, 80))}.`, [], cause)
  }
  const parsed = schema.safeParse(withoutSimulator(value))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const where = issue === undefined || issue.path.length === 0 ? 'the top level' : `"${issue.path.join('.')}"`
    throw new ConfigError(`${name}: at ${where}: ${issue?.message ?? 'wrong form'}.`)
  }
  const map = new Map<string, PointedEndpoints>()
  for (const [venue, { rest, stream, wsApi, wallet }] of Object.entries(parsed.data)) {
    if (!VENUE_IDS.includes(venue)) throw unknownVenue(venue)
    const optional = { ...(wsApi === undefined ? {} : { wsApi }), ...(wallet === undefined ? {} : { wallet }) }
    map.set(venue, { rest, stream, ...optional })
  }
  return map
}
