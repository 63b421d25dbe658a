import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { RestClient } from '../../src/feed/rest-client.ts'
import { HttpError, RateLimited } from '../../src/model/error.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { systemClock } from '../../src/net/clock.ts'
import { fetchHttp, type Http, withDeadline } from '../../src/net/http.ts'
import { seededRandom } from '../../src/net/random.ts'
import { WeightBudget } from '../../src/net/weight-budget.ts'
import { FakeClock, settle } from '../../src/testing/fake-clock.ts'
import { binanceSpot } from '../../src/venue/binance/index.ts'

const cleanups: (() => void)[] = []

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** A REST server that answers as it is told; how many sockets it has open. */
async function restServer(
  listener: RequestListener,
): Promise<{ readonly url: string; readonly sockets: () => number }> {
  const server = createServer(listener)
  let open = 0
  server.on('connection', socket => {
    open++
    socket.on('close', () => open--)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, sockets: () => open }
}

function restClient(
  url: string,
  http: Http = fetchHttp,
  clock = new FakeClock(),
): { rest: RestClient; clock: FakeClock } {
  const adapter = binanceSpot({ endpoints: { rest: url } })
  const budget = new WeightBudget(clock, 6000)
  const rest = new RestClient({ adapter, http, clock, random: seededRandom(1), budget, deadlineMs: 10_000 })
  return { rest, clock }
}

/** Runs a call whose waits are virtual and whose network is real. */
async function drive<T>(clock: FakeClock, work: Promise<T>, stepMs: number): Promise<T | Error> {
  let result: T | Error | undefined
  void work.then(
    value => (result = value),
    (error: unknown) => (result = error instanceof Error ? error : new Error(String(error))),
  )
  for (let round = 0; round < 5000 && result === undefined; round++) {
    await new Promise(resolve => setTimeout(resolve, 2))
    await clock.advance(stepMs)
  }
  return result ?? new Error('never')
}

const html = '<html><head><title>502</title></head><body><h1>Bad\r\nGateway</h1></body></html>'
const answers: readonly (readonly [string, (response: ServerResponse) => void, Partial<HttpError>])[] = [
  ['502 with HTML', response => response.writeHead(502).end(html), { status: 502, isRetryable: true }],
  ['503 with HTML', response => response.writeHead(503).end(html), { status: 503, isRetryable: true }],
  ['200 with HTML', response => response.writeHead(200).end(html), { status: 200, isRetryable: true }],
  ['200 with nothing', response => response.writeHead(200).end(), { status: 200, isRetryable: true }],
  [
    'a cut body',
    response => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('{"serverTime":17')
      setImmediate(() => response.destroy())
    },
    { status: 0, isRetryable: true },
  ],
  ['cut JSON', response => response.writeHead(200).end('{"serverTime":17'), {}],
  ['no HTTP', response => response.socket?.end('hello\r\n\r\n'), { status: 0, isRetryable: true }],
  [
    'gzip that is none',
    response => response.writeHead(200, { 'content-encoding': 'gzip' }).end('{"serverTime":17}'),
    { status: 0, isRetryable: true },
  ],
]

