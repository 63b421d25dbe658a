import { describe, expect, it } from 'vitest'
import type { BookHandle, StreamStatus } from '../../src/feed/feed.ts'
import type { VenueAdapter } from '../../src/venue/adapter.ts'
import { accounting, isComplete, SimFeed, until } from '../support/sim-feed.ts'

const free = { limits: { weightPerMinute: 1_000_000 } }

/** What was wrong with a book while it said that it was synced: crossed, or readable without being synced. */
function watch(book: BookHandle): string[] {
  const wrong: string[] = []
  book.onChange(({ state }) => {
    const best = book.best()
    if (state !== 'synced' && (best !== undefined || book.levels(5) !== undefined))
      wrong.push(`readable while ${state}`)
    if (best !== undefined && best.bidPrice >= best.askPrice) wrong.push(`crossed ${best.bidPrice} ${best.askPrice}`)
  })
  return wrong
}

describe('lost connections', () => {
  it('F:D02 F:D09 F:E08 sockets dropped under load: gaps name exactly the missing trades, books come back', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm', 'binance-spot'], rate: 4, simulator: free })
    const instruments = ['binance-usdm:BTCUSDT', 'binance-usdm:ETHUSDT', 'binance-spot:BTCUSDT', 'binance-spot:ETHUSDT']
    const heard = await on.hear({ instruments, channels: ['trade', 'book', 'quote'], levels: 1 })
    const book = await on.book('binance-usdm:BTCUSDT')
    const wrong = watch(book)
    const count = (): number => Math.min(...instruments.map(name => heard.of('trade', name).length))
    for (let round = 1; round <= 3; round++) {
      const before = count()
      await until('trades everywhere', () => count() > before + 8)
      await until('books', () => on.feed.status().books.every(({ state }) => state === 'synced'))
      const resyncs = heard.of('resync').length
      on.sim.faults.dropAll(round === 2 ? 1001 : undefined)
      await until('books are gone', () => on.feed.status().books.every(({ state }) => state !== 'synced'))
      await until('books are back', () => heard.of('resync').length >= resyncs + instruments.length)
    }
    const last = count()
    await until('trades after the last drop', () => count() > last + 5)
    const reasons = new Set<string>()
    for (const instrument of instruments) {
      const account = accounting(heard, instrument)
      expect(isComplete(account), instrument).toBe(true)
      // A quick reconnect may miss no trade of one of them.
      for (const reason of account.reasons) reasons.add(reason)
      const bookGaps = heard.of('gap', instrument).filter(({ channel }) => channel === 'book')
      expect(bookGaps.map(({ reason }) => reason)).toEqual(['disconnect', 'disconnect', 'disconnect'])
    }
    expect([...reasons]).toEqual(['disconnect'])
    expect(wrong).toEqual([])
    expect(on.feed.status().connections.map(({ reconnects }) => reconnects)).toEqual([3, 3, 3])
  })

  it('F:E14 a drop while a snapshot is on its way: the late answer is not used', async () => {
    await using on = await SimFeed.open({ venues: ['binance-spot'], simulator: free })
    const { faults } = on.sim
    faults.snapshot({ delayMs: 700 })
    const book = on.feed.book('binance-spot:BTCUSDT')
    const wrong = watch(book)
    const asked = (): number => on.sim.stats()['binance-spot']?.restByPath.get('/api/v3/depth') ?? 0
    await until('a snapshot is on its way', () => asked() === 1)
    faults.dropAll()
    await book.ready
    expect(asked()).toBeGreaterThan(1)
    await until('changes', () => book.stats.applied > 5)
    expect(wrong).toEqual([])
    expect(book.stats.gaps).toBe(0)
  })

  it('F:A12 F:B15 an announced shutdown of the server: a new socket at once, the old one closed when it is fed', async () => {
    await using on = await SimFeed.open({
      venues: ['binance-spot'],
      rate: 2,
      feed: { backoff: { firstMs: 8000, mostMs: 8000 } },
    })
    const heard = await on.hear({ instruments: ['binance-spot:BTCUSDT'], channels: ['trade'] })
    await until('trades', () => heard.of('trade').length > 5)
    const ids = (): readonly string[] => on.feed.status().connections.map(({ connectionId }) => connectionId)
    const [old] = ids()
    on.sim.faults.serverShutdown()
    await until('the next socket', () => ids().length === 1 && ids()[0] !== old)
    const before = heard.of('trade').length
    await until('trades on it', () => heard.of('trade').length > before + 5)
    expect(isComplete(accounting(heard, 'binance-spot:BTCUSDT'))).toBe(true)
    expect(heard.of('gap')).toEqual([])
    expect(heard.of('trade').some(({ recovered }) => recovered === true)).toBe(false)
    expect(heard.of('connection').some(({ state }) => state === 'waiting')).toBe(false)
  })
})

