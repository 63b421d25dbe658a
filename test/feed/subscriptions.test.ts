import { describe, expect, it } from 'vitest'
import { aggTrade, collector, memoryVenue, quote } from './memory-venue.ts'

const BTC = 'binance-usdm:BTCUSDT'
const ETH = 'binance-usdm:ETHUSDT'

describe('subscriptions', () => {
  it('keeps subscribed, acknowledged and delivering apart', async () => {
    const venue = memoryVenue()
    venue.isAnswering = false
    const { events, push } = collector()
    const observation = venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, push)
    let isReady = false
    void observation.ready.then(() => {
      isReady = true
    })
    await venue.clock.advance(0)
    venue.sockets[0]?.open()
    await venue.clock.advance(100)
    const state = (): string | undefined => venue.feed.status().streams[0]?.state
    expect(state()).toBe('subscribed')
    venue.sockets[0]?.receive({ result: null, id: 1 })
    await venue.clock.advance(0)
    expect([state(), isReady]).toEqual(['acknowledged', true])
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 5))
    expect(state()).toBe('delivering')
    expect(events.filter(event => event.kind === 'connection').map(event => event.state)).toEqual([
      'connecting',
      'open',
      'subscribed',
      'delivering',
    ])
    expect(events.at(-1)).toMatchObject({ kind: 'trade', id: '5', side: 'buy', price: 100.5, quantity: 2 })
  })

  it('adds and drops streams without a new socket', async () => {
    const venue = memoryVenue()
    await using subscription = venue.feed.subscribe({ instruments: [BTC], channels: ['trade'] })
    await venue.settle()
    const added = subscription.add({ instruments: [ETH], channels: ['trade'] })
    await venue.settle()
    await added
    subscription.drop({ instruments: [BTC], channels: ['trade'] })
    await venue.settle()
    expect(venue.sockets).toHaveLength(1)
    expect(venue.control(0).map(frame => [frame.method, ...frame.params])).toEqual([
      ['SUBSCRIBE', 'btcusdt@aggTrade'],
      ['SUBSCRIBE', 'ethusdt@aggTrade'],
      ['UNSUBSCRIBE', 'btcusdt@aggTrade'],
    ])
  })

  it('F:C08 routes USD-M streams to the path of their class', async () => {
    const venue = memoryVenue()
    venue.feed.observe(
      { instruments: [BTC], channels: ['trade', 'quote', 'markPrice', 'kline:1m', 'liquidation'] },
      () => undefined,
    )
    await venue.settle()
    const byPath = new Map(
      venue.sockets.map((socket, index) => [
        new URL(socket.url).pathname,
        venue.control(index).flatMap(frame => frame.params),
      ]),
    )
    expect(byPath.get('/public/stream')).toEqual(['btcusdt@bookTicker'])
    expect(byPath.get('/market/stream')?.sort()).toEqual([
      'btcusdt@aggTrade',
      'btcusdt@forceOrder',
      'btcusdt@kline_1m',
      'btcusdt@markPrice@1s',
    ])
  })

  it('F:C08 names the route of a stream that is acknowledged and stays silent', async () => {
    const venue = memoryVenue()
    venue.feed.observe({ instruments: [BTC], channels: ['markPrice'] }, () => undefined)
    await venue.settle()
    await venue.clock.advance(8000)
    expect(venue.feed.status().streams[0]).toMatchObject({
      state: 'silent',
      reason: expect.stringContaining('/market'),
    })
  })

  it('F:C01 repeats an unanswered request once, then takes a fresh connection', async () => {
    const venue = memoryVenue()
    venue.isAnswering = false
    venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, () => undefined)
    await venue.clock.advance(0)
    venue.sockets[0]?.open()
    await venue.clock.advance(11_000)
    expect(venue.control(0).map(frame => frame.id)).toEqual([1, 2])
    await venue.clock.advance(1000)
    expect(venue.sockets).toHaveLength(2)
    venue.isAnswering = true
    await venue.settle()
    expect(venue.feed.status().streams[0]?.state).toBe('acknowledged')
  })

  it('F:C01 streams that deliver were heard, whatever became of the acknowledgement', async () => {
    const venue = memoryVenue()
    venue.isAnswering = false
    const observation = venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, () => undefined)
    await venue.clock.advance(0)
    const [socket] = venue.sockets
    if (socket !== undefined) socket.answersPings = true
    socket?.open()
    socket?.receive(aggTrade('BTCUSDT', 1))
    await venue.clock.advance(20_000)
    await observation.ready
    expect(venue.sockets).toHaveLength(1)
    expect(venue.control(0)).toHaveLength(1)
  })

  it('F:C02 F:C03 F:C04 spreads 1,204 streams over sockets in small frames and short URLs', async () => {
    const venue = memoryVenue()
    const instruments = (await venue.feed.instruments()).map(instrument => instrument.id)
    venue.feed.observe({ instruments, channels: ['quote'] }, () => undefined)
    await venue.settle()
    expect(venue.sockets).toHaveLength(2)
    for (const [index, socket] of venue.sockets.entries()) {
      expect(socket.url.length).toBeLessThanOrEqual(2048)
      expect(venue.control(index).flatMap(frame => frame.params).length).toBeLessThanOrEqual(1004)
      for (const text of socket.sent) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096)
    }
    const states = venue.feed.status().streams.map(stream => stream.state)
    expect(states.filter(state => state === 'acknowledged')).toHaveLength(1204)
  })

  it('F:B05 F:C07 sends control frames no faster than the venue allows', async () => {
    const venue = memoryVenue()
    const sentAtMs: number[] = []
    const instruments = (await venue.feed.instruments()).slice(0, 1000).map(instrument => instrument.id)
    venue.feed.observe({ instruments, channels: ['quote'] }, () => undefined)
    await venue.clock.advance(0)
    venue.sockets[0]?.open()
    for (let tick = 0; tick < 300; tick++) {
      const count = venue.sockets[0]?.sent.length ?? 0
      while (sentAtMs.length < count) sentAtMs.push(venue.clock.monotonicMs())
      await venue.clock.advance(20)
    }
    expect(sentAtMs.length).toBeGreaterThanOrEqual(10)
    const busiest = Math.max(...sentAtMs.map(from => sentAtMs.filter(at => at >= from && at < from + 1000).length))
    expect(busiest).toBeLessThanOrEqual(8)
  })

  it('F:C05 an unknown symbol is refused before anything is sent, with the nearest names', async () => {
    const venue = memoryVenue()
    const subscription = venue.feed.subscribe({ instruments: ['binance-usdm:BTCUSTD'], channels: ['trade'] })
    const failed = expect(subscription.ready).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('BTCUSDT'),
    })
    const iterated = expect(subscription[Symbol.asyncIterator]().next()).rejects.toThrow(/BTCUSTD/)
    await venue.settle()
    await failed
    await iterated
    expect(venue.sockets).toHaveLength(0)
  })

  it('F:C05 a lower-case symbol of a user is not blindly accepted, a Unicode one is', async () => {
    const venue = memoryVenue()
    const observation = venue.feed.observe(
      { instruments: ['binance-usdm:币安人生USDT'], channels: ['trade'] },
      () => undefined,
    )
    await venue.settle()
    await observation.ready
    expect(venue.control(0)[0]?.params).toEqual(['币安人生usdt@aggTrade'])
  })

  it.each([
    ['venue', { instruments: ['binance-usd:BTCUSDT'], channels: ['trade'] }, 'binance-usdm'],
    ['channel', { instruments: [BTC], channels: ['trades'] }, 'trade'],
    ['interval', { instruments: [BTC], channels: ['kline:1min'] }, '1m'],
    ['instrument form', { instruments: ['BTCUSDT'], channels: ['trade'] }, 'binance-spot:BTCUSDT'],
  ])('an unknown %s throws at once and names the nearest', (_name, request, hint) => {
    const venue = memoryVenue()
    expect(() => venue.feed.subscribe(request)).toThrow(hint)
    expect(venue.sockets).toHaveLength(0)
  })

  it('F:C06 halves a refused batch until the offender stands alone; the others go live', async () => {
    const venue = memoryVenue()
    venue.isAnswering = false
    const names = Array.from({ length: 9 }, (_, index) => `binance-usdm:C${index}USDT`)
    const { events, push } = collector()
    const observation = venue.feed.observe({ instruments: names, channels: ['quote'] }, push)
    const refused = expect(observation.ready).rejects.toMatchObject({
      code: 'SUBSCRIPTION_REJECTED',
      streams: ['c5usdt@bookTicker'],
    })
    await venue.clock.advance(0)
    const socket = venue.sockets[0]
    socket?.open()
    let answered = 0
    for (let round = 0; round < 60; round++) {
      await venue.clock.advance(200)
      for (const frame of venue.control(0).slice(answered)) {
        answered++
        const isBad = frame.params.includes('c5usdt@bookTicker')
        socket?.receive(isBad ? { code: 2, msg: 'Invalid request', id: frame.id } : { result: null, id: frame.id })
      }
    }
    await refused
    const states = venue.feed.status().streams.map(stream => [stream.stream, stream.state])
    expect(states.filter(([, state]) => state === 'acknowledged')).toHaveLength(8)
    expect(states).toContainEqual(['c5usdt@bookTicker', 'rejected'])
    expect(events.filter(event => event.kind === 'gap')).toMatchObject([
      { instrument: 'binance-usdm:C5USDT', reason: 'venue', healed: false },
    ])
  })

  it('F:C10 the last wish wins when commands are still in flight', async () => {
    const venue = memoryVenue()
    await using subscription = venue.feed.subscribe({ instruments: [ETH], channels: ['quote'] })
    await venue.settle()
    venue.isAnswering = false
    for (let turn = 0; turn < 25; turn++) {
      void subscription.add({ instruments: [BTC], channels: ['quote'] })
      await venue.clock.advance(30)
      if (turn < 24) subscription.drop({ instruments: [BTC], channels: ['quote'] })
      await venue.clock.advance(30)
    }
    venue.isAnswering = true
    await venue.settle()
    const subscribed = new Set<string>()
    for (const frame of venue.control(0)) {
      for (const name of frame.params) {
        if (frame.method === 'SUBSCRIBE') subscribed.add(name)
        else subscribed.delete(name)
      }
    }
    expect([...subscribed].sort()).toEqual(['btcusdt@bookTicker', 'ethusdt@bookTicker'])
  })

  it('F:C10 what still arrives of a subscription that is ending is not taken for the new one', async () => {
    const venue = memoryVenue()
    const first = collector()
    const second = collector()
    const one = venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, first.push)
    venue.feed.observe({ instruments: [ETH], channels: ['trade'] }, () => undefined)
    await venue.settle()
    venue.isAnswering = false
    one[Symbol.dispose]()
    await venue.clock.advance(500)
    venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, second.push)
    await venue.clock.advance(0)
    for (const id of [10, 11]) venue.sockets[0]?.receive(aggTrade('BTCUSDT', id))
    const [, unsubscribe] = venue.control(0)
    venue.sockets[0]?.receive({ result: null, id: unsubscribe?.id })
    await venue.clock.advance(500)
    venue.sockets[0]?.receive({ result: null, id: venue.control(0).at(-1)?.id })
    for (const id of [15, 16]) venue.sockets[0]?.receive(aggTrade('BTCUSDT', id))
    const heard = second.events.flatMap(event =>
      event.kind === 'trade' ? [event.id] : event.kind === 'gap' ? ['gap'] : [],
    )
    expect(venue.control(0).map(frame => frame.method)).toEqual(['SUBSCRIBE', 'UNSUBSCRIBE', 'SUBSCRIBE'])
    expect(heard).toEqual(['15', '16'])
  })

  it('F:B08 F:B11 F:B12 after every loss the whole wanted set is subscribed again, once', async () => {
    const venue = memoryVenue()
    const { events, push } = collector()
    const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'C1USDT']
    venue.feed.observe({ instruments: symbols.map(symbol => `binance-usdm:${symbol}`), channels: ['trade'] }, push)
    await venue.settle()
    let id = 1
    for (let drop = 0; drop < 50; drop++) {
      const socket = venue.sockets.at(-1)
      for (const symbol of symbols) socket?.receive(aggTrade(symbol, id))
      id++
      await venue.reconnect()
    }
    const last = venue.sockets.length - 1
    expect(
      venue
        .control(last)
        .flatMap(frame => frame.params)
        .sort(),
    ).toEqual(symbols.map(symbol => `${symbol.toLowerCase()}@aggTrade`).sort())
    const ids = events
      .filter(event => event.kind === 'trade' && event.instrument === BTC)
      .map(event => (event.kind === 'trade' ? event.id : ''))
    expect(ids).toEqual(Array.from({ length: 50 }, (_, index) => String(index + 1)))
  })

  it('F:B13 nothing that waited for the old socket is sent on the new one', async () => {
    const venue = memoryVenue()
    await using subscription = venue.feed.subscribe({ instruments: [BTC], channels: ['quote'] })
    await venue.settle()
    for (let index = 0; index < 200; index++) {
      void subscription.add({ instruments: [`binance-usdm:C${index}USDT`], channels: ['quote'] })
      await venue.clock.advance(1)
    }
    await venue.reconnect()
    const names = venue.control(venue.sockets.length - 1).flatMap(frame => frame.params)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toHaveLength(201)
  })

  it('F:A12 a shutdown notice replaces the connection at once', async () => {
    const venue = memoryVenue()
    venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, () => undefined)
    await venue.settle()
    venue.sockets[0]?.receive({ stream: '!serverShutdown', data: { e: 'serverShutdown', E: 1_790_000_000_000 } })
    await venue.clock.advance(1)
    expect(venue.sockets).toHaveLength(2)
  })

  it('tells the status of an instrument at once, and every change after it', async () => {
    const venue = memoryVenue()
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['status'] }, push)
    await venue.settle()
    const data = {
      e: 'contractInfo',
      E: 1_790_000_000_000,
      s: 'BTCUSDT',
      ps: 'BTCUSDT',
      ct: 'PERPETUAL',
      dt: 4_133_404_800_000,
      ot: 1,
      cs: 'PRE_SETTLE',
      st: 1,
    }
    venue.sockets[0]?.receive({ stream: '!contractInfo', data })
    const told = events.flatMap(event =>
      event.kind === 'status' ? [[event.instrument, event.status, event.isTrading]] : [],
    )
    expect(told).toEqual([
      [BTC, 'TRADING', true],
      [BTC, 'PRE_SETTLE', false],
    ])
  })

  it('a stream that is wanted raw and unified goes over two connections', async () => {
    const venue = memoryVenue()
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['trade', 'raw:btcusdt@aggTrade'] }, push)
    await venue.settle()
    expect(venue.sockets).toHaveLength(2)
    for (const socket of venue.sockets) socket.receive(aggTrade('BTCUSDT', 7))
    const kinds = events.flatMap(event => (event.kind === 'connection' ? [] : [event.kind]))
    expect(kinds.sort()).toEqual(['raw', 'trade'])
  })

  it('one native stream serves several consumers and is dropped with the last', async () => {
    const venue = memoryVenue()
    const first = collector()
    const second = collector()
    const one = venue.feed.observe({ instruments: [BTC], channels: ['quote'] }, first.push)
    const two = venue.feed.observe({ instruments: [BTC], channels: ['quote'] }, second.push)
    await venue.settle()
    venue.sockets[0]?.receive(quote('BTCUSDT', 1))
    one[Symbol.dispose]()
    one[Symbol.dispose]()
    venue.sockets[0]?.receive(quote('BTCUSDT', 2))
    two[Symbol.dispose]()
    await venue.settle()
    const sequences = (events: typeof first.events): readonly unknown[] =>
      events.flatMap(event => (event.kind === 'quote' ? [event.sequence] : []))
    expect(sequences(first.events)).toEqual([1])
    expect(sequences(second.events)).toEqual([1, 2])
    expect(venue.control(0).map(frame => frame.method)).toEqual(['SUBSCRIBE', 'UNSUBSCRIBE'])
    await venue.clock.advance(11_000)
    expect(venue.sockets[0]?.isEnded).toBe(true)
  })
})
