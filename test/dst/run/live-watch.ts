import type { BookHandle, Feed } from '../../../src/feed/feed.ts'
import type { ConsumerCheck, InstrumentChecks } from '../check/consumer-check.ts'
import type { Report } from '../check/report.ts'
import type { World } from '../core/world.ts'
import type { Session } from '../exchange/session.ts'
import type { VenueServer } from '../exchange/venue-server.ts'
import type { FaultEngine, FaultWatch } from '../faults/fault-engine.ts'
import { matcher } from '../faults/scope.ts'
import type { Link } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { SILENT_LOSS } from './final.ts'

/** Nothing is told to be live that misses something for longer than this: in a lively market, and in a steady one. */
const HONEST_MS = 60_000
const STEADY_HONEST_MS = 180_000
const LEVELS = 20
/** A hole is filled or declared within ten seconds. */
const HEALED_MS = 20_000
/** A state is believed after this: what was missed before it is fetched meanwhile. */
const GOOD_MS = 20_000
/** Two states are looked at by turns: they may differ for so long. */
const AGREE_MS = 2000
/** A mute socket whose streams speak every second is given up within this. */
const MUTE_MS = 45_000
/** A stream that should speak is not merely acknowledged for longer than this. */
const UNFED_MS = 20_000

export interface LiveTools {
  readonly world: World
  readonly report: Report
  readonly feed: Feed
  readonly network: Network
  readonly servers: readonly VenueServer[]
  readonly observer: ConsumerCheck
  readonly books: ReadonlyMap<string, BookHandle>
  readonly scenario: Scenario
}

/** What is looked at every simulated second: books (I4), honesty (I7), sockets (I10), recovery (I13). */
export class LiveWatch {
  private readonly tools: LiveTools
  engine: FaultEngine | undefined
  private readonly hasSilentLoss: boolean
  private readonly sinceMs = new Map<string, number>()
  private readonly heldAt = new Map<string, number>()

  constructor(tools: LiveTools) {
    this.tools = tools
    this.hasSilentLoss = tools.scenario.steps.some(step => SILENT_LOSS.has(step.fault))
  }

  second(): void {
    const { observer, books, feed, report } = this.tools
    const states = new Map<string, string>()
    for (const stream of feed.status().streams) {
      states.set(`${stream.instrument} ${stream.channel}`, stream.state)
      if (stream.state === 'healing' || stream.state === 'silent' || stream.state === 'stale')
        report.count(`state: ${stream.state}`)
    }
    for (const [instrument, checks] of observer.byInstrument) {
      const handle = books.get(instrument)
      if (handle !== undefined) checks.book.compare(handle, LEVELS)
      const isOdd = handle?.state === 'synced' && states.get(`${instrument} book`) === 'stale'
      if (this.lasts(`odd ${instrument}`, isOdd) > AGREE_MS)
        report.violation('I7', `the book of ${instrument} is synced while its stream is stale`)
      this.fed(instrument, checks, states)
      this.held(instrument, checks, states)
      if (states.get(`${instrument} quote`) === 'stale' && checks.quote.pendingSinceMs() === Number.POSITIVE_INFINITY)
        report.count('quiet stream told to be stale (seconds)')
      this.honest(instrument, checks, states, handle)
    }
    this.sockets()
  }

  /** What is not live yet; empty when everything is. */
  notLive(): string[] {
    const { feed, books, observer, scenario } = this.tools
    const mayBeRejected = refusable(scenario)
    const missing: string[] = []
    const seen = new Map(feed.status().streams.map(stream => [`${stream.instrument} ${stream.channel}`, stream.state]))
    for (const [instrument, { market }] of observer.byInstrument) {
      if (market.plan.isForWishes) continue
      const isRare = market.pace.name === 'rare'
      for (const [channel, { name }] of market.feeds) {
        const state: string = seen.get(`${instrument} ${channel}`) ?? 'absent'
        const isTrades = channel === 'trade' || channel === 'rawTrade' || channel === 'quote'
        if (state === 'delivering' || state === 'healing' || (state === 'rejected' && mayBeRejected(name))) continue
        if (state === 'acknowledged' && isTrades) continue
        if (isRare && (state === 'acknowledged' || state === 'silent' || state === 'stale')) continue
        missing.push(`${instrument} ${channel} is ${state}`)
      }
      const handle = books.get(instrument)
      if (handle === undefined || handle.state === 'synced' || isRare) continue
      if (seen.get(`${instrument} book`) === 'rejected') continue
      missing.push(`the book of ${instrument} is ${handle.state}`)
    }
    return missing
  }

