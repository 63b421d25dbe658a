import { ConfigError } from '../model/error.ts'
import { nearest } from '../model/nearest.ts'
import { signalCatalogue } from '../signal/catalogue.ts'
import { type FigureKind, figureNamed } from '../signal/figure.ts'
import type { SignalParams } from '../signal/signal.ts'
import { CheckedParams } from '../signal/signal-params.ts'
import { wrong } from './plain-reader.ts'
import type { Condition } from './rule.ts'
import {
  ACCOUNT_FIELDS,
  type AlertSource,
  HEALTH_FIELDS,
  STREAM_FIELDS,
  type StreamName,
  WATCHED_CHANNELS,
} from './source.ts'

const CANDLE_OPTIONS = ['interval', 'origin', 'from', 'latenessMs']
const LIFECYCLE = ['gap', 'resync', 'connection'] as const

/** Names that a rule may use, for messages and completion. */
export function sourceNames(): readonly string[] {
  const streams = Object.entries(STREAM_FIELDS).flatMap(([name, fields]) => fields.map(field => `${name}.${field}`))
  const indicators = [...signalCatalogue.keys()].filter(id => id.startsWith('candle.')).map(id => `${shortOf(id)}@5m`)
  return [
    ...streams,
    ...signalCatalogue.keys(),
    ...indicators,
    ...HEALTH_FIELDS.map(field => `health.${field}`),
    ...ACCOUNT_FIELDS.map(field => `account.${field}`),
    ...WATCHED_CHANNELS,
    ...LIFECYCLE.map(event => `${event}(trade)`),
  ]
}

function shortOf(id: string): string {
  return id === 'candle.ohlcv' ? 'candle' : id.slice('candle.'.length)
}

/**
 * Reads a source: `trade.price`, `rsi(14)@5m`, `macd(12,26,9)@1h.histogram`, `flow.cvd`, `book.ofi.zscore`, `health.gaps`,
 * `health.messageAgeMs(trade)`, `account.fill`, `account(main).synced`, `gap(trade)`, or a channel (`trade`, `kline:1m`).
 * @throws ConfigError naming the place and the nearest source
 */
export function readSource(place: string, value: unknown, params: SignalParams = {}): AlertSource {
  if (typeof value !== 'string' || value.length === 0 || value.length > 200)
    return wrong(place, 'a source such as trade.price, rsi(14)@5m or flow.cvd', value)
  const text = value.trim()
  const source = candleSource(place, text, params) ?? plainSource(text) ?? signalSource(place, text, params)
  if (source === undefined) {
    const near = nearest(text, sourceNames())
    throw new ConfigError(
      `${place}: expected a source such as trade.price, rsi(14)@5m or flow.cvd, received "${text}".`,
      near,
    )
  }
  if (source.kind !== 'signal' && Object.keys(params).length > 0)
    wrong(`${place.replace(/source$/, '')}params`, `none, because ${text} is no signal`, params)
  return source
}

function plainSource(text: string): AlertSource | undefined {
  const health = /^health\.([a-zA-Z]{1,30})(?:\(([^()]{1,80})\))?$/.exec(text)
  if (health !== null) {
    const known = HEALTH_FIELDS.find(name => name === health[1])
    return known === undefined ? undefined : { kind: 'health', field: known, channel: health[2], text }
  }
  const match = /^([a-zA-Z]+)(?:\(([^()]{1,80})\))?(?:\.([a-zA-Z.]{1,40}))?$/.exec(text)
  if (match === null)
    return /^kline:[0-9a-zA-Z]{1,6}$/.test(text) ? { kind: 'channel', channel: text, text } : undefined
  const [, head = '', argument, field] = match
  if (head === 'account') {
    const known = ACCOUNT_FIELDS.find(name => name === field)
    return known === undefined ? undefined : { kind: 'account', field: known, account: argument, text }
  }
  const event = LIFECYCLE.find(name => name === head)
  if (event !== undefined && field === undefined && argument !== undefined)
    return { kind: 'lifecycle', event, channel: argument, text }
  if (argument !== undefined) return undefined
  if (field === undefined)
    return WATCHED_CHANNELS.some(name => name === head) ? { kind: 'channel', channel: head, text } : undefined
  if (!isStream(head)) return undefined
  const fields: readonly string[] = STREAM_FIELDS[head]
  return fields.includes(field) ? { kind: 'stream', stream: head, field, text } : undefined
}

