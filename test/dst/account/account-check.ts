import type { Account } from '../../../src/account/account.ts'
import { sameDecimal } from '../../../src/account/decimal.ts'
import type {
  AccountEvent,
  AccountPhase,
  BalanceEvent,
  FillEvent,
  OrderEvent,
  PositionEvent,
} from '../../../src/model/account-event.ts'
import type { Report } from '../check/report.ts'
import type { World } from '../core/world.ts'
import { text } from './amount.ts'
import type { PrivateExchange } from './private-exchange.ts'
import type { TrueFill } from './truth.ts'

/** I5: everything that had happened when the account said `synced` is known so soon. */
const KNOWN_WITHIN_MS = 5000
const ENDED = ['filled', 'canceled', 'expired', 'rejected']

/** What one account tells, held against the truth; it lives as long as the run, over restarts of the client. */
export class AccountCheck {
  readonly name: string
  phase: AccountPhase = 'closed'
  events = 0
  /** The client that runs now. */
  account: Account | undefined
  readonly fillKeys = new Set<string>()
  readonly syncedAfterMs: number[] = []
  private readonly world: World
  private readonly report: Report
  private readonly exchange: PrivateExchange
  private readonly orders = new Map<string, OrderEvent>()
  private readonly totalsUs = new Map<string, number>()
  private phaseSinceMs = 0
  private connectedMs = 0
  generation = 0

  constructor(world: World, report: Report, exchange: PrivateExchange, name: string) {
    this.world = world
    this.report = report
    this.exchange = exchange
    this.name = name
  }

  /** A new client begins; what was delivered stays delivered. */
  begin(account: Account): void {
    this.generation++
    this.account = account
    this.orders.clear()
    this.totalsUs.clear()
    this.phase = 'closed'
  }

  see(event: AccountEvent): void {
    this.events++
    this.world.trace.mixText(event.kind)
    switch (event.kind) {
      case 'fill':
        this.seeFill(event)
        return
      case 'order':
        this.seeOrder(event)
        return
      case 'balance':
      case 'position':
        this.seeTotal(event)
        return
      case 'accountState':
        this.seePhase(event.phase, event.cause)
        return
      case 'accountGap':
        this.report.violation('I5', `${this.name}: declared as lost: ${event.what} ${event.reason}`)
        return
      default:
        this.world.trace.detail(() => `${this.name} ${event.kind} ${event.origin} ${JSON.stringify(event)}`)
    }
  }

  /** What differs from the truth now. */
  differences(): readonly string[] {
    const { account } = this
    if (account === undefined) return ['no client']
    return this.compare(account, () => true)
  }

  /** Fills since the beginning that were not delivered. */
  missingFills(beginMs: number, untilMs = Number.POSITIVE_INFINITY): readonly TrueFill[] {
    return this.exchange.truth.fills.filter(fill => {
      return fill.timeMs >= beginMs && fill.timeMs <= untilMs && !this.fillKeys.has(this.keyOf(fill))
    })
  }

  private seeFill(event: FillEvent): void {
    const key = `${event.instrument}|${event.orderId}|${event.tradeId}`
    this.world.trace.detail(() => `${this.name} fill ${event.origin} ${key}`)
    this.report.count(`fill: ${event.origin}`)
    if (this.fillKeys.has(key))
      this.report.violation('R12', `${this.name}: the fill ${key} was delivered twice (${event.origin})`)
    this.fillKeys.add(key)
    const fill = this.exchange.truth.fills.find(candidate => this.keyOf(candidate) === key)
    if (fill === undefined) this.report.violation('R12', `${this.name}: the fill ${key} never happened`)
    else if (!sameDecimal(event.quantity, text(fill.quantity)) || !sameDecimal(event.fee, text(fill.fee)))
      this.report.violation('R12', `${this.name}: the fill ${key} has other numbers than the exchange's`)
  }

  private seeOrder(event: OrderEvent): void {
    const key = `${event.instrument}|${event.orderId}`
    this.world.trace.detail(() => `${this.name} order ${event.origin} ${key} ${event.status} ${event.filledQuantity}`)
    const before = this.orders.get(key)
    this.orders.set(key, event)
    if (before === undefined) return
    if (ENDED.includes(before.status) && !ENDED.includes(event.status))
      this.report.violation(
        'I3',
        `${this.name}: order ${key} was ${before.status} and is ${event.status} again (${event.origin})`,
      )
    if (Number(event.filledQuantity) < Number(before.filledQuantity))
      this.report.violation('I3', `${this.name}: order ${key} is less filled than before (${event.origin})`)
  }

