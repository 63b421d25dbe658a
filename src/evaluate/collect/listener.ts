import { ConfigError, errorLine } from '../../model/error.ts'
import type { EpochUs } from '../../model/time.ts'
import { createSignals, type NeededStream, type SignalEngine } from '../../signal/engine.ts'
import type { Signal, SignalEvent, SignalInput, SignalOutput, SignalValue } from '../../signal/signal.ts'
import type { EvaluationConfig } from '../evaluation-config.ts'
import { Crossing } from './crossing.ts'
import { type Onset, sideOf } from './onset.ts'
import { OutputTrail } from './output-trail.ts'
import { ValueSeries } from './value-series.ts'

/** More than so many onsets in a run are refused: each is kept at every latency and horizon. */
const MOST_ONSETS = 20_000

interface ListenerOptions {
  readonly subject: number
  readonly signal: Signal
  readonly config: Pick<EvaluationConfig, 'side' | 'cross'>
  /** Of all listeners, in the order in which they became known. */
  readonly onsets: Onset[]
}

/** One signal on one instrument: what it said, and when this process could know it. */
export class Listener {
  readonly key: string
  readonly needs: readonly NeededStream[]
  readonly values = new ValueSeries()
  readonly trail = new OutputTrail()
  readonly errors: string[] = []
  private readonly options: ListenerOptions
  private readonly engine: SignalEngine
  private readonly crossing: Crossing | undefined
  private readonly episodes = new Set<string>()
  private leastUs = 0
  private failure: Error | undefined

  constructor(options: ListenerOptions) {
    this.options = options
    const { signal, subject, config } = options
    this.key = `${subject} ${signal.instruments[0] ?? ''}`
    this.crossing = config.cross === undefined ? undefined : new Crossing(config.cross)
    this.engine = createSignals({
      signals: [signal],
      onOutput: output => this.take(output),
      onError: error => this.failed(error),
    })
    this.needs = this.engine.needs()
  }

  /** Seconds passed without an input: what is said in them was known then, but not before the input before them. */
  advance(receiveTimeUs: EpochUs, previousUs: number): void {
    this.leastUs = previousUs
    this.engine.advance(receiveTimeUs)
  }

  /** @throws ConfigError for too many onsets */
  accept(input: SignalInput, nowUs: number): void {
    this.leastUs = nowUs
    this.engine.accept(input)
    if (this.failure !== undefined) throw this.failure
  }

  private take(output: SignalOutput): void {
    // Whatever a signal says of itself: nothing is known before its last input was received.
    const availableUs = Math.max(output.receiveTimeUs, this.leastUs)
    this.trail.add(output, availableUs)
    if (output.kind === 'signal') this.value(output, availableUs)
    else if (output.phase === 'start') this.started(output, availableUs)
  }

  private value(said: SignalValue, availableUs: number): void {
    const value = said.state === 'ok' ? said.value : undefined
    this.values.add(availableUs, value)
    const direction = this.crossing?.see(value)
    if (direction !== undefined) this.onset(said.signal, said, availableUs, direction)
  }

  private started(event: SignalEvent, availableUs: number): void {
    // With a level of their own, onsets are those of the value.
    if (this.crossing !== undefined || this.episodes.has(event.id)) return
    this.episodes.add(event.id)
    this.onset(event.type, event, availableUs, event.direction)
  }

  private onset(
    type: string,
    said: SignalValue | SignalEvent,
    availableUs: number,
    direction: Onset['direction'],
  ): void {
    const { onsets, signal, subject, config } = this.options
    const [instrument] = signal.instruments
    if (instrument === undefined) return
    if (onsets.length >= MOST_ONSETS)
      this.failure ??= new ConfigError(
        `${type}: more than ${MOST_ONSETS} onsets: ask for less of them, or a shorter part (--from, --to).`,
      )
    else
      onsets.push({
        number: onsets.length,
        subject,
        type,
        instrument,
        timeUs: said.timeUs,
        availableUs,
        direction,
        side: sideOf(config.side, direction),
        hasGap: said.quality.gaps > 0,
      })
  }

  private failed(error: unknown): void {
    const line = `${this.options.signal.id}: ${errorLine(error)}`
    if (this.errors.length < 10) this.errors.push(line)
  }
}
