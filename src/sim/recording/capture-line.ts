import { isJsonObject, parseJson } from '../wire/json.ts'

/** One line of a recording. */
export interface CaptureLine {
  /** Receive time, epoch ms; undefined when the source did not record it. */
  readonly receivedMs: number | undefined
  readonly connection: string
  readonly isInbound: boolean
  readonly url: string | undefined
  /** Text exactly as received. */
  readonly text: string
}

/** Reads one line; undefined when it is not of the format. */
export function parseCaptureLine(line: string): CaptureLine | undefined {
  const object = parseJson(line)
  if (!isJsonObject(object)) return undefined
  const { t, conn, dir, url, msg } = object
  if (typeof msg !== 'string' || typeof conn !== 'string') return undefined
  return {
    receivedMs: typeof t === 'number' ? t : undefined,
    connection: conn,
    isInbound: dir === 'in',
    url: typeof url === 'string' ? url : undefined,
    text: msg,
  }
}

/** A market-data message of a recording. */
export interface RecordedMessage {
  /** Canonical name: `btcusdt@depth` whatever its speed was. */
  readonly key: string
  /** The payload's text, unchanged. */
  readonly payload: string
}

const wrapper = '{"stream":"'

/** Takes the payload out of a frame's text; undefined for control answers and what has no stream. */
export function recordedMessage(text: string): RecordedMessage | undefined {
  if (!text.startsWith(wrapper)) return bareMessage(text)
  const nameEnd = text.indexOf('"', wrapper.length)
  const data = text.indexOf('"data":', nameEnd)
  if (nameEnd < 0 || data < 0) return undefined
  return {
    key: streamKey(text.slice(wrapper.length, nameEnd)),
    payload: text.slice(data + 7, text.lastIndexOf('}')).trim(),
  }
}

/** A stream's name without what only says how often it comes. */
export function streamKey(name: string): string {
  return name.replace(/(@depth\d*|@markPrice)@\d+m?s$/, '$1')
}

const suffixes: ReadonlyMap<string, string> = new Map([
  ['depthUpdate', 'depth'],
  ['trade', 'trade'],
  ['aggTrade', 'aggTrade'],
  ['bookTicker', 'bookTicker'],
  ['24hrTicker', 'ticker'],
  ['24hrMiniTicker', 'miniTicker'],
  ['markPriceUpdate', 'markPrice'],
  ['forceOrder', 'forceOrder'],
])

/** Raw recordings carry no stream name: it follows from event and symbol. */
function bareMessage(text: string): RecordedMessage | undefined {
  const object = parseJson(text)
  if (!isJsonObject(object)) return undefined
  const { e, s, k, o, u, b, a } = object
  const order = isJsonObject(o) ? o : undefined
  const symbol = typeof s === 'string' ? s : order?.['s']
  if (typeof symbol !== 'string') return undefined
  const prefix = `${symbol.toLowerCase()}@`
  if (e === 'kline' && isJsonObject(k) && typeof k['i'] === 'string')
    return { key: `${prefix}kline_${k['i']}`, payload: text }
  if (e === undefined && u !== undefined && typeof b === 'string' && typeof a === 'string')
    return { key: `${prefix}bookTicker`, payload: text }
  const suffix = typeof e === 'string' ? suffixes.get(e) : undefined
  return suffix === undefined ? undefined : { key: prefix + suffix, payload: text }
}

/** An answer to a control frame: the exchange gives its own. */
export function isControlAnswer(text: string): boolean {
  const object = parseJson(text)
  return isJsonObject(object) && object['result'] === null && 'id' in object
}

/** Open interest as REST answers it; undefined for everything else. */
export function recordedOpenInterest(text: string): { readonly symbol: string; readonly quantity: string } | undefined {
  const object = parseJson(text)
  if (!isJsonObject(object)) return undefined
  const { symbol, openInterest } = object
  return typeof symbol === 'string' && typeof openInterest === 'string' ? { symbol, quantity: openInterest } : undefined
}

/** Event time of a payload, epoch ms; undefined where it carries none. */
export function eventMs(payload: string): number | undefined {
  const at = payload.indexOf('"E":')
  if (at < 0) return undefined
  const value = Number.parseInt(payload.slice(at + 4, at + 24).trim(), 10)
  return Number.isFinite(value) ? value : undefined
}
