import { createHmac } from 'node:crypto'
import type { HttpRequest } from '../../../src/model/http.ts'
import type { Report } from '../check/report.ts'
import type { Chance } from '../core/chance.ts'
import type { World } from '../core/world.ts'
import { WeightMeter } from '../exchange/weights.ts'
import type { Link } from '../net/link.ts'
import type { RestReply, RestServer } from '../net/sim-http.ts'
import { PrivateRestDesk } from './private-rest-desk.ts'
import { PrivateSocket } from './private-socket.ts'
import type { Change, Truth } from './truth.ts'
import { type Told, toldOf } from './wire.ts'

export const API_KEY = 'simulatedKey'
export const API_SECRET = 'simulatedSecret'

/** What the exchange suffers, or does, while a fault is on. */
export interface PrivateFaults {
  /** REST answers as the account was so long ago. */
  lagMs: number
  /** Every REST call is answered so; 0 for none. */
  restStatus: number
  restBody: string
  retryAfterS: number
  /** Answers take so much longer; above 10 s nobody waits for them. */
  restDelayMs: number
  /** The next calls about the listen key are answered so. */
  keyCalls: ('500' | 'timeout' | 'gone')[]
  isRevoked: boolean
  /** Messages of one act come in a drawn order, up to 2 s apart. */
  shuffleShare: number
  doubleShare: number
  /** Of the messages of one act one is never sent. */
  loseShare: number
  isMuted: boolean
  /** The first form of the URL is retired: it opens and stays silent. */
  isFirstFormSilent: boolean
  clockAheadMs: number
}

const KEY_LIFE_MS = 3_600_000
/** After the death of its key a socket is silent for so long at most: a minute until silence is doubted, and the way. */
const DEAF_MS = 80_000
const DEAF_WHEN_TOLD_MS = 20_000

export interface ExchangeOptions {
  readonly restHost: string
  readonly socketHost: string
  readonly pingEveryMs: number
  readonly weightPerMinute: number
  readonly truth: Truth
}

/** The private side of one venue: true REST, which may lag, and sockets that tell what happens. */
export class PrivateExchange implements RestServer {
  readonly world: World
  readonly report: Report
  readonly options: ExchangeOptions
  readonly weights: WeightMeter
  readonly chance: Chance
  readonly faults: PrivateFaults = {
    lagMs: 0,
    restStatus: 0,
    restBody: '',
    retryAfterS: 0,
    restDelayMs: 0,
    keyCalls: [],
    isRevoked: false,
    shuffleShare: 0,
    doubleShare: 0,
    loseShare: 0,
    isMuted: false,
    isFirstFormSilent: false,
    clockAheadMs: 0,
  }
  readonly sockets = new Set<PrivateSocket>()
  /** Times of acts of which some message was never sent, milliseconds of the exchange. */
  readonly hushedMs: number[] = []
  readonly keys = new Map<string, number>()
  /** World times of calls that were refused for their time. */
  readonly refusedTimesMs: number[] = []
  callsAfterRevocation = 0
  toldRevokedMs = Number.POSITIVE_INFINITY
  blockedUntilMs = 0
  /** REST is not itself until then, world time. */
  troubledUntilMs = 0
  /** When the last listen key died, world time. */
  keyDiedMs = 0
  private wasDeathTold = false
  /** Since when sockets of a retired form miss what is told, world time. */
  silentSinceMs: number | undefined
  /** Since when a client has run without a pause, world time; infinity while none does. */
  clientSinceMs = Number.POSITIVE_INFINITY
  private readonly desk: PrivateRestDesk
  private nextKey = 1

  constructor(world: World, report: Report, options: ExchangeOptions) {
    this.world = world
    this.report = report
    this.options = options
    this.chance = world.chance(`private ${options.restHost}`)
    this.weights = new WeightMeter(world, options.weightPerMinute)
    this.desk = new PrivateRestDesk(this)
  }

  get truth(): Truth {
    return this.options.truth
  }

  /** The exchange's own clock. */
  get nowMs(): number {
    return Math.floor(this.world.wallMs + this.faults.clockAheadMs)
  }

  knock(link: Link): void {
    const socket = new PrivateSocket(this, link)
    this.sockets.add(socket)
    link.accept(socket)
    socket.opened()
    const open = [...this.sockets].filter(({ link: other }) => other.isServed && other.client !== 'gone').length
    if (open > 3) this.report.violation('I10', `${open} sockets are open at ${this.options.socketHost}`)
  }

  answer(url: URL, request: HttpRequest): { readonly reply: RestReply; readonly arrived: () => void } {
    return this.desk.answer(url, request)
  }

