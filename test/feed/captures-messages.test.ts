import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { createFeed } from '../../src/feed/create-feed.ts'
import type { Feed, StreamStatus } from '../../src/feed/feed.ts'
import { epochUs } from '../../src/model/time.ts'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { binanceVenues } from '../../src/venue/binance/index.ts'
import { binanceRecordings } from '../support/capture-files.ts'
import { capturesFolder, isMissing } from '../support/shared-files.ts'
import { SimClient } from '../support/sim-client.ts'
import { type CaptureLine, captureLines } from '../venue/capture-lines.ts'

/** What a file of single messages must come to when its messages are served to a feed. */
interface Expected {
  /** `<symbol> <channel>`: what is subscribed, and how many events of it arrive. */
  readonly delivered: Readonly<Record<string, number>>
  /** Of messages that belong to no subscribed stream: the reason each is counted under, in order. */
  readonly ignored?: readonly string[]
  /** Answers to control frames: they are checked by asking the same question. */
  readonly answers?: number
}

const NOBODY = 'payload of no stream subscribed here'

/** Every file of single messages, and what becomes of each of its messages. */
const MESSAGES: Readonly<Record<string, Expected>> = {
  'binance-spot/samples-2026': {
    delivered: { 'BTCUSDT quote': 2, 'BTCUSDT raw:btcusdt@miniTicker': 2 },
    answers: 2,
  },
  'binance-spot/messages-2021-22': {
    delivered: { 'BTCUSDT trade': 1, 'BTCUSDT book': 1, 'ETHUSDT ticker': 1 },
    ignored: ['frame of stream "BTCUSDT@TICKER_ALL"', NOBODY],
  },
  'binance-spot/userdata-2026': {
    delivered: { '* ticker': 0 },
    ignored: ['answer to a request that is not ours', NOBODY, NOBODY],
  },
  'binance-usdm/samples-2026': {
    delivered: { 'BTCUSDT raw:btcusdt@miniTicker': 2, 'BTCUSDT rawTrade': 2, 'BTCUSDT book': 2, 'BTCUSDT quote': 1 },
    answers: 3,
  },
  'binance-usdm/liquidations-2026': {
    delivered: { 'XRPUSDT liquidation': 1, 'MANTAUSDT liquidation': 1, 'COTIUSDT liquidation': 1 },
  },
  'binance-usdm/messages-2021-22': {
    delivered: {
      'BTCUSDT_210625 trade': 1,
      'BTCUSDT trade': 1,
      'BTCUSDT markPrice': 1,
      'ETHUSDT_210625 book': 1,
      'ETHUSDT depth': 1,
      'BTCUSDT_220624 ticker': 1,
      'ETHUSDT ticker': 1,
      // Answers of REST, and asked for there.
      'BTCUSDT_220624 openInterest': 1,
      'BTCUSDT openInterest': 1,
    },
    // Two depth snapshots whose symbol is not known any more.
    ignored: [NOBODY, NOBODY],
  },
  'binance-usdm/userdata-20211219': { delivered: { '* ticker': 0 }, ignored: [NOBODY, NOBODY, NOBODY] },
  'binance-coinm/samples-2026': { delivered: { 'BTCUSD_PERP raw:btcusd_perp@miniTicker': 1 }, answers: 1 },
  'binance-coinm/messages-2021-22': {
    delivered: {
      'BTCUSD_PERP markPrice': 1,
      'BTCUSD_PERP book': 1,
      'BTCUSD_220624 depth': 1,
      'BTCUSD_PERP depth': 1,
      '* quote': 1,
      'ETHUSD_PERP quote': 1,
      'BNBUSD_220624 ticker': 1,
      'BTCUSD_PERP ticker': 1,
      'BTCUSD_220624 kline:1m': 1,
      'ETHUSD_PERP kline:1m': 1,
    },
  },
}

/** Tables that were made from messages of a connection: they are turned back into the messages, without a book's start. */
const TABLES: Readonly<Record<string, string>> = {
  'binance-spot-trxusdt-depth-20250304': 'binance-spot',
  'binance-spot-trxusdt-trade-20250304': 'binance-spot',
  'binance-usd-m-futures-trxusdt-depth-20250304': 'binance-usdm',
  'binance-usd-m-futures-trxusdt-trade-20250304': 'binance-usdm',
}