  /** Faults that must be discovered in time: half-open sockets (F:A01) and mute ones (F:A02). */
  faultWatch(): FaultWatch {
    const { world, scenario } = this.tools
    return {
      halfOpen: (link, forMs) => {
        const boundMs = halfOpenBoundMs(scenario.liveness === 'fast', scenario.latencyMs)
        if (forMs > boundMs) world.after(boundMs, () => this.judgeHalfOpen(link, world.nowMs - boundMs))
      },
      muted: (session, forMs) => {
        const isLively = this.isLively(session)
        // With a second socket REST finds nothing missing: then the silence is no proof.
        if (forMs > MUTE_MS && isLively && scenario.redundancy === 1)
          world.after(MUTE_MS, () => this.judgeMute(session, world.nowMs - MUTE_MS))
      },
    }
  }

  private judgeHalfOpen(link: Link, sinceMs: number): void {
    const { network, report } = this.tools
    const { effects } = link.down
    // A pong that is due within three slow round trips is not late yet.
    if (this.isDisturbedSince(sinceMs - 15_000) || !network.links.has(link) || link.client !== 'open') return
    if (effects.isHeld || effects.isForgotten) report.violation('I7', `half-open socket ${link.id} is still in use`)
  }

  private judgeMute(session: Session, sinceMs: number): void {
    if (this.isDisturbedSince(sinceMs) || session.link.client !== 'open' || !session.isMuted) return
    if (!this.isLively(session)) return
    this.tools.report.violation('I7', `mute socket ${session.link.id} is still in use after ${MUTE_MS / 1000} s`)
  }

  private isDisturbedSince(sinceMs: number): boolean {
    return (this.engine?.hostTroubledMs ?? 0) >= sinceMs || (this.engine?.slowMs ?? 0) >= sinceMs
  }

  /** It carries a book of a market that has been speaking for a while, and speaks. */
  private isLively(session: Session): boolean {
    const { servers, world } = this.tools
    for (const server of servers) {
      for (const market of server.instruments.values()) {
        const isSpeaking = market.pace.name === 'lively' || market.pace.name === 'steady'
        if (!isSpeaking || world.nowMs - market.paceSinceMs < 20_000) continue
        if (world.nowMs - session.link.openedMs < 20_000) continue
        if (server.sessions.has(session) && session.names.has(market.feeds.get('book')?.name ?? '')) return true
      }
    }
    return false
  }

  private honest(
    instrument: string,
    checks: InstrumentChecks,
    states: ReadonlyMap<string, string>,
    handle: BookHandle | undefined,
  ): void {
    const { world, report } = this.tools
    const { market } = checks
    const boundMs = market.pace.name === 'steady' ? STEADY_HONEST_MS : HONEST_MS
    const limitMs = world.nowMs - boundMs
    const troubledMs = Math.max(this.engine?.hostTroubledMs ?? 0, this.engine?.slowMs ?? 0, market.paceSinceMs)
    if (troubledMs > limitMs || market.plan.isForWishes || market.isClosed) return
    const isSpeaking = market.pace.name === 'lively' || market.pace.name === 'steady'
    if (!isSpeaking && this.hasSilentLoss) return
    const say = (channel: string, sinceMs: number): void => {
      const key = `${instrument} ${channel}`
      if (this.lasts(`good ${key}`, isGood(states.get(key), channel)) < GOOD_MS || sinceMs >= limitMs) return
      // What the client knows of the rhythm is that of the pace before.
      if (market.paceSinceMs > sinceMs - HONEST_MS) return
      const seconds = Math.round((world.nowMs - sinceMs) / 1000)
      report.violation('I7', `${instrument} ${channel} is told to be in order, and misses something for ${seconds} s`)
    }
    say('trade', checks.trade.pendingSinceMs())
    if (!isSpeaking) return
    say('rawTrade', checks.rawTrade.pendingSinceMs())
    say('quote', checks.quote.pendingSinceMs())
    say('markPrice', checks.markPrice.pendingSinceMs())
    say('ticker', checks.ticker.pendingSinceMs())
    if (handle === undefined || checks.book.pendingSinceMs(handle) >= limitMs) return
    report.violation('I7', `the book of ${instrument} is synced, and behind for more than ${boundMs / 1000} s`)
  }

