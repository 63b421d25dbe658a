import { createFeed } from '../../src/feed/create-feed.ts'
import type { Feed } from '../../src/feed/feed.ts'
import type { FeedOptions } from '../../src/feed/feed-options.ts'
import type { MarketEvent } from '../../src/model/event.ts'
import type { HttpRequest } from '../../src/model/http.ts'
import type { HttpAnswer } from '../../src/net/http.ts'
import { seededRandom } from '../../src/net/random.ts'
import { FakeClock, type MemorySocket, memoryDial } from '../../src/testing/index.ts'
import { binanceUsdm } from '../../src/venue/binance/index.ts'

export interface ControlFrame {
  readonly method: string
  readonly params: readonly string[]
  readonly id: number
}

export interface MemoryVenue {
  readonly feed: Feed
  readonly clock: FakeClock
  readonly sockets: readonly MemorySocket[]
  readonly requests: readonly HttpRequest[]
  /** What REST answers, by the end of the path; a missing entry is 404. */
  readonly rest: Map<string, (url: URL) => { readonly status: number; readonly body: string }>
  /** Control frames of one socket, oldest first. */
  control(socket: number): readonly ControlFrame[]
  /** Opens every dialled socket and acknowledges what was asked, until nothing more happens. */
  settle(): Promise<void>
  /** Opens every dialled socket and acknowledges what was asked so far; some 20 ms pass. */
  acknowledge(): Promise<void>
  /** Drops the newest socket and lets the feed find its way back. The new socket's index. */
  reconnect(): Promise<number>
  /** False leaves requests unanswered. */
  isAnswering: boolean
  /** Messages that arrived at the log of the feed. */
  readonly log: readonly string[]
}

const SYMBOLS = [
  'BTCUSDT',
  'ETHUSDT',
  'SOLUSDT',
  '币安人生USDT',
  ...Array.from({ length: 1200 }, (_, index) => `C${index}USDT`),
]

/** A USD-M feed over a network, REST and clock in memory. */
export function memoryVenue(options: Partial<FeedOptions> = {}): MemoryVenue {
  const clock = new FakeClock()
  const { dial, sockets } = memoryDial()
  const rest: MemoryVenue['rest'] = new Map()
  const requests: HttpRequest[] = []
  const log: string[] = []
  rest.set('/exchangeInfo', () => ({ status: 200, body: exchangeInfo() }))
  rest.set('/time', () => ({ status: 200, body: JSON.stringify({ serverTime: Math.round(clock.nowUs() / 1000) }) }))
  const http = (request: HttpRequest): Promise<HttpAnswer> => {
    requests.push(request)
    const url = new URL(request.url)
    const [, answer] = [...rest].find(([suffix]) => url.pathname.endsWith(suffix)) ?? []
    const { status, body } = answer?.(url) ?? { status: 404, body: '{"code":-1,"msg":"no such path"}' }
    return Promise.resolve({ status, body, headers: { get: () => null } })
  }
  const feed = createFeed({
    venues: [binanceUsdm({ endpoints: { rest: 'http://rest.test', stream: 'ws://stream.test' } })],
    dial,
    http,
    clock,
    random: seededRandom(1),
    log: (_level, message) => log.push(message),
    ...options,
  })
  const answered = new Map<MemorySocket, number>()
  /** The venue's list of what the socket carries, at once. */
  const answerList = (socket: MemorySocket, { method, id }: ControlFrame): void => {
    if (method !== 'LIST_SUBSCRIPTIONS' || !venue.isAnswering) return
    const names = new Set<string>()
    for (const frame of socket.sent.map(readControl)) {
      if (frame.method === 'SUBSCRIBE') for (const name of frame.params) names.add(name)
      if (frame.method === 'UNSUBSCRIBE') for (const name of frame.params) names.delete(name)
    }
    queueMicrotask(() => {
      if (!socket.isEnded) socket.receive({ result: [...names], id })
    })
  }
  const answerAll = (): void => {
    for (const socket of sockets) {
      if (socket.isEnded) continue
      socket.answersPings = true
      socket.onSent ??= text => answerList(socket, readControl(text))
      if (!socket.isOpen) socket.open()
      for (let at = answered.get(socket) ?? 0; at < socket.sent.length; at++) {
        answered.set(socket, at + 1)
        const { method, id } = readControl(socket.sent[at] ?? '')
        if (venue.isAnswering && method !== 'LIST_SUBSCRIPTIONS') socket.receive({ result: null, id })
      }
    }
  }
  const venue: MemoryVenue = {
    feed,
    clock,
    sockets,
    requests,
    rest,
    log,
    isAnswering: true,
    control: index => (sockets[index]?.sent ?? []).map(readControl),
    async reconnect() {
      const before = sockets.length
      sockets[before - 1]?.fail()
      for (let step = 0; step < 400 && sockets.length === before; step++) await clock.advance(100)
      await venue.settle()
      return sockets.length - 1
    },
    async settle() {
      for (let round = 0; round < 40; round++) {
        await clock.advance(round < 2 ? 0 : 200)
        answerAll()
      }
    },
    async acknowledge() {
      await clock.advance(10)
      answerAll()
      await clock.advance(10)
    },
  }
  return venue
}