const SBE = 'binance-spot/sbe-userdata'
const isAbsent = isMissing(capturesFolder)
const folder = mkdtempSync(join(tmpdir(), 'tickwire-messages-'))
afterAll(() => rmSync(folder, { recursive: true }))

function venueOf(file: string): string {
  return file.slice(0, file.indexOf('/'))
}

function openFeed(simulator: Simulator, venue: string): Feed {
  const endpoints = simulator.endpoints[venue]
  const adapter = endpoints === undefined ? undefined : binanceVenues.get(venue)?.({ endpoints })
  if (adapter === undefined) throw new Error(`no ${venue} here`)
  return createFeed({ venues: [adapter] })
}

/** Subscribes what the table names, and waits until the venue has acknowledged it. */
async function subscribe(feed: Feed, venue: string, wanted: readonly string[]): Promise<void> {
  for (const want of wanted) {
    const [symbol = '', channel = ''] = want.split(' ')
    const instrument = `${venue}:${symbol}`
    // A book without a snapshot never synchronises, but its changes arrive and are counted.
    if (channel === 'book') feed.book(instrument).ready.catch(() => undefined)
    else await feed.observe({ instruments: [instrument], channels: [channel] }, () => undefined).ready
  }
  const isAnswered = ({ state }: StreamStatus): boolean => state !== 'wanted' && state !== 'subscribed'
  await expect.poll(() => feed.status().streams.filter(isAnswered).length, { timeout: 10_000 }).toBe(wanted.length)
}

/** Events by the words of the table. */
function arrived(feed: Feed): ReadonlyMap<string, number> {
  return new Map(
    feed
      .status()
      .streams.map(({ instrument, channel, events }) => [
        `${instrument?.slice(instrument.indexOf(':') + 1) ?? '*'} ${channel}`,
        events,
      ]),
  )
}

function sum(feed: Feed, pick: 'ignored' | 'decodeFailures'): number {
  return feed.status().connections.reduce((total, connection) => total + connection[pick], 0)
}

