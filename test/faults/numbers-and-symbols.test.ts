import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UnitSum } from '../../src/book/unit-sum.ts'
import { eventLine, PriceDecimals } from '../../src/cli/event-line.ts'
import { channel } from '../../src/model/channel.ts'
import { DecodeError } from '../../src/model/error.ts'
import type { MarketEvent } from '../../src/model/event.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { decimalText, parseAmount, parseDecimal } from '../../src/model/number.ts'
import { epochUs } from '../../src/model/time.ts'
import { answerError } from '../../src/net/http.ts'
import { seededRandom } from '../../src/net/random.ts'
import { retryAfterMs } from '../../src/net/retry-after.ts'
import { binanceUsdm } from '../../src/venue/binance/index.ts'
import { decimalParam, signedQuery, signedWsRequest } from '../../src/venue/binance/signed-request.ts'
import { aggTrade, collector, diff, memoryVenue, quote, snapshot } from '../feed/memory-venue.ts'
import { decodeWhole } from '../support/decode-whole.ts'
import { RecordingSink } from '../venue/recording-sink.ts'

const LONG_ID = '8389765612825190229'
const adapter = binanceUsdm({ endpoints: { rest: 'http://rest.test', stream: 'ws://stream.test' } })
const btc = instrumentId('binance-usdm:BTCUSDT')

/** What a frame becomes behind the decoder of one stream; the error when it is refused. */
function decoded(of: string, text: string | Buffer): readonly string[] | Error {
  const decoder = adapter.openDecoder('')
  const source = adapter.resolve(btc, channel(of), undefined)
  if (source.kind === 'stream') decoder.add(source.stream)
  const sink = new RecordingSink()
  try {
    decodeWhole(decoder, Buffer.from(text), epochUs(1_790_000_000_000_000), sink)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
  return sink.calls
}

describe('ids', () => {
  it('F:H01 F:H02 an id of 19 digits stays exact in events, JSON, terminal lines and REST, both ways', async () => {
    const venue = memoryVenue()
    const heard = collector()
    const observation = venue.feed.observe(
      { instruments: [btc], channels: ['rawTrade', 'raw:btcusdt@trade'] },
      heard.push,
    )
    await venue.settle()
    await observation.ready
    const frame = `{"stream":"btcusdt@trade","data":{"e":"trade","E":1790000000000,"T":1790000000000,"s":"BTCUSDT","t":${LONG_ID},"p":"100.5","q":"2","X":"MARKET","m":false}}`
    for (const socket of venue.sockets) socket.receive(frame)
    await venue.clock.advance(100)
    const trade = heard.events.find(event => event.kind === 'trade')
    expect(trade).toMatchObject({ id: LONG_ID })
    const raw = heard.events.find(event => event.kind === 'raw')
    expect(JSON.stringify(raw)).toContain(LONG_ID)
    for (const event of heard.events) {
      const round: unknown = JSON.parse(JSON.stringify(event))
      expect(round).toEqual(event)
    }
    if (trade !== undefined) expect(eventLine(trade, new PriceDecimals())).toContain(LONG_ID)

    const body = `[{"a":${LONG_ID},"p":"1.5","q":"2","f":${LONG_ID},"l":${LONG_ID},"T":1790000000000,"m":true}]`
    venue.rest.set('/aggTrades', () => ({ status: 200, body }))
    expect(await venue.feed.recentTrades(btc, 1)).toMatchObject([{ id: LONG_ID }])
    const asked = adapter.tradesById?.request({ instrument: btc, fromId: LONG_ID, limit: 10 })
    expect(asked?.url).toContain(`fromId=${LONG_ID}`)
    await venue.feed[Symbol.asyncDispose]()
  })

  it('F:H01 two ids that are one float64 stay two', () => {
    const [first, second] = ['9007199254740993', '9007199254740992'].map(id => {
      return decoded(
        'rawTrade',
        `{"stream":"btcusdt@trade","data":{"e":"trade","E":1790000000000,"T":1790000000000,"s":"BTCUSDT","t":${id},"p":"1","q":"2","X":"MARKET","m":false}}`,
      )
    })
    expect(String(first)).toContain('"id":"9007199254740993"')
    expect(String(second)).toContain('"id":"9007199254740992"')
  })
})

describe('numbers as text', () => {
  it('F:H03 never an exponent on the wire, and the text reads back as the number, over the whole range', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-18, max: 1e18, noNaN: true }), fc.boolean(), (magnitude, isNegative) => {
        const value = isNegative ? -magnitude : magnitude
        const text = decimalText(value)
        expect(text).toMatch(/^-?\d+(\.\d+)?$/)
        expect(Number(text)).toBe(value)
        expect(decimalParam(value)).toBe(text)
      }),
      { numRuns: 5000 },
    )
    for (let exponent = -18; exponent <= 18; exponent++) {
      const value = Number(`1e${exponent}`)
      expect([decimalText(value), Number(decimalText(value))]).toEqual([expect.not.stringContaining('e'), value])
      if (exponent < 15) expect(parseDecimal(decimalText(value))).toBe(value)
    }
  })

  it('F:H03 signed calls carry plain decimals only', () => {
    const sign = (): string => 'x'
    for (const price of [1e-7, 1.9e-7, 1e-8, 123456789.12345678, 1e18]) {
      const params = [['price', decimalParam(price)]] as const
      expect(signedQuery(params, sign)).toMatch(/^price=\d+(\.\d+)?&signature=x$/)
      expect(signedWsRequest(1, 'order.place', params, sign)).toMatch(/"price":"\d+(\.\d+)?"/)
    }
    for (const odd of [
      '1e-7',
      '1E5',
      '',
      'NaN',
      '.5',
      '5.',
      '+1',
      '0x10',
      ' 1',
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]) {
      expect(() => decimalParam(odd)).toThrow(/expected a decimal/)
    }
  })

  it('F:H04 a million quantities sum exactly', () => {
    const random = seededRandom(4)
    const sum = new UnitSum()
    let exact = 0n
    for (let index = 0; index < 1_000_000; index++) {
      const units = Math.floor(random() * 1_000_000)
      sum.add(Number(`${units}e-5`))
      exact += BigInt(units)
    }
    expect(sum.value).toBe(Number(exact) / 1e5)
  })
})

