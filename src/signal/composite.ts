import { type EpochUs, epochUs } from '../model/time.ts'
import { episodeEvent } from './book/episode-event.ts'
import { createSignal } from './catalogue.ts'
import { type CompositeConfig, parseComposite } from './composite-config.ts'
import { type JudgedTerm, judgeRule, judgeTerm, type PartsView } from './composite-rule.ts'
import type {
  Signal,
  SignalInput,
  SignalNeed,
  SignalOutlet,
  SignalOutput,
  SignalParams,
  SignalQuality,
  SignalState,
  SignalValue,
} from './signal.ts'
import type { SignalInstrument } from './signal-kind.ts'

export interface CompositeOptions {
  /** Instrument of parts that name none. */
  readonly instrument: SignalInstrument
  /** Finds the instruments that parts name. @default only `instrument` is known */
  readonly instrumentOf?: (id: string) => SignalInstrument
  /** Makes a part. @default the catalogue */
  readonly create?: (id: string, instrument: SignalInstrument, params: SignalParams) => Signal
}

/**
 * A boolean or linear combination of signals, from plain data (see {@link parseComposite}). It tells when the rule holds, and
 * beside it when each of its terms alone holds: only so can be seen whether the combination adds anything.
 * @throws ConfigError naming the place in the configuration, what was expected and what was received
 */
export function compositeSignal(config: unknown, options: CompositeOptions): Signal {
  return new Composite(parseComposite(config), options)
}

/** The signal that a composite reads, and what it said last. */
class Part implements SignalOutlet {
  readonly signal: Signal
  value: SignalValue | undefined
  hasSpoken = false
  private readonly episodes = new Set<string>()

  constructor(signal: Signal) {
    this.signal = signal
  }

  /** Undefined while there is no value that can be trusted. */
  get isOpen(): boolean | undefined {
    return this.value?.state === 'ok' ? this.episodes.size > 0 : undefined
  }

  emit(output: SignalOutput): void {
    this.hasSpoken = true
    if (output.kind === 'signal') {
      if (output.signal === this.signal.id) this.value = output
    } else if (output.phase === 'end') this.episodes.delete(output.id)
    else this.episodes.add(output.id)
  }

  figure(path: string): number | string | boolean | undefined {
    const { value } = this
    if (value?.state !== 'ok') return undefined
    if (path === 'value') return value.value
    return value.values !== undefined && Object.hasOwn(value.values, path) ? value.values[path] : undefined
  }

  feed(input: SignalInput): void {
    if (isFedWith(this.signal, input)) this.signal.accept(input, this)
  }
}

/** The rule, or one of its terms alone. */
interface Watched {
  readonly name: string | undefined
  startUs: EpochUs | undefined
}

class Composite implements Signal, PartsView {
  readonly id: string
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  private readonly config: CompositeConfig
  private readonly parts: ReadonlyMap<string, Part>
  private readonly whole: Watched = { name: undefined, startUs: undefined }
  private readonly alone: readonly (Watched & { readonly name: string })[]
  private told = ''

  constructor(config: CompositeConfig, options: CompositeOptions) {
    const { instrument, create = createSignal } = options
    const instrumentOf = options.instrumentOf ?? ((): SignalInstrument => instrument)
    this.config = config
    this.id = config.id
    this.parts = new Map(
      [...config.parts].map(([name, part]) => {
        const own = part.instrument === undefined ? instrument : instrumentOf(part.instrument)
        return [name, new Part(create(part.signal, own, part.params))] as const
      }),
    )
    const signals = [...this.parts.values()].map(part => part.signal)
    this.instruments = [...new Set([instrument.id, ...signals.flatMap(signal => signal.instruments)])]
    this.needs = [...new Set(signals.flatMap(signal => signal.needs))]
    this.params = Object.fromEntries(
      [...this.parts].flatMap(([name, part]) => [
        [`${name}.signal`, part.signal.id] as const,
        ...Object.entries(part.signal.params).map(([key, value]) => [`${name}.${key}`, value] as const),
      ]),
    )
    this.alone = config.terms.map(({ name }) => ({ name, startUs: undefined }))
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    for (const part of this.parts.values()) part.feed(input)
    let hasNews = false
    for (const part of this.parts.values()) {
      hasNews ||= part.hasSpoken
      part.hasSpoken = false
    }
    if (hasNews) this.judge(input.receiveTimeUs, outlet)
  }

  figure(part: string, path: string): number | string | boolean | undefined {
    return this.parts.get(part)?.figure(path)
  }

  unit(part: string): string {
    return this.parts.get(part)?.value?.unit ?? ''
  }

  isOpen(part: string): boolean | undefined {
    return this.parts.get(part)?.isOpen
  }

  private judge(receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    const judged = this.config.terms.map(term => judgeTerm(term, this))
    const terms = new Map(judged.map(term => [term.name, term] as const))
    const holds = judgeRule(this.config.rule, terms)
    const said = this.envelope(holds, judged, receiveTimeUs)
    const key = `${said.state} ${holds} ${judged.map(term => term.pass).join(' ')}`
    // Of figures that change with every quote only what they decide is told.
    if (key === this.told) return
    this.told = key
    outlet.emit(said)
    this.follow(this.whole, holds, said, judged, outlet)
    for (const watched of this.alone) {
      const term = terms.get(watched.name)
      if (term !== undefined) this.follow(watched, term.pass, said, [term], outlet)
    }
  }