describe('sockets that are dead without being closed', () => {
  it('F:A01 a half-open socket is found by our own pings and replaced', async () => {
    await using on = await SimFeed.open({
      venues: ['binance-usdm'],
      rate: 3,
      simulator: { limits: { inboundPerSecond: 1000 } },
      bend: adapter => ({ ...adapter, heartbeat: { ...adapter.heartbeat, pingEveryMs: 300, pongWithinMs: 300 } }),
    })
    const heard = await on.hear({ instruments: ['binance-usdm:BTCUSDT'], channels: ['trade'] })
    await until('trades', () => heard.of('trade').length > 5)
    on.sim.faults.halfOpen()
    await until('another socket', () => on.feed.status().connections[0]?.reconnects === 1)
    const before = heard.of('trade').length
    await until('trades on it', () => heard.of('trade').length > before + 5)
    expect(heard.of('connection').find(({ state }) => state === 'waiting')?.cause).toMatch(/no answer to pings/)
    const account = accounting(heard, 'binance-usdm:BTCUSDT')
    expect([isComplete(account), [...account.reasons]]).toEqual([true, ['disconnect']])
  })
})

describe('lost messages', () => {
  it('F:D01 trades that were never sent are fetched: nothing is missing, other streams know nothing of it', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'], rate: 4 })
    const [btc, eth] = ['binance-usdm:BTCUSDT', 'binance-usdm:ETHUSDT']
    const heard = await on.hear({ instruments: [btc, eth], channels: ['trade'] })
    await until('trades', () => heard.of('trade', btc).length > 10 && heard.of('trade', eth).length > 3)
    on.sim.faults.skip(7, /^btcusdt@aggTrade$/)
    await until('the gap', () => heard.of('gap').length > 0)
    const before = heard.of('trade', btc).length
    await until('trades after it', () => heard.of('trade', btc).length > before + 10)
    const account = accounting(heard, btc)
    expect([account.missing, isComplete(account), [...account.reasons]]).toEqual([[], true, ['sequence']])
    expect(heard.of('trade', btc).filter(({ recovered }) => recovered).length).toBe(7)
    expect(heard.of('gap').map(({ instrument, healed }) => [instrument, healed])).toEqual([[btc, true]])
  })

  it('F:D01 without healing one gap names the trades that were never sent', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'], rate: 4, feed: { healing: false } })
    const [btc, eth] = ['binance-usdm:BTCUSDT', 'binance-usdm:ETHUSDT']
    const heard = await on.hear({ instruments: [btc, eth], channels: ['trade'] })
    await until('trades', () => heard.of('trade', btc).length > 10 && heard.of('trade', eth).length > 3)
    on.sim.faults.skip(7, /^btcusdt@aggTrade$/)
    await until('the gap', () => heard.of('gap').length > 0)
    const before = heard.of('trade', btc).length
    await until('trades after it', () => heard.of('trade', btc).length > before + 10)
    const account = accounting(heard, btc)
    expect([account.missing.length, isComplete(account), [...account.reasons]]).toEqual([7, true, ['sequence']])
    expect(heard.of('gap').map(({ instrument }) => instrument)).toEqual([btc])
    expect(on.streams().find(({ instrument }) => instrument === btc)).toMatchObject({ missing: 7, gaps: 1 })
    on.sim.faults.duplicate(5, /@aggTrade$/)
    const doubled = heard.of('trade', btc).length
    await until('more trades', () => heard.of('trade', btc).length > doubled + 10)
    expect(isComplete(accounting(heard, btc))).toBe(true)
  })

  it.each([
    ['binance-spot:BTCUSDT', 'binance-spot:ETHUSDT', 1],
    ['binance-usdm:BTCUSDT', 'binance-usdm:ETHUSDT', 3],
    ['binance-coinm:BTCUSD_PERP', 'binance-coinm:ETHUSD_PERP', 20],
  ])(
    'F:E04 F:E07 F:E10 %s: a lost change ends the book with the very next one, %s goes on',
    async (own, other, lost) => {
      const venue = own.split(':')[0] ?? ''
      await using on = await SimFeed.open({ venues: [venue], rate: 3, simulator: free })
      const heard = await on.hear({ instruments: [own, other], channels: ['book'], levels: 1 })
      const [book, neighbour] = await Promise.all([on.book(own), on.book(other)])
      const wrong = [...watch(book), ...watch(neighbour)]
      const symbol = own.split(':')[1]?.toLowerCase() ?? ''
      const before = book.sequence
      on.sim.faults.skip(lost, `${symbol}`)
      await until('the gap', () => heard.of('gap').length > 0)
      const [gap] = heard.of('gap')
      expect(gap).toMatchObject({ instrument: own, channel: 'book', reason: 'sequence' })
      expect(Number(gap?.from)).toBeGreaterThan(before)
      expect(Number(gap?.to)).toBeGreaterThanOrEqual(Number(gap?.from))
      // Nothing was published between the last good change and the gap.
      const at = heard.events.findIndex(event => event.kind === 'gap')
      const last = heard.events
        .slice(0, at)
        .filter(event => event.kind === 'book' && event.instrument === own)
        .at(-1)
      expect(last?.kind === 'book' ? last.sequence + 1 : 0).toBe(Number(gap?.from))
      await until('the book is back', () => book.state === 'synced' && heard.of('resync', own).length === 1)
      await until('changes', () => book.stats.applied > 5)
      expect([neighbour.stats.gaps, neighbour.stats.snapshots, book.stats.gaps]).toEqual([0, 1, 1])
      expect(wrong).toEqual([])
    },
  )

  it('F:E01 F:E09 snapshots older than the changes: the book waits for one that fits', async () => {
    await using on = await SimFeed.open({ venues: ['binance-spot'], rate: 2, simulator: free })
    on.sim.faults.snapshot({ ageEvents: 400 })
    const book = on.feed.book('binance-spot:BTCUSDT')
    const wrong = watch(book)
    const asked = (): number => on.sim.stats()['binance-spot']?.restByPath.get('/api/v3/depth') ?? 0
    await until('the book has asked again', () => asked() >= 2)
    on.sim.faults.snapshot(undefined)
    await book.ready
    expect(asked()).toBeLessThanOrEqual(10)
    expect(wrong).toEqual([])
  })

  it('F:E02 F:E11 slow snapshots under load: what comes meanwhile is kept, one snapshot is enough', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'], rate: 6, simulator: free })
    on.sim.faults.snapshot({ delayMs: 3000 })
    const book = on.feed.book('binance-usdm:BTCUSDT')
    const wrong = watch(book)
    await book.ready
    await until('changes', () => book.stats.applied > 20)
    expect([book.stats.snapshots, book.stats.gaps, wrong]).toEqual([1, 0, []])
  })
})

