import type { Feed } from '../../../src/feed/feed.ts'
import type { ConsumerCheck } from '../check/consumer-check.ts'
import type { Report } from '../check/report.ts'
import { drain } from '../core/drain.ts'
import type { World } from '../core/world.ts'
import type { Instrument } from '../exchange/instrument.ts'
import type { VenueServer } from '../exchange/venue-server.ts'
import type { Network } from '../net/network.ts'
import type { SimHttp } from '../net/sim-http.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { type Consumers, wantedStreams } from './clients.ts'
import type { Wisher } from './wisher.ts'

export interface FinalTools {
  readonly world: World
  readonly report: Report
  readonly feed: Feed
  readonly network: Network
  readonly http: SimHttp
  readonly servers: readonly VenueServer[]
  readonly observer: ConsumerCheck
  readonly queue: ConsumerCheck
  readonly consumers: Consumers
  readonly scenario: Scenario
  readonly wisher: Wisher | undefined
}

/** Faults after which the last events of a rarely speaking stream may be missing without anybody being able to know. */
export const SILENT_LOSS: ReadonlySet<string> = new Set(['mute', 'forget', 'ackNoData', 'skip', 'ackError'])

const WISHED_STREAM = 'xrpusdt@aggTrade'

const LISTED_AFTER_MS = 660_000

/** The accounts at the end of a run. */
export class Final {
  private readonly tools: FinalTools
  private readonly hasSilentLoss: boolean
  private mismatch: string[] = []

  constructor(tools: FinalTools) {
    this.tools = tools
    this.hasSilentLoss = tools.scenario.steps.some(step => SILENT_LOSS.has(step.fault))
  }

  /** Faults are long gone and the market stands still: all of it must be accounted for. */
  settle(closedMs: number): void {
    const { observer, queue, consumers, report, servers } = this.tools
    const rejected = rejectedStreams(this.tools.feed)
    for (const check of [observer, queue]) {
      const isDue = (market: Instrument, channel: string): boolean => {
        if (this.isForgotten(closedMs)) return false
        const isRare = market.pace.name === 'rare' && (channel !== 'trade' || this.hasSilentLoss)
        return !isRare && !market.plan.isForWishes && !rejected.has(`${instrumentOf(servers, market)} ${channel}`)
      }
      check.finish(closedMs - 6000, isDue)
    }
    for (const [instrument, handle] of consumers.books) {
      const checks = observer.byInstrument.get(instrument)
      if (checks === undefined || checks.market.pace.name === 'rare' || rejected.has(`${instrument} book`)) continue
      checks.book.finish(handle)
      report.count('book checkpoints', checks.book.checkpoints)
    }
    if (observer.events === 0 || consumers.reader.batches === 0)
      report.violation('I13', 'a consumer never heard anything')
    for (const server of servers) this.budgets(server)
    for (const text of this.mismatch.slice(0, 2)) report.violation('I10', text)
    this.observers()
    if (this.tools.scenario.kind === 'clean') this.clean()
  }

  /** I12: with the feed gone nothing of it is left. */
  dispose(): void {
    const { feed, world, report, network, http, wisher, consumers } = this.tools
    wisher?.stop()
    let isDone = false
    void feed[Symbol.asyncDispose]().then(() => {
      isDone = true
    })
    drain()
    world.run(world.nowMs + 3000)
    if (!isDone) report.violation('I12', 'disposing the feed never ended')
    if (network.links.size > 0)
      report.violation('I12', `${network.links.size} sockets are left after the feed was disposed`)
    if (world.host.active > 0)
      report.violation('I12', `${world.host.active} timers are left after the feed was disposed`)
    if (http.pending > 0) report.violation('I12', `${http.pending} REST calls are left after the feed was disposed`)
    if (!consumers.reader.isEnded) report.violation('I12', 'the queue did not end with its feed')
    const dialled = network.dialled
    world.run(world.nowMs + 60_000)
    if (network.dialled > dialled) report.violation('I10', 'a disposed feed opens sockets')
  }

  private budgets(server: VenueServer): void {
    const { report, scenario } = this.tools
    const { weights } = server.rest
    report.count('rest weight used, most in a minute', 0)
    if (weights.banned > 0) report.violation('I8', `${server.rules.id}: ${weights.banned} calls were answered by a ban`)
    const isDearer = scenario.steps.some(step => step.fault === 'weights')
    if (weights.limited > 0 && !isDearer) report.violation('I8', `${server.rules.id}: the request weight was used up`)
    // Every repair is one; so is every time that somebody wanted the stream again.
    const most = 40 + scenario.wishes.length
    for (const [key, times] of server.control.subscribes)
      if (times > most) report.violation('I9', `${server.rules.id}: ${key} was subscribed ${times} times on one socket`)
  }

