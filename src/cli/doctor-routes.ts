import { createFeed } from '../feed/create-feed.ts'
import type { ConnectionStatus, Feed, StreamStatus } from '../feed/feed.ts'
import type { Channel } from '../model/channel.ts'
import { errorLine, HttpError } from '../model/error.ts'
import { type Instrument, type InstrumentId, instrumentId, venueOf } from '../model/instrument.ts'
import { systemClock } from '../net/clock.ts'
import type { Http } from '../net/http.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import type { Finding } from './commands/doctor.ts'
import { type Context, openFeed } from './context.ts'
import { network } from './network.ts'
import { SHOWN_FIRST } from './venue-table.ts'
import { within } from './within.ts'

/** Streams of one path, of which the first event of any proves that the path delivers. */
interface RouteProbe {
  readonly route: string
  readonly channels: Channel[]
  readonly instruments: readonly InstrumentId[]
}

/** The channels that speak most often, in this order: a mark price comes every second, a trade when somebody trades. */
const TALKATIVE: readonly Channel[] = ['markPrice', 'quote', 'depth', 'trade']
const CHANNELS_PER_ROUTE = 3
/** Of a chain of options many are asleep: a handful is asked. */
const MOST_OPTIONS = 6

/** Opens liquid streams on each path of the venue and waits for the first event: an acknowledgement alone proves nothing. */
export async function checkRoutes(
  adapter: VenueAdapter,
  context: Context,
  patienceMs: number,
  report: (finding: Finding) => void,
): Promise<void> {
  await using whole = openFeed([adapter], context)
  const table = await findTable(whole, adapter.id, patienceMs, report)
  // Without REST the streams are found by name, on a feed that does not wait for it: they may flow all the same.
  await using streamsOnly = createFeed({ venues: [adapter], http: noRest, dial: network().dial })
  const feed = table === undefined ? streamsOnly : whole
  const liquid = table === undefined ? knownByName(adapter.id) : mostLiquid(table)
  await Promise.all(
    probesOf(adapter, liquid).map(probe => checkRoute(feed, adapter, probe, context, patienceMs, report)),
  )
}

const noRest: Http = () => Promise.reject(new HttpError('REST is not asked here', { status: 0, isRetryable: false }))

async function findTable(
  feed: Feed,
  venue: string,
  patienceMs: number,
  report: (finding: Finding) => void,
): Promise<readonly Instrument[] | undefined> {
  const check = 'instruments'
  try {
    const table = await within(feed.instruments(venue), patienceMs)
    const trading = table.filter(instrument => instrument.isTrading).length
    const text = `${trading} of ${table.length} are trading`
    report({ venue, check, verdict: trading > 0 ? 'ok' : 'fail', tookMs: undefined, text })
    return table
  } catch (error) {
    report({ venue, check, verdict: 'fail', tookMs: undefined, text: errorLine(error) })
    return undefined
  }
}

function knownByName(venue: string): readonly InstrumentId[] {
  return SHOWN_FIRST.map(instrumentId)
    .filter(id => venueOf(id) === venue)
    .slice(0, 1)
}

async function checkRoute(
  feed: Feed,
  adapter: VenueAdapter,
  probe: RouteProbe,
  context: Context,
  patienceMs: number,
  report: (finding: Finding) => void,
): Promise<void> {
  const { instruments, channels, route } = probe
  const startMs = systemClock.monotonicMs()
  const firstEvent = deferred()
  let opened = 0
  using _observation = feed.observe({ instruments, channels }, event => {
    if (event.kind === 'connection' && event.state === 'open') opened++
    if (event.kind !== 'connection' && event.kind !== 'gap' && event.kind !== 'resync') firstEvent.resolve(true)
  })
  using _timer = systemClock.setTimer(patienceMs, () => firstEvent.resolve(false))
  context.signal.addEventListener('abort', () => firstEvent.resolve(false), { once: true })
  const hasArrived = await firstEvent.promise
  const tookMs = systemClock.monotonicMs() - startMs
  const status = feed.status()
  const streams = status.streams.filter(entry => entry.route === route)
  const connection = status.connections.find(entry => entry.route === route)
  const verdict = hasArrived ? 'ok' : 'fail'
  const check = route === '' ? 'stream' : `stream /${route}`
  const url = adapter.streamUrl(route)
  const text = hasArrived
    ? `${url}: ${spokenOf(streams)} delivers`
    : `${url}: ${silenceText(streams, connection, opened, patienceMs)}`
  report({ venue: adapter.id, check, verdict, tookMs, text })
}