describe.skipIf(isAbsent)('recorded single messages through real sockets (needs the captures folder)', () => {
  it.each(Object.entries(MESSAGES))(
    '%s: every message is delivered, or ignored for a reason',
    async (file, expected) => {
      await using simulator = await createSimulator({
        captures: [`${capturesFolder}/${file}.jsonl.gz`],
        autoStart: false,
        speed: 5,
      })
      await using feed = openFeed(simulator, venueOf(file))
      await subscribe(feed, venueOf(file), Object.keys(expected.delivered))
      simulator.play()
      await simulator.ended
      const ignored = expected.ignored ?? []
      await expect
        .poll(() => ({ events: Object.fromEntries(arrived(feed)), ignored: sum(feed, 'ignored') }), { timeout: 10_000 })
        .toEqual({ events: expected.delivered, ignored: ignored.length })
      expect(sum(feed, 'decodeFailures')).toBe(0)
      const inbound = captureLines(file).filter(({ dir }) => dir === 'in').length
      const delivered = Object.values(expected.delivered).reduce((total, count) => total + count, 0)
      expect(delivered + ignored.length + (expected.answers ?? 0), 'messages accounted for').toBe(inbound)
    },
  )

  it('what belongs to nobody is sent as it was recorded, and the reasons are those of the table', async () => {
    for (const [file, { ignored = [] }] of Object.entries(MESSAGES)) {
      if (ignored.length === 0) continue
      const strays = await straysOf(file)
      const reasons = strays.map(text => reasonOf(venueOf(file), text))
      expect(reasons.map((reason, index) => reason.startsWith(ignored[index] ?? '-'))).toEqual(ignored.map(() => true))
    }
  })

  it.each(Object.entries(MESSAGES).filter(([, { answers }]) => answers !== undefined))(
    '%s: the recorded requests get the recorded answers and the recorded data',
    async (file, { answers }) => {
      await using simulator = await createSimulator({
        captures: [`${capturesFolder}/${file}.jsonl.gz`],
        autoStart: false,
      })
      const origin = simulator.endpoints[venueOf(file)]?.stream ?? ''
      const asked = conversations(captureLines(file))
      expect(asked).toHaveLength(answers ?? 0)
      const clients: SimClient[] = []
      for (const { url, requests } of asked) {
        const client = await SimClient.open(`${origin}${new URL(url).pathname}`)
        clients.push(client)
        for (const request of requests) client.send(request)
        await client.until(() => client.messages.length === requests.length)
      }
      simulator.play()
      await simulator.ended
      for (const client of clients) await client.closed
      expect(clients.map(client => client.messages)).toEqual(asked.map(({ replies }) => replies))
    },
  )

  it.each(Object.entries(TABLES))('history/%s: the messages of the table arrive, each once', async (name, venue) => {
    const rows = tableRows(name)
    const file = join(folder, venue, `${name}.jsonl`)
    const messages = messagesOf(rows)
    writeRecording(file, messages)
    await using simulator = await createSimulator({
      captures: [file],
      autoStart: false,
      speed: Number.POSITIVE_INFINITY,
    })
    await using feed = openFeed(simulator, venue)
    const channel = name.includes('-depth-') ? 'book' : 'rawTrade'
    await subscribe(feed, venue, [`TRXUSDT ${channel}`])
    simulator.play()
    await simulator.ended
    await expect
      .poll(() => Object.fromEntries(arrived(feed)), { timeout: 10_000 })
      .toEqual({ [`TRXUSDT ${channel}`]: messages.length })
    expect([sum(feed, 'decodeFailures'), sum(feed, 'ignored')]).toEqual([0, 0])
    expect(feed.status().streams.map(stream => stream.missing)).toEqual([0])
  })

  it(`${SBE}: binary frames are set aside one by one, and the streams of the socket go on`, async () => {
    await using simulator = await createSimulator({ venues: ['binance-spot'] })
    await using feed = openFeed(simulator, 'binance-spot')
    await subscribe(feed, 'binance-spot', ['BTCUSDT quote'])
    const files = readdirSync(`${capturesFolder}/${SBE}`).filter(file => file.endsWith('.sbe'))
    expect(files).toHaveLength(3)
    for (const file of files) {
      simulator.faults.hostileFrame(binaryFrame(readFileSync(`${capturesFolder}/${SBE}/${file}`)))
    }
    await expect.poll(() => sum(feed, 'decodeFailures')).toBe(files.length)
    const before = arrived(feed).get('BTCUSDT quote') ?? 0
    await expect.poll(() => arrived(feed).get('BTCUSDT quote') ?? 0).toBeGreaterThan(before + 5)
    expect(feed.status().connections.map(connection => connection.reconnects)).toEqual([0])
  })

  it('no file of a Binance market is left out', () => {
    const folders = readdirSync(capturesFolder).filter(name => name.startsWith('binance-'))
    const found = folders.flatMap(name => readdirSync(`${capturesFolder}/${name}`).map(file => `${name}/${file}`))
    const { connections, messages } = binanceRecordings()
    expect(messages.map(({ file }) => file).sort()).toEqual(
      Object.keys(MESSAGES)
        .map(name => `${name}.jsonl.gz`)
        .sort(),
    )
    expect(
      [...connections, ...messages]
        .map(({ file }) => file)
        .concat(SBE)
        .sort(),
    ).toEqual(found.sort())
    const history = readdirSync(`${capturesFolder}/history`).map(file => file.replace('.csv.gz', ''))
    // Candles as downloaded: no messages of a socket.
    const candles = history.filter(name => /-(1m|3m|1h)-\d+/.test(name))
    expect([...candles, ...Object.keys(TABLES)].sort()).toEqual(history.sort())
  })
})

/** What a plain client hears of a file when it subscribes nothing. */
async function straysOf(file: string): Promise<readonly string[]> {
  await using simulator = await createSimulator({ captures: [`${capturesFolder}/${file}.jsonl.gz`], autoStart: false })
  const path = venueOf(file) === 'binance-usdm' ? '/market/stream' : '/stream'
  const client = await SimClient.open(`${simulator.endpoints[venueOf(file)]?.stream}${path}`)
  simulator.play()
  await client.closed
  return client.messages
}