  /** REST that lags steps nothing back. */
  private seeTotal(event: BalanceEvent | PositionEvent): void {
    this.world.trace.detail(() => `${this.name} ${event.kind} ${event.origin} ${JSON.stringify(event)}`)
    const key = event.kind === 'balance' ? event.asset : event.instrument
    const timeUs = event.exchangeTimeUs
    // An amount that moved is told again when its total was there first.
    if (timeUs === undefined || (event.kind === 'balance' && event.change !== undefined)) return
    const before = this.totalsUs.get(key) ?? 0
    if (timeUs < before)
      this.report.violation('I3', `${this.name}: ${key} steps back by ${before - timeUs} us (${event.origin})`)
    this.totalsUs.set(key, Math.max(before, timeUs))
  }

  private seePhase(phase: AccountPhase, cause: string | undefined): void {
    const { world, exchange } = this
    world.trace.say(`${this.name} ${phase}${cause === undefined ? '' : `: ${cause}`}`)
    this.report.count(`phase: ${phase}`)
    const before = this.phase
    this.phase = phase
    if (phase === 'reconciling') this.connectedMs = world.nowMs
    if (phase !== 'synced' || before !== 'reconciling') {
      this.phaseSinceMs = world.nowMs
      return
    }
    this.syncedAfterMs.push(world.nowMs - this.connectedMs)
    const { generation } = this
    const untilMs = exchange.nowMs
    this.phaseSinceMs = world.nowMs
    const sinceMs = world.nowMs
    world.after(KNOWN_WITHIN_MS, () => {
      if (generation !== this.generation || this.phase !== 'synced' || this.phaseSinceMs !== sinceMs) return
      this.judge(untilMs)
    })
  }

  /** I5 and R12: after a connection, all that happened before `synced` is known five seconds later. */
  private judge(untilMs: number): void {
    const { exchange, account, world } = this
    const { faults, hushedMs } = exchange
    const isTroubled = faults.restStatus > 0 || faults.restDelayMs > 0 || faults.isMuted || faults.isFirstFormSilent
    const isLate = faults.lagMs > 2500 || world.nowMs < exchange.troubledUntilMs || world.host.wasFrozenWithin(9000)
    const wasHushed = hushedMs.some(atMs => atMs > untilMs - 20_000)
    if (account === undefined || isTroubled || isLate || wasHushed || faults.isRevoked) return
    this.report.count('judged after synced')
    const [missing] = this.missingFills(this.beginMs(), untilMs)
    if (missing !== undefined)
      this.report.violation(
        'I5',
        `${this.name}: the fill ${this.keyOf(missing)} is not known ${KNOWN_WITHIN_MS / 1000} s after synced`,
      )
    const [difference] = this.compare(account, timeMs => timeMs <= untilMs)
    if (difference !== undefined)
      this.report.violation('I5', `${this.name}: ${KNOWN_WITHIN_MS / 1000} s after synced: ${difference}`)
  }

  /** Set by the run: when the account was first looked at. */
  beginMs: () => number = () => Number.POSITIVE_INFINITY

  /** Objects whose last change is old enough. */
  private compare(account: Account, isDue: (timeMs: number) => boolean): readonly string[] {
    const { truth } = this.exchange
    const now = truth.now
    const found: string[] = []
    const open = new Map(
      [...account.openOrders().values()].map(order => [`${order.instrument}|${order.orderId}`, order]),
    )
    for (const order of now.orders.values()) {
      const key = `${this.name}:${order.symbol}|${order.id}`
      const known = open.get(key)
      open.delete(key)
      if (!isDue(order.timeMs)) continue
      if (known === undefined) found.push(`the open order ${key} is not known`)
      else if (!sameDecimal(known.filledQuantity, text(order.filled)) || !sameDecimal(known.price, text(order.price)))
        found.push(
          `order ${key} is ${known.filledQuantity} filled at ${known.price}, not ${text(order.filled)} at ${text(order.price)}`,
        )
    }
    for (const key of open.keys()) {
      const last = truth.orderAt(key.slice(this.name.length + 1), Number.POSITIVE_INFINITY)
      if (last === undefined || isDue(last.timeMs)) found.push(`order ${key} is not open any more`)
    }
    for (const [asset, { free, locked, timeMs }] of now.balances) {
      const known = account.balances().get(asset)
      if (!isDue(timeMs)) continue
      if (!sameDecimal(known?.free ?? '0', text(free)) || !sameDecimal(known?.locked ?? '0', text(locked)))
        found.push(`${asset} is ${known?.free} free and ${known?.locked} locked, not ${text(free)} and ${text(locked)}`)
    }
    for (const [symbol, { quantity, timeMs }] of now.positions) {
      const known = account.positions().get(`${this.name}:${symbol}`)
      if (isDue(timeMs) && !sameDecimal(known?.quantity ?? '0', text(quantity)))
        found.push(`the position of ${symbol} is ${known?.quantity}, not ${text(quantity)}`)
    }
    return found
  }

  private keyOf(fill: TrueFill): string {
    return `${this.name}:${fill.symbol}|${fill.orderId}|${fill.id}`
  }
}