function spokenOf(streams: readonly StreamStatus[]): string {
  return streams.find(stream => stream.events > 0)?.stream ?? 'the stream'
}

function silenceText(
  streams: readonly StreamStatus[],
  connection: ConnectionStatus | undefined,
  opened: number,
  patienceMs: number,
): string {
  const waited = `within ${patienceMs / 1000} s`
  const [first] = streams
  const names = [...new Set(streams.map(stream => stream.stream))].join(', ')
  const accepted = streams.filter(stream => stream.state === 'acknowledged' || stream.state === 'silent')
  if (accepted.length > 0) {
    return `${names} acknowledged but silent ${waited}: the path no longer carries this class of streams, or the market is asleep`
  }
  if (first?.state === 'rejected') return `${first.stream} was refused: ${first.reason ?? 'no reason given'}`
  if (connection === undefined || connection.state === 'connecting' || connection.state === 'waiting') {
    const cause = connection?.lastCause ?? 'no answer'
    const often = opened > 1 ? ' every time' : ''
    return opened > 0
      ? `the socket was opened and lost again${often}, before anything came ${waited}: ${cause}`
      : `the socket could not be opened ${waited}: ${cause}`
  }
  return `no answer to the subscription of ${names} ${waited}`
}

/** For each path the channels that speak most often. */
function probesOf(adapter: VenueAdapter, liquid: readonly InstrumentId[]): readonly RouteProbe[] {
  const probes = new Map<string, RouteProbe>()
  const [first] = liquid
  for (const channel of TALKATIVE) {
    if (first === undefined || !adapter.channels.includes(channel)) continue
    const source = adapter.resolve(first, channel, undefined)
    if (source.kind !== 'stream') continue
    const { route } = source.stream
    const probe = probes.get(route) ?? { route, channels: [], instruments: liquid }
    if (probe.channels.length < CHANNELS_PER_ROUTE) probe.channels.push(channel)
    probes.set(route, probe)
  }
  return [...probes.values()]
}

/** A Bitcoin perpetual or pair where there is one; of options several of the next expiry, spread over the strikes. */
function mostLiquid(table: readonly Instrument[]): readonly InstrumentId[] {
  const trading = table.filter(instrument => instrument.isTrading)
  const bitcoin = trading.filter(instrument => instrument.base === 'BTC' && /USD/.test(instrument.quote))
  const some = bitcoin.length > 0 ? bitcoin : trading
  const best = some.find(entry => entry.kind === 'perpetual') ?? some[0]
  if (best?.kind !== 'option') return best === undefined ? [] : [best.id]
  const nextUs = Math.min(...some.map(entry => entry.expiryTimeUs ?? Number.POSITIVE_INFINITY))
  const next = some
    .filter(entry => entry.expiryTimeUs === nextUs)
    .sort((a, b) => (a.strikePrice ?? 0) - (b.strikePrice ?? 0))
  const step = Math.max(1, Math.floor(next.length / MOST_OPTIONS))
  return next
    .filter((_, index) => index % step === 0)
    .slice(0, MOST_OPTIONS)
    .map(entry => entry.id)
}

interface Deferred {
  readonly promise: Promise<boolean>
  readonly resolve: (value: boolean) => void
}

function deferred(): Deferred {
  let resolve: (value: boolean) => void = () => undefined
  const promise = new Promise<boolean>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}
