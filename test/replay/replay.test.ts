import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/model/error.ts'
import type { MarketEvent } from '../../src/model/event.ts'
import { createReplay, type ReplayOptions, type ReplayReport } from '../../src/replay/index.ts'
import { binanceSpot, binanceUsdm } from '../../src/venue/binance/index.ts'
import { HandMade, START_US } from './hand-made.ts'
import { Folder } from './record.ts'

const BTC = 'binance-spot:BTCUSDT'
const venues = [binanceSpot()]

interface Played {
  readonly events: readonly MarketEvent[]
  readonly report: ReplayReport
  readonly notes: readonly string[]
}

async function play(
  recording: HandMade,
  channels: readonly string[],
  more: Partial<ReplayOptions> = {},
): Promise<Played> {
  using folder = new Folder()
  return await playFiles([recording.save(folder.file('r.jsonl.gz'))], channels, more)
}

async function playFiles(
  files: readonly string[],
  channels: readonly string[],
  more: Partial<ReplayOptions> = {},
): Promise<Played> {
  await using replay = await createReplay({ files, venues, ...more })
  const events: MarketEvent[] = []
  replay.observe({ instruments: [BTC], channels }, event => events.push(event))
  const report = await replay.ended
  return { events, report, notes: replay.recording.notes }
}

function of<K extends MarketEvent['kind']>(events: readonly MarketEvent[], kind: K) {
  return events.filter((event): event is Extract<MarketEvent, { kind: K }> => event.kind === kind)
}

function ids(events: readonly MarketEvent[]): readonly string[] {
  return of(events, 'trade').map(trade => trade.id)
}

describe('a replay', () => {
  it('gives every event the time of its line', async () => {
    const { events, report } = await play(new HandMade().trade(1).wait(5).trade(2), ['trade'])
    expect(of(events, 'trade').map(trade => trade.receiveTimeUs)).toEqual([START_US + 100_000, START_US + 205_000])
    expect(report).toEqual({ lines: 2, messages: 2, isComplete: true })
  })

  it('declares a hole in the ids that no recorded answer closes, and what came behind it', async () => {
    const { events } = await play(new HandMade().trade(1).trade(5).trade(6), ['trade'])
    expect(of(events, 'gap')).toMatchObject([{ reason: 'sequence', from: '2', to: '4', healed: false }])
    expect(ids(events)).toEqual(['1', '5', '6'])
  })

  it('leaves a book unsynced whose snapshot nobody recorded, and says so beforehand', async () => {
    const { events, notes } = await play(new HandMade().delta(1, 2).delta(3, 4), ['book'])
    expect(of(events, 'book')).toEqual([])
    expect(notes).toEqual([`No snapshot was recorded of the book of ${BTC}: it cannot be synced.`])
  })

  it('a snapshot from before the first change serves, and so does one from behind it', async () => {
    for (const recording of [
      new HandMade().snapshot(10).delta(11, 12).delta(13, 14),
      new HandMade().delta(9, 10).snapshot(10).delta(11, 12).delta(13, 14),
    ]) {
      const { events } = await play(recording, ['book'])
      expect(of(events, 'gap')).toEqual([])
      expect(of(events, 'book').at(-1)).toMatchObject({
        sequence: 14,
        synced: true,
        bids: [[99, 14]],
        asks: [[101, 6]],
      })
    }
  })

  it('a missing change of a book is a gap; without another snapshot nothing is shown behind it', async () => {
    const { events } = await play(new HandMade().snapshot(10).delta(11, 12).delta(20, 21).delta(22, 23), ['book'])
    expect(of(events, 'gap')).toMatchObject([{ channel: 'book', reason: 'sequence', from: '13', to: '19' }])
    expect(of(events, 'book').at(-1)).toMatchObject({ sequence: 12 })
  })

  it('a socket that was replaced without a note is a cut: gaps for everything that it brought', async () => {
    const recording = new HandMade().open('ws').snapshot(10).delta(11, 12).quote(12).trade(1)
    recording.wait(5000).open('ws').snapshot(30).delta(29, 31).quote(31).trade(2)
    const { events } = await play(recording, ['book', 'quote', 'trade'])
    const gaps = of(events, 'gap')
    expect(gaps.map(gap => [gap.channel, gap.reason])).toEqual([
      ['book', 'disconnect'],
      ['quote', 'disconnect'],
    ])
    expect(of(events, 'resync')).toMatchObject([{ channel: 'book', sequence: 31 }])
    expect(ids(events)).toEqual(['1', '2'])
    const states = of(events, 'connection').map(event => event.state)
    expect(states.filter(state => state === 'open').length).toBeGreaterThanOrEqual(2)
    expect(states).toContain('waiting')
  })

  it('lines that could not be written are a gap', async () => {
    const recording = new HandMade().quote(1).trade(1)
    recording
      .line({ connection: 'capture', isInbound: false, note: { kind: 'lost', lines: 7 } })
      .trade(4)
      .quote(9)
    const { events, notes } = await play(recording, ['quote', 'trade'])
    expect(of(events, 'gap')).toMatchObject([
      { channel: 'quote', reason: 'disconnect' },
      { channel: 'trade', reason: 'disconnect', from: '2', to: '3' },
    ])
    expect(notes.join()).toContain('7 lines could not be written')
  })

  it('a stream that its recorder subscribed anew had been lost for a while', async () => {
    const names = ['btcusdt@bookTicker', 'btcusdt@aggTrade']
    const recording = new HandMade().open('ws').sent('SUBSCRIBE', names).quote(1).trade(1)
    recording.wait(30_000).sent('SUBSCRIBE', names.slice(0, 1)).trade(2).quote(2).quote(3)
    const { events } = await play(recording, ['quote', 'trade'])
    expect(of(events, 'gap')).toMatchObject([{ channel: 'quote', reason: 'stale' }])
    expect(of(events, 'quote').length).toBe(3)
  })

  it('silence alone is no gap: nobody can be asked any more', async () => {
    const recording = new HandMade()
    for (let id = 1; id <= 100; id++) recording.quote(id)
    recording.wait(600_000).quote(101)
    const { events } = await play(recording, ['quote'])
    expect(of(events, 'gap')).toEqual([])
    expect(of(events, 'connection').map(event => event.state)).not.toContain('stale')
  })

  it('a subscribed stream without data is there and quiet; one that is not there is refused by name', async () => {
    const recording = new HandMade().open('ws').sent('SUBSCRIBE', ['btcusdt@trade', 'btcusdt@aggTrade']).trade(1)
    const { events } = await play(recording, ['trade', 'rawTrade'])
    expect(ids(events)).toEqual(['1'])
    await expect(play(recording, ['ticker'])).rejects.toThrow(
      `the recording holds no "ticker" of ${BTC}, it holds trade, rawTrade.`,
    )
    await expect(play(recording, ['trade'], { instruments: ['binance-spot:ETHUSDT'] })).rejects.toThrow(ConfigError)
  })
})