function readControl(text: string): ControlFrame {
  const parsed: unknown = JSON.parse(text)
  if (typeof parsed !== 'object' || parsed === null || !('method' in parsed) || !('id' in parsed))
    throw new Error(`no control frame: ${text}`)
  const params = 'params' in parsed && Array.isArray(parsed.params) ? parsed.params.map(String) : []
  return { method: String(parsed.method), params, id: Number(parsed.id) }
}

/** The venue's instrument table with each symbol's status; undefined for one that is not listed. */
export function exchangeInfo(statusOf: (symbol: string) => string | undefined = () => 'TRADING'): string {
  const listed = SYMBOLS.filter(symbol => statusOf(symbol) !== undefined)
  const symbols = listed.map(symbol => ({
    symbol,
    pair: symbol,
    contractType: 'PERPETUAL',
    deliveryDate: 4_133_404_800_000,
    onboardDate: 1_569_398_400_000,
    status: statusOf(symbol),
    baseAsset: symbol.replace(/USDT$/, ''),
    quoteAsset: 'USDT',
    marginAsset: 'USDT',
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: '0.10', maxPrice: '4529764', tickSize: '0.10' },
      { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '1000', stepSize: '0.001' },
    ],
  }))
  return JSON.stringify({ symbols, rateLimits: [] })
}

/** A combined-stream frame of one aggregated trade. */
export function aggTrade(symbol: string, id: number): unknown {
  const data = {
    e: 'aggTrade',
    E: 1_790_000_000_000 + id,
    a: id,
    s: symbol,
    p: '100.5',
    q: '2',
    f: id,
    l: id,
    T: 1_790_000_000_000 + id,
    m: false,
    st: 1,
  }
  return { stream: `${lowerCase(symbol)}@aggTrade`, data }
}

export function quote(symbol: string, id: number): unknown {
  const data = {
    e: 'bookTicker',
    u: id,
    s: symbol,
    b: '100.4',
    B: '1',
    a: '100.6',
    A: '2',
    T: 1_790_000_000_000,
    E: 1_790_000_000_000,
  }
  return { stream: `${lowerCase(symbol)}@bookTicker`, data }
}

export function diff(
  symbol: string,
  first: number,
  last: number,
  previous: number,
  bids: readonly (readonly [string, string])[] = [],
): unknown {
  const data = {
    e: 'depthUpdate',
    E: 1_790_000_000_000,
    T: 1_790_000_000_000,
    s: symbol,
    U: first,
    u: last,
    pu: previous,
    b: bids,
    a: [],
    st: 1,
  }
  return { stream: `${lowerCase(symbol)}@depth@100ms`, data }
}

export function snapshot(lastUpdateId: number): string {
  return JSON.stringify({
    lastUpdateId,
    E: 1,
    T: 1,
    bids: [
      ['100.0', '5'],
      ['99.5', '7'],
    ],
    asks: [
      ['101.0', '4'],
      ['101.5', '6'],
    ],
  })
}

function lowerCase(symbol: string): string {
  return symbol.replace(/[A-Z]/g, letter => letter.toLowerCase())
}

/** Collects everything an observer hears. */
export function collector(): { readonly events: MarketEvent[]; readonly push: (event: MarketEvent) => void } {
  const events: MarketEvent[] = []
  return { events, push: event => events.push(event) }
}
