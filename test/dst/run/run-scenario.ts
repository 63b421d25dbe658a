import type { BookHandle } from '../../../src/feed/feed.ts'
import { ConsumerCheck } from '../check/consumer-check.ts'
import { Report, type Violation } from '../check/report.ts'
import { drain } from '../core/drain.ts'
import { World } from '../core/world.ts'
import { Instrument, type InstrumentPlan } from '../exchange/instrument.ts'
import { SPOT_RULES, USDM_RULES, type VenueRulesData } from '../exchange/rules.ts'
import { VenueServer } from '../exchange/venue-server.ts'
import { FaultEngine } from '../faults/fault-engine.ts'
import { Network } from '../net/network.ts'
import { SimHttp } from '../net/sim-http.ts'
import { WISHED_SYMBOL } from '../scenario/draw-scenario.ts'
import { phasesOf, type Scenario } from '../scenario/scenario.ts'
import { openSignals } from '../signals/signal-user.ts'
import { attachConsumers, openFeed } from './clients.ts'
import { Final } from './final.ts'
import { LiveWatch } from './live-watch.ts'
import { Wisher } from './wisher.ts'

export interface RunResult {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly counters: ReadonlyMap<string, number>
  readonly recoveriesMs: readonly number[]
  /** How long after the last fault everything was live; -1 when it never was. */
  readonly liveAfterMs: number
  readonly hash: string
  readonly events: number
  readonly simMs: number
  readonly cpuMs: number
  readonly lines: readonly string[]
}

/** Before the market closes. */
const LAST_MS = 20_000

/** The run whose rejections nobody handled are being told of. */
let current: Report | undefined

process.on('unhandledRejection', error => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  current?.violation('I11', `unhandled rejection: ${text}`)
})

