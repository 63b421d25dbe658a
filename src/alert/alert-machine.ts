import type { Truth } from './condition.ts'
import type { AlertRule } from './rule.ts'
import { isScheduled } from './schedule.ts'

const HOUR_US = 3_600_000_000

export type Phase = 'init' | 'armed' | 'pending' | 'active' | 'done'

/** Everything that must survive a restart, as plain JSON. */
export interface MachineState {
  readonly phase: Phase
  /** Receive time at which the phase began. */
  readonly sinceUs: number
  /** Time of what began the present `pending` or `active`: part of the alert's identity. */
  readonly beganUs: number
  readonly lastFireUs: number | undefined
  /** Fires of the last hour that were told, oldest first. */
  readonly recentUs: readonly number[]
  /** Candle of the last fire. */
  readonly lastCandleUs: number | undefined
  /** Fires kept back since the last one that was told. */
  readonly suppressed: number
  readonly fires: number
  /** Fires are kept back until then. */
  readonly mutedUntilUs: number
  /** What the rule asked, so that another question does not take this over. */
  readonly question?: string | undefined
}

export const FRESH: MachineState = {
  phase: 'init',
  sinceUs: 0,
  beganUs: 0,
  lastFireUs: undefined,
  recentUs: [],
  lastCandleUs: undefined,
  suppressed: 0,
  fires: 0,
  mutedUntilUs: 0,
}

/** What one step did that somebody must hear of. */
export type Step =
  | { readonly kind: 'fire'; readonly beganUs: number; readonly suppressed: number }
  | { readonly kind: 'suppressed'; readonly reason: SuppressReason }
  | { readonly kind: 'rearm' }
  | undefined

export type SuppressReason = 'cooldown' | 'maxPerHour' | 'schedule' | 'muted' | 'candle'

export interface Moment {
  /** Receive time. */
  readonly atUs: number
  /** Exchange time of what led here. */
  readonly timeUs: number
  readonly candleUs: number | undefined
  /** True for something that happened and is over at once. */
  readonly isPulse: boolean
}

type Limits = Pick<
  AlertRule,
  'forMs' | 'cooldownMs' | 'maxPerHour' | 'frequency' | 'onMissing' | 'fireOnStart' | 'schedule'
>

/**
 * init → armed → pending → active → armed … One alert of one instrument. A value that already meets the condition when it is
 * first seen makes it active without a fire.
 */
export class AlertMachine {
  state: MachineState = FRESH
  private readonly limits: Limits

  constructor(limits: Limits) {
    this.limits = limits
  }

  /** What is known changed. */
  step(truth: Truth, moment: Moment): Step {
    const { phase } = this.state
    const { onMissing, fireOnStart } = this.limits
    const holds = truth.holds ?? (onMissing === 'fire' && phase !== 'init' ? true : undefined)
    switch (phase) {
      case 'done':
        return undefined
      case 'init':
        if (holds === undefined) return undefined
        // Something that happens has a beginning of its own: it was not there before we looked.
        if (holds && (fireOnStart || moment.isPulse)) return this.begin(moment)
        this.enter(holds ? 'active' : 'armed', moment)
        return undefined
      case 'armed':
        return holds === true ? this.begin(moment) : undefined
      case 'pending':
        if (holds !== true) this.enter('armed', moment)
        else if (moment.atUs >= this.deadlineUs) return this.fire(moment)
        return undefined
      case 'active':
        if (!truth.isRearmed) return undefined
        this.enter('armed', moment)
        return { kind: 'rearm' }
    }
  }

  /**
   * Time has passed with the last value still true. What falls due in the very moment is left to a value that may still come
   * in it.
   */
  tick(moment: Moment): Step {
    return this.state.phase === 'pending' && moment.atUs > this.deadlineUs ? this.fire(moment) : undefined
  }

  /** When a pending alert fires if nothing changes. */
  get deadlineUs(): number {
    return this.state.sinceUs + this.limits.forMs * 1000
  }

  mute(mutedUntilUs: number): void {
    this.state = { ...this.state, mutedUntilUs }
  }

  /** What comes next is a thing of its own: another one than what made it active, and not there before anybody looked. */
  beginAnew(): void {
    if (this.state.phase === 'active' || this.state.phase === 'init') this.state = { ...this.state, phase: 'armed' }
  }

  private begin(moment: Moment): Step {
    this.enter('pending', moment)
    return moment.isPulse || this.limits.forMs === 0 ? this.fire(moment) : undefined
  }

  private enter(phase: Phase, { atUs, timeUs }: Moment): void {
    const beganUs = phase === 'armed' ? this.state.beganUs : timeUs
    this.state = { ...this.state, phase, sinceUs: atUs, beganUs }
  }

  private fire(moment: Moment): Step {
    const { state } = this
    const { atUs, candleUs, isPulse } = moment
    const recentUs = state.recentUs.filter(fireUs => fireUs > atUs - HOUR_US)
    const phase = isPulse ? 'armed' : 'active'
    const reason = this.reasonAgainst(moment, recentUs.length)
    if (reason !== undefined) {
      this.state = { ...state, phase, sinceUs: atUs, recentUs, suppressed: state.suppressed + 1 }
      return { kind: 'suppressed', reason }
    }
    this.state = {
      ...state,
      phase: this.limits.frequency === 'once' ? 'done' : phase,
      sinceUs: atUs,
      lastFireUs: atUs,
      recentUs: [...recentUs, atUs],
      lastCandleUs: candleUs,
      suppressed: 0,
      fires: state.fires + 1,
    }
    return { kind: 'fire', beganUs: state.beganUs, suppressed: state.suppressed }
  }

  private reasonAgainst({ atUs, candleUs }: Moment, recent: number): SuppressReason | undefined {
    const { cooldownMs, maxPerHour, frequency, schedule } = this.limits
    const { lastFireUs, lastCandleUs } = this.state
    if (atUs < this.state.mutedUntilUs) return 'muted'
    if (!isScheduled(schedule, atUs)) return 'schedule'
    if (lastFireUs !== undefined && atUs - lastFireUs < cooldownMs * 1000) return 'cooldown'
    if (recent >= maxPerHour) return 'maxPerHour'
    const isCandleRule = frequency === 'oncePerCandle' || frequency === 'oncePerCandleClose'
    return isCandleRule && candleUs !== undefined && candleUs === lastCandleUs ? 'candle' : undefined
  }
}