  /** An end, too, when it cannot be said any more whether it holds. */
  private follow(
    watched: Watched,
    holds: boolean | undefined,
    said: SignalValue,
    terms: readonly JudgedTerm[],
    outlet: SignalOutlet,
  ): void {
    const { startUs } = watched
    if ((holds === true) === (startUs !== undefined)) return
    const phase = holds === true ? 'start' : 'end'
    watched.startUs = holds === true ? said.timeUs : undefined
    const unknown = holds === undefined ? ['Ended because a part has no value that can be trusted.'] : []
    const onlyNote = watched.name === undefined ? [] : [`One term of ${this.id} alone, for comparison.`]
    const passing = terms.filter(term => term.pass === true)
    const event = episodeEvent(
      {
        said,
        startUs: startUs ?? said.timeUs,
        phase,
        timeUs: said.timeUs,
        receiveTimeUs: said.receiveTimeUs,
        direction: this.config.direction,
        strength: passing.length / Math.max(1, terms.length),
        headline: headlineOf(phase, terms),
        reasons: terms.map(term => term.reason),
        against: phase === 'start' ? terms.filter(term => term.pass === false).map(notHolding) : [],
        notes: [...onlyNote, ...unknown],
        values: { ...said.values, isAlone: watched.name !== undefined },
        streams: this.needs,
      },
      this.instruments,
    )
    outlet.emit(watched.name === undefined ? event : { ...event, ...aloneAs(this.id, watched.name, event.id) })
  }

  private envelope(holds: boolean | undefined, terms: readonly JudgedTerm[], receiveTimeUs: EpochUs): SignalValue {
    const values = [...this.parts.values()].flatMap(part => part.value ?? [])
    const [instrument] = this.instruments
    if (instrument === undefined) throw new TypeError('a composite has at least its own instrument')
    return {
      kind: 'signal',
      signal: this.id,
      instrument,
      params: this.params,
      timeUs: epochUs(Math.max(0, ...values.map(value => value.timeUs))),
      receiveTimeUs,
      ...(holds === undefined ? {} : { value: holds ? 1 : 0 }),
      values: {
        holds,
        ...Object.fromEntries(terms.map(term => [`only.${term.name}`, term.pass] as const)),
        ...Object.fromEntries(terms.map(term => [`figure.${term.name}`, term.reason.value] as const)),
      },
      unit: 'boolean',
      state: holds === undefined ? worst(values.map(value => value.state)) : 'ok',
      quality: joined(values),
    }
  }
}

function aloneAs(id: string, name: string, eventId: string) {
  return { type: `${id}/${name}`, id: eventId.replace(id, `${id}/${name}`) }
}

function headlineOf(phase: 'start' | 'end', terms: readonly JudgedTerm[]): string {
  const holding = terms.filter(term => term.pass === true)
  const shown = phase === 'start' ? holding : terms.filter(term => term.pass !== true)
  const words = shown.map(({ reason }) => {
    const value = typeof reason.value === 'number' ? Number(reason.value.toPrecision(4)) : (reason.value ?? 'unknown')
    return `${reason.term} ${reason.threshold} (${value})`
  })
  const count = `${holding.length} of ${terms.length} terms hold`
  return `${phase === 'start' ? count : `over, ${count}`}: ${words.join('; ')}`
}

function notHolding({ reason }: JudgedTerm): string {
  return `${reason.term} ${reason.threshold} does not hold: ${reason.value ?? 'unknown'}`
}

const BAD_FIRST: readonly SignalState[] = ['invalid', 'gapped', 'stale', 'warming']

/** Parts that are fine do not explain why nothing can be said. */
function worst(states: readonly SignalState[]): SignalState {
  return BAD_FIRST.find(state => states.includes(state)) ?? 'warming'
}

function joined(values: readonly SignalValue[]): SignalQuality {
  const qualities = values.map(value => value.quality)
  return {
    n: values.length,
    sinceUs: epochUs(Math.max(0, ...qualities.map(quality => quality.sinceUs))),
    lateDropped: qualities.reduce((sum, quality) => sum + quality.lateDropped, 0),
    gaps: qualities.reduce((sum, quality) => sum + quality.gaps, 0),
    coverage: qualities.find(quality => quality.coverage !== undefined && quality.coverage !== 'full')?.coverage,
    ageMs: Math.max(0, ...qualities.map(quality => quality.ageMs)),
    converged: qualities.every(quality => quality.converged !== false),
  }
}

/** Parts share the composite's inputs; each takes only its own. */
function isFedWith(signal: Signal, input: SignalInput): boolean {
  if (input.kind === 'second') return true
  const channel = channelOf(input)
  if (!signal.needs.some(need => need === channel)) return false
  return input.instrument.endsWith(':*') || signal.instruments.includes(input.instrument)
}

function channelOf(input: Exclude<SignalInput, { readonly kind: 'second' }>): string {
  switch (input.kind) {
    case 'bookState':
      return 'book'
    case 'trade':
    case 'gap':
    case 'resync':
      return input.channel
    case 'kline':
      return `kline:${input.interval}`
    default:
      return input.kind
  }
}
