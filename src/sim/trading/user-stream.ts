import type { Clock } from '../../net/clock.ts'
import type { Chance } from '../market/chance.ts'

/** One thing an account was told, or should have been. */
export interface UserEvent {
  /** 1, 2, 3, … per account, in the order in which things happened. */
  readonly sequence: number
  /** `ORDER_TRADE_UPDATE`, `executionReport`, … */
  readonly kind: string
  readonly timeMs: number
  /** Payload; times in microseconds on request, where the venue has them. */
  readonly text: (isMicro: boolean) => string
}

/** What happens to the events on their way to the sockets; the truth is kept whatever this says. */
export interface DeliveryFaults {
  /** Nothing is delivered. */
  readonly mute?: boolean
  /** The next so many events are lost. */
  readonly lose?: number
  /** The next so many events come twice. */
  readonly duplicate?: number
  /** The next so many events are kept until all are there, and come in an order by chance. */
  readonly reorder?: number
  /** Events come so much later. */
  readonly delayMs?: number
  /** Events these settings are for. @default all */
  readonly kinds?: readonly string[]
}

/** Faults that somebody has laid over a stream, and what is left of those that are counted. */
interface Layer {
  readonly faults: DeliveryFaults
  lose: number
  duplicate: number
}

export type UserSink = (event: UserEvent) => void

/** Events kept as truth. */
const mostKept = 100_000

/** Everything one account is told, in the true order, and the way from there to whoever listens. */
export class UserStream implements Disposable {
  /** What happened, delivered or not. */
  readonly events: UserEvent[] = []
  readonly sinks = new Set<UserSink>()
  /** Called when the venue ends all subscriptions of the account. */
  readonly enders = new Set<() => void>()
  private readonly clock: Clock
  private readonly chance: Chance
  private readonly timers = new Set<Disposable>()
  private faults: DeliveryFaults = {}
  private left = { lose: 0, duplicate: 0, reorder: 0 }
  private readonly layers = new Set<Layer>()
  /** When the newest event that a layer holds up is due, monotonic: none overtakes it. */
  private dueMs = 0
  private held: UserEvent[] = []
  private sequence = 0

  constructor(clock: Clock, chance: Chance) {
    this.clock = clock
    this.chance = chance
  }

  /** Replaces the faults that were set before; what was held back comes now. */
  set(faults: DeliveryFaults): void {
    this.faults = faults
    this.left = { lose: faults.lose ?? 0, duplicate: faults.duplicate ?? 0, reorder: faults.reorder ?? 0 }
    for (const event of this.held.splice(0)) this.pass(event)
  }

  /**
   * Lays faults over those that are set, until the end of the returned; several may lie over each other. `reorder` is not
   * among what can be laid.
   */
  lay(faults: Omit<DeliveryFaults, 'reorder'>): Disposable {
    const layer: Layer = { faults, lose: faults.lose ?? 0, duplicate: faults.duplicate ?? 0 }
    this.layers.add(layer)
    return { [Symbol.dispose]: () => void this.layers.delete(layer) }
  }

  emit(kind: string, timeMs: number, text: (isMicro: boolean) => string): void {
    const event: UserEvent = { sequence: ++this.sequence, kind, timeMs, text }
    this.events.push(event)
    if (this.events.length > mostKept * 1.1) this.events.splice(0, this.events.length - mostKept)
    const { kinds } = this.faults
    if (kinds !== undefined && !kinds.includes(kind)) this.through(event)
    else this.spoil(event)
  }

  /** Ends what listens, as the venue may at any time; the sockets stay open. */
  terminate(): void {
    for (const end of this.enders) end()
  }

  [Symbol.dispose](): void {
    for (const timer of this.timers) timer[Symbol.dispose]()
    this.timers.clear()
    this.sinks.clear()
  }

  private spoil(event: UserEvent): void {
    const { left, faults } = this
    if (faults.mute === true) return
    if (left.lose > 0) {
      left.lose--
      return
    }
    if (left.reorder > 0) {
      left.reorder--
      this.held.push(event)
      if (left.reorder === 0) for (const one of this.shuffled(this.held.splice(0))) this.pass(one)
      return
    }
    const times = left.duplicate > 0 ? 2 : 1
    if (times === 2) left.duplicate--
    for (let count = 0; count < times; count++) this.passLater(event, faults.delayMs ?? 0)
  }

  private passLater(event: UserEvent, delayMs: number): void {
    if (delayMs <= 0) {
      this.through(event)
      return
    }
    this.wait(event, delayMs)
  }

  /** On through what has been laid over the stream. */
  private through(event: UserEvent): void {
    let times = 1
    let delayMs = Math.max(0, this.dueMs - this.clock.monotonicMs())
    for (const layer of this.layers) {
      const { kinds, mute } = layer.faults
      if (kinds !== undefined && !kinds.includes(event.kind)) continue
      if (mute === true) return
      if (layer.lose > 0) {
        if (--layer.lose === 0 && layer.faults.delayMs === undefined) this.layers.delete(layer)
        return
      }
      if (layer.duplicate > 0) {
        layer.duplicate--
        times++
      }
      delayMs = Math.max(delayMs, layer.faults.delayMs ?? 0)
      const isUsedUp = layer.lose === 0 && layer.duplicate === 0 && layer.faults.delayMs === undefined
      if (isUsedUp) this.layers.delete(layer)
    }
    if (delayMs > 0) this.dueMs = this.clock.monotonicMs() + delayMs
    for (let count = 0; count < times; count++) {
      if (delayMs > 0) this.wait(event, delayMs)
      else this.pass(event)
    }
  }

  private wait(event: UserEvent, delayMs: number): void {
    const timer = this.clock.setTimer(delayMs, () => {
      this.timers.delete(timer)
      this.pass(event)
    })
    this.timers.add(timer)
  }

  private pass(event: UserEvent): void {
    for (const sink of this.sinks) sink(event)
  }

  private shuffled(events: readonly UserEvent[]): readonly UserEvent[] {
    const keyed = events.map(event => ({ event, key: this.chance.next() }))
    return keyed.sort((a, b) => a.key - b.key).map(({ event }) => event)
  }
}
