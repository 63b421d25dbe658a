import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type Socket as TcpSocket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createFeed } from '../../src/feed/create-feed.ts'
import type { MarketEvent } from '../../src/model/event.ts'
import type { Dial } from '../../src/net/dial.ts'
import { socketDial } from '../../src/net/socket-dial.ts'
import { wsDial } from '../../src/net/ws-dial.ts'
import { binanceUsdm } from '../../src/venue/binance/index.ts'
import { aggTrade, collector, memoryVenue, quote } from '../feed/memory-venue.ts'
import { bundle } from '../support/bundle.ts'

const BTC = 'binance-usdm:BTCUSDT'
const ETH = 'binance-usdm:ETHUSDT'

const cleanups: (() => void)[] = []

afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

/** Counts what nobody handled while `run` runs, and until everything it left behind has settled. */
async function unhandledDuring(run: () => Promise<void>): Promise<readonly unknown[]> {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => {
    unhandled.push(error)
  }
  process.on('unhandledRejection', note)
  process.on('uncaughtExceptionMonitor', note)
  try {
    await run()
    for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve))
  } finally {
    process.off('unhandledRejection', note)
    process.off('uncaughtExceptionMonitor', note)
  }
  return unhandled
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Takes connections, says nothing, and counts them. */
async function silentServer(): Promise<{ readonly port: number; readonly open: () => number }> {
  const sockets = new Set<TcpSocket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.resume()
  })
  const port = await listening(server)
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port, open: () => sockets.size }
}

