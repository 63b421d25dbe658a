import { createFeed } from '../../../src/feed/create-feed.ts'
import type { BookHandle, Feed } from '../../../src/feed/feed.ts'
import type { FeedOptions } from '../../../src/feed/feed-options.ts'
import type { MarketEvent } from '../../../src/model/event.ts'
import type { Observation, Subscription } from '../../../src/model/subscribe.ts'
import { sleep } from '../../../src/net/clock.ts'
import { seededRandom } from '../../../src/net/random.ts'
import type { VenueAdapter } from '../../../src/venue/adapter.ts'
import { binanceSpot, binanceUsdm } from '../../../src/venue/binance/index.ts'
import type { ConsumerCheck } from '../check/consumer-check.ts'
import type { Report } from '../check/report.ts'
import type { Chance } from '../core/chance.ts'
import type { World } from '../core/world.ts'
import type { VenueServer } from '../exchange/venue-server.ts'
import type { ConsumerFaults } from '../faults/fault-engine.ts'
import type { Network } from '../net/network.ts'
import type { SimHttp } from '../net/sim-http.ts'
import type { Scenario } from '../scenario/scenario.ts'

/** The real client, with only its seams replaced. */
export function openFeed(scenario: Scenario, world: World, network: Network, http: SimHttp): Feed {
  const venues: VenueAdapter[] = []
  if (scenario.usdm.length > 0) venues.push(binanceUsdm({ mode: scenario.mode }))
  if (scenario.spot.length > 0) venues.push(binanceSpot({ mode: scenario.mode }))
  const options: FeedOptions = {
    venues,
    dial: network.dial,
    http: http.perform,
    clock: world.host,
    random: seededRandom(scenario.seed ^ 0x5bd1e995),
    log: (level, message) => world.trace.detail(() => `log ${level}: ${message}`),
    redundancy: scenario.redundancy,
    liveness: scenario.liveness,
    ...(scenario.rotation === undefined ? {} : { rotation: scenario.rotation }),
    ...(scenario.healing === undefined ? {} : { healing: scenario.healing }),
  }
  return createFeed(options)
}

export interface Consumers {
  readonly observations: readonly Observation[]
  readonly subscription: Subscription
  readonly books: ReadonlyMap<string, BookHandle>
  /** True when the queue's reader saw its end. */
  readonly reader: { isEnded: boolean; batches: number }
}

/** An observer per instrument, which may throw, one queue with a slow reader over everything, and a handle per book. */
export function attachConsumers(
  feed: Feed,
  servers: readonly VenueServer[],
  checks: { readonly observer: ConsumerCheck; readonly queue: ConsumerCheck },
  tools: {
    readonly world: World
    readonly report: Report
    readonly faults: ConsumerFaults
    readonly scenario: Scenario
  },
): Consumers {
  const { world, report, faults, scenario } = tools
  const chance = world.chance('consumers')
  const books = new Map<string, BookHandle>()
  const wanted = wantedStreams(servers)
  for (const { instrument, channels } of wanted)
    if (channels.includes('book')) books.set(instrument, feed.book(instrument, { depth: scenario.bookDepth }))
  const observe = throwing(checks.observer, faults, chance, report)
  const observations = wanted.map(({ instrument, channels }) => {
    const observation = feed.observe({ instruments: [instrument], channels, levels: 1 }, observe)
    observation.ready.catch((error: unknown) => refused(error, report))
    return observation
  })
  const [first, ...others] = wanted
  if (first === undefined) throw new Error('a scenario needs an instrument')
  const subscription = feed.subscribe({ instruments: [first.instrument], channels: first.channels, levels: 1 })
  subscription.ready.catch((error: unknown) => refused(error, report))
  for (const { instrument, channels } of others)
    subscription
      .add({ instruments: [instrument], channels, levels: 1 })
      .catch((error: unknown) => refused(error, report))
  const reader = { isEnded: false, batches: 0 }
  void read(subscription, checks.queue, world, scenario.readEveryMs, reader).catch((error: unknown) => {
    report.violation(
      'I11',
      `the queue's reader ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
  })
  return { observations, subscription, books, reader }
}

export interface WantedStreams {
  readonly instrument: string
  readonly channels: readonly string[]
}

/** What the main consumers want: everything the plan names, but for the stream of changing wishes. */
export function wantedStreams(servers: readonly VenueServer[]): WantedStreams[] {
  return servers.flatMap(server =>
    [...server.instruments.values()]
      .filter(market => !market.plan.isForWishes)
      .map(market => ({ instrument: `${server.rules.id}:${market.plan.symbol}`, channels: [...market.feeds.keys()] })),
  )
}

/** A refusal is the fault's doing; it is looked at where streams are judged. */
function refused(error: unknown, report: Report): void {
  if (error instanceof Error && error.name === 'SubscriptionRejected') report.count('subscription rejected')
  else report.violation('I11', `a request failed: ${String(error)}`)
}

function throwing(
  check: ConsumerCheck,
  faults: ConsumerFaults,
  chance: Chance,
  report: Report,
): (event: MarketEvent) => void {
  return event => {
    check.see(event)
    if (faults.throwShare === 0 || !chance.isLess(faults.throwShare)) return
    report.count('observer threw')
    throw new Error('an observer of the simulation throws')
  }
}

async function read(
  subscription: Subscription,
  check: ConsumerCheck,
  world: World,
  everyMs: number,
  reader: Consumers['reader'],
): Promise<void> {
  for await (const batch of subscription) {
    reader.batches++
    for (let i = 0; i < batch.length; i++) {
      const event = batch[i]
      if (event !== undefined) check.see(event)
    }
    await sleep(world.host, everyMs)
  }
  reader.isEnded = true
}
