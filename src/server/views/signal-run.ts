import { type LiveSignals, liveSignals } from '../../feed/live-signals.ts'
import { ConfigError, errorLine } from '../../model/error.ts'
import type { Instrument } from '../../model/instrument.ts'
import { createSignal } from '../../signal/catalogue.ts'
import type { SignalEvent, SignalOutput, SignalParams, SignalValue } from '../../signal/signal.ts'
import { Backlog } from './backlog.ts'
import { askInterval } from './settled-funding.ts'
import type { SignalContext } from './view.ts'

export const EVENTS_KEPT = 500

const TENSION = 'deriv.tension'

interface Wanted {
  readonly id: string
  readonly params?: SignalParams
}

/** What is computed for a market that is looked at. Each line stands on its own streams: a venue that lacks one loses one line. */
const SHOWN: readonly (readonly Wanted[])[] = [
  [{ id: 'flow.cvd' }, { id: 'flow.volume' }, { id: 'flow.print' }],
  [{ id: 'book.ofi' }, { id: 'book.spreadWiden' }, { id: 'vol.burst' }],
  [{ id: 'book.imbalance' }],
  [{ id: TENSION }],
  [{ id: 'deriv.oiQuadrant' }],
  [{ id: 'deriv.liqCascade' }],
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
    for (const wanted of SHOWN) {
      if (wanted.some(({ id }) => id === TENSION)) void this.openTension(instrument, wanted)
      else this.open(instrument, wanted)
    }
  }

  /** Refused signals in the order in which they are wanted. */
  get refusals(): readonly (readonly [id: string, reason: string])[] {
    return SHOWN.flat().flatMap(({ id }) => {
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
  private async openTension(instrument: Instrument, wanted: readonly Wanted[]): Promise<void> {
    const hours = await askInterval(this.context.feed, instrument.id)
    if (this.isDisposed) return
    const params = hours === undefined ? undefined : { intervalHours: hours }
    if (params !== undefined) this.options.set(TENSION, params)
    this.open(
      instrument,
      wanted.map(each => (each.id === TENSION && params !== undefined ? { ...each, params } : each)),
    )
  }

  private open(instrument: Instrument, wanted: readonly Wanted[]): void {
    const { feed, clock, warn } = this.context
    const refuse = (error: unknown): void => this.refuse(wanted, error)
    try {
      const live = liveSignals(feed, {
        signals: wanted.map(({ id, params }) => createSignal(id, instrument, params)),
        onOutput: output => this.take(output),
        onError: (error, signal) => warn(`signal ${signal?.id ?? ''}: ${errorLine(error)}`),
        preload: false,
        clock,
      })
      live.ready.catch(refuse)
      this.lives.push(live)
    } catch (error) {
      refuse(error)
    }
  }

  private refuse(wanted: readonly Wanted[], error: unknown): void {
    if (this.isDisposed) return
    for (const { id } of wanted) this.refused.set(id, errorLine(error))
    if (!(error instanceof ConfigError)) this.context.warn(`signals: ${errorLine(error)}`)
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
