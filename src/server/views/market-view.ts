import { ConfigError, errorLine } from '../../model/error.ts'
import type { Instrument } from '../../model/instrument.ts'
import type { ViewName, ViewState } from '../protocol.ts'
import { StateMachine, type Verdict } from './state-machine.ts'
import type { Payload, View, ViewContext } from './view.ts'

const RETRY_MS = 5000

/** What all views of one instrument share: the instrument is looked up first, then the view opens its taps. */
export abstract class MarketView implements View {
  abstract readonly name: ViewName
  version = 0
  protected readonly context: ViewContext
  protected instrument: Instrument | undefined
  private readonly machine: StateMachine
  private readonly wanted: string
  private failure: Verdict | undefined
  private retry: Disposable | undefined
  private isDisposed = false

  constructor(context: ViewContext, wanted: string, noun: string) {
    this.context = context
    this.wanted = wanted
    this.machine = new StateMachine(`Loading ${noun}`, context.clock.nowUs())
  }

  get state(): ViewState {
    return this.machine.state
  }

  get stateVersion(): number {
    return this.machine.version
  }

  /** Looks the instrument up and opens the view; a failure becomes the state of the view. */
  async start(): Promise<void> {
    try {
      const instrument = await this.context.catalog.find(this.wanted)
      if (this.isDisposed) return
      this.failure = undefined
      this.instrument = instrument
      this.open(instrument)
    } catch (error) {
      if (!this.isDisposed) this.fail(error)
    }
    this.tick()
  }

  tick(): void {
    const verdict = this.failure ?? (this.instrument === undefined ? undefined : this.verdict())
    if (verdict !== undefined) this.machine.judge(verdict, this.context.clock.monotonicMs(), this.context.clock.nowUs())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true
    this.retry?.[Symbol.dispose]()
    await this.close()
  }

  abstract payload(since: number | undefined): Payload | undefined
  protected abstract open(instrument: Instrument): void
  protected abstract verdict(): Verdict
  protected abstract close(): Promise<void>

  protected fail(error: unknown): void {
    if (error instanceof ConfigError) {
      this.failure = { kind: 'error', text: error.message, suggestions: error.suggestions }
      return
    }
    this.failure = { kind: 'error', text: errorLine(error) }
    this.retry = this.context.clock.setTimer(RETRY_MS, () => {
      this.start().catch((failure: unknown) => this.context.warn(errorLine(failure)))
    })
  }
}