  /** Undefined when the call may pass; otherwise the code and words of its refusal. */
  refuse(timestampMs: number | undefined): readonly [number, string] | undefined {
    if (this.faults.isRevoked) {
      this.toldRevokedMs = Math.min(this.toldRevokedMs, this.world.nowMs)
      if (this.world.nowMs > this.toldRevokedMs + 15_000) this.callsAfterRevocation++
      return [-2015, 'Invalid API-key, IP, or permissions for action.']
    }
    if (timestampMs === undefined) return undefined
    const isAhead = timestampMs >= this.nowMs + 1000
    if (!isAhead && this.nowMs - timestampMs <= 5000) return undefined
    this.refusedTimesMs.push(this.world.nowMs)
    this.report.count('a time was refused')
    return [-1021, 'Timestamp for this request is outside of the recvWindow.']
  }

  isSigned(payload: string, signature: string): boolean {
    return createHmac('sha256', API_SECRET).update(payload, 'utf8').digest('hex') === signature
  }

  /** One key per account: asked for again while it lives, it is the same. */
  createKey(): string {
    this.expireKeys()
    const [live] = this.keys.keys()
    const key = live ?? `key${this.nextKey++}`
    this.keys.set(key, this.world.nowMs + KEY_LIFE_MS)
    return key
  }

  extendKey(): string | undefined {
    this.expireKeys()
    const [live] = this.keys.keys()
    if (live !== undefined) this.keys.set(live, this.world.nowMs + KEY_LIFE_MS)
    return live
  }

  /** The exchange ends the key before its time. */
  killKey(times: number): void {
    for (const key of this.keys.keys()) {
      this.keys.delete(key)
      this.keyDiedMs = this.world.nowMs
      this.wasDeathTold = times > 0
      for (let time = 0; time < times; time++) this.tellExpired(key)
    }
  }

  /** A socket hears nothing because its key is dead. */
  deafByKey(sinceMs: number): void {
    this.deaf('F01', this.wasDeathTold ? DEAF_WHEN_TOLD_MS : DEAF_MS, Math.max(sinceMs, this.keyDiedMs))
  }

  /** A socket does not hear what is told: how long may that last while nobody is hindered? */
  deaf(row: string, mostMs: number, sinceMs: number): void {
    const { world, faults, report } = this
    const isTroubled = faults.restStatus > 0 || faults.restDelayMs > 0 || faults.keyCalls.length > 0 || faults.isRevoked
    if (isTroubled || world.nowMs < this.troubledUntilMs || world.host.wasFrozenWithin(60_000)) return
    const deafMs = world.nowMs - sinceMs
    if (deafMs > mostMs) report.violation(row, `a socket has heard nothing for ${Math.round(deafMs / 1000)} s`)
  }

  /** Something happened to the account: told to every socket that carries its stream. */
  tell(change: Change): void {
    const { faults, chance, report, world } = this
    const messages = [...toldOf(this.truth, change, this.nowMs)]
    if (messages.length > 1 && chance.isLess(faults.loseShare)) {
      messages.splice(Math.floor(chance.next() * messages.length), 1)
      this.hushedMs.push(change.timeMs)
      report.count('a message was never sent')
    }
    const isShuffled = chance.isLess(faults.shuffleShare)
    if (isShuffled) report.count('messages came in another order')
    const told = isShuffled ? chance.some(messages, messages.length) : messages
    for (const message of told) {
      const copies = chance.isLess(faults.doubleShare) ? 2 : 1
      if (copies === 2) report.count('a message was sent twice')
      for (let copy = 0; copy < copies; copy++) {
        const laterMs = isShuffled ? chance.between(0, 2000) : copy * chance.between(0, 50)
        if (laterMs === 0) this.deliver(message)
        else world.after(laterMs, () => this.deliver(message))
      }
    }
  }

  private deliver(message: Told): void {
    this.expireKeys()
    if (this.faults.isMuted) return
    for (const socket of this.sockets) if (!socket.tell(message)) this.hushedMs.push(this.nowMs)
  }

  private expireKeys(): void {
    for (const [key, untilMs] of this.keys) {
      if (this.world.nowMs < untilMs) continue
      this.keys.delete(key)
      this.report.count('a listen key ended by itself')
      this.keyDiedMs = this.world.nowMs
      this.wasDeathTold = true
      if (!this.faults.isRevoked && this.clientSinceMs < untilMs - KEY_LIFE_MS)
        this.report.violation('F03', 'a listen key ended by itself although nobody was hindered from extending it')
      this.tellExpired(key)
    }
  }

  private tellExpired(key: string): void {
    for (const socket of this.sockets) socket.keyExpired(key)
  }
}
