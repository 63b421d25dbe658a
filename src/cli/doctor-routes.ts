import { createFeed } from '../feed/create-feed.ts'
import type { Feed, StreamStatus } from '../feed/feed.ts'
import { type Channel, PLAIN_CHANNELS } from '../model/channel.ts'
import { errorLine } from '../model/error.ts'
import type { Instrument, InstrumentId } from '../model/instrument.ts'
import { systemClock } from '../net/clock.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import type { Finding } from './commands/doctor.ts'
import type { Context } from './context.ts'

interface RouteProbe {
  readonly route: string
  readonly channel: Channel
  readonly instrument: InstrumentId
}

/** Opens one liquid stream per path of the venue and waits for its first event: an acknowledgement alone proves nothing. */
export async function checkRoutes(
  adapter: VenueAdapter,
  context: Context,
  patienceMs: number,
  report: (finding: Finding) => void,
): Promise<void> {
  await using feed = createFeed({ venues: [adapter] })
  let table: readonly Instrument[]
  try {
    table = await feed.instruments(adapter.id)
  } catch (error) {
    report({ venue: adapter.id, check: 'instruments', verdict: 'fail', tookMs: undefined, text: errorLine(error) })
    return
  }
  const trading = table.filter(instrument => instrument.isTrading).length
  report({
    venue: adapter.id,
    check: 'instruments',
    verdict: 'ok',
    tookMs: undefined,
    text: `${trading} of ${table.length} are trading`,
  })
  const liquid = mostLiquid(table)
  if (liquid === undefined) return
  await Promise.all(
    probesOf(adapter, liquid.id).map(probe => checkRoute(feed, adapter, probe, context, patienceMs, report)),
  )
}

async function checkRoute(
  feed: Feed,
  adapter: VenueAdapter,
  probe: RouteProbe,
  context: Context,
  patienceMs: number,
  report: (finding: Finding) => void,
): Promise<void> {
  const { instrument, channel, route } = probe
  const startMs = systemClock.monotonicMs()
  const firstEvent = deferred()
  using _observation = feed.observe({ instruments: [instrument], channels: [channel] }, event => {
    if (event.kind !== 'connection' && event.kind !== 'gap' && event.kind !== 'resync') firstEvent.resolve(true)
  })
  using _timer = systemClock.setTimer(patienceMs, () => firstEvent.resolve(false))
  context.signal.addEventListener('abort', () => firstEvent.resolve(false), { once: true })
  const hasArrived = await firstEvent.promise
  const tookMs = systemClock.monotonicMs() - startMs
  const stream = feed.status().streams.find(entry => entry.route === route && entry.channel === channel)
  const verdict = hasArrived ? 'ok' : 'fail'
  const check = route === '' ? `stream ${channel}` : `stream /${route} ${channel}`
  report({ venue: adapter.id, check, verdict, tookMs, text: routeText(hasArrived, stream, probe, patienceMs) })
}

function routeText(
  hasArrived: boolean,
  stream: StreamStatus | undefined,
  probe: RouteProbe,
  patienceMs: number,
): string {
  const name = stream?.stream ?? probe.channel
  if (hasArrived) return `${name} delivers`
  const waited = `within ${patienceMs / 1000} s`
  switch (stream?.state) {
    case 'acknowledged':
    case 'silent':
      return `${name} was acknowledged but stayed silent ${waited}: the path no longer carries this class of streams, or the market is asleep`
    case 'rejected':
      return `${name} was refused: ${stream.reason ?? 'no reason given'}`
    case 'subscribed':
      return `the venue did not answer the subscription of ${name} ${waited}`
    default:
      return `the socket could not be opened ${waited}${stream?.reason === undefined ? '' : `: ${stream.reason}`}`
  }
}

/** One channel per path: the one that speaks most often. */
function probesOf(adapter: VenueAdapter, instrument: InstrumentId): readonly RouteProbe[] {
  const best = new Map<string, RouteProbe & { readonly everyMs: number }>()
  for (const channel of PLAIN_CHANNELS) {
    if (!adapter.channels.includes(channel)) continue
    const source = adapter.resolve(instrument, channel, undefined)
    if (source.kind !== 'stream') continue
    const { route, expectedEveryMs = Number.POSITIVE_INFINITY } = source.stream
    const known = best.get(route)
    if (known === undefined || expectedEveryMs < known.everyMs) {
      best.set(route, { route, channel, instrument, everyMs: expectedEveryMs })
    }
  }
  return [...best.values()]
}

function mostLiquid(table: readonly Instrument[]): Instrument | undefined {
  const trading = table.filter(instrument => instrument.isTrading)
  const bitcoin = trading.filter(instrument => instrument.base === 'BTC' && /USD/.test(instrument.quote))
  return bitcoin.find(entry => entry.kind === 'perpetual') ?? bitcoin[0] ?? trading[0]
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
