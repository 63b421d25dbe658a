import type { Account } from '../../src/account/account.ts'
import type { AccountMemory } from '../../src/account/account-memory.ts'
import { type AccountFeed, createFeed } from '../../src/account/create-feed.ts'
import { hmacCredentials } from '../../src/account/credentials.ts'
import type { AccountEvent } from '../../src/model/account-event.ts'
import type { HttpRequest } from '../../src/model/http.ts'
import { seededRandom } from '../../src/net/random.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { type MemorySocket, memoryDial } from '../../src/testing/memory-dial.ts'
import { binanceSpot, binanceSpotAccount, binanceUsdm, binanceUsdmAccount } from '../../src/venue/binance/index.ts'

export interface RestAnswer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface MemoryAccount {
  readonly feed: AccountFeed
  readonly account: Account
  readonly clock: FakeClock
  readonly sockets: readonly MemorySocket[]
  readonly requests: { readonly path: string; readonly url: URL; readonly atMs: number; readonly method: string }[]
  readonly events: AccountEvent[]
  readonly log: string[]
  /** What REST answers, by the last part of its path; a function may look at the question. */
  readonly rest: Map<string, unknown>
  /** Answers in place of `rest`, while it returns something. */
  intercept: (path: string, request: HttpRequest) => RestAnswer | undefined
  /** Venue's clock minus the client's, milliseconds. */
  venueAheadMs: number
  /** Lets time pass; sockets open and answer by themselves. */
  pass(ms: number): Promise<void>
  /** Until it is synced, a minute at most. */
  synced(): Promise<void>
  /** Sockets that are open. */
  open(): readonly MemorySocket[]
  kinds(kind: AccountEvent['kind']): readonly AccountEvent[]
}

const SPOT_REST: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['openOrders', []],
  ['account', { updateTime: 1, balances: [{ asset: 'USDT', free: '1000', locked: '0' }] }],
  ['myTrades', []],
])
const USDM_REST: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['listenKey', { listenKey: 'key1' }],
  ['openOrders', []],
  ['openAlgoOrders', []],
  ['account', { assets: [{ asset: 'USDT', walletBalance: '1000', crossWalletBalance: '1000', updateTime: 1 }] }],
  ['positionRisk', []],
  ['userTrades', []],
  ['income', []],
  ['dual', { dualSidePosition: false }],
  ['multiAssetsMargin', { multiAssetsMargin: false }],
  ['symbolConfig', []],
])

export interface MemoryAccountOptions {
  readonly rotateAfterMs?: number
  readonly memory?: AccountMemory
  readonly clock?: FakeClock
  /** The first form of the URL opens and stays silent: its sockets are named here. */
  readonly onSocket?: (socket: MemorySocket) => void
}

