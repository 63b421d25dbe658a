import { describe, expect, it } from 'vitest'
import { textFrame } from '../../src/sim/wire/frame.ts'
import { HeldClock } from '../support/held-clock.ts'
import { accounting, isComplete, SimFeed, until } from '../support/sim-feed.ts'

const btc = 'binance-usdm:BTCUSDT'
const aggTrade = '{"stream":"btcusdt@aggTrade","data":'

/** Frames that cannot be read: each is one decode failure. */
const unreadable: readonly (readonly [name: string, text: string])[] = [
  ['no JSON', 'hello'],
  ['cut off', `${aggTrade}{"e":"aggTrade","E":1790000000000,"a":12`],
  ['a million brackets', '['.repeat(1_000_000)],
  ['ten megabytes of text', `"${'x'.repeat(10 * 1024 * 1024)}`],
  ['a field missing', `${aggTrade}{"e":"aggTrade","E":1790000000000,"s":"BTCUSDT","p":"1","q":"1","m":true}}`],
  [
    'a number too long',
    `${aggTrade}{"e":"aggTrade","s":"BTCUSDT","a":1,"p":"1.2345678901234567","q":"1","f":1,"l":1,"T":1790000000000,"m":true}}`,
  ],
  [
    'NaN for a price',
    `${aggTrade}{"e":"aggTrade","s":"BTCUSDT","a":1,"p":"NaN","q":"1","f":1,"l":1,"T":1790000000000,"m":true}}`,
  ],
  [
    'another symbol',
    `${aggTrade}{"e":"aggTrade","s":"__proto__","a":1,"p":"1","q":"1","f":1,"l":1,"T":1790000000000,"m":true}}`,
  ],
]

/** Frames that can be read and belong to nobody: counted as ignored. */
const foreign: readonly (readonly [name: string, text: string])[] = [
  ['a new event', '{"e":"brandNewEvent","E":1790000000000}'],
  ['a new event on a known stream', `${aggTrade}{"e":"aggTradeV2","s":"BTCUSDT"}}`],
  ['a stream nobody asked for', '{"stream":"__proto__","data":{"e":"aggTrade","s":"__proto__"}}'],
  ['a polluting key', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'],
]

/** Bytes that break the framing itself: the socket is given up and another one opened. */
const broken: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['reserved bits', Uint8Array.of(0xf1, 0x02, 0x7b, 0x7d)],
  ['a reserved opcode', Uint8Array.of(0x83, 0x02, 0x7b, 0x7d)],
  ['a length of 2^63', Uint8Array.of(0x81, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255)],
  ['a frame above 16 MiB', Uint8Array.of(0x81, 127, 0, 0, 0, 0, 2, 0, 0, 0)],
  ['a ping that is too long', Uint8Array.of(0x89, 126, 0, 200, ...new Uint8Array(200))],
  ['a continuation of nothing', Uint8Array.of(0x80, 0x02, 0x7b, 0x7d)],
  ['a masked frame', Uint8Array.of(0x81, 0x82, 1, 2, 3, 4, 0x7a, 0x7f)],
]