/** Why the adapter's decoder belongs a text to nobody. */
function reasonOf(venue: string, text: string): string {
  const decoder = binanceVenues.get(venue)?.({}).openDecoder('')
  let reason = 'none'
  const other = (): void => undefined
  const bytes = Buffer.from(text)
  decoder?.decode(bytes, 0, bytes.length, epochUs(0), {
    event: other,
    delta: other,
    ack: other,
    rejected: other,
    reply: other,
    goingAway: other,
    ignored: given => (reason = given),
  })
  return reason
}

interface Conversation {
  readonly url: string
  readonly requests: readonly string[]
  readonly replies: readonly string[]
}

/** The connections of a file on which something was asked. */
function conversations(lines: readonly CaptureLine[]): readonly Conversation[] {
  const names = [...new Set(lines.filter(({ dir }) => dir === 'out').map(({ conn }) => conn))]
  return names.map(name => {
    const own = lines.filter(({ conn }) => conn === name)
    return {
      url: own.find(({ url }) => url !== '')?.url ?? '',
      requests: own.flatMap(({ dir, msg }) => (dir === 'out' ? [msg] : [])),
      replies: own.flatMap(({ dir, msg }) => (dir === 'in' ? [msg] : [])),
    }
  })
}

type Row = Readonly<Record<string, string>>

function tableRows(name: string): readonly Row[] {
  const text = gunzipSync(readFileSync(`${capturesFolder}/history/${name}.csv.gz`)).toString('utf8')
  const [head = '', ...lines] = text.trim().split('\n')
  const keys = head.trim().split(',')
  return lines.map(line => {
    const values = line.trim().split(',')
    return Object.fromEntries(keys.map((key, index) => [key, values[index] ?? '']))
  })
}

interface Message {
  readonly atMs: number
  readonly text: string
}

/** One message per trade, and one per change of a book, whose levels stand in rows of their own. */
function messagesOf(rows: readonly Row[]): readonly Message[] {
  const groups = new Map<string, Row[]>()
  for (const [index, row] of rows.entries()) {
    const key = row['EventType'] === 'depthUpdate' ? `${row['FirstUpdateId']}-${row['FinalUpdateId']}` : String(index)
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()].map(group => messageOf(group))
}

function messageOf(group: readonly Row[]): Message {
  const [row = {}] = group
  const number = (key: string): number => Number(row[key])
  const common = { e: row['EventType'], E: inMs(row['EventTime']), s: row['Symbol'] }
  const levels = (side: string): readonly unknown[] =>
    group.filter(level => level['IsAsk'] === side).map(level => [level['Price'], level['Quantity']])
  const chain = row['FinalUpdateIdInLastStream']
  const data =
    row['EventType'] === 'depthUpdate'
      ? {
          ...common,
          U: number('FirstUpdateId'),
          u: number('FinalUpdateId'),
          ...(chain === undefined ? {} : { pu: Number(chain), T: inMs(row['TransactionTime']) }),
          b: levels('0'),
          a: levels('1'),
        }
      : {
          ...common,
          t: number('TradeId'),
          p: row['Price'],
          q: row['Quantity'],
          T: inMs(row['TransactionTime']),
          m: row['IsBuyerMarketMaker'] === '1',
        }
  return { atMs: inMs(row['TimestampOfReceive']), text: JSON.stringify({ stream: row['Stream'], data }) }
}

/** The spot tables were recorded in microseconds. */
function inMs(text: string | undefined): number {
  return text !== undefined && text.length > 13 ? Math.floor(Number(text) / 1000) : Number(text)
}

function writeRecording(file: string, messages: readonly Message[]): void {
  const lines = messages.map(({ atMs, text }) => JSON.stringify({ t: atMs, conn: 'ws', dir: 'in', msg: text }))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${lines.join('\n')}\n`)
}

function binaryFrame(payload: Buffer): Buffer {
  const head =
    payload.length < 126
      ? Buffer.from([0x82, payload.length])
      : Buffer.from([0x82, 126, payload.length >> 8, payload.length & 255])
  return Buffer.concat([head, payload])
}