describe('answers of REST', () => {
  it.each(answers)('F:G06 %s: one typed error in one line, at most three tries', async (_what, answer, expected) => {
    let asked = 0
    const server = await restServer((_request, response) => {
      asked++
      answer(response)
    })
    const { rest, clock } = restClient(server.url)
    const adapter = binanceSpot({ endpoints: { rest: server.url } })
    const result = await drive(clock, rest.read(adapter.time, undefined, 1), 20)
    expect(result).toMatchObject({ code: expect.stringMatching(/^(HTTP|DECODE)$/), ...expected })
    expect(asked).toBeLessThanOrEqual(3)
    const { message } = result instanceof Error ? result : new Error('no error')
    expect(message).not.toMatch(/[<>\r\n]/)
    if (result instanceof HttpError) expect(message).toContain('/api/v3/time')
  })

  it('F:G06 403 with HTML is a pause, not a try', async () => {
    let asked = 0
    const server = await restServer((_request, response) => {
      asked++
      response.writeHead(403).end(html)
    })
    const { rest, clock } = restClient(server.url)
    const adapter = binanceSpot({ endpoints: { rest: server.url } })
    const result = await drive(clock, rest.call(adapter.time, undefined, 1), 20)
    expect(result).toBeInstanceOf(RateLimited)
    expect(asked).toBe(1)
  })

  it('F:G08 inside the five minutes after a firewall’s 403 nothing is asked, then it is', async () => {
    const askedMs: number[] = []
    const clock = new FakeClock()
    const http: Http = () => {
      askedMs.push(clock.monotonicMs())
      const isRefused = askedMs.length === 1
      const body = isRefused ? html : '{"serverTime":1790000000000}'
      return Promise.resolve({ status: isRefused ? 403 : 200, body, headers: { get: () => null } })
    }
    const { rest } = restClient('http://rest.test', http, clock)
    const adapter = binanceSpot({ endpoints: { rest: 'http://rest.test' } })
    void rest.read(adapter.time, undefined, 1)
    for (let call = 0; call < 20; call++) void rest.call(adapter.time, undefined, 1)
    await clock.advance(299_000)
    // Those that were on their way already may have been sent with the first one.
    const sent = askedMs.length
    expect(askedMs.every(atMs => atMs === 0)).toBe(true)
    await clock.advance(2000)
    expect(askedMs.length).toBeGreaterThan(sent)
  })

  it('F:G07 a server that never answers, and one that drips: over within 10.5 s by default, sockets freed', async () => {
    const clock = new FakeClock()
    const never: Http = (_request, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true })
      })
    const { rest } = restClient('http://rest.test', never, clock)
    const adapter = binanceSpot({ endpoints: { rest: 'http://rest.test' } })
    let endedMs = 0
    void rest.call(adapter.time, undefined, 1).catch(() => {
      endedMs = clock.monotonicMs()
    })
    await clock.advance(11_000)
    expect(endedMs).toBeGreaterThan(0)
    expect(endedMs).toBeLessThanOrEqual(10_500)

    const server = await restServer((request, response) => {
      if (request.url === '/never') return
      const drip = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(drip))
    })
    for (const path of ['/never', '/drip']) {
      const request = { method: 'GET', url: `${server.url}${path}`, weight: 1 } as const
      const error = await withDeadline(fetchHttp, systemClock, request, 200).catch((caught: unknown) => caught)
      expect(error).toMatchObject({ code: 'HTTP', status: 0 })
    }
    await expect.poll(() => server.sockets()).toBe(0)
  })

  it('F:G09 a venue that counts double is never asked beyond its limit', async () => {
    const clock = new FakeClock(1_790_000_040_000_000)
    let counted = 0
    let minute = 0
    let worst = 0
    const http: Http = async request => {
      const nowMinute = Math.floor(clock.nowUs() / 60_000_000)
      if (nowMinute !== minute) counted = 0
      minute = nowMinute
      counted += request.weight * 2
      worst = Math.max(worst, counted)
      const used = String(counted)
      await new Promise<void>(resolve => clock.setTimer(150, resolve))
      const headers = { get: (name: string) => (name.toLowerCase() === 'x-mbx-used-weight-1m' ? used : null) }
      return { status: 200, body: '{"lastUpdateId":1,"bids":[],"asks":[]}', headers }
    }
    const { rest } = restClient('http://rest.test', http, clock)
    const adapter = binanceSpot({ endpoints: { rest: 'http://rest.test' } })
    const instrument = instrumentId('binance-spot:BTCUSDT')
    let done = 0
    for (let book = 0; book < 300; book++) {
      void rest.call(adapter.book.snapshot, { instrument, limit: 1000 }, 0).then(() => done++)
    }
    for (let second = 0; second < 59; second++) await clock.advance(1000)
    expect(worst).toBeLessThanOrEqual(6000)
    expect(worst).toBeGreaterThan(4000)
    for (let second = 0; second < 720; second++) await clock.advance(1000)
    await settle()
    expect(worst).toBeLessThanOrEqual(6000)
    expect(done).toBe(300)
  })

  it.each([
    [
      'a body without end',
      (response: ServerResponse) => {
        const block = Buffer.alloc(1024 * 1024, 'x')
        response.writeHead(200)
        const more = (): void => {
          while (!response.destroyed && response.write(block));
          response.once('drain', more)
        }
        more()
      },
      /more than 64 MiB/,
    ],
    [
      'a small body that unpacks to 200 MiB',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(200 * 1024 * 1024)))
      },
      /more than 64 MiB/,
    ],
    [
      '40 KiB of headers',
      (response: ServerResponse) => response.writeHead(200, { 'x-long': 'x'.repeat(40_000) }).end('{}'),
      /HPE_HEADER_OVERFLOW|Header overflow/i,
    ],
  ])('F:M11 F:H11 %s: refused, at most one idle socket is kept', async (_what, answer, reason) => {
    const server = await restServer((_request, response) => answer(response))
    const request = { method: 'GET', url: `${server.url}/x?key=secret`, weight: 1 } as const
    const error = await fetchHttp(request, AbortSignal.timeout(30_000)).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(HttpError)
    expect(String(error)).toMatch(reason)
    expect(String(error)).not.toContain('secret')
    await expect.poll(server.sockets).toBeLessThanOrEqual(1)
  })

  it('F:G06 a kept connection that the server has closed meanwhile costs a read nothing', async () => {
    let asked = 0
    const server = await restServer((request, response) => {
      asked++
      if (asked === 2) request.socket.destroy()
      else response.writeHead(200, { 'content-type': 'application/json' }).end(`{"serverTime":${asked}}`)
    })
    const request = { method: 'GET', url: `${server.url}/x`, weight: 1 } as const
    const { signal } = new AbortController()
    expect(await fetchHttp(request, signal)).toMatchObject({ status: 200, body: '{"serverTime":1}' })
    expect(await fetchHttp(request, signal)).toMatchObject({ status: 200, body: '{"serverTime":3}' })
    const order = { method: 'POST', url: `${server.url}/order`, weight: 1 } as const
    asked = 1
    await expect(fetchHttp(order, signal)).rejects.toMatchObject({ code: 'HTTP', status: 0 })
    expect(asked).toBe(2)
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('F:H11 reads an answer packed with %s', async (encoding, pack) => {
    const text = JSON.stringify({ symbol: '币安人生USDT', long: 'x'.repeat(10_000) })
    const server = await restServer((request, response) => {
      expect(request.headers['accept-encoding']).toContain(encoding)
      response.writeHead(200, { 'content-encoding': encoding }).end(pack(text))
    })
    const answer = await fetchHttp({ method: 'GET', url: server.url, weight: 1 }, new AbortController().signal)
    expect(answer.body).toBe(text)
  })
})