describe('errors that nobody listens to', () => {
  it('F:I01 refused, unresolvable, resetting and refusing hosts: values on the status, nothing uncaught', async () => {
    const resetting = createServer(socket => socket.resetAndDestroy())
    const resetPort = await listening(resetting)
    const refusing = createHttpServer((_request, response) => response.writeHead(403).end('<html>no</html>'))
    refusing.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n'))
    const refusePort = await listening(refusing)
    cleanups.push(
      () => resetting.close(),
      () => refusing.close(),
      () => refusing.closeAllConnections(),
    )
    const hosts = ['127.0.0.1:1', 'no-such-host.invalid', `127.0.0.1:${resetPort}`, `127.0.0.1:${refusePort}`]
    const unhandled = await unhandledDuring(async () => {
      const feeds = [socketDial, wsDial].flatMap(dial =>
        hosts.map((host, index) => {
          // A firewall's 403 would hold the instrument table back for fifteen seconds.
          const rest = `http://${index === 3 ? hosts[0] : host}`
          const adapter = binanceUsdm({ endpoints: { rest, stream: `ws://${host}` } })
          const feed = createFeed({ venues: [adapter], dial, backoff: { firstMs: 20, mostMs: 100 } })
          // No handler for `ready`, no reader for the queue.
          feed.observe({ instruments: [BTC], channels: ['trade'] }, () => undefined)
          feed.subscribe({ instruments: [ETH], channels: ['quote'] })
          feed.book(BTC)
          return feed
        }),
      )
      const causes = (): (string | undefined)[] => feeds.map(feed => feed.status().connections[0]?.lastCause)
      await expect.poll(() => causes().every(cause => cause !== undefined), { timeout: 20_000 }).toBe(true)
      const expected = [
        expect.stringContaining('ECONNREFUSED'),
        expect.stringContaining('could not be resolved'),
        expect.anything(),
        expect.stringContaining('503'),
      ]
      expect(causes()).toEqual([...expected, ...expected])
      for (const feed of feeds) await feed[Symbol.asyncDispose]()
    })
    expect(unhandled).toEqual([])
  }, 60_000)

  it.each([
    ['socketDial', socketDial],
    ['wsDial', wsDial],
  ] as readonly (readonly [string, Dial])[])(
    'F:I02 %s: a thousand sockets ended while they connect, nothing uncaught, none left',
    async (_name, dial) => {
      const server = await silentServer()
      let closed = 0
      let later = 0
      const unhandled = await unhandledDuring(async () => {
        for (let batch = 0; batch < 20; batch++) {
          for (let index = 0; index < 50; index++) {
            let isClosed = false
            const note = (): void => {
              if (isClosed) later++
            }
            const socket = dial(
              `ws://127.0.0.1:${server.port}/`,
              {
                opened: note,
                reading: note,
                frame: note,
                pinged: note,
                ponged: note,
                closed: () => {
                  note()
                  isClosed = true
                  closed++
                },
              },
              { maxFrameBytes: 1 << 20 },
            )
            const end = (): void => (index % 2 === 0 ? socket.terminate() : socket.close())
            if (index % 5 === 0) end()
            else if (index % 5 === 1) queueMicrotask(end)
            else if (index % 5 === 2) setImmediate(end)
            else setTimeout(end, index % 7)
          }
          await expect.poll(() => closed, { interval: 5, timeout: 10_000 }).toBe(50 * (batch + 1))
        }
        await expect.poll(server.open, { timeout: 10_000 }).toBe(0)
      })
      expect(unhandled).toEqual([])
      expect([closed, later]).toEqual([1000, 0])
    },
    60_000,
  )

  it('F:I03 drops with pending reads, races and disposals: no rejection without a handler', async () => {
    const unhandled = await unhandledDuring(async () => {
      for (let round = 0; round < 60; round++) {
        const venue = memoryVenue()
        venue.rest.set('/depth', () => ({ status: round % 2 === 0 ? 500 : 200, body: '<html>' }))
        if (round % 3 === 0) venue.rest.set('/exchangeInfo', () => ({ status: 503, body: 'no' }))
        const subscription = venue.feed.subscribe({ instruments: [BTC], channels: ['trade'] })
        const reading = subscription[Symbol.asyncIterator]().next()
        void reading.catch(() => undefined)
        venue.feed.observe({ instruments: [ETH], channels: ['trade'] }, () => undefined)
        const observation = venue.feed.observe({ instruments: [BTC], channels: ['quote'] }, () => undefined)
        const book = venue.feed.book(BTC)
        await venue.clock.advance(round * 5)
        if (round % 2 === 0) await venue.acknowledge()
        for (const socket of venue.sockets) if (!socket.isEnded) socket.fail()
        if (round % 4 === 0) observation[Symbol.dispose]()
        if (round % 5 === 0) void book[Symbol.asyncDispose]()
        if (round % 3 === 1) await venue.clock.advance(700)
        await Promise.all([venue.feed[Symbol.asyncDispose](), subscription[Symbol.asyncDispose]()])
        await venue.clock.advance(60_000)
        expect([round, venue.clock.pending]).toEqual([round, 0])
      }
    })
    expect(unhandled).toEqual([])
  })
})

