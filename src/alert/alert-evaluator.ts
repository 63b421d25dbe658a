import type { InstrumentId } from '../model/instrument.ts'
import { type AlertFire, type AlertNews, messageOf } from './alert-event.ts'
import { AlertMachine, FRESH, type MachineState, type Step } from './alert-machine.ts'
import type { Remembered, Term } from './condition.ts'
import { alertId, questionOf } from './identity.ts'
import type { Reading } from './reading.ts'
import { type AlertRule, sourcesOf } from './rule.ts'
import type { AlertSource } from './source.ts'
import { termOf } from './term-tree.ts'

/** The whole state of one rule on one instrument, as plain JSON. */
export interface EvaluatorState {
  readonly machine: MachineState
  readonly terms: readonly Remembered[]
  readonly value: number | undefined
  readonly timeUs: number
  readonly candleUs: number | undefined
}

/** One rule on one instrument: readings and time go in, news come out. Deterministic: no clock, no chance. */
export class AlertEvaluator {
  readonly rule: AlertRule
  readonly instrument: InstrumentId | undefined
  readonly sources: readonly AlertSource[]
  private readonly texts: readonly string[]
  private readonly question: string
  private readonly machine: AlertMachine
  private readonly term: Term
  private value: number | undefined
  private timeUs = 0
  private candleUs: number | undefined
  private momentId: string | undefined

  constructor(rule: AlertRule, instrument: InstrumentId | undefined) {
    this.rule = rule
    this.instrument = instrument
    this.sources = sourcesOf(rule)
    this.texts = this.sources.map(({ text }) => text)
    this.question = questionOf(rule)
    this.machine = new AlertMachine(rule)
    this.machine.state = { ...FRESH, question: this.question }
    this.term = termOf(rule.condition, rule.source.text)
  }

  get state(): MachineState {
    return this.machine.state
  }

  get lastValue(): number | undefined {
    return this.value
  }

  get mutedUntilUs(): number {
    return this.machine.state.mutedUntilUs
  }

  mute(untilUs: number): void {
    this.machine.mute(untilUs)
  }

  isExpired(atUs: number): boolean {
    return this.rule.expiresAtUs !== undefined && atUs >= this.rule.expiresAtUs
  }

  read(source: string, given: Reading): AlertNews | undefined {
    if (!this.texts.includes(source) || !this.isRunning(given.atUs)) return undefined
    if (this.rule.frequency === 'oncePerCandleClose' && given.isFinal === false) return undefined
    const isUnsettled = this.rule.requireConverged && given.isConverged === false
    const reading = isUnsettled ? { ...given, value: undefined } : given
    this.timeUs = reading.timeUs
    if (reading.candleUs !== undefined) this.candleUs = reading.candleUs
    this.term.read(source, reading)
    const isMeant = reading.occurrence === undefined || this.term.occurrence !== undefined
    if (source === this.rule.source.text && isMeant) {
      this.value = reading.value
      this.momentId = reading.momentId
      if (reading.momentId !== undefined) this.machine.beginAnew()
    }
    return this.look(reading.atUs)
  }

  tick(atUs: number): AlertNews | undefined {
    if (!this.isRunning(atUs)) return undefined
    this.term.tick(atUs)
    const isWaiting = this.machine.state.phase === 'pending' && this.term.truth().holds === true
    if (!isWaiting) return this.look(atUs)
    const due = this.machine.tick({ atUs, timeUs: this.timeUs, candleUs: this.candleUs, isPulse: false })
    return due === undefined ? undefined : this.newsOf(due, atUs)
  }

  snapshot(): EvaluatorState {
    const { value, timeUs, candleUs } = this
    return { machine: this.machine.state, terms: this.term.snapshot(), value, timeUs, candleUs }
  }

  restore(state: EvaluatorState): void {
    this.machine.state = { ...FRESH, ...state.machine, question: this.question }
    this.term.restore([...state.terms])
    this.value = state.value
    this.timeUs = state.timeUs
    this.candleUs = state.candleUs
  }

  /**
   * Takes the life of the rule over, and none of what its terms remember: time has passed unseen. Of a rule that asked something
   * else only that it is muted.
   */
  resume(machine: MachineState): void {
    const { question } = this
    if (machine.question !== undefined && machine.question !== question) {
      this.machine.state = { ...FRESH, question, mutedUntilUs: machine.mutedUntilUs }
      return
    }
    const phase = machine.phase === 'pending' ? 'armed' : machine.phase
    this.machine.state = { ...FRESH, ...machine, phase, question }
    if (phase === 'active') this.term.carryOn?.()
  }

  private isRunning(atUs: number): boolean {
    return this.rule.enabled && !this.isExpired(atUs)
  }

  private look(atUs: number): AlertNews | undefined {
    const { occurrence, beganUs } = this.term
    const truth = this.term.truth()
    const isPulse = occurrence !== undefined && truth.holds === true
    const moment = { atUs, timeUs: beganUs ?? this.timeUs, candleUs: this.candleUs, isPulse }
    const before = this.machine.state.phase
    const step = this.machine.step(truth, moment)
    if (step !== undefined) return this.newsOf(step, atUs)
    const { phase } = this.machine.state
    if (before !== 'init' || phase === 'init') return undefined
    return { kind: 'started', rule: this.rule.id, instrument: this.instrument ?? '', atUs, value: this.value }
  }

  private newsOf(step: Exclude<Step, undefined>, atUs: number): AlertNews {
    const { rule, value } = this
    const instrument = this.instrument ?? ''
    if (step.kind === 'fire') return { kind: 'fire', fire: this.fireOf(step, atUs) }
    if (step.kind === 'rearm') return { kind: 'rearm', rule: rule.id, instrument, atUs, value }
    return { kind: 'suppressed', rule: rule.id, instrument, atUs, value, reason: step.reason }
  }

  private fireOf(step: Extract<Step, { kind: 'fire' }>, atUs: number): AlertFire {
    const { rule } = this
    const instrument = this.instrument ?? ''
    const { occurrence } = this.term
    const fire = {
      kind: 'alert',
      id: alertId(rule.id, instrument, step.beganUs, occurrence?.id ?? this.momentId),
      rule: rule.id,
      name: rule.name,
      severity: rule.severity,
      instrument,
      source: rule.source.text,
      value: this.value,
      headline: occurrence?.headline,
      beganUs: step.beganUs,
      firedUs: atUs,
      suppressed: step.suppressed,
      channels: rule.channels,
    } as const
    return { ...fire, message: messageOf(rule, fire) }
  }
}