describe('hostile frames', () => {
  it('F:H07 F:H14 F:C11 are counted one by one; the stream lives, nothing is lost, prototypes stay clean', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'], rate: 3 })
    const heard = await on.hear({ instruments: [btc], channels: ['trade'] })
    await until('trades', () => heard.of('trade').length > 5)
    const counts = (): readonly [number, number] => {
      const [connection] = on.feed.status().connections
      return [connection?.decodeFailures ?? -1, connection?.ignored ?? -1]
    }
    for (const [index, [name, text]] of unreadable.entries()) {
      on.sim.faults.hostileFrame(text)
      await until(name, () => counts()[0] + counts()[1] > index)
      expect([name, ...counts()]).toEqual([name, index + 1, 0])
    }
    for (const [index, [name, text]] of foreign.entries()) {
      on.sim.faults.hostileFrame(text)
      await until(name, () => counts()[0] + counts()[1] > unreadable.length + index)
      expect([name, ...counts()]).toEqual([name, unreadable.length, index + 1])
    }
    const before = heard.of('trade').length
    await until('trades afterwards', () => heard.of('trade').length > before + 5)
    expect(isComplete(accounting(heard, btc))).toBe(true)
    expect(heard.of('gap')).toEqual([])
    expect(on.feed.status().connections[0]).toMatchObject({ reconnects: 0, state: 'delivering' })
    expect('polluted' in {}).toBe(false)
  })

  it('F:H06 F:H07 symbols named like parts of a prototype are symbols like any other', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'] })
    const heard = await on.hear({ instruments: ['binance-usdm:*'], channels: ['ticker'] })
    await until('tickers', () => heard.of('ticker').length > 0)
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '１２３４５６USDT', 'مرحباUSDT', '😀USDT']
    const rows = names.map(
      name =>
        `{"e":"24hrTicker","E":1790000000000,"s":"${name}","ps":"${name}","p":"1","P":"1","w":"1","c":"2.5","Q":"1","o":"1",` +
        `"h":"3","l":"1","v":"10","q":"20","O":1790000000000,"C":1790000000000,"F":1,"L":2,"n":2,"st":1}`,
    )
    on.sim.faults.hostileFrame(`{"stream":"!ticker@arr","data":[${rows.join(',')}]}`)
    const last = `binance-usdm:${names.at(-1)}`
    await until('the last of them', () => heard.of('ticker', last).length > 0)
    for (const name of names) expect(heard.of('ticker', `binance-usdm:${name}`)).toMatchObject([{ last: 2.5, high: 3 }])
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(JSON.stringify(on.feed.status())).toContain('!ticker@arr')
  })

  it('F:H12 F:H13 broken framing and broken UTF-8: the process lives, another socket takes over', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'], rate: 3 })
    const heard = await on.hear({ instruments: [btc], channels: ['trade'] })
    await until('trades', () => heard.of('trade').length > 3)
    let reconnects = 0
    for (const [name, bytes] of broken) {
      on.sim.faults.hostileFrame(bytes)
      reconnects++
      await until(`a new socket after ${name}`, () => on.feed.status().connections[0]?.reconnects === reconnects)
      const before = heard.of('trade').length
      await until(`trades after ${name}`, () => heard.of('trade').length > before)
    }
    // Bytes that are no UTF-8, inside a sound frame: either the frame or the socket is given up, never the feed.
    const frame = textFrame(`${aggTrade}{"e":"aggTrade","s":"????"}}`)
    frame[frame.indexOf(0x3f)] = 0xff
    const failures = (): number => {
      const [connection] = on.feed.status().connections
      return (connection?.decodeFailures ?? 0) + (connection?.reconnects ?? 0)
    }
    const known = failures()
    on.sim.faults.hostileFrame(frame)
    await until('the bad text is counted', () => failures() > known)
    const before = heard.of('trade').length
    await until('trades afterwards', () => heard.of('trade').length > before + 3)
    expect(isComplete(accounting(heard, btc))).toBe(true)
  })

  it('F:H12 a flood of one-byte fragments costs one socket at most', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'], rate: 3 })
    const heard = await on.hear({ instruments: [btc], channels: ['trade'] })
    await until('trades', () => heard.of('trade').length > 3)
    const flood = Buffer.alloc(3 * 200_000)
    for (let at = 0; at < flood.length; at += 3) flood.set([at === 0 ? 0x01 : 0x00, 0x01, 0x78], at)
    on.sim.faults.hostileFrame(flood)
    on.sim.faults.dropAll()
    await until('another socket', () => (on.feed.status().connections[0]?.reconnects ?? 0) >= 1)
    const before = heard.of('trade').length
    await until('trades afterwards', () => heard.of('trade').length > before + 3)
    expect(isComplete(accounting(heard, btc))).toBe(true)
  })
})

describe('upgrades that are refused', () => {
  const html = '<html><head><title>Forbidden</title></head><body>Request blocked.</body></html>'

  it.concurrent.each([403, 429, 451, 503])(
    'F:I01 F:B01 F:B19 HTTP %i: attempts stay within the budget, and it comes back',
    async status => {
      const windowMs = 1500
      await using on = await SimFeed.open({
        venues: ['binance-usdm'],
        rate: 3,
        feed: { backoff: { firstMs: 20, mostMs: 40 } },
        bend: adapter => ({
          ...adapter,
          limits: { ...adapter.limits, connectsPerWindow: 5, connectWindowMs: windowMs },
        }),
      })
      const heard = await on.hear({ instruments: [btc], channels: ['trade'] })
      await until('trades', () => heard.of('trade').length > 3)
      on.sim.faults.refuse({ status, body: html })
      on.sim.faults.dropAll()
      const refused = (): number => on.sim.stats()['binance-usdm']?.connectionsRefused ?? 0
      await until('refusals', () => refused() >= 3)
      const [connection] = on.feed.status().connections
      expect(connection?.lastCause).toContain(String(status))
      const startMs = performance.now()
      const before = refused()
      await until('the first window', () => performance.now() - startMs > windowMs * 1.6)
      expect(refused() - before).toBeLessThanOrEqual(10)
      on.sim.faults.clear()
      await until('delivering', () => on.feed.status().connections[0]?.state === 'delivering')
      await until('the gap', () => heard.of('gap').length > 0)
      const account = accounting(heard, btc)
      expect([isComplete(account), [...account.reasons]]).toEqual([true, ['disconnect']])
      expect(account.missing).toEqual([])
    },
  )

  it.concurrent('F:B02 429 with Retry-After: no attempt before its end', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'], rate: 3 })
    const heard = await on.hear({ instruments: [btc], channels: ['trade', 'quote'] })
    await until('trades', () => heard.of('trade').length > 3)
    on.sim.faults.refuse({ status: 429, body: html, headers: { 'Retry-After': '3' } })
    on.sim.faults.dropAll()
    const refused = (): number => on.sim.stats()['binance-usdm']?.connectionsRefused ?? 0
    await until('a refusal', () => refused() > 0)
    const atMs = performance.now()
    // Two sockets go to this host: both may have been on their way.
    await until('most of the wait', () => performance.now() - atMs > 2600)
    expect(refused()).toBeLessThanOrEqual(2)
    on.sim.faults.clear()
    await until('delivering', () => on.feed.status().connections.every(({ state }) => state === 'delivering'))
  })

  it.concurrent('F:I02 a feed that is disposed while it connects leaves nothing behind', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'] })
    for (let round = 0; round < 40; round++) {
      await using other = await SimFeed.open({ venues: ['binance-coinm'] })
      const observation = other.feed.observe(
        { instruments: ['binance-coinm:BTCUSD_PERP'], channels: ['quote'] },
        () => undefined,
      )
      if (round % 2 === 0) await Promise.race([observation.ready.catch(() => undefined), new Promise(setImmediate)])
    }
    const heard = await on.hear({ instruments: [btc], channels: ['quote'] })
    await until('quotes', () => heard.of('quote').length > 0)
  })
})