describe('consumers', () => {
  it('F:I04 one that throws and one that rejects, one time in ten: the others miss nothing, the status counts them', async () => {
    const venue = memoryVenue()
    const good = collector()
    let thrown = 0
    const unhandled = await unhandledDuring(async () => {
      venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, event => {
        if (event.kind !== 'trade' || Number(event.id) % 10 !== 0) return
        thrown++
        throw new Error('user code')
      })
      // An async function passes where a plain one is expected.
      const rejecting = async (event: MarketEvent): Promise<void> => {
        if (event.kind !== 'trade' || Number(event.id) % 10 !== 5) return
        thrown++
        await Promise.reject(new Error('async user code'))
      }
      venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, (event): unknown => rejecting(event))
      venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, good.push)
      await venue.settle()
      for (let id = 1; id <= 1000; id++) venue.sockets[0]?.receive(aggTrade('BTCUSDT', id))
      await venue.clock.advance(10)
    })
    expect(unhandled).toEqual([])
    expect(thrown).toBe(200)
    const ids = good.events.flatMap(event => (event.kind === 'trade' ? [Number(event.id)] : []))
    expect(ids).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1))
    expect(venue.feed.status().consumers.observerErrors).toBe(200)
    expect(venue.log.some(line => line.includes('user code'))).toBe(true)
    await venue.feed[Symbol.asyncDispose]()
  })

  it('F:I04 one that fails a hundred times in a row is paused, and told by a gap what it missed when it is resumed', async () => {
    const venue = memoryVenue()
    const good = collector()
    const bad = collector()
    let isBroken = true
    await unhandledDuring(async () => {
      const observation = venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, event => {
        bad.push(event)
        if (isBroken && event.kind === 'trade') throw new Error('user code')
      })
      venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, good.push)
      await venue.settle()
      for (let id = 1; id <= 500; id++) venue.sockets[0]?.receive(aggTrade('BTCUSDT', id))
      expect(bad.events.filter(event => event.kind === 'trade')).toHaveLength(100)
      expect(observation.isPaused).toBe(true)
      expect(venue.feed.status().consumers.paused).toBe(1)
      expect(venue.log.filter(line => line.includes('failed 100 times in a row: it is paused'))).toHaveLength(1)
      isBroken = false
      observation.resume()
      expect(observation.isPaused).toBe(false)
      venue.sockets[0]?.receive(aggTrade('BTCUSDT', 501))
    })
    const [gap, next] = bad.events.slice(-2)
    const missed = good.events.filter(event => event.kind === 'trade' && Number(event.id) > 100)
    expect(gap).toMatchObject({ kind: 'gap', instrument: BTC, channel: 'trade', reason: 'overflow', healed: false })
    expect(gap).toMatchObject({ from: String(missed.at(0)?.receiveTimeUs), to: String(missed.at(-2)?.receiveTimeUs) })
    expect(next).toMatchObject({ kind: 'trade', id: '501' })
    expect(good.events.filter(event => event.kind === 'trade')).toHaveLength(501)
    expect(venue.feed.status().consumers).toMatchObject({ paused: 0, observerErrors: 100 })
    await venue.feed[Symbol.asyncDispose]()
  })

  it('F:I05 a consumer at a tenth of the rate, for each policy: bounded, and every event accounted for', async () => {
    const venue = memoryVenue()
    const capacity = 5000
    await using trades = venue.feed.subscribe({
      instruments: [BTC],
      channels: ['trade'],
      capacity,
      overflow: { trade: 'dropOldest' },
    })
    await using quotes = venue.feed.subscribe({ instruments: [BTC, ETH], channels: ['quote'], capacity })
    const whole = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, whole.push)
    await venue.settle()
    const events = 300_000
    const read = { trades: 0, missing: 0, quotes: 0 }
    const count = (batch: readonly MarketEvent[] | undefined): void => {
      for (const event of batch ?? []) {
        if (event.kind === 'trade') read.trades++
        else if (event.kind === 'quote') read.quotes++
        else if (event.kind === 'gap') read.missing += Number(event.to) - Number(event.from) + 1
      }
    }
    const [tradeReader, quoteReader] = [trades[Symbol.asyncIterator](), quotes[Symbol.asyncIterator]()]
    const socketOf = (symbol: string): (typeof venue.sockets)[number] | undefined => {
      return venue.sockets.find(socket => socket.sent.some(text => text.includes(symbol)))
    }
    const [tradeSocket, quoteSocket] = [socketOf('btcusdt@aggTrade'), socketOf('btcusdt@bookTicker')]
    globalThis.gc?.()
    let mostQueued = 0
    for (let id = 1; id <= events; id++) {
      tradeSocket?.receive(aggTrade('BTCUSDT', id))
      quoteSocket?.receive(quote(id % 2 === 0 ? 'BTCUSDT' : 'ETHUSDT', id))
      mostQueued = Math.max(mostQueued, trades.stats().queued, quotes.stats().queued)
      if (id % (capacity * 10) !== 0) continue
      count((await tradeReader.next()).value)
      count((await quoteReader.next()).value)
      whole.events.length = 0
    }
    for (const [subscription, reader] of [
      [trades, tradeReader],
      [quotes, quoteReader],
    ] as const) {
      if (subscription.stats().queued > 0) count((await reader.next()).value)
    }
    expect(mostQueued).toBeLessThanOrEqual(capacity + 8)
    expect(read.trades + read.missing).toBe(events)
    expect(trades.stats().dropped).toBe(read.missing)
    expect(read.quotes + quotes.stats().conflated).toBe(events)
  }, 60_000)

  it('F:I06 a burst of a hundred times the capacity: the policy acts and is told; the stream and the others live on', async () => {
    const venue = memoryVenue()
    const capacity = 100
    const other = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, other.push)
    const failing = venue.feed.subscribe({ instruments: [BTC], channels: ['trade'], capacity })
    const dropping = venue.feed.subscribe({
      instruments: [BTC],
      channels: ['trade'],
      capacity,
      overflow: { trade: 'dropOldest' },
    })
    await venue.settle()
    for (let id = 1; id <= 100 * capacity; id++) venue.sockets[0]?.receive(aggTrade('BTCUSDT', id))
    const failed = failing[Symbol.asyncIterator]()
    const { value: last } = await failed.next()
    expect(Array.isArray(last) ? last.at(-1) : undefined).toMatchObject({
      kind: 'gap',
      reason: 'overflow',
      healed: false,
    })
    await expect(failed.next()).rejects.toMatchObject({ code: 'OVERFLOW' })
    const reader = dropping[Symbol.asyncIterator]()
    await reader.next()
    for (let id = 100 * capacity + 1; id <= 100 * capacity + 5; id++) venue.sockets[0]?.receive(aggTrade('BTCUSDT', id))
    const { value: batch } = await reader.next()
    const ids = (Array.isArray(batch) ? batch : []).flatMap((event: MarketEvent) =>
      event.kind === 'trade' ? [event.id] : [],
    )
    expect(ids).toEqual(['10001', '10002', '10003', '10004', '10005'])
    expect(other.events.filter(event => event.kind === 'trade')).toHaveLength(100 * capacity + 5)
    expect(venue.sockets).toHaveLength(1)
    await venue.feed[Symbol.asyncDispose]()
  })
})