describe('times', () => {
  it('that were not recorded: order stays, exchange time stands in', async () => {
    const recording = new HandMade().trade(1).trade(2).quote(5).trade(3)
    const timeless = new HandMade()
    timeless.lines.push(...recording.lines.map(line => ({ ...line, timeUs: undefined })))
    const { events, notes } = await play(timeless, ['trade', 'quote'])
    const stamps = of(events, 'trade').map(trade => [trade.id, trade.receiveTimeUs - (trade.exchangeTimeUs ?? 0)])
    expect(stamps).toEqual([
      ['1', 0],
      ['2', 0],
      ['3', 0],
    ])
    expect(of(events, 'quote')[0]?.receiveTimeUs).toBe(of(events, 'trade')[1]?.receiveTimeUs)
    expect(notes).toEqual(['Receive times were not recorded: the newest exchange time stands in for them.'])
  })

  it('from: what was before is worked through, so that the book is right at once; to: the rest is left', async () => {
    const recording = new HandMade().snapshot(10)
    for (let id = 11; id < 31; id += 2) recording.delta(id, id + 1)
    const { events, report } = await play(recording, ['book'], { fromUs: START_US + 600_000, toUs: START_US + 800_000 })
    expect(events.map(event => event.receiveTimeUs - START_US)).toEqual([600_000, 700_000, 800_000])
    expect(of(events, 'book').map(book => book.sequence)).toEqual([20, 22, 24])
    expect(report).toMatchObject({ lines: 8, isComplete: true })
  })

  it('speed: waits in real time, and changes nothing else', async () => {
    const recording = new HandMade().trade(1).trade(3).wait(300).trade(4)
    const startMs = performance.now()
    const slow = await play(recording, ['trade'], { speed: 2 })
    expect(performance.now() - startMs).toBeGreaterThan(240)
    expect(slow.events).toEqual((await play(recording, ['trade'])).events)
    await expect(play(recording, ['trade'], { speed: 0 })).rejects.toThrow(
      'speed: expected a positive number or "max", was 0.',
    )
  })
})