describe('snapshots that REST refuses', () => {
  const spot = 'binance-spot:BTCUSDT'

  function asked(on: SimFeed): number {
    return on.sim.stats()['binance-spot']?.restRequests ?? 0
  }

  it.concurrent.each([
    [429, '{"code":-1003,"msg":"Too many requests."}'],
    [418, '{"code":-1003,"msg":"IP banned."}'],
  ])('F:B02 HTTP %i with Retry-After: no request inside the window, synced after it', async (status, body) => {
    await using on = await SimFeed.open({ venues: ['binance-spot'] })
    await on.hear({ instruments: [spot], channels: ['quote'] })
    on.sim.faults.snapshot({ status, body, headers: { 'Retry-After': '3' } })
    const book = on.feed.book(spot)
    await until(
      'the refusal',
      () =>
        (on.sim.stats()['binance-spot']?.restErrors ?? 0) > 0 ||
        on.streams().some(({ reason }) => reason?.includes(String(status)) === true),
    )
    const before = asked(on)
    const atMs = performance.now()
    on.sim.faults.clear()
    await until('most of the wait', () => performance.now() - atMs > 2500)
    expect([asked(on) - before, book.state]).toEqual([0, 'syncing'])
    expect(on.feed.status().venues[0]?.rest.blockedForMs).toBeGreaterThan(0)
    await book.ready
    expect(book.best()).toBeDefined()
  })

  it.concurrent('F:G06 503 and a body that is no JSON: asked again, each time later, synced in the end', async () => {
    await using on = await SimFeed.open({ venues: ['binance-spot'] })
    on.sim.faults.snapshot({ status: 503, body: '<html>Service Unavailable</html>' })
    const book = on.feed.book(spot)
    const depth = (): number => on.sim.stats()['binance-spot']?.restByPath.get('/api/v3/depth') ?? 0
    await until('three tries', () => depth() >= 3)
    expect(on.streams()[0]?.reason).toMatch(/no snapshot: .*HTTP 503/)
    on.sim.faults.snapshot({ status: 200, body: '<html>Sign in to the network</html>' })
    const tries = depth()
    await until('a try that got a page', () => depth() > tries)
    on.sim.faults.clear()
    await book.ready
    expect(depth()).toBeLessThan(12)
  })

  it.concurrent('F:G08 403 of a firewall: five minutes of silence towards the host, then synced', async () => {
    const clock = new HeldClock(60)
    await using on = await SimFeed.open({
      venues: ['binance-usdm'],
      rate: 1,
      simulator: { timeScale: 60, limits: { inboundPerSecond: 10_000 } },
      feed: { clock },
    })
    const requests = (): number => on.sim.stats()['binance-usdm']?.restRequests ?? 0
    await on.hear({ instruments: [btc], channels: ['quote'] })
    on.sim.faults.snapshot({ status: 403, body: '<html>403 Forbidden</html>' })
    const book = on.feed.book(btc)
    await until('the refusal', () => on.streams().some(({ reason }) => reason?.includes('firewall') === true))
    const before = requests()
    const atMs = clock.monotonicMs()
    on.sim.faults.clear()
    await until('most of the wait', () => clock.monotonicMs() - atMs > 270_000)
    expect([requests() - before, book.state]).toEqual([0, 'syncing'])
    await book.ready
  })
})
