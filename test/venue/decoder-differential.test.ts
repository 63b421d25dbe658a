import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { channel } from '../../src/model/channel.ts'
import { DecodeError } from '../../src/model/error.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import type { StreamSpec } from '../../src/venue/adapter.ts'
import { StreamCatalogue } from '../../src/venue/binance/catalogue.ts'
import { BinanceDecoder } from '../../src/venue/binance/decode.ts'
import { JsonDecoder } from '../../src/venue/binance/decode-json.ts'
import type { TimeUnit } from '../../src/venue/binance/fields.ts'
import type { Market } from '../../src/venue/binance/markets.ts'
import { SPOT, USDM } from '../../src/venue/binance/markets.ts'
import { decodeWhole } from '../support/decode-whole.ts'
import { capturesFolder, isMissing } from '../support/shared-files.ts'
import { binanceCaptures, captureLines, streamsIn } from './capture-lines.ts'
import { RecordingSink } from './recording-sink.ts'

const NOW = epochUs(1_789_480_000_500_000)

/** The same connection twice: once with the byte readers, once through JSON only. */
class DecoderPair {
  readonly fast: BinanceDecoder<StreamSpec>
  readonly slow: BinanceDecoder<StreamSpec>
  private readonly fastSink = new RecordingSink()
  private readonly slowSink = new RecordingSink()

  constructor(market: Market, streams: readonly StreamSpec[], unit: TimeUnit = 'millisecond') {
    const catalogue = new StreamCatalogue(market.id, market.streams, market.retired, market.intervals, market.contracts)
    const options = { venue: market.id, catalogue, unit, isRaw: false, productType: market.productType }
    this.fast = new BinanceDecoder({ ...options, isFast: true })
    this.slow = new BinanceDecoder({ ...options, isFast: false })
    for (const stream of streams) {
      this.fast.add(stream)
      this.slow.add(stream)
    }
  }

  /** What both said; throws when they differ. */
  decode(frame: Uint8Array): string {
    const fast = outcome(this.fast, frame, this.fastSink)
    const slow = outcome(this.slow, frame, this.slowSink)
    if (fast !== slow)
      throw new Error(`decoders differ on ${Buffer.from(frame).toString()}\nbytes: ${fast}\njson:  ${slow}`)
    return fast
  }
}

/** Only DecodeError may come out, and then nothing of the frame may have reached the sink. */
function outcome(decoder: BinanceDecoder<StreamSpec>, frame: Uint8Array, sink: RecordingSink): string {
  try {
    decodeWhole(decoder, frame, NOW, sink)
    return sink.take()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const leaked = sink.take()
    if (leaked !== '') throw new Error(`a refused frame reached the sink: ${leaked}`)
    return 'DecodeError'
  }
}

describe.skipIf(isMissing(capturesFolder))(
  'byte decoder ≡ JSON decoder on recordings (needs the captures folder)',
  () => {
    for (const file of binanceCaptures()) {
      if (file.name.includes('userdata')) continue
      it(file.name, () => {
        const lines = captureLines(file.name)
        const pair = new DecoderPair(file.market, streamsIn(lines, file.market))
        const json = vi.spyOn(JsonDecoder.prototype, 'decode')
        let frames = 0
        let hot = 0
        for (const { conn, dir, msg } of lines) {
          if (conn === 'rest' || dir !== 'in' || msg === '') continue
          const said = pair.decode(Buffer.from(msg))
          expect(said === 'DecodeError' && !msg.startsWith('{"symbol"'), `${msg} was refused`).toBe(false)
          frames++
          if (msg.startsWith('{"stream":"') && !msg.includes('@kline') && !msg.includes('icker@arr')) hot++
        }
        // Every frame goes through JSON once, for the comparison; the hot ones must not have gone there twice.
        const again = json.mock.calls.length - frames
        json.mockRestore()
        if (frames > 100) expect(again).toBeLessThanOrEqual(frames - hot + 1)
      })
    }
  },
)

const spec = (name: string, of: string, instrument: string): StreamSpec => ({
  name,
  route: '',
  channel: channel(of),
  instrument: instrumentId(instrument),
  continuity: { kind: 'none' },
  expectedEveryMs: undefined,
})