/** A real account of the real client, on a venue in memory. */
export function memoryAccount(product: 'usdm' | 'spot', options: MemoryAccountOptions = {}): MemoryAccount {
  const clock = options.clock ?? new FakeClock()
  const { dial, sockets } = memoryDial()
  const requests: MemoryAccount['requests'] = []
  const events: AccountEvent[] = []
  const log: string[] = []
  const rest = new Map<string, unknown>([
    ...(product === 'usdm' ? USDM_REST : SPOT_REST),
    ['exchangeInfo', { timezone: 'UTC', symbols: [] }],
    ['apiRestrictions', { enableReading: true, enableWithdrawals: false, ipRestrict: true }],
  ])
  const isUsdm = product === 'usdm'
  const feed = createFeed({
    venues: [isUsdm ? binanceUsdm() : binanceSpot()],
    accounts: [
      {
        adapter: isUsdm ? binanceUsdmAccount() : binanceSpotAccount(),
        credentials: hmacCredentials('theKey', 'theSecret'),
        ...(options.memory === undefined ? {} : { memory: options.memory }),
      },
    ],
    dial,
    clock,
    random: seededRandom(7),
    log: (_, message) => log.push(message),
    ...(options.rotateAfterMs === undefined ? {} : { rotation: { afterMs: options.rotateAfterMs, spreadMs: 0 } }),
    http: async request => {
      const url = new URL(request.url)
      const path = url.pathname.split('/').at(-1) ?? ''
      requests.push({ path, url, atMs: clock.monotonicMs(), method: request.method })
      await Promise.resolve()
      const serverTime = Math.floor(clock.nowUs() / 1000 + venue.venueAheadMs)
      const answer = venue.intercept(path, request) ?? { status: 200, body: rest.get(path) }
      const body = path === 'time' ? { serverTime } : answer.body
      const headers = new Map(Object.entries(answer.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
      return {
        status: path === 'time' ? 200 : answer.status,
        headers: { get: name => headers.get(name.toLowerCase()) ?? null },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }
    },
  })
  const account = feed.account()
  account.ready.catch(() => undefined)
  account.observe(event => events.push(event))
  const tend = (): void => {
    for (const socket of sockets) {
      if (socket.isOpen || socket.isEnded) continue
      socket.answersPings = true
      socket.onSent = text => queueMicrotask(() => answerSession(socket, text))
      options.onSocket?.(socket)
      socket.open()
    }
    for (const socket of sockets) if (socket.isOpen && !socket.isEnded) socket.serverPing()
  }
  const venue: MemoryAccount = {
    feed,
    account,
    clock,
    sockets,
    requests,
    events,
    log,
    rest,
    intercept: () => undefined,
    venueAheadMs: 0,
    open: () => sockets.filter(socket => socket.isOpen && !socket.isEnded),
    kinds: kind => events.filter(event => event.kind === kind),
    async pass(ms) {
      for (let leftMs = ms; leftMs > 0; leftMs -= 100) {
        tend()
        await clock.advance(Math.min(100, leftMs))
      }
    },
    async synced() {
      for (let step = 0; step < 600 && !account.synced; step++) await venue.pass(100)
      if (!account.synced) throw new Error(`not synced: ${account.phase}: ${account.cause}\n${log.join('\n')}`)
    },
  }
  return venue
}

let subscriptions = 0

function answerSession(socket: MemorySocket, text: string): void {
  const value: unknown = JSON.parse(text)
  if (socket.isEnded || typeof value !== 'object' || value === null || !('method' in value) || !('id' in value)) return
  const { id, method } = value
  const results = new Map<unknown, unknown>([
    ['userDataStream.subscribe.signature', { subscriptionId: subscriptions++ }],
    ['SUBSCRIBE', null],
    ['session.subscriptions', Array.from({ length: subscriptions }, (_, subscriptionId) => ({ subscriptionId }))],
  ])
  if (results.has(method)) socket.receive({ id, status: 200, result: results.get(method) })
}

/** A filled order of USD-M as the stream tells it. */
export function futuresFill(tradeId: number, atMs: number, orderId = 500): Record<string, unknown> {
  const o = {
    s: 'BTCUSDT',
    c: `c${orderId}`,
    S: 'BUY',
    o: 'MARKET',
    f: 'GTC',
    q: '0.01',
    p: '0',
    ap: '60000',
    sp: '0',
    x: 'TRADE',
    X: 'FILLED',
    i: orderId,
    l: '0.01',
    z: '0.01',
    L: '60000',
    N: 'USDT',
    n: '0.24',
    T: atMs,
    t: tradeId,
    m: false,
    R: false,
    ot: 'MARKET',
    ps: 'BOTH',
    rp: '0',
    er: '0',
  }
  return { e: 'ORDER_TRADE_UPDATE', E: atMs, T: atMs, o }
}

export function futuresTrade(tradeId: number, atMs: number, orderId = 500): Record<string, unknown> {
  return {
    symbol: 'BTCUSDT',
    id: tradeId,
    orderId,
    price: '60000',
    qty: '0.01',
    commission: '0.24',
    commissionAsset: 'USDT',
    time: atMs,
    side: 'BUY',
    maker: false,
    positionSide: 'BOTH',
    realizedPnl: '0',
  }
}