  /** I10: at some moment near the end the exchange carries exactly what is wanted, on as many sockets as are wanted. */
  watchSubscriptions(untilMs: number): void {
    const { world } = this.tools
    if (this.isForgotten(untilMs)) return
    this.mismatch = this.mismatches()
    if (this.mismatch.length > 0 && world.nowMs + 1000 < untilMs)
      world.after(1000, () => this.watchSubscriptions(untilMs))
  }

  /** What the venue lost without a word is found by its list, every ten minutes: it may still be missing. */
  private isForgotten(atMs: number): boolean {
    return this.tools.scenario.steps.some(step => step.fault === 'forget' && atMs - step.atMs < LISTED_AFTER_MS)
  }

  private mismatches(): string[] {
    const { servers, feed } = this.tools
    const rejected = rejectedStreams(feed)
    return servers.flatMap(server => this.mismatchesOf(server, rejected))
  }

  private mismatchesOf(server: VenueServer, rejected: ReadonlySet<string>): string[] {
    const { scenario, wisher } = this.tools
    const carried = new Map<string, number>()
    for (const session of server.sessions) {
      if (session.link.client !== 'open') continue
      for (const name of session.names) carried.set(name, (carried.get(name) ?? 0) + 1)
    }
    const wanted = new Set<string>()
    for (const { instrument, channels } of wantedStreams([server])) {
      const market = server.instruments.get(instrument.slice(instrument.indexOf(':') + 1))
      for (const [channel, feed] of market?.feeds ?? [])
        if (channels.includes(channel) && !rejected.has(`${instrument} ${channel}`)) wanted.add(feed.name)
    }
    if (wisher?.isWanted === true && wisher.instrument.startsWith(server.rules.id)) wanted.add(WISHED_STREAM)
    const found: string[] = []
    for (const name of new Set([...wanted, ...carried.keys()])) {
      const count = carried.get(name) ?? 0
      const due = wanted.has(name) ? scenario.redundancy : 0
      if (count !== due) found.push(`${server.rules.id}: ${name} is carried by ${count} sockets, wanted: ${due}`)
    }
    return found
  }

  /** What observers throw is counted and contained. */
  private observers(): void {
    const { feed, report } = this.tools
    const told = feed.status().consumers.observerErrors
    const thrown = report.counters.get('observer threw') ?? 0
    if (told !== thrown) report.violation('I11', `observers threw ${thrown} times, the feed counted ${told}`)
    const { dropped } = feed.status().consumers
    if (dropped > 0) report.violation('I2', `${dropped} events were dropped, although the queue had room`)
  }

  /** I1: planned operations cost nothing that could be seen at the venue. */
  private clean(): void {
    const { servers, report, scenario } = this.tools
    for (const server of servers) {
      const id = server.rules.id
      const backfills = server.rest.calls.get('aggTrades') ?? 0
      // A quiet stream may be looked up, once in ten minutes.
      const trades = [...server.instruments.values()].filter(market => market.feeds.has('trade')).length
      if (backfills > trades * Math.ceil(scenario.minutes / 10))
        report.violation('I1', `${id}: ${backfills} backfills in a run of planned operations`)
      const snapshots = server.rest.calls.get('depth') ?? 0
      const books = [...server.instruments.values()].filter(market => market.feeds.has('book')).length
      // A book that looks silent is looked up, too.
      if (scenario.bookDepth >= 500 && snapshots > (1 + Math.ceil(scenario.minutes / 30)) * books)
        report.violation('I1', `${id}: ${snapshots} snapshots of ${books} books in a run of planned operations`)
      for (const [key, times] of server.control.subscribes)
        if (times > 1) report.violation('I1', `${id}: ${key} was subscribed ${times} times on one socket`)
    }
  }
}

function instrumentOf(servers: readonly VenueServer[], market: Instrument): string {
  for (const server of servers)
    if ([...server.instruments.values()].includes(market)) return `${server.rules.id}:${market.plan.symbol}`
  return ''
}

function rejectedStreams(feed: Feed): ReadonlySet<string> {
  const rejected = feed.status().streams.filter(stream => stream.state === 'rejected')
  return new Set(rejected.map(stream => `${stream.instrument} ${stream.channel}`))
}