const NAMES = [
  '币安人生USDT',
  '这是测试币456',
  '１２３４５６',
  'שלוםUSDT',
  '🚀USDT',
  '𠮷野家USDT',
  'éUSDT',
  'e\u0301USDT',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'length',
  '<b>&"\'',
  '../../etc',
  '%2e%2e',
]

function exchangeInfo(): string {
  const symbols = NAMES.map(symbol => ({
    symbol,
    pair: symbol,
    contractType: 'PERPETUAL',
    deliveryDate: 4_133_404_800_000,
    onboardDate: 1_569_398_400_000,
    status: 'TRADING',
    baseAsset: symbol,
    quoteAsset: '__proto__',
    marginAsset: 'constructor',
    filters: [{ filterType: 'PRICE_FILTER', minPrice: '0.1', maxPrice: '9', tickSize: '0.10' }],
  }))
  return JSON.stringify({ symbols, rateLimits: [] })
}

describe('symbols', () => {
  it('F:H06 F:H07 any text is a symbol: trades, quotes, books, REST, queues, status; prototypes stay as they are', async () => {
    const before = JSON.stringify(Object.getOwnPropertyNames(Object.prototype))
    const venue = memoryVenue()
    venue.rest.set('/exchangeInfo', () => ({ status: 200, body: exchangeInfo() }))
    const askedFor: string[] = []
    venue.rest.set('/depth', url => {
      askedFor.push(url.searchParams.get('symbol') ?? '')
      return { status: 200, body: snapshot(10) }
    })
    const instruments = NAMES.map(symbol => `binance-usdm:${symbol}`)
    const heard = collector()
    const observation = venue.feed.observe({ instruments, channels: ['trade', 'quote'] }, heard.push)
    const queue = venue.feed.subscribe({ instruments, channels: ['trade', 'quote'], capacity: 20_000 })
    const books = instruments.map(id => venue.feed.book(id))
    await venue.settle()
    await observation.ready
    for (const socket of venue.sockets) {
      for (const symbol of NAMES) {
        socket.receive(aggTrade(symbol, 1))
        socket.receive(quote(symbol, 2))
        socket.receive(diff(symbol, 9, 11, 8, [['100.0', '3']]))
        socket.receive(diff(symbol, 12, 12, 11, [['100.0', '4']]))
      }
    }
    await venue.settle()
    for (const socket of venue.sockets) {
      for (const symbol of NAMES) socket.receive(diff(symbol, 13, 14, 12, [['100.0', '5']]))
    }
    await venue.settle()
    for (const [index, id] of instruments.entries()) {
      const own = heard.events.filter(event => event.instrument === id).map(event => event.kind)
      expect([id, own.includes('trade'), own.includes('quote')]).toEqual([id, true, true])
      expect([id, askedFor.includes(NAMES[index] ?? '')]).toEqual([id, true])
      expect([id, books[index]?.state]).toEqual([id, 'synced'])
    }
    const { value: batch } = await queue[Symbol.asyncIterator]().next()
    const waiting: readonly MarketEvent[] = Array.isArray(batch) ? batch : []
    const data = waiting.filter(event => event.kind !== 'connection')
    expect(new Set(data.map(event => event.instrument))).toEqual(new Set(instruments))
    const listed = new Set(venue.feed.status().streams.map(stream => stream.instrument))
    for (const id of instruments) expect(listed).toContain(id)
    for (const event of heard.events) expect(JSON.parse(JSON.stringify(event))).toEqual(event)
    expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(before)
    await venue.feed[Symbol.asyncDispose]()
    expect(venue.clock.pending).toBe(0)
  })

  it('F:H06 two spellings of one letter are two symbols: nothing is normalised', async () => {
    const venue = memoryVenue()
    venue.rest.set('/exchangeInfo', () => ({ status: 200, body: exchangeInfo() }))
    const heard = collector()
    venue.feed.observe({ instruments: ['binance-usdm:éUSDT'], channels: ['trade'] }, heard.push)
    await venue.settle()
    for (const socket of venue.sockets) {
      socket.receive(aggTrade('e\u0301USDT', 1))
      socket.receive(aggTrade('éUSDT', 2))
    }
    await venue.clock.advance(1000)
    expect(heard.events.flatMap(event => (event.kind === 'trade' ? [event.id] : []))).toEqual(['2'])
    await venue.feed[Symbol.asyncDispose]()
  })

  it('F:H07 foreign keys named like parts of a prototype are data, or are ignored; nothing is polluted', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).length
    const keys = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1,'
    const frame = `{${keys}"stream":"btcusdt@aggTrade","data":{${keys}"e":"aggTrade","E":1790000000000,"a":7,"s":"BTCUSDT","p":"1","q":"2","f":1,"l":1,"T":1790000000000,"m":false}}`
    expect(String(decoded('trade', frame))).toContain('"id":"7"')
    const raw = decoded('raw:btcusdt@aggTrade', frame)
    expect(Array.isArray(raw)).toBe(true)
    expect('polluted' in {}).toBe(false)
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before)
  })
})