describe('streams that say nothing', () => {
  it.concurrent('F:C08 a stream on the wrong path: acknowledged, silent, and the status names the path', async () => {
    const onWrongPath = (adapter: VenueAdapter): VenueAdapter => ({
      ...adapter,
      resolve: (...wanted) => {
        const source = adapter.resolve(...wanted)
        if (source.kind === 'poll' || source.stream.channel !== 'markPrice') return source
        return { kind: 'stream', stream: { ...source.stream, route: 'public' } }
      },
    })
    await using on = await SimFeed.open({ venues: ['binance-usdm'], bend: onWrongPath })
    const heard = await on.hear({ instruments: ['binance-usdm:BTCUSDT'], channels: ['markPrice', 'quote'] })
    await until('quotes', () => heard.of('quote').length > 0)
    const mark = (): StreamStatus | undefined => on.streams().find(({ channel }) => channel === 'markPrice')
    expect(mark()?.state).toBe('acknowledged')
    await until('silent', () => mark()?.state === 'silent', 25_000)
    expect(mark()?.reason).toMatch(/acknowledged on the \/public path .* nothing has arrived/)
    expect(heard.of('markPrice')).toEqual([])
  })

  it.concurrent('F:C08 one mute stream: the others go on, and the status names it as stale', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'] })
    const instruments = ['binance-usdm:BTCUSDT', 'binance-usdm:ETHUSDT']
    const heard = await on.hear({ instruments, channels: ['markPrice'] })
    await until('marks', () => instruments.every(name => heard.of('markPrice', name).length > 0))
    on.sim.faults.mute('btcusdt@markPrice@1s')
    const stateOf = (instrument: string): string | undefined =>
      on.streams().find(stream => stream.instrument === instrument)?.state
    await until('stale', () => stateOf('binance-usdm:BTCUSDT') === 'stale', 30_000)
    expect(stateOf('binance-usdm:ETHUSDT')).toBe('delivering')
    on.sim.faults.unmute('btcusdt@markPrice@1s')
    await until('delivering', () => stateOf('binance-usdm:BTCUSDT') === 'delivering')
  })

  it.concurrent('F:C01 requests that are never answered: sent once more, then on another socket', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'] })
    on.sim.faults.ackSilent(1)
    const heard = on.hear({ instruments: ['binance-usdm:BTCUSDT'], channels: ['quote'] })
    const sent = (): number => on.sim.stats()['binance-usdm']?.controlByMethod.get('subscribe') ?? 0
    await until('the second request', () => sent() === 2)
    expect(on.streams()[0]?.state).toBe('subscribed')
    on.sim.faults.ackSilent(0)
    const quotes = await heard
    await until('quotes', () => quotes.of('quote').length > 0)
    expect(sent()).toBe(3)
    expect(on.feed.status().connections[0]).toMatchObject({ reconnects: 1, state: 'delivering' })
  })

  it.concurrent('F:C06 one stream that the venue refuses: all others of its batch deliver, and it alone is named', async () => {
    await using on = await SimFeed.open({ venues: ['binance-coinm'], rate: 4 })
    const bad = 'ethusd_perp@ticker'
    on.sim.faults.ackError(names =>
      names.includes(bad) ? { code: 2, message: 'Invalid request: unknown' } : undefined,
    )
    const instruments = (await on.feed.instruments('binance-coinm')).map(({ id }) => id)
    const channels = ['trade', 'quote', 'ticker', 'kline:1m', 'depth']
    const rejected = await on.hear({ instruments, channels }).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(rejected).toMatchObject({ code: 'SUBSCRIPTION_REJECTED', streams: [bad] })
    await until('the others', () => on.streams().every(({ stream, events }) => stream === bad || events > 0))
    expect(
      on
        .streams()
        .filter(({ state }) => state === 'rejected')
        .map(({ stream }) => stream),
    ).toEqual([bad])
  })
})
