import { SecretScrubber } from '../account/secret-scrubber.ts'
import { ConfigError, errorLine } from '../model/error.ts'
import { instrumentId } from '../model/instrument.ts'
import { nearest } from '../model/nearest.ts'
import { type Clock, systemClock } from '../net/clock.ts'
import { AccountFigures } from './account-figures.ts'
import { AlertCore, evaluatorKey } from './alert-core.ts'
import { AlertEvaluator } from './alert-evaluator.ts'
import type { AlertFire, AlertNews } from './alert-event.ts'
import { FRESH } from './alert-machine.ts'
import { type AlertMemory, type DeliveryRecord, type OutboxEntry, processMemory } from './alert-memory.ts'
import type { AlertOutput, Alerts, AlertsOptions, ChannelStatus, RuleStatus } from './alerts.ts'
import type { AlertChannel, Attempt } from './delivery/channel.ts'
import { openChannel } from './delivery/open-channel.ts'
import { OutboxRunner } from './delivery/outbox-runner.ts'
import { questionOf } from './identity.ts'
import { CHANNEL_RULE, channelFire, sampleFire } from './own-fires.ts'
import { sourcesOf } from './rule.ts'
import type { AlertConfig } from './rule-reader.ts'
import { instrumentFor } from './source.ts'
import { SourceHub, type WantedSource } from './source-hub.ts'
import { steadyMemory } from './steady-memory.ts'

const MOST_KEPT = 1000
const SECOND_US = 1_000_000

/**
 * Runs rules on a feed and brings what they fire to channels. Rules are evaluated in the tick of the event; an alert is in the
 * memory before anything is sent.
 * @throws ConfigError for a rule without an instrument
 * @example
 * await using alerts = createAlerts({ feed, config: readAlerts(parse(text)), memory: fileAlertMemory('/var/lib/tickwire') })
 * alerts.observe(output => console.log(output))
 */
export function createAlerts(options: AlertsOptions): Alerts {
  return new RunningAlerts(options)
}

class RunningAlerts implements Alerts {
  readonly asked: Promise<void>
  readonly ready: Promise<void>
  version = 1
  duplicates = 0
  private readonly options: AlertsOptions
  private readonly clock: Clock
  private readonly memory: AlertMemory
  private readonly core: AlertCore
  private readonly hub: SourceHub
  private readonly figures = new AccountFigures()
  private readonly runner: OutboxRunner
  private readonly scrubber = new SecretScrubber()
  private readonly open = new Map<string, AlertChannel>()
  private readonly listeners = new Set<(output: AlertOutput) => void>()
  private config: AlertConfig
  private keptFires: AlertFire[] = []
  private keptDeliveries: DeliveryRecord[] = []
  private timer: Disposable | undefined
  private isDisposed = false

  constructor(options: AlertsOptions) {
    this.options = options
    this.clock = options.clock ?? systemClock
    const { memory: given } = options
    this.memory = given === undefined ? processMemory() : steadyMemory(given, message => this.problem(message))
    this.config = options.config
    this.core = new AlertCore((news, evaluator) => this.take(news, evaluator))
    const { clock, memory } = this
    this.hub = new SourceHub({
      feed: options.feed,
      clock: options.isReplay === true ? withoutTimers(clock) : clock,
      onReading: (source, instrument, reading) => this.core.read(source, instrument, reading),
      onProblem: error => this.problem(error),
    })
    this.runner = new OutboxRunner({
      memory,
      clock,
      channels: this.open,
      onDelivery: record => this.delivered(record),
      onFailing: (channel, reason) => this.failing(channel, reason),
      onError: error => this.problem(error),
    })
    const { states, fires, deliveries } = memory.load()
    this.keptFires = [...fires]
    this.keptDeliveries = [...deliveries]
    const evaluators = this.evaluatorsOf(this.config)
    for (const evaluator of evaluators) {
      const state = states.get(evaluatorKey(evaluator.rule.id, evaluator.instrument))
      if (state !== undefined) evaluator.resume(state)
    }
    this.core.set(evaluators)
    const started = this.start()
    this.asked = started.then(() => undefined)
    this.ready = started.then(({ ready }) => ready)
    // Whoever does not await them must not crash for it.
    this.asked.catch(() => undefined)
    this.ready.catch((error: unknown) => {
      // Whoever awaits it has it, and ends: told are only others.
      this.clock.setTimer(1, () => {
        if (!this.isDisposed) this.problem(error)
      })
    })
  }

  rules(): readonly RuleStatus[] {
    return this.core.evaluators.map(evaluator => this.statusOf(evaluator))
  }

