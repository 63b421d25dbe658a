import type { RawEvent } from '../../model/event.ts'
import type { JsonRecord } from './json-exact.ts'
import { isRecord } from './json-exact.ts'
import type { NativeName, NativePayloads } from './wire.ts'

/** What a required wire letter holds: text, number, id (number or long text), yes/no, list, object, text or null. */
export type Letter = 'text' | 'number' | 'id' | 'boolean' | 'list' | 'object' | 'nullable'

/** A letter for every required field of a payload but `e`, which is compared with the name. */
export type Shape<P> = { readonly [K in keyof P as K extends 'e' ? never : undefined extends P[K] ? never : K]: Letter }

const text = 'text'
const number = 'number'
const id = 'id'
const list = 'list'
const session = { E: number, t: number, T: number, S: text } as const
const kline = { E: number, ps: text, k: 'object' } as const
const ticker = {
  E: number,
  s: text,
  p: text,
  P: text,
  w: text,
  c: text,
  o: text,
  h: text,
  l: text,
  v: text,
  q: text,
  O: number,
  C: number,
  F: id,
  L: id,
  n: number,
} as const

const SHAPES: { readonly [K in NativeName]: Shape<NativePayloads[K]> } = {
  aggTrade: { E: number, s: text, a: id, p: text, q: text, f: id, l: id, T: number, m: 'boolean' },
  trade: { E: number, s: text, t: id, p: text, q: text, T: number, m: 'boolean' },
  blockTrade: { E: number, s: text, t: id, p: text, q: text, T: number, m: 'boolean' },
  bookTicker: { u: id, s: text, b: text, B: text, a: text, A: text },
  depthUpdate: { E: number, s: text, U: id, u: id, b: list, a: list },
  partialDepth: { lastUpdateId: id, bids: list, asks: list },
  kline: { E: number, s: text, k: 'object' },
  continuous_kline: { E: number, ps: text, ct: text, k: 'object' },
  indexPrice_kline: kline,
  markPrice_kline: kline,
  '24hrMiniTicker': { E: number, s: text, c: text, o: text, h: text, l: text, v: text, q: text },
  '24hrTicker': ticker,
  '1hTicker': ticker,
  '4hTicker': ticker,
  '1dTicker': ticker,
  avgPrice: { E: number, s: text, i: text, w: text, T: number },
  referencePrice: { s: text, r: 'nullable', t: number },
  markPriceUpdate: { E: number, s: text, p: text, P: text, r: text, T: number },
  indexPriceUpdate: { E: number, p: text },
  forceOrder: { E: number, o: 'object' },
  contractInfo: { E: number, s: text, ct: text, dt: number, ot: number, cs: text },
  compositeIndex: { E: number, s: text, p: text, C: text, c: list },
  assetIndexUpdate: {
    E: number,
    s: text,
    i: text,
    b: text,
    a: text,
    B: text,
    A: text,
    q: text,
    g: text,
    Q: text,
    G: text,
  },
  EquityUpdate: session,
  CommodityUpdate: session,
  KR_EquityUpdate: session,
  HK_EquityUpdate: session,
  CN_EquityUpdate: session,
  FXUpdate: session,
  markPrice: {
    E: number,
    s: text,
    mp: text,
    i: text,
    P: text,
    bo: text,
    ao: text,
    bq: text,
    aq: text,
    b: text,
    a: text,
    vo: text,
    hl: text,
    ll: text,
    rf: text,
    d: text,
    t: text,
    g: text,
    v: text,
  },
  indexPrice: { E: number, s: text, p: text },
  openInterest: { E: number, s: text, o: text, h: text },
  optionSymbol: {
    E: number,
    s: text,
    ps: text,
    qa: text,
    d: text,
    sp: text,
    dt: number,
    u: number,
    ot: number,
    cs: text,
  },
}

/** Names of the payloads that may come without `e`. */
const WITHOUT_EVENT: ReadonlySet<NativeName> = new Set<NativeName>(['bookTicker', 'partialDepth'])

/**
 * The payload of a raw event as its native type, after `e` and every required letter were checked; undefined when the
 * event is another one. Letters added by the venue stay in place.
 * @example const index = nativePayload(event, 'assetIndexUpdate')?.i
 */
export function nativePayload<K extends NativeName>(event: RawEvent, name: K): NativePayloads[K] | undefined {
  const { payload } = event
  return isNative(payload, name) ? payload : undefined
}

function isNative<K extends NativeName>(payload: unknown, name: K): payload is NativePayloads[K] {
  if (!isRecord(payload)) return false
  const event = payload['e']
  if (event === undefined ? !WITHOUT_EVENT.has(name) : event !== name) return false
  return hasShape(payload, SHAPES[name])
}

/** True when every letter of the shape is there and holds what it should. */
export function hasShape(payload: JsonRecord, shape: Readonly<Record<string, Letter>>): boolean {
  return Object.entries(shape).every(([key, letter]) => holds(payload, key, letter))
}

function holds(payload: JsonRecord, key: string, letter: Letter): boolean {
  const value = payload[key]
  switch (letter) {
    case 'text':
      return typeof value === 'string'
    case 'number':
    case 'boolean':
      return typeof value === letter
    case 'id':
      return typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value))
    case 'list':
      return Array.isArray(value)
    case 'object':
      return isRecord(value)
    case 'nullable':
      return value === null || typeof value === 'string'
  }
}
