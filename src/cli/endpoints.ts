import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { ConfigError } from '../model/error.ts'
import type { VenueEndpoints } from '../venue/adapter.ts'
import { unknownVenue, VENUE_IDS } from './venue-table.ts'

export type EndpointMap = ReadonlyMap<string, VenueEndpoints>

const schema = z.record(
  z.string(),
  z.strictObject({
    rest: z.url({ protocol: /^https?$/ }),
    stream: z.url({ protocol: /^wss?$/ }),
    wsApi: z.url({ protocol: /^wss?$/ }).optional(),
  }),
)

/** A simulator that was just started in the background may not have written its first line yet. */
const FILE_PATIENCE_MS = 10_000

/**
 * Reads `--endpoints` (or `TICKWIRE_ENDPOINTS`): a JSON object, or a file whose first line (or whole content) is one.
 * @throws ConfigError saying which venue and role is wrong
 */
export async function readEndpoints(option: string | undefined): Promise<EndpointMap> {
  const source = option ?? process.env['TICKWIRE_ENDPOINTS']
  const name = option === undefined ? 'TICKWIRE_ENDPOINTS' : '--endpoints'
  if (source === undefined || source === '') return new Map()
  const text = source.trimStart().startsWith('{') ? source : await readWhenWritten(name, source)
  return parseEndpoints(name, text)
}

async function readWhenWritten(name: string, path: string): Promise<string> {
  const giveUpAt = Date.now() + FILE_PATIENCE_MS
  for (;;) {
    if (!existsSync(path)) throw new ConfigError(`${name}: expected JSON or a file, found no file "${path}".`)
    const text = readFileSync(path, 'utf8')
    const firstLine = text.split('\n', 1)[0] ?? ''
    if (text.includes('\n') && isJson(firstLine)) return firstLine
    if (isJson(text)) return text
    if (Date.now() > giveUpAt) {
      throw new ConfigError(`${name}: expected a JSON object in "${path}", was ${JSON.stringify(text.slice(0, 80))}.`)
    }
    await delay(50)
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

function parseEndpoints(name: string, text: string): EndpointMap {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ConfigError(`${name}: expected a JSON object, was ${JSON.stringify(text.slice(0, 80))}.`, [], cause)
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new ConfigError(`${name}: at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'wrong form'}.`)
  }
  const map = new Map<string, VenueEndpoints>()
  for (const [venue, { rest, stream, wsApi }] of Object.entries(parsed.data)) {
    if (!VENUE_IDS.includes(venue)) throw unknownVenue(venue)
    map.set(venue, wsApi === undefined ? { rest, stream } : { rest, stream, wsApi })
  }
  return map
}