  channels(): readonly ChannelStatus[] {
    const waiting = this.memory.waiting()
    return [...this.config.channels].map(([name, { type }]) => ({
      name,
      type,
      failing: this.runner.isFailing(name),
      waiting: waiting.filter(entry => entry.channels[name]?.state === 'waiting').length,
    }))
  }

  fires(limit = 100): readonly AlertFire[] {
    return this.keptFires.slice(-limit)
  }

  deliveries(limit = 100): readonly DeliveryRecord[] {
    return this.keptDeliveries.slice(-limit)
  }

  deadLetters(): readonly DeliveryRecord[] {
    return this.keptDeliveries.filter(({ outcome }) => outcome === 'dead')
  }

  waiting(): readonly OutboxEntry[] {
    return this.memory.waiting()
  }

  observe(fn: (output: AlertOutput) => void): Disposable {
    this.listeners.add(fn)
    return {
      [Symbol.dispose]: () => {
        this.listeners.delete(fn)
      },
    }
  }

  async setConfig(config: AlertConfig): Promise<void> {
    const evaluators = this.evaluatorsOf(config)
    await this.openChannels(config)
    const before = new Map(this.core.evaluators.map(each => [evaluatorKey(each.rule.id, each.instrument), each]))
    for (const evaluator of evaluators) {
      const old = before.get(evaluatorKey(evaluator.rule.id, evaluator.instrument))
      if (old === undefined) continue
      if (questionOf(old.rule) === questionOf(evaluator.rule)) evaluator.restore(old.snapshot())
      else evaluator.mute(old.mutedUntilUs)
    }
    this.config = config
    this.core.set(evaluators)
    this.version++
    await (await this.listen(evaluators)).ready
  }

  mute(rule: string, untilUs: number): void {
    const own = this.core.evaluators.filter(each => each.rule.id === rule)
    if (own.length === 0) throw unknownName('rule', rule, this.ruleNames())
    for (const evaluator of own) {
      evaluator.mute(untilUs)
      this.save(evaluator)
    }
    this.version++
  }

  async test(name: string): Promise<readonly (Attempt & { readonly channel: string })[]> {
    const rule = this.config.rules.find(each => each.id === name)
    const names = rule?.channels ?? (this.config.channels.has(name) ? [name] : undefined)
    if (names === undefined)
      throw unknownName('rule or channel', name, [...this.ruleNames(), ...this.config.channels.keys()])
    await this.openChannels(this.config)
    const fire = sampleFire(rule, names, this.clock.nowUs())
    const signal = new AbortController().signal
    return await Promise.all(
      names.map(async channel => {
        const attempt = await this.open.get(channel)?.deliver([fire], signal)
        if (attempt === undefined) throw unknownName('channel', channel, [...this.open.keys()])
        return { ...attempt, channel }
      }),
    )
  }

  advance(atUs: number): void {
    this.hub.tick(atUs)
    this.figures.tick(atUs, (source, reading) => this.core.read(source, undefined, reading))
    this.core.advance(atUs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isDisposed) return
    this.isDisposed = true
    this.timer?.[Symbol.dispose]()
    await this.hub[Symbol.asyncDispose]()
    await this.runner[Symbol.asyncDispose]()
  }

  private async start(): Promise<{ readonly ready: Promise<void> }> {
    await this.openChannels(this.config)
    if (this.isDisposed) return { ready: Promise.resolve() }
    if (this.options.deliver !== false) this.runner.wake()
    if (this.options.isReplay !== true) this.arm()
    return await this.listen(this.core.evaluators)
  }

  private async listen(evaluators: readonly AlertEvaluator[]): Promise<{ readonly ready: Promise<void> }> {
    const wanted = wantedBy(evaluators)
    const set = await this.hub.set(wanted)
    const sources = wanted.map(({ source }) => source)
    this.figures.set(sources, this.options.feed.account)
    return set
  }

  /** At every whole second of the clock that also stamps events. */
  private arm(): void {
    if (this.isDisposed) return
    const untilNextMs = (SECOND_US - (this.clock.nowUs() % SECOND_US)) / 1000
    this.timer = this.clock.setTimer(untilNextMs, () => {
      this.advance(this.clock.nowUs())
      this.arm()
    })
  }

  private evaluatorsOf(config: AlertConfig): readonly AlertEvaluator[] {
    const given = (this.options.instruments ?? []).map(text => instrumentId(text))
    return config.rules.flatMap(rule => {
      if (rule.instruments.length > 0) return rule.instruments.map(each => new AlertEvaluator(rule, each))
      const isOwn = sourcesOf(rule).every(({ kind }) => kind === 'health' || kind === 'account')
      if (isOwn) return [new AlertEvaluator(rule, undefined)]
      if (given.length > 0) return given.map(each => new AlertEvaluator(rule, each))
      throw new ConfigError(`rule "${rule.id}": instrument: expected one such as <venue>:<SYMBOL>, received nothing.`)
    })
  }