describe('consumers', () => {
  it('a slow one is waited for: nothing is dropped or conflated in a queue of any size', async () => {
    using folder = new Folder()
    const recording = new HandMade()
    for (let id = 1; id <= 2000; id++) recording.quote(id)
    await using replay = await createReplay({ file: recording.save(folder.file('r.jsonl')), venues })
    await using quotes = replay.subscribe({ instruments: [BTC], channels: ['quote'], capacity: 40 })
    const seen: (number | undefined)[] = []
    for await (const batch of quotes) {
      for (const event of batch) if (event.kind === 'quote') seen.push(event.sequence)
      if (seen.length % 5 === 0) await delay(1)
    }
    expect(seen).toEqual(Array.from({ length: 2000 }, (_, index) => index + 1))
    expect(quotes.stats()).toMatchObject({ dropped: 0, conflated: 0 })
  })

  it('breaking off, disposing and starting by hand', async () => {
    using folder = new Folder()
    const file = new HandMade().trade(1).trade(2).wait(100_000).trade(3).save(folder.file('r.jsonl'))
    const replay = await createReplay({ file, venues, speed: 1, autoStart: false })
    const trades = replay.subscribe({ instruments: [BTC], channels: ['trade'] })
    await delay(20)
    expect(replay.progress()).toMatchObject({ lines: 0, messages: 0 })
    replay.play()
    for await (const batch of trades) if (ids(batch).length > 0) break
    await replay[Symbol.asyncDispose]()
    await replay[Symbol.asyncDispose]()
    expect(await replay.ended).toMatchObject({ isComplete: false })
  })
})

describe('files', () => {
  it('a last line that was cut off is told, and everything before it is good', async () => {
    using folder = new Folder()
    const plain = new HandMade().trade(1).trade(2).save(folder.file('r.jsonl'))
    appendFileSync(plain, '{"t":1790000000300,"conn":"ws","dir":"in","msg":"{\\"stre')
    const cut = await playFiles([plain], ['trade'])
    expect(ids(cut.events)).toEqual(['1', '2'])
    expect(cut.notes).toEqual([`"${plain}" is cut off behind line 2: it was not closed.`])
    const whole = readFileSync(new HandMade().trade(1).save(folder.file('r.jsonl.gz')))
    const packed = folder.file('cut.jsonl.gz')
    writeFileSync(packed, whole.subarray(0, whole.length - 8))
    expect(await playFiles([packed], ['trade'])).toMatchObject({
      notes: [`"${packed}" is cut off behind line 1: it was not closed.`],
    })
  })

  it('several are merged by time; one that goes on where another ended is no gap, a new one is', async () => {
    using folder = new Folder()
    const first = new HandMade().open('ws').quote(1).quote(2)
    const second = new HandMade().wait(1000)
    second.line({ isInbound: false, url: 'wss://stream.binance.com:9443/stream', note: { kind: 'continues' } }).quote(3)
    const third = new HandMade().wait(5000).open('ws').quote(4)
    const files = [third, second, first].map((recording, index) => recording.save(folder.file(`${index}.jsonl`)))
    const { events } = await playFiles(files, ['quote'])
    expect(of(events, 'quote').map(quote => quote.sequence)).toEqual([1, 2, 3, 4])
    expect(of(events, 'gap').map(gap => gap.from)).toEqual([String(START_US + 1_200_000)])
  })

  it.each([
    ['missing', undefined, /^found no recording "/],
    ['empty', '', /is empty\.$/],
    ['no JSON', 'hello\n', /line 1 is not of the form \{"t","conn","dir","msg"\}, was "hello"\.$/],
    ['another JSON', '{"a":1}\n', /line 1 is not of the form/],
    [
      'bad in the middle',
      `${JSON.stringify({ t: 1, conn: 'a', dir: 'in', msg: '{}' })}\nnonsense\n`,
      /line 2 is not of the form/,
    ],
  ])('%s: one line that says so', async (_name, text, message) => {
    using folder = new Folder()
    const file = folder.file('x.jsonl.gz')
    if (text !== undefined) writeFileSync(file, text)
    await expect(createReplay({ file, venues })).rejects.toThrow(message)
  })

  it('whose venue cannot be told ask for it', async () => {
    using folder = new Folder()
    const file = new HandMade().trade(1).save(folder.file('x.jsonl'))
    await expect(createReplay({ file, venues: [binanceSpot(), binanceUsdm()] })).rejects.toThrow(
      'does not tell of which venue it is: name one of',
    )
  })
})