const USDM_STREAMS = [
  spec('btcusdt@aggTrade', 'trade', 'binance-usdm:BTCUSDT'),
  spec('btcusdt@trade', 'rawTrade', 'binance-usdm:BTCUSDT'),
  spec('btcusdt@bookTicker', 'quote', 'binance-usdm:BTCUSDT'),
  spec('btcusdt@depth@100ms', 'book', 'binance-usdm:BTCUSDT'),
  spec('btcusdt@markPrice@1s', 'markPrice', 'binance-usdm:BTCUSDT'),
  spec('btcusdt@kline_1m', 'kline:1m', 'binance-usdm:BTCUSDT'),
]

/** Frames in the layouts of 2021 and 2026, written for this test. */
const USDM_FRAMES = [
  '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1789480000120,"a":309917647,"s":"BTCUSDT","p":"76916.00","q":"0.0010","nq":"0.0010","f":537895188,"l":537895190,"T":1789480000000,"m":true,"st":1}}',
  '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1626992741575,"a":7,"s":"BTCUSDT","p":"0.00001","q":"10","f":0,"l":0,"T":1626992741421,"m":false}}',
  '{"stream":"btcusdt@trade","data":{"e":"trade","E":1789480000121,"T":1789480000120,"s":"BTCUSDT","t":7967419777,"p":"64042.10","q":"0.038","X":"MARKET","m":true,"st":1}}',
  '{"stream":"btcusdt@trade","data":{"e":"trade","E":1789480000121,"T":1789480000120,"s":"BTCUSDT","t":12,"p":"1","q":"2","X":"INSURANCE_FUND","m":false}}',
  '{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":11730346419457,"s":"BTCUSDT","ps":"BTCUSDT","b":"84788.20","B":"5.923","a":"84788.30","A":"2.824","T":1791091007473,"E":1791091007474,"st":1}}',
  '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1786541223319,"T":1786541223317,"s":"BTCUSDT","ps":"BTCUSDT","U":11270657273209,"u":11270657281832,"pu":11270657273067,"b":[["1000.00","179.935"],["13521.70","0.602"]],"a":[["64000.10","0.000"],["64000.20","123456789.12"]],"st":1}}',
  '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1,"T":2,"s":"BTCUSDT","U":3,"u":4,"pu":2,"b":[],"a":[]}}',
  '{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1789480000000,"s":"BTCUSDT","p":"76888.10000000","ap":"76888.10000000","P":"77018.80267750","i":"76935.00826087","r":"0.00008900","T":1789488000000,"st":1}}',
  '{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1638747660000,"s":"BTCUSDT","k":{"t":1638747660000,"T":1638747719999,"s":"BTCUSDT","i":"1m","f":100,"L":200,"o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0015","v":"1000","n":100,"x":false,"q":"1.0000","V":"500","Q":"0.500","B":"123456"}}}',
] as const

const SPOT_STREAMS = [
  spec('bnbbtc@aggTrade', 'trade', 'binance-spot:BNBBTC'),
  spec('bnbbtc@bookTicker', 'quote', 'binance-spot:BNBBTC'),
  spec('bnbbtc@depth@100ms', 'book', 'binance-spot:BNBBTC'),
]

const SPOT_FRAMES = [
  '{"stream":"bnbbtc@aggTrade","data":{"e":"aggTrade","E":1672515782136000,"s":"BNBBTC","a":12345,"p":"0.00100000","q":"12345678901.00000000","f":100,"l":105,"T":1672515782136123,"m":true,"M":true}}',
  '{"stream":"bnbbtc@bookTicker","data":{"u":400900217,"s":"BNBBTC","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}}',
  '{"stream":"bnbbtc@depth@100ms","data":{"e":"depthUpdate","E":1672515782136001,"s":"BNBBTC","U":157,"u":160,"b":[["0.00240000","10.00000000"]],"a":[["0.00260000","0.00000000"]]}}',
] as const

/** Pieces that change what a frame means without making it look unlike one. */
const PIECES = [
  '"',
  '\\',
  '\\u0070',
  '\\"',
  ',',
  ':',
  '{',
  '}',
  '[',
  ']',
  '[]',
  '0',
  '00',
  '1',
  '-',
  '-0',
  '.',
  '.5',
  '5.',
  'e',
  '1e3',
  '1E-8',
  '"1e-8"',
  '""',
  '"NaN"',
  'null',
  'true',
  'false',
  ' ',
  '\n',
  'é',
  '\uD83D\uDE00',
  '9007199254740993',
  '12345678901234567890',
  '"123456789.123456789"',
  '"0.00000000"',
  '"0.00000000000000000000001"',
  '"0.0000000000000000000001"',
  '"00000000000000000001.5"',
  ',"a":5',
  ',"x":1',
  ',"nq":"3"',
  ',"__proto__":1',
  ',"pu":9',
  ',"st":2',
  ',"E":99999999999999999',
  ',"mp":"1"',
] as const