  private async openChannels(config: AlertConfig): Promise<void> {
    const { secret = () => undefined, onSecret, post, loadMailer, deliver = true } = this.options
    const learn = (value: string): void => {
      this.scrubber.learn(value)
      onSecret?.(value)
    }
    const scrub = (text: string): string => this.scrubber.scrub(text)
    const tools = { clock: this.clock, secret, learn, scrub, post, loadMailer }
    if (!deliver) return
    for (const name of this.open.keys()) if (!config.channels.has(name)) this.open.delete(name)
    for (const [name, channel] of config.channels) {
      const isUnchanged = JSON.stringify(this.config.channels.get(name)) === JSON.stringify(channel)
      if (!this.open.has(name) || !isUnchanged) this.open.set(name, await openChannel(name, channel, tools))
    }
  }

  private take(news: AlertNews, evaluator: AlertEvaluator): void {
    this.version++
    if (news.kind === 'fire') {
      this.fired(news.fire, evaluator)
      return
    }
    this.save(evaluator)
    if (news.kind !== 'started') this.tell(news)
  }

  private fired(bare: AlertFire, evaluator: AlertEvaluator): void {
    const fire: AlertFire = this.options.isReplay === true ? { ...bare, isReplay: true } : bare
    const key = evaluatorKey(evaluator.rule.id, evaluator.instrument)
    this.enqueue({ fire, key, state: evaluator.state, channels: {} })
  }

  private enqueue(bare: OutboxEntry): void {
    const { fire } = bare
    const nextUs = this.clock.nowUs()
    const names = this.options.deliver === false ? [] : fire.channels
    const channels = Object.fromEntries(names.map(name => [name, { state: 'waiting', attempts: 0, nextUs } as const]))
    if (!this.memory.open({ ...bare, channels })) {
      this.duplicates++
      return
    }
    this.keptFires.push(fire)
    if (this.keptFires.length > MOST_KEPT) this.keptFires.shift()
    this.tell(fire)
    if (names.length > 0) this.runner.wake()
  }

  private delivered(record: DeliveryRecord): void {
    this.version++
    this.keptDeliveries.push(record)
    if (this.keptDeliveries.length > MOST_KEPT) this.keptDeliveries.shift()
    this.tell(record)
  }

  /** The other channels hear of it, the failing one cannot. */
  private failing(channel: string, reason: string): void {
    const others = [...this.config.channels.keys()].filter(name => name !== channel)
    const fire = channelFire(channel, reason, this.clock.nowUs(), others)
    this.enqueue({ fire, key: evaluatorKey(CHANNEL_RULE, channel), state: FRESH, channels: {} })
  }

  private save(evaluator: AlertEvaluator): void {
    this.memory.saveState(evaluatorKey(evaluator.rule.id, evaluator.instrument), evaluator.state)
  }

  private tell(output: AlertOutput): void {
    for (const listener of this.listeners) {
      try {
        listener(output)
      } catch (error) {
        this.problem(error)
      }
    }
  }

  private problem(error: unknown): void {
    this.options.onProblem?.(this.scrubber.scrub(typeof error === 'string' ? error : errorLine(error)))
  }

  private statusOf(evaluator: AlertEvaluator): RuleStatus {
    const { rule, instrument = '', state, lastValue: value, mutedUntilUs } = evaluator
    const nowUs = this.clock.nowUs()
    const shown = !rule.enabled
      ? 'disabled'
      : evaluator.isExpired(nowUs)
        ? 'expired'
        : mutedUntilUs > nowUs
          ? 'muted'
          : state.phase
    const { sinceUs, lastFireUs, fires, suppressed } = state
    return { rule, instrument, state: shown, sinceUs, value, lastFireUs, fires, suppressed, mutedUntilUs }
  }

  private ruleNames(): readonly string[] {
    return this.config.rules.map(({ id }) => id)
  }
}

function wantedBy(evaluators: readonly AlertEvaluator[]): readonly WantedSource[] {
  const active = evaluators.filter(({ rule }) => rule.enabled)
  return active.flatMap(({ sources, instrument }) =>
    sources.map(source => ({ source, instrument: instrumentFor(source, instrument) })),
  )
}

function unknownName(what: string, name: string, known: readonly string[]): ConfigError {
  return new ConfigError(
    `${what}: there is no "${name}"; known are ${known.join(', ') || 'none'}.`,
    nearest(name, known),
  )
}

/** Time in a recording passes by its events. */
function withoutTimers(clock: Clock): Clock {
  return {
    nowUs: () => clock.nowUs(),
    monotonicMs: () => clock.monotonicMs(),
    setTimer: () => ({ [Symbol.dispose]: () => undefined }),
  }
}