describe('broken payloads', () => {
  it('F:H13 invalid UTF-8 in any text field is one typed error whose message is short, printable text', () => {
    for (const field of ['stream', 's', 'p', 'e']) {
      const text = JSON.stringify(aggTrade('BTCUSDT', 1)).replace(`"${field}":"`, `"${field}":"\u0001`)
      const bytes = Buffer.from(text, 'latin1').map(byte => (byte === 1 ? 0xff : byte))
      const error = decoded('trade', Buffer.from(bytes))
      if (Array.isArray(error)) expect(error.every(call => call.startsWith('ignored'))).toBe(true)
      else {
        expect(error).toBeInstanceOf(DecodeError)
        expect(String(error).length).toBeLessThan(600)
        expect(String(error)).toMatch(/^[\P{Cc}]*$/u)
      }
    }
  })

  it('F:H14 16 MiB of brackets are refused without being read: no more work than reading a frame of that size', () => {
    const size = 16 * 1024 * 1024
    const brackets = Buffer.alloc(size, '[')
    const good = Buffer.from(JSON.stringify({ data: 'x'.repeat(size - 32) }))
    const readMs = leastCpuMs(() => JSON.parse(good.toString('utf8')))
    const refusedMs = leastCpuMs(() => expect(decoded('trade', brackets)).toBeInstanceOf(DecodeError))
    expect(refusedMs).toBeLessThan(4 * readMs + 5)
    expect(decoded('trade', Buffer.from(`{"data":${'['.repeat(1 << 20)}`))).toBeInstanceOf(DecodeError)
  })

  it('F:M08 foreign texts cost every pattern time in proportion to their length, up to 64 KiB', () => {
    const hostile = ['1', '1.', '<', '<a', 'a-', ' ', '\\n', 'until 1', '/x?', 'é']
    const request = { method: 'GET', url: 'http://rest.test/x', weight: 1 } as const
    const patterns: readonly (readonly [string, (text: string) => unknown])[] = [
      ['parseDecimal', text => parseDecimal(text)],
      ['parseAmount', text => parseAmount(text)],
      ['decimalParam', text => decimalParam(text)],
      ['instrumentId', text => instrumentId(`${text}:${text}`)],
      ['readError', text => adapter.readError(text)],
      ['retryAfterMs', text => retryAfterMs({ get: () => text })],
      ...[200, 403, 429, 500].map(status => {
        const answer = (text: string) => ({ status, body: `${text}x`, headers: { get: () => null } })
        return [`answerError ${status}`, (text: string) => answerError(request, answer(text), read, 0)] as const
      }),
      [
        'banned until',
        text =>
          answerError(
            request,
            { status: 418, body: '{', headers: { get: () => null } },
            () => ({ code: 1, message: text }),
            0,
          ),
      ],
    ]
    for (const [name, pattern] of patterns) {
      const run = (text: string): void => {
        try {
          pattern(text)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }
      for (const part of hostile) {
        const [short, long] = [4096, 65_536].map(size => part.repeat(size / part.length))
        // Sixteen times as long: quadratic work would take 256 times as long.
        const shortMs = leastCpuMs(() => run(short ?? ''))
        const longMs = leastCpuMs(() => run(long ?? ''))
        expect([name, part, longMs <= 64 * shortMs + 5]).toEqual([name, part, true])
      }
    }
  })
})

/** Least CPU time of several runs: what else the machine does is not measured. */
function leastCpuMs(run: () => unknown): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

const read = (body: string): { code: number; message: string } | undefined => adapter.readError(body)