type Change =
  | { readonly kind: 'byte'; readonly at: number; readonly byte: number }
  | { readonly kind: 'cut'; readonly at: number; readonly length: number }
  | { readonly kind: 'insert'; readonly at: number; readonly piece: string }
  | { readonly kind: 'replaceValue'; readonly at: number; readonly piece: string }
  | { readonly kind: 'truncate'; readonly at: number }
  | { readonly kind: 'swapKeys'; readonly at: number; readonly other: number }

const position = fc.nat({ max: 10_000 })
const piece = fc.constantFrom(...PIECES)
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('byte' as const), at: position, byte: fc.nat({ max: 255 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: position, length: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ kind: fc.constant('insert' as const), at: position, piece }),
  fc.record({ kind: fc.constant('replaceValue' as const), at: position, piece }),
  fc.record({ kind: fc.constant('truncate' as const), at: position }),
  fc.record({ kind: fc.constant('swapKeys' as const), at: position, other: position }),
)

function changed(frame: Buffer, how: Change): Buffer {
  if (how.kind === 'swapKeys') return swapKeys(frame, how.at, how.other)
  if (how.kind === 'replaceValue') return replaceValue(frame, how.at, how.piece)
  const at = how.at % frame.length
  switch (how.kind) {
    case 'byte': {
      const copy = Buffer.from(frame)
      copy[at] = how.byte
      return copy
    }
    case 'cut':
      return Buffer.concat([frame.subarray(0, at), frame.subarray(at + how.length)])
    case 'insert':
      return Buffer.concat([frame.subarray(0, at), Buffer.from(how.piece), frame.subarray(at)])
    case 'truncate':
      return frame.subarray(0, at)
  }
}

/** The members of the payload, without its braces. */
const PAYLOAD = /^(\{"stream":"[^"]*","data":\{)(.*)(\}\})$/su
const MEMBER = /"\w+":(?:\[\[.*?\]\]|\[\]|"[^"]*"|\{[^}]*\}|[^,]*)/gsu

function swapKeys(frame: Buffer, at: number, other: number): Buffer {
  const [, head, body, tail] = PAYLOAD.exec(frame.toString()) ?? []
  if (head === undefined || body === undefined || tail === undefined) return frame
  const members: string[] = body.match(MEMBER) ?? []
  if (members.length === 0) return frame
  const one = at % members.length
  const two = other % members.length
  const moved = members.map((member, index) =>
    index === one ? (members[two] ?? '') : index === two ? (members[one] ?? '') : member,
  )
  return Buffer.from(head + moved.join(',') + tail)
}

function replaceValue(frame: Buffer, at: number, value: string): Buffer {
  const [, head, body, tail] = PAYLOAD.exec(frame.toString()) ?? []
  if (head === undefined || body === undefined || tail === undefined) return frame
  const members: string[] = body.match(MEMBER) ?? []
  if (members.length === 0) return frame
  const chosen = at % members.length
  const replaced = members.map((member, index) =>
    index === chosen ? member.slice(0, member.indexOf(':') + 1) + value : member,
  )
  return Buffer.from(head + replaced.join(',') + tail)
}

const RUNS = 40_000

describe('byte decoder ≡ JSON decoder on changed frames', () => {
  const cases = [
    { name: 'usdm', pair: new DecoderPair(USDM, USDM_STREAMS), frames: USDM_FRAMES },
    { name: 'spot in microseconds', pair: new DecoderPair(SPOT, SPOT_STREAMS, 'microsecond'), frames: SPOT_FRAMES },
  ]
  for (const { name, pair, frames } of cases) {
    it(`${name}: the frames themselves are read`, () => {
      for (const frame of frames) expect(pair.decode(Buffer.from(frame))).toMatch(/^(event|delta) /)
    })

    it(`F:C11 ${name}: mutated frames give equal events, or DecodeError and nothing else`, () => {
      const buffers = frames.map(frame => Buffer.from(frame))
      fc.assert(
        fc.property(
          fc.nat({ max: frames.length - 1 }),
          fc.array(change, { minLength: 1, maxLength: 2 }),
          (which, changes) => {
            let frame: Buffer = buffers[which] ?? Buffer.alloc(0)
            for (const how of changes) frame = frame.length === 0 ? frame : changed(frame, how)
            pair.decode(frame)
          },
        ),
        { numRuns: RUNS },
      )
    })
  }
})