  /** For how long a condition has held, looked at every second. */
  private lasts(key: string, holds: boolean): number {
    const { nowMs } = this.tools.world
    if (!holds) {
      this.sinceMs.delete(key)
      return 0
    }
    const sinceMs = this.sinceMs.get(key) ?? nowMs
    this.sinceMs.set(key, sinceMs)
    return nowMs - sinceMs
  }

  /** F:A03: a stream that is due every second and never fed is silent, not merely acknowledged. */
  private fed(instrument: string, checks: InstrumentChecks, states: ReadonlyMap<string, string>): void {
    const { world, report } = this.tools
    const key = `${instrument} markPrice`
    const isWaiting = states.get(key) === 'acknowledged' && !checks.market.isClosed
    const lastsMs = this.lasts(`unfed ${key}`, isWaiting)
    if (lastsMs < UNFED_MS || this.isDisturbedSince(world.nowMs - lastsMs)) return
    report.violation('I7', `${key} is acknowledged and was not fed for ${UNFED_MS / 1000} s`)
  }

  /** F:D03: a stream that waits for what is missing goes on after the deadline, whatever REST says. */
  private held(instrument: string, checks: InstrumentChecks, states: ReadonlyMap<string, string>): void {
    const { world, report } = this.tools
    const { nextId } = checks.trade
    const isHeld = states.get(`${instrument} trade`) === 'healing'
    const isSame = this.heldAt.get(instrument) === nextId
    this.heldAt.set(instrument, nextId)
    const lastsMs = this.lasts(`held ${instrument}`, isHeld && isSame && nextId >= 0)
    if (lastsMs <= HEALED_MS || this.isDisturbedSince(world.nowMs - lastsMs)) return
    report.violation('I7', `${instrument} trade waits for ${nextId} for ${lastsMs / 1000} s`)
  }

  /** One socket per role and another for streams that were moved; the successor of each beside it while it is replaced. */
  private sockets(): void {
    const { network, report, scenario } = this.tools
    const byPath = new Map<string, number>()
    for (const link of network.links) {
      if (link.client === 'closing') continue
      const key = link.url.host + link.url.pathname
      byPath.set(key, (byPath.get(key) ?? 0) + 1)
    }
    for (const [path, count] of byPath)
      if (count > scenario.redundancy * 4) report.violation('I10', `${count} sockets to ${path}`)
  }
}

/** Told to be in order. What was never fed says nothing, but for trades, which REST can prove. */
function isGood(state: string | undefined, channel: string): boolean {
  return state === 'delivering' || (state === 'acknowledged' && channel === 'trade')
}

/** The streams that a plan lets the venue refuse. */
function refusable(scenario: Scenario): (name: string) => boolean {
  const patterns = scenario.steps.flatMap(step => (step.fault === 'ackError' ? [matcher(step.stream)] : []))
  return name => patterns.some(matches => matches(name))
}

/**
 * Half-open is found within 15 s, or within 5 s in the fast way. Where the way is so slow that the pong of a new socket (whose
 * opening takes some four trips, of which half passes for a round trip) may well be later than its deadline, one beat more.
 */
function halfOpenBoundMs(isFast: boolean, latencyMs: number): number {
  const beatMs = isFast ? 1500 : 5000
  const isSlow = 3 * 4 * 1.2 * latencyMs > beatMs
  return (isFast ? 5000 : 15_000) + 500 + (isSlow ? beatMs : 0)
}
