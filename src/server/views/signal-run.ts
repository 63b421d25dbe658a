import { type LiveSignals, liveSignals } from '../../feed/live-signals.ts'
import { ConfigError, errorLine } from '../../model/error.ts'
import type { Instrument } from '../../model/instrument.ts'
import { createSignal } from '../../signal/catalogue.ts'
import type { Signal, SignalEvent, SignalOutput, SignalParams, SignalValue } from '../../signal/signal.ts'
import { Backlog } from './backlog.ts'
import { askInterval } from './settled-funding.ts'
import type { SignalContext } from './view.ts'

export const EVENTS_KEPT = 500

const TENSION = 'deriv.tension'

/** What is computed for a market that is looked at; a venue that lacks a stream loses the signals that need it. */
const SHOWN: readonly string[] = [
  'flow.cvd',
  'flow.volume',
  'flow.print',
  'book.ofi',
  'book.spreadWiden',
  'vol.burst',
  'book.imbalance',
  TENSION,
  'deriv.oiQuadrant',
  'deriv.liqCascade',
]

/** The signals of one market, from the first look at it to the last. */
export class SignalRun implements AsyncDisposable {
  readonly sinceUs: number
  /** With their number since the start as version. */
  readonly events = new Backlog<SignalEvent>(EVENTS_KEPT)
  eventCount = 0
  lastEventUs = 0
  readonly latest = new Map<string, SignalValue>()
  /** Signals that this market cannot have, and why. */
  readonly refused = new Map<string, string>()
  /** Options that are not the usual ones, by signal. */
  readonly options = new Map<string, SignalParams>()
  private readonly context: SignalContext
  private readonly instrument: Instrument
  private readonly lives: LiveSignals[] = []
  private readonly listeners = new Set<(output: SignalOutput) => void>()
  private isDisposed = false

  constructor(context: SignalContext, instrument: Instrument) {
    this.context = context
    this.instrument = instrument
    this.sinceUs = context.clock.nowUs()
    this.open(SHOWN.filter(id => id !== TENSION))
    void this.openTension()
  }

  /** Refused signals in the order in which they are wanted. */
  get refusals(): readonly (readonly [id: string, reason: string])[] {
    return SHOWN.flatMap(id => {
      const reason = this.refused.get(id)
      return reason === undefined ? [] : [[id, reason] as const]
    })
  }

  /** Calls `fn` with everything that is said from now on. */
  listen(fn: (output: SignalOutput) => void): Disposable {
    this.listeners.add(fn)
    return { [Symbol.dispose]: () => void this.listeners.delete(fn) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true
    this.listeners.clear()
    await Promise.all(this.lives.map(live => live[Symbol.asyncDispose]()))
  }

  /** The interval of a contract stands in what it paid: without it the signal would be warming for two settlements. */
  private async openTension(): Promise<void> {
    const hours = await askInterval(this.context.feed, this.instrument.id)
    if (this.isDisposed) return
    if (hours !== undefined) this.options.set(TENSION, { intervalHours: hours })
    this.open([TENSION])
  }

  private open(ids: readonly string[]): void {
    const { feed, clock, warn } = this.context
    const signals = ids.flatMap(id => this.create(id) ?? [])
    if (signals.length === 0) return
    try {
      const live = liveSignals(feed, {
        signals,
        onOutput: output => this.take(output),
        onError: (error, signal) => warn(`signal ${signal?.id ?? ''}: ${errorLine(error)}`),
        preload: false,
        clock,
      })
      // What is refused on the way says so by a value of its own.
      live.ready.catch((error: unknown) => this.failed(error))
      this.lives.push(live)
    } catch (error) {
      for (const { id } of signals) this.refused.set(id, errorLine(error))
      this.failed(error)
    }
  }

  /** Undefined for one that the instrument cannot have, such as one in ticks where the tick is not known. */
  private create(id: string): Signal | undefined {
    try {
      return createSignal(id, this.instrument, this.options.get(id))
    } catch (error) {
      this.refused.set(id, errorLine(error))
      this.failed(error)
      return undefined
    }
  }

  private failed(error: unknown): void {
    if (!this.isDisposed && !(error instanceof ConfigError)) this.context.warn(`signals: ${errorLine(error)}`)
  }

  private take(said: SignalOutput): void {
    if (this.isDisposed) return
    const { measured } = this.context
    const output = said.kind === 'signal' || measured === undefined ? said : measured(said, this.instrument)
    if (output.kind === 'signal') {
      if (output.reason !== undefined) this.refused.set(output.signal, output.reason)
      this.latest.set(output.signal, output)
    } else {
      this.eventCount++
      this.lastEventUs = output.receiveTimeUs
      this.events.push(output, this.eventCount)
    }
    for (const listener of this.listeners) listener(output)
  }
}
