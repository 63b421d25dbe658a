import type { World } from '../core/world.ts'
import type { Link } from '../net/link.ts'
import { Control } from './control.ts'
import type { Feed } from './feed.ts'
import type { Instrument } from './instrument.ts'
import { RestDesk } from './rest.ts'
import { routeOfStream, type VenueRulesData } from './rules.ts'
import { Session } from './session.ts'

export interface Refusal {
  readonly status: number
  readonly retryAfterS: string
}

export interface ServerReports {
  violation(invariant: string, text: string): void
  count(name: string, times?: number): void
}

/** What becomes of new sockets while a fault is on. */
export interface DoorFaults {
  refusal: Refusal | undefined
  isStalled: boolean
  /** Sockets end so long after they opened; 0 for never. */
  flapMs: number
}

/** One venue of the simulated exchange: its streams, its REST, and its rules. */
export class VenueServer {
  readonly world: World
  readonly rules: VenueRulesData
  readonly instruments: ReadonlyMap<string, Instrument>
  readonly sessions = new Set<Session>()
  readonly control: Control
  readonly rest: RestDesk
  readonly door: DoorFaults = { refusal: undefined, isStalled: false, flapMs: 0 }
  arePingsPaused = false
  /** Times of all attempts, and of those that led to nothing. */
  readonly attemptsMs: number[] = []
  readonly failedMs: number[] = []
  onSession: (session: Session) => void = () => undefined
  private readonly feeds = new Map<string, Feed>()
  private readonly reports: ServerReports
  private blockedUntilMs = 0
  private toldUntilMs = 0

  constructor(world: World, rules: VenueRulesData, instruments: readonly Instrument[], reports: ServerReports) {
    this.world = world
    this.rules = rules
    this.reports = reports
    this.instruments = new Map(instruments.map(instrument => [instrument.plan.symbol, instrument]))
    for (const instrument of instruments) for (const feed of instrument.feeds.values()) this.feeds.set(feed.name, feed)
    this.control = new Control(this, world.chance(`control ${rules.id}`))
    this.rest = new RestDesk(this, world.chance(`rest ${rules.id}`))
  }

  allFeeds(): Iterable<Feed> {
    return this.feeds.values()
  }

  feed(name: string): Feed | undefined {
    return this.feeds.get(name)
  }

  routeOf(name: string): string {
    return routeOfStream(this.rules, name)
  }

  report(invariant: string, text: string): void {
    this.reports.violation(invariant, `${this.rules.id}: ${text}`)
  }

  count(name: string, times = 1): void {
    this.reports.count(name, times)
  }

  /** Somebody asks for a WebSocket. */
  knock(link: Link): void {
    const { world, door } = this
    this.attemptsMs.push(world.nowMs)
    this.judgeAttempts()
    if (world.nowMs < this.toldUntilMs && link.bornMs > this.blockedUntilMs)
      this.report('I8', `socket ${link.id} was asked for while the host had told everybody to wait`)
    if (door.refusal !== undefined) {
      this.refuse(link, door.refusal)
      return
    }
    if (door.isStalled) {
      this.failedMs.push(world.nowMs)
      this.count('handshake stalled')
      return
    }
    const session = new Session(this, link)
    this.sessions.add(session)
    link.accept(session)
    this.onSession(session)
    world.trace.say(`${this.rules.id} socket ${link.id} opens${session.route === '' ? '' : ` /${session.route}`}`)
    if (door.flapMs > 0) {
      this.failedMs.push(world.nowMs)
      world.after(door.flapMs, () => link.endByServer(undefined, 'flap'))
    }
    world.after(this.rules.lifetimeMs, () => link.endByServer(1001, 'end of life'))
  }

  private refuse(link: Link, { status, retryAfterS }: Refusal): void {
    const { world } = this
    this.failedMs.push(world.nowMs)
    this.count(`upgrade refused: ${status}`)
    link.refuse(status, retryAfterS)
    const waitS = retryAfterS === '' ? (status === 418 ? 120 : 0) : Number(retryAfterS)
    if (waitS === 0 || world.nowMs < this.toldUntilMs) return
    // The client knows as soon as it has read the answer: attempts that were on their way are no fault of its own.
    this.toldUntilMs = world.nowMs + waitS * 1000
    this.blockedUntilMs = Number.POSITIVE_INFINITY
    world.after(10, () => this.watchRefusal(link))
  }

  private watchRefusal(link: Link): void {
    if (link.client === 'gone') this.blockedUntilMs = this.world.nowMs
    else if (this.world.nowMs < this.toldUntilMs) this.world.after(10, () => this.watchRefusal(link))
  }

  /** 300 attempts in five minutes are the venue's limit; ten a minute that lead to nothing are the client's promise. */
  private judgeAttempts(): void {
    const { attemptsMs, failedMs, world, rules } = this
    while ((attemptsMs[0] ?? 0) <= world.nowMs - rules.attemptWindowMs) attemptsMs.shift()
    while (failedMs.length > 0 && (failedMs[0] ?? 0) <= world.nowMs - 60_000) failedMs.shift()
    if (attemptsMs.length > rules.attempts * 0.8)
      this.report('I8', `${attemptsMs.length} connection attempts within five minutes`)
    if (failedMs.length > 12) this.report('I8', `${failedMs.length} failed connection attempts within a minute`)
  }
}