describe('limits of the system', () => {
  it.skipIf(process.platform === 'win32')(
    'F:I12 out of file descriptors: a typed error that names the limit, the process lives',
    async () => {
      const built = await bundle('src/net/socket-dial.ts')
      cleanups.push(() => built.remove())
      const server = await silentServer()
      const script = `
      const { socketDial } = await import(${JSON.stringify(built.path)})
      const causes = []
      const none = () => {}
      const sockets = []
      for (let index = 0; index < 80; index++) {
        sockets.push(socketDial('ws://127.0.0.1:${server.port}/', {
          opened: none, reading: none, frame: none, pinged: none, ponged: none, closed: cause => causes.push(cause),
        }, { maxFrameBytes: 1024 }))
      }
      setTimeout(() => {
        const refused = causes.filter(cause => cause.code === 'DIAL' && /EMFILE/.test(cause.message) && /open files/.test(cause.message))
        const told = causes.length
        for (const socket of sockets) socket.terminate()
        console.log(JSON.stringify({ refused: refused.length, others: told - refused.length }))
        setTimeout(() => process.exit(0), 100)
      }, 500)`
      const child = spawn(
        'sh',
        ['-c', 'ulimit -n 64; exec "$0" --input-type=module -e "$1"', process.execPath, script],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
      let said = ''
      child.stdout.on('data', data => (said += String(data)))
      const [code] = await once(child, 'exit')
      expect(code).toBe(0)
      const { refused, others }: { refused: number; others: number } = JSON.parse(said)
      expect(refused).toBeGreaterThan(10)
      expect(others).toBe(0)
    },
  )
})

describe('libraries', () => {
  it('F:M17 the WebSocket library is not older than its last fixed fault', () => {
    const lock = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')
    const versions = [...lock.matchAll(/"node_modules\/(?:(?!@types)\S+\/)?ws": \{\s+"version": "(\d+)\.(\d+)\.\d+"/g)]
    expect(versions.length).toBeGreaterThan(0)
    for (const [, major, minor] of versions) {
      expect(Number(major) * 1000 + Number(minor)).toBeGreaterThanOrEqual(8021)
    }
  })
})