/** Plays a scenario from its first to its last moment, synchronously: call it from a callback of Node's event loop. */
export function runScenario(scenario: Scenario, isVerbose = false): RunResult {
  const cpu = process.cpuUsage()
  const world = new World(scenario.seed, isVerbose)
  const report = new Report(world)
  current = report
  const state = { liveAfterMs: -1, events: 0 }
  try {
    play(scenario, world, report, state)
  } catch (error) {
    report.violation('I11', `uncaught: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  current = undefined
  const { user, system } = process.cpuUsage(cpu)
  return {
    seed: scenario.seed,
    violations: report.violations,
    counters: report.counters,
    recoveriesMs: report.recoveriesMs,
    liveAfterMs: state.liveAfterMs,
    hash: world.trace.hash,
    events: state.events,
    simMs: world.nowMs,
    cpuMs: (user + system) / 1000,
    lines: world.trace.lines,
  }
}

function play(scenario: Scenario, world: World, report: Report, state: { liveAfterMs: number; events: number }): void {
  const servers = openServers(scenario, world, report)
  const rest = new Map(servers.map(server => [server.rules.restHost, server.rest]))
  const http = new SimHttp(world, scenario.latencyMs, rest)
  const network = new Network(world, scenario.latencyMs, link => {
    servers.find(server => server.rules.streamHost === link.url.host)?.knock(link)
  })
  const faults = { throwShare: 0 }
  const observer = checkOf('observer', scenario, world, report, servers, () => engine)
  const queue = checkOf('queue', scenario, world, report, servers, () => engine)
  const feed = openFeed(scenario, world, network, http)
  const books = new Map<string, BookHandle>()
  const live = new LiveWatch({ world, report, feed, network, servers, observer, books, scenario })
  const newLinks = new Set<(link: Parameters<Network['onDial']>[0]) => void>()
  network.onDial = link => {
    for (const affect of newLinks) affect(link)
  }
  const count = (name: string, times?: number): void => report.count(name, times)
  const engine = new FaultEngine({
    world,
    network,
    servers,
    watch: live.faultWatch(),
    consumers: faults,
    newLinks,
    count,
  })
  live.engine = engine
  for (const server of servers) for (const market of server.instruments.values()) market.start()
  const phases = phasesOf(scenario)
  engine.start(scenario.steps, phases.chaosEndMs)
  const consumers = attachConsumers(feed, servers, { observer, queue }, { world, report, faults, scenario })
  for (const [instrument, handle] of consumers.books) books.set(instrument, handle)
  const users = openSignals({ world, report, feed, scenario }, servers)
  const wisher = wisherOf(scenario, servers, feed, world, report)
  drain()
  const final = new Final({ world, report, feed, network, http, servers, observer, queue, consumers, scenario, wisher })
  const everySecond = (): void => {
    live.second()
    for (const user of users) user.second()
    if (world.nowMs < phases.closeMs) world.after(1000, everySecond)
  }
  world.after(1000, everySecond)
  world.run(phases.chaosEndMs)
  if (report.violations.length > 0) return
  state.liveAfterMs = heal(world, report, live, phases.chaosEndMs, phases.liveByMs)
  world.run(phases.closeMs - LAST_MS)
  for (const server of servers) for (const market of server.instruments.values()) market.settle()
  final.watchSubscriptions(phases.endMs)
  world.run(phases.closeMs)
  for (const server of servers) for (const market of server.instruments.values()) market.isClosed = true
  world.run(phases.endMs)
  state.events = observer.events
  // What follows a first violation is mostly its consequence.
  if (report.violations.length === 0) final.settle(phases.closeMs)
  for (const user of users) user.finish()
  for (const user of users) user.dispose()
  if (report.violations.length === 0) final.dispose()
}

/** I13: once the faults have stopped, everything is live again within the bound. */
function heal(world: World, report: Report, live: LiveWatch, fromMs: number, untilMs: number): number {
  for (let atMs = fromMs + 250; atMs <= untilMs; atMs += 250) {
    world.run(atMs)
    if (world.hasStopped) return -1
    if (live.notLive().length === 0) return atMs - fromMs
  }
  const missing = live.notLive()
  report.violation('I13', `${(untilMs - fromMs) / 1000} s after the last fault: ${missing.slice(0, 3).join('; ')}`)
  return -1
}

function openServers(scenario: Scenario, world: World, report: Report): VenueServer[] {
  const open = (rules: VenueRulesData, plans: readonly InstrumentPlan[]): VenueServer[] => {
    if (plans.length === 0) return []
    const wished: InstrumentPlan = {
      symbol: WISHED_SYMBOL,
      channels: ['trade'],
      paces: [{ fromMs: 0, pace: 'steady' }],
      isForWishes: true,
    }
    const all = scenario.wishes.length > 0 ? [...plans, wished] : plans
    const markets = all.map(plan => new Instrument(world, plan, rules.isFutures, scenario.marketDepth))
    return [new VenueServer(world, rules, markets, report)]
  }
  return [...open(USDM_RULES, scenario.usdm), ...open(SPOT_RULES, scenario.spot)]
}

function wisherOf(
  scenario: Scenario,
  servers: readonly VenueServer[],
  feed: ConstructorParameters<typeof Wisher>[2],
  world: World,
  report: Report,
): Wisher | undefined {
  const [server] = servers
  if (server === undefined || scenario.wishes.length === 0) return undefined
  return new Wisher(`${server.rules.id}:${WISHED_SYMBOL}`, scenario.wishes, feed, world, report)
}

function checkOf(
  consumer: string,
  scenario: Scenario,
  world: World,
  report: Report,
  servers: readonly VenueServer[],
  engineOf: () => FaultEngine,
): ConsumerCheck {
  const calmMs = 20_000
  return new ConsumerCheck(world, report, servers, {
    consumer,
    isClean: scenario.kind === 'clean',
    mayBeReset: scenario.steps.some(step => step.fault === 'ackError'),
    couldHeal: (server, count) => {
      const { rest } = server
      const isCalm = world.nowMs - rest.troubledMs > calmMs && world.nowMs - engineOf().hostTroubledMs > calmMs
      const isAffordable = rest.weights.used < rest.weights.limit * 0.4
      // With bounds of the user's own a part of a hole may be declared by them.
      return isCalm && isAffordable && !rest.isTroubled && scenario.healing === undefined && count <= 10_000
    },
  })
}
