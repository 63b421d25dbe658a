import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { channel } from '../../src/model/channel.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import type { StreamSpec } from '../../src/venue/adapter.ts'
import type { Market } from '../../src/venue/binance/markets.ts'
import { COINM, SPOT, USDM } from '../../src/venue/binance/markets.ts'
import { capturesFolder } from '../support/shared-files.ts'

export interface CaptureLine {
  /** `rest` for REST answers. */
  readonly conn: string
  readonly dir: string
  readonly url: string
  readonly msg: string
  readonly receiveTimeMs: number
}

export interface CaptureFile {
  /** `binance-spot/multi3-20210404`. */
  readonly name: string
  readonly market: Market
}

const FOLDERS: readonly (readonly [string, Market])[] = [
  ['binance-spot', SPOT],
  ['binance-us', SPOT],
  ['binance-usdm', USDM],
  ['binance-coinm', COINM],
]

/** Every recording of Binance market data, found in the captures folder. */
export function binanceCaptures(): readonly CaptureFile[] {
  return FOLDERS.flatMap(([folder, market]) =>
    readdirSync(`${capturesFolder}/${folder}`)
      .filter(file => file.endsWith('.jsonl.gz'))
      .map(file => ({ name: `${folder}/${file.replace('.jsonl.gz', '')}`, market })),
  )
}

export function captureLines(name: string): readonly CaptureLine[] {
  const text = gunzipSync(readFileSync(`${capturesFolder}/${name}.jsonl.gz`)).toString('utf8')
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const value: unknown = JSON.parse(line)
      return {
        conn: textOf(value, 'conn'),
        dir: textOf(value, 'dir'),
        url: textOf(value, 'url'),
        msg: textOf(value, 'msg'),
        receiveTimeMs: numberOf(value, 't'),
      }
    })
}

/** Streams of the frames in a recording, each as a plain subscription of its channel. */
export function streamsIn(lines: readonly CaptureLine[], market: Market): readonly StreamSpec[] {
  const names = new Set<string>()
  for (const { conn, dir, msg } of lines) {
    if (conn === 'rest' || dir !== 'in' || msg === '') continue
    const name = msg.startsWith('{"stream":"') ? msg.slice(11, msg.indexOf('"', 11)) : bareName(msg)
    if (name !== undefined) names.add(name)
  }
  return [...names].flatMap(name => specOf(name, market) ?? [])
}

/** The stream that a bare payload must have come from. */
function bareName(msg: string): string | undefined {
  const symbol = /"s":"([^"]+)"/.exec(msg)?.[1]?.toLowerCase()
  const event = /"e":"([^"]+)"/.exec(msg)?.[1] ?? (msg.includes('"B":') ? 'bookTicker' : undefined)
  if (symbol === undefined || event === undefined) return undefined
  if (event === 'depthUpdate') return `${symbol}@depth@100ms`
  if (event === '24hrMiniTicker') return `${symbol}@miniTicker`
  if (event === '24hrTicker') return `${symbol}@ticker`
  return `${symbol}@${event}`
}

const CHANNELS: readonly (readonly [RegExp, string])[] = [
  [/@depth(@\d+ms)?$/, 'book'],
  [/@bookTicker$|^!bookTicker/, 'quote'],
  [/@trade$/, 'rawTrade'],
  [/@aggTrade$/, 'trade'],
  [/@markPrice/, 'markPrice'],
  [/@(mini)?[tT]icker$/, 'ticker'],
  [/@forceOrder$/, 'liquidation'],
]

function specOf(name: string, market: Market): StreamSpec | undefined {
  const interval = /@kline_(\w+)$/.exec(name)?.[1]
  const known = CHANNELS.find(([expression]) => expression.test(name))?.[1]
  const text = interval === undefined ? known : `kline:${interval}`
  if (text === undefined) return undefined
  const symbol = name.startsWith('!') ? undefined : name.slice(0, name.indexOf('@')).toUpperCase()
  return {
    name,
    route: '',
    channel: channel(text),
    instrument: symbol === undefined ? undefined : instrumentId(`${market.id}:${symbol}`),
    continuity: { kind: 'none' },
    expectedEveryMs: undefined,
  }
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined
}

function textOf(value: unknown, key: string): string {
  const found = field(value, key)
  return typeof found === 'string' ? found : ''
}

function numberOf(value: unknown, key: string): number {
  const found = field(value, key)
  return typeof found === 'number' ? found : 0
}