function isStream(name: string): name is StreamName {
  return Object.keys(STREAM_FIELDS).includes(name)
}

/** `rsi(14)@5m`, `candle@1h.volume`. */
function candleSource(place: string, text: string, params: SignalParams): AlertSource | undefined {
  const match = /^([a-z]{2,10})(?:\(([0-9., ]{0,60})\))?@([0-9]{1,4}[smhdwM])(?:\.([a-zA-Z]{1,30}))?$/.exec(text)
  if (match === null) return undefined
  const [, short = '', numbers = '', interval = '', path = 'value'] = match
  const signal = short === 'candle' ? 'candle.ohlcv' : `candle.${short}`
  const kind = signalCatalogue.get(signal)
  if (kind === undefined) return undefined
  const names = Object.entries(kind.params).flatMap(([name, spec]) =>
    spec.kind === 'number' && !CANDLE_OPTIONS.includes(name) ? [name] : [],
  )
  const given = numbers.trim() === '' ? [] : numbers.split(',').map(Number)
  if (given.length > names.length || given.some(number => !Number.isFinite(number)))
    return wrong(place, `${short}(${names.join(', ')})@${interval}`, text)
  const own = Object.fromEntries(given.map((number, at) => [names[at] ?? '', number]))
  return checkedSignal(place, namedWith(text, params), signal, { ...params, ...own, interval }, path, interval)
}

/** The longest id of the catalogue that the text begins with; what follows is a name among `values`. */
function signalSource(place: string, text: string, params: SignalParams): AlertSource | undefined {
  const ids = [...signalCatalogue.keys()].filter(id => text === id || text.startsWith(`${id}.`))
  const id = ids.sort((a, b) => b.length - a.length)[0]
  if (id === undefined) return undefined
  const path = text === id ? 'value' : text.slice(id.length + 1)
  const kind = signalCatalogue.get(id)
  const interval = id.startsWith('candle.')
    ? String(params['interval'] ?? kind?.params['interval']?.default)
    : undefined
  return checkedSignal(place, namedWith(text, params), id, params, path, interval)
}

/** Two values with different options are different sources. */
function namedWith(text: string, params: SignalParams): string {
  const given = Object.entries(params).map(([name, value]) => `${name}=${String(value)}`)
  return given.length === 0 ? text : `${text} with ${given.join(', ')}`
}

function checkedSignal(
  place: string,
  text: string,
  signal: string,
  params: SignalParams,
  path: string,
  interval: string | undefined,
): AlertSource {
  // Wrong options and figures throw here, before anything runs.
  return { kind: 'signal', signal, params: checkFigure(place, signal, params, path).all, path, interval, text }
}

/**
 * Texts have no level that could be compared; a flag is 1 or 0.
 * @throws ConfigError naming the place and the figures that would do
 */
export function checkCompared(place: string, source: AlertSource, condition: Condition['kind']): void {
  if (source.kind !== 'signal' || condition === 'event') return
  checkFigure(place, source.signal, source.params, source.path, ['number', 'flag'])
}

function checkFigure(
  place: string,
  signal: string,
  params: SignalParams,
  path: string,
  wanted?: readonly FigureKind[],
): CheckedParams {
  const kind = signalCatalogue.get(signal)
  if (kind === undefined) return wrong(place, 'a signal of the catalogue', signal)
  const checked = new CheckedParams(`${place} ${signal}`, kind.params, params)
  figureNamed(place, kind, checked, path, wanted)
  return checked
}
