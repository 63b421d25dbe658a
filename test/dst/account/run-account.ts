import { type AccountMemory, memoryInProcess } from '../../../src/account/account-memory.ts'
import { type AccountFeed, createFeed } from '../../../src/account/create-feed.ts'
import { hmacCredentials } from '../../../src/account/credentials.ts'
import type { AccountEvent } from '../../../src/model/account-event.ts'
import { seededRandom } from '../../../src/net/random.ts'
import { binanceSpot, binanceSpotAccount, binanceUsdm, binanceUsdmAccount } from '../../../src/venue/binance/index.ts'
import { Report, type Violation } from '../check/report.ts'
import { drain } from '../core/drain.ts'
import { World } from '../core/world.ts'
import { Network } from '../net/network.ts'
import { SimHttp } from '../net/sim-http.ts'
import { AccountCheck } from './account-check.ts'
import { arm } from './account-faults.ts'
import { units } from './amount.ts'
import { API_KEY, API_SECRET, PrivateExchange } from './private-exchange.ts'
import type { AccountFault, AccountScenario } from './scenario.ts'
import { Trader } from './trader.ts'
import { type SymbolInfo, Truth } from './truth.ts'

export interface AccountRunResult {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly counters: ReadonlyMap<string, number>
  /** From the connection to `synced`. */
  readonly syncedAfterMs: readonly number[]
  readonly fills: number
  readonly hash: string
  readonly simMs: number
  readonly cpuMs: number
  readonly lines: readonly string[]
}

/** So long before the end nothing goes wrong any more: a change that nothing points at is found within five minutes. */
const CALM_MS = 400_000
const TRADES_ON_MS = 40_000
const LAST_MS = 20_000
const BEAT_MS = 1000

