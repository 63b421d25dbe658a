import { createServer } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFeed } from '../../src/feed/create-feed.ts'
import { ConfigError } from '../../src/model/error.ts'
import type { MarketEvent } from '../../src/model/event.ts'
import { HttpProxy } from '../../src/net/http-proxy.ts'
import { throughProxy } from '../../src/net/through-proxy.ts'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { binanceUsdm } from '../../src/venue/binance/index.ts'
import { isOpensslMissing, selfSigned } from '../support/certificates.ts'
import { connectProxy } from '../support/connect-proxy.ts'

const BTC = 'binance-usdm:BTCUSDT'
let exchange: Simulator

beforeAll(async () => {
  exchange = await createSimulator({ venues: ['binance-usdm'] })
})
afterAll(() => exchange[Symbol.asyncDispose]())

/** The exchange under a name that only the proxy knows. */
function endpoints(): { readonly rest: string; readonly stream: string } {
  const { rest = '', stream = '' } = exchange.endpoints['binance-usdm'] ?? {}
  const named = (text: string): string => text.replace('127.0.0.1', 'exchange.invalid')
  return { rest: named(rest), stream: named(stream) }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let waitedMs = 0; !isSo() && waitedMs < 20_000; waitedMs += 20)
    await new Promise(resolve => setTimeout(resolve, 20))
  expect(isSo()).toBe(true)
}

describe('a network that is left by a proxy only', () => {
  it('F:J04 REST and WebSockets go through it, and through it again after a cut', async () => {
    await using proxy = await connectProxy({ credentials: 'me:it is ours' })
    const url = `http://me:it%20is%20ours@127.0.0.1:${proxy.port}`
    await using feed = createFeed({ venues: [binanceUsdm({ endpoints: endpoints() })], ...throughProxy({ url }) })
    const events: MarketEvent[] = []
    feed.observe({ instruments: [BTC], channels: ['trade', 'quote'] }, event => events.push(event))
    const book = feed.book(BTC)
    await book.ready
    await until(() => events.some(({ kind }) => kind === 'trade'))
    const ways = proxy.asked.length
    expect(new Set(proxy.asked.map(target => target.split(':')[0]))).toEqual(new Set(['exchange.invalid']))
    proxy.cut()
    await until(() => book.state !== 'synced')
    await until(() => book.state === 'synced' && proxy.asked.length > ways)
    const ids = events.flatMap(event => (event.kind === 'trade' ? [Number(event.id)] : []))
    expect(ids).toEqual(ids.map((_, index) => (ids[0] ?? 0) + index))
  })

  it('F:J04 what it refuses is told with its answer, and nothing goes directly', async () => {
    await using proxy = await connectProxy({ credentials: 'me:ours' })
    const log: string[] = []
    await using feed = createFeed({
      venues: [binanceUsdm({ endpoints: endpoints() })],
      ...throughProxy({ url: `http://me:guess@127.0.0.1:${proxy.port}` }),
      log: (_, message) => log.push(message),
    })
    await expect(feed.instruments('binance-usdm')).rejects.toThrow(
      `the proxy http://127.0.0.1:${proxy.port} answered HTTP 407 to CONNECT exchange.invalid:`,
    )
    feed.observe({ instruments: [BTC], channels: ['trade'] }, () => undefined)
    await until(() =>
      feed.status().connections.some(({ lastCause }) => lastCause?.includes('answered HTTP 407') === true),
    )
    expect(log.join('\n')).not.toContain('guess')
  })

  it.skipIf(isOpensslMissing())(
    'F:J04 F:J05 TLS is made with the venue itself, whose certificate is checked',
    async () => {
      const server = createServer({ ...selfSigned('exchange.invalid', '20200101000000Z', '20400101000000Z') })
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      await using proxy = await connectProxy()
      const { dial, http } = throughProxy({ url: `http://127.0.0.1:${proxy.port}` })
      const request = { method: 'GET', url: `https://exchange.invalid:${port}/fapi/v1/ping`, weight: 1 } as const
      await expect(http(request, new AbortController().signal)).rejects.toThrow(/self-signed certificate/)
      const cause = await new Promise<Error>(resolve => {
        const nothing = (): void => undefined
        const handlers = { opened: nothing, reading: nothing, frame: nothing, pinged: nothing, ponged: nothing }
        dial(`wss://exchange.invalid:${port}/stream`, { ...handlers, closed: resolve }, { maxFrameBytes: 1000 })
      })
      expect(cause).toMatchObject({ code: 'DIAL', stage: 'tls' })
      server.close()
    },
  )

  it('F:J04 hosts that are excepted are reached directly', () => {
    const except = ['binance.com', '.example.org', '10.0.0.1', 'only.here:8443', '::1']
    const proxy = new HttpProxy({ url: 'http://p:1', except })
    const direct = (text: string): boolean => !proxy.covers(new URL(text))
    const excepted = [
      'wss://binance.com/ws',
      'https://fapi.binance.com',
      'https://example.org',
      'https://a.b.example.org:444',
      'http://10.0.0.1:9001',
      'https://only.here:8443',
      'http://[::1]:9000',
    ]
    expect(excepted.filter(text => !direct(text))).toEqual([])
    const proxied = ['https://notbinance.com', 'https://only.here', 'http://10.0.0.10', 'http://[::2]', 'https://org']
    expect(proxied.filter(direct)).toEqual([])
    expect(new HttpProxy({ url: 'http://p:1', except: ['*'] }).covers(new URL('https://x'))).toBe(false)
  })

  it('F:J04 refuses what is no proxy, without showing a password', () => {
    for (const url of ['socks5://me:secret@127.0.0.1:1080', 'nonsense', '']) {
      expect(() => throughProxy({ url })).toThrow(ConfigError)
      expect(() => throughProxy({ url })).not.toThrow(/secret/)
    }
  })
})
