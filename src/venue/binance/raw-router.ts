import { ConfigError } from '../../model/error.ts'
import type { StreamSpec } from '../adapter.ts'
import type { JsonRecord } from './json-exact.ts'
import { isRecord } from './json-exact.ts'
import type { StreamEntry } from './stream-entry.ts'
import { streamSymbol } from './stream-symbol.ts'

/** Messages of spot that name no event, by what they are. */
const QUOTE_SHAPE = '#quote'
const DEPTH_SHAPE = '#depth'

/** Finds the stream of a bare payload, which does not name it: by event, form, subject and interval. */
export class RawRouter<S extends StreamSpec> {
  private readonly isRaw: boolean
  private readonly byKey = new Map<string, readonly StreamEntry<S>[]>()
  private readonly keysByName = new Map<string, readonly string[]>()

  /** `isRaw`: the socket carries bare payloads, so that streams which look the same cannot share it. */
  constructor(isRaw: boolean) {
    this.isRaw = isRaw
  }

  /** @throws ConfigError on a raw socket when no payload would tell the stream from one that is there already */
  add(entry: StreamEntry<S>): void {
    const { name } = entry.stream
    this.remove(name)
    const keys = keysOfEntry(entry)
    for (const key of keys) {
      const twin = this.byKey.get(key)?.[0]
      if (twin === undefined || !this.isRaw) continue
      throw new ConfigError(
        `raw payloads of "${name}" and "${twin.stream.name}" look the same on one socket; use mode "combined".`,
      )
    }
    this.keysByName.set(name, keys)
    for (const key of keys) this.byKey.set(key, [...(this.byKey.get(key) ?? []), entry])
  }

  remove(name: string): void {
    for (const key of this.keysByName.get(name) ?? []) {
      const others = (this.byKey.get(key) ?? []).filter(entry => entry.stream.name !== name)
      if (others.length === 0) this.byKey.delete(key)
      else this.byKey.set(key, others)
    }
    this.keysByName.delete(name)
  }

  /** Undefined when no stream, or more than one, may have sent it. */
  find(payload: unknown): StreamEntry<S> | undefined {
    const isList = Array.isArray(payload)
    const row: unknown = isList ? payload[0] : payload
    if (!isRecord(row)) return undefined
    for (const key of keysOfRow(row, isList)) {
      const found = this.byKey.get(key)
      if (found !== undefined) return found.length === 1 ? found[0] : undefined
    }
    return undefined
  }
}

function keyOf(event: string, isList: boolean, subject: string, detail: string): string {
  return `${event}${isList ? '[]' : ''}|${subject}|${detail}`
}

function keysOfEntry<S extends StreamSpec>(entry: StreamEntry<S>): readonly string[] {
  const { template, interval } = entry.match
  const { name } = entry.stream
  if (template.events.length === 0) {
    if (template.rows === 'depth') return [keyOf(DEPTH_SHAPE, false, '*', '')]
    return [keyOf(QUOTE_SHAPE, false, entry.match.subject, '')]
  }
  const subject = template.subject === 'market' ? '*' : name.slice(0, name.indexOf('@'))
  const expiry = /@(\d{6})$/.exec(name)?.[1] ?? ''
  return template.events.map(event => keyOf(event, template.isList, subject, interval + expiry))
}

/** Where a row may belong, the most specific first. */
function keysOfRow(row: JsonRecord, isList: boolean): readonly string[] {
  const event = eventOf(row)
  if (event === DEPTH_SHAPE) return [keyOf(event, false, '*', '')]
  const candle = row['k']
  const interval = isRecord(candle) ? text(candle['i']) : ''
  const symbol = streamSymbol(text(row['s']) || text(innerSymbol(row)))
  const pair = streamSymbol(text(row['ps']))
  const [base = '', expiry = ''] = symbol.split('-')
  const [pairOfSymbol = ''] = symbol.split('_')
  return [
    keyOf(event, isList, symbol, interval),
    keyOf(event, isList, `${pair}_${text(row['ct']).toLowerCase()}`, interval),
    keyOf(event, isList, pair, interval),
    keyOf(event, isList, streamSymbol(text(row['i'])), ''),
    keyOf(event, isList, pairOfSymbol, ''),
    keyOf(event, isList, `${base}usdt`, expiry),
    keyOf(event, isList, `${base}usdt`, ''),
    keyOf(event, isList, '*', interval),
  ]
}

function eventOf(row: JsonRecord): string {
  const event = row['e']
  if (typeof event === 'string') return event
  if ('lastUpdateId' in row && 'bids' in row) return DEPTH_SHAPE
  return 'u' in row && 'b' in row && 'B' in row && 'a' in row && 'A' in row ? QUOTE_SHAPE : ''
}

/** Liquidations name their symbol inside the order, mark price klines inside the candle. */
function innerSymbol(row: JsonRecord): unknown {
  const inner = row['o'] ?? row['k']
  return isRecord(inner) ? inner['s'] : undefined
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