const FUTURES_SYMBOLS: readonly SymbolInfo[] = [
  { symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT', price: units(60_000) },
  { symbol: 'ETHUSDT', base: 'ETH', quote: 'USDT', price: units(3000) },
]
const SPOT_SYMBOLS: readonly SymbolInfo[] = [
  { symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT', price: units(60_000) },
  { symbol: 'ETHUSDT', base: 'ETH', quote: 'USDT', price: units(3000) },
  { symbol: 'ETHBTC', base: 'ETH', quote: 'BTC', price: units(0.05) },
]

let current: Report | undefined

process.on('unhandledRejection', error => {
  current?.violation(
    'I11',
    `unhandled rejection: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  )
})

/** Plays a scenario from its first to its last moment, synchronously: call it from a callback of Node's event loop. */
export function runAccountScenario(scenario: AccountScenario, isVerbose = false): AccountRunResult {
  const cpu = process.cpuUsage()
  const world = new World(scenario.seed, isVerbose)
  const report = new Report(world)
  current = report
  const run = new AccountRun(scenario, world, report)
  try {
    run.play()
  } catch (error) {
    report.violation('I11', `uncaught: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  current = undefined
  const { user, system } = process.cpuUsage(cpu)
  return {
    seed: scenario.seed,
    violations: report.violations,
    counters: report.counters,
    syncedAfterMs: run.checks.flatMap(({ syncedAfterMs }) => syncedAfterMs),
    fills: run.checks.reduce((sum, { fillKeys }) => sum + fillKeys.size, 0),
    hash: world.trace.hash,
    simMs: world.nowMs,
    cpuMs: (user + system) / 1000,
    lines: world.trace.lines,
  }
}

interface Client {
  readonly feed: AccountFeed
  readonly memory: { isAlive: boolean }
}

class AccountRun {
  readonly checks: AccountCheck[] = []
  private readonly scenario: AccountScenario
  private readonly world: World
  private readonly report: Report
  private readonly network: Network
  private readonly http: SimHttp
  private readonly exchanges = new Map<AccountFault['venue'], PrivateExchange>()
  private readonly memory = memoryInProcess()
  private client: Client | undefined
  private readonly begunMs = new Map<string, number>()
  private isRestarting = false
  private clients = 0

  constructor(scenario: AccountScenario, world: World, report: Report) {
    this.scenario = scenario
    this.world = world
    this.report = report
    this.open('usdm', FUTURES_SYMBOLS, 'fapi.binance.com', 'fstream.binance.com', 180_000, 2400)
    this.open('spot', SPOT_SYMBOLS, 'api.binance.com', 'ws-api.binance.com', 20_000, 6000)
    const hosts = [...this.exchanges.values()]
    this.http = new SimHttp(world, scenario.latencyMs, new Map(hosts.map(host => [host.options.restHost, host])))
    this.network = new Network(world, scenario.latencyMs, link => {
      hosts.find(({ options }) => options.socketHost === link.url.hostname)?.knock(link)
    })
    for (const venue of scenario.venues) {
      const exchange = this.exchange(venue)
      const check = new AccountCheck(world, report, exchange, `binance-${venue}`)
      // The first beginning counts, whatever a restarted client makes of it.
      check.beginMs = () => {
        const begunUs = this.memory.load(check.name)?.record.beginUs ?? Number.POSITIVE_INFINITY
        this.begunMs.set(check.name, Math.min(this.begunMs.get(check.name) ?? Number.POSITIVE_INFINITY, begunUs / 1000))
        return this.begunMs.get(check.name) ?? Number.POSITIVE_INFINITY
      }
      this.checks.push(check)
    }
  }

  play(): void {
    const { scenario, world } = this
    const endMs = scenario.minutes * 60_000
    const chaosEndMs = endMs - CALM_MS
    const traders = new Map(
      scenario.venues.map(venue => {
        const trader = new Trader(world, this.exchange(venue), scenario.actEveryMs, chaosEndMs + TRADES_ON_MS)
        trader.start()
        return [venue, trader] as const
      }),
    )
    const tools = {
      world,
      report: this.report,
      network: this.network,
      exchanges: this.exchanges,
      traders,
      restart: (isCrash: boolean, afterMs: number) => this.restart(isCrash, afterMs),
    }
    for (const fault of scenario.faults) if (fault.atMs < chaosEndMs - fault.forMs - 1000) arm(fault, tools)
    this.startClient()
    this.beat(endMs)
    world.run(endMs - LAST_MS)
    this.judge()
    world.run(endMs)
    void this.stopClient(false)
    world.run(endMs + 15_000)
    this.judgeRest()
  }

  private open(
    venue: AccountFault['venue'],
    symbols: readonly SymbolInfo[],
    restHost: string,
    socketHost: string,
    pingEveryMs: number,
    weightPerMinute: number,
  ): void {
    const truth = new Truth(venue === 'usdm', symbols, Math.floor(this.world.wallMs))
    const options = { restHost, socketHost, pingEveryMs, weightPerMinute, truth }
    this.exchanges.set(venue, new PrivateExchange(this.world, this.report, options))
  }

  private exchange(venue: AccountFault['venue']): PrivateExchange {
    const found = this.exchanges.get(venue)
    if (found === undefined) throw new Error(`no exchange ${venue}`)
    return found
  }

  private startClient(): void {
    const { scenario, world, network, http } = this
    const credentials = hmacCredentials(API_KEY, API_SECRET)
    const memory = { isAlive: true }
    const guarded = mortal(this.memory, memory)
    const adapters = { usdm: binanceUsdmAccount, spot: binanceSpotAccount }
    const afterMs = scenario.rotateAfterMs
    const feed = createFeed({
      venues: scenario.venues.map(venue => (venue === 'usdm' ? binanceUsdm() : binanceSpot())),
      accounts: scenario.venues.map(venue => ({ adapter: adapters[venue](), credentials, memory: guarded })),
      dial: network.dial,
      http: http.perform,
      clock: world.host,
      random: seededRandom((scenario.seed ^ 0x5bd1e995) + this.clients++),
      log: (level, message) => world.trace.detail(() => `log ${level}: ${message}`),
      ...(afterMs === undefined ? {} : { rotation: { afterMs, spreadMs: 60_000 } }),
    })
    this.client = { feed, memory }
    for (const exchange of this.exchanges.values()) {
      exchange.clientSinceMs = world.nowMs
      exchange.silentSinceMs = undefined
    }
    const chance = world.chance(`observers ${this.clients}`)
    for (const check of this.checks)
      this.attach(
        feed,
        check,
        () => memory.isAlive,
        () => chance.isLess(0.02),
      )
  }

  private attach(feed: AccountFeed, check: AccountCheck, isAlive: () => boolean, throws: () => boolean): void {
    const account = feed.account(check.name)
    account.ready.catch(() => undefined)
    check.begin(account)
    const told: AccountEvent[] = []
    account.observe(event => {
      if (!isAlive()) return
      told.push(event)
      check.see(event)
      if (throws()) throw new Error('an observer of the simulation throws')
    })
    let position = 0
    void this.read(account.subscribe(), event => {
      if (!isAlive()) return
      if (told[position++] !== event)
        this.report.violation('I3', `${check.name}: the iterable tells something else than observers`)
    })
  }

  private async read(
    events: AsyncIterable<readonly AccountEvent[]>,
    see: (event: AccountEvent) => void,
  ): Promise<void> {
    for await (const batch of events) for (const event of batch) see(event)
  }

  private restart(isCrash: boolean, afterMs: number): void {
    if (this.isRestarting) return
    this.isRestarting = true
    void this.stopClient(isCrash)
    this.world.after(afterMs, () => {
      this.isRestarting = false
      this.startClient()
    })
  }

  private async stopClient(isCrash: boolean): Promise<void> {
    const { client } = this
    this.client = undefined
    if (client === undefined) return
    for (const exchange of this.exchanges.values()) exchange.clientSinceMs = Number.POSITIVE_INFINITY
    if (isCrash) client.memory.isAlive = false
    await client.feed[Symbol.asyncDispose]()
  }

  /** REST budgets and moments that belong to no event. */
  private beat(endMs: number): void {
    this.world.after(BEAT_MS, () => {
      for (const check of this.checks) check.beginMs()
      for (const { callsAfterRevocation, options } of this.exchanges.values())
        if (callsAfterRevocation > 3)
          this.report.violation('F06', `${callsAfterRevocation} calls to ${options.restHost} after the key was refused`)
      if (this.world.nowMs < endMs) this.beat(endMs)
    })
  }

  /** After the calm everything is right, and a comparison finds nothing, twice. */
  private judge(): void {
    for (const check of this.checks) {
      const exchange = this.exchange(check.name.endsWith('usdm') ? 'usdm' : 'spot')
      if (exchange.faults.isRevoked) {
        if (check.phase !== 'refused') this.report.violation('F06', `${check.name}: revoked, and ${check.phase}`)
        continue
      }
      if (check.phase !== 'synced')
        this.report.violation('I13', `${check.name}: ${check.phase}: ${check.account?.cause}`)
      const [missing] = check.missingFills(check.beginMs())
      if (missing !== undefined)
        this.report.violation('R12', `${check.name}: the fill ${JSON.stringify(missing)} was never delivered`)
      const [difference] = check.differences()
      if (difference !== undefined) this.report.violation('I5', `${check.name}: at the end ${difference}`)
      if (exchange.refusedTimesMs.length > 12)
        this.report.violation('G01', `${check.name}: ${exchange.refusedTimesMs.length} times were refused`)
      void this.compareTwice(check)
    }
  }

  private async compareTwice(check: AccountCheck): Promise<void> {
    try {
      await check.account?.reconcile('the end of the run')
      const again = await check.account?.reconcile('the end of the run, again')
      this.report.count('compared at the end')
      const found = again === undefined ? 1 : again.orders + again.fills + again.balances + again.positions
      if (found > 0) this.report.violation('F12', `${check.name}: a second comparison found ${found} differences`)
    } catch (error) {
      this.report.violation('F12', `${check.name}: the last comparison failed: ${String(error)}`)
    }
  }

  /** I12: nothing is left of a client that was disposed. */
  private judgeRest(): void {
    drain()
    const { world, network, http, report } = this
    if (report.violations.length > 0) return
    if (world.host.active > 0) report.violation('I12', `${world.host.active} timers are left`)
    if (network.links.size > 0) report.violation('I12', `${network.links.size} sockets are left`)
    if (http.pending > 0) report.violation('I12', `${http.pending} calls are left`)
  }
}

/** What a dead process no longer writes. */
function mortal(memory: AccountMemory, life: { readonly isAlive: boolean }): AccountMemory {
  return {
    load: account => memory.load(account),
    save: (account, record) => {
      if (life.isAlive) memory.save(account, record)
    },
    note: (account, fill) => {
      if (life.isAlive) memory.note(account, fill)
    },
  }
}
