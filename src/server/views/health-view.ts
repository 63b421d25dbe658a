import type { ViewState } from '../protocol.ts'
import { StateMachine } from './state-machine.ts'
import type { Payload, View, ViewContext } from './view.ts'

const EVERY_MS = 1000

/** Connections, streams, books, request weight, process and incidents: whether what is seen can be trusted. */
export class HealthView implements View {
  readonly name = 'health'
  version = 0
  private readonly context: ViewContext
  private readonly figures: () => unknown
  private readonly machine: StateMachine
  private readAtMs = Number.NEGATIVE_INFINITY
  private incidentsAt = -1

  constructor(context: ViewContext, figures: () => unknown) {
    this.context = context
    this.figures = figures
    this.machine = new StateMachine('Loading health', context.clock.nowUs())
    this.tick()
  }

  get state(): ViewState {
    return this.machine.state
  }

  get stateVersion(): number {
    return this.machine.version
  }

  payload(since: number | undefined): Payload | undefined {
    if (since === this.version) return undefined
    const { probe, incidents, clock } = this.context
    const nowUs = clock.nowUs()
    const isDelta = since !== undefined
    const data = {
      feed: probe.status(),
      process: this.figures(),
      incidents: incidents.list.slice(-50),
    }
    return { type: isDelta ? 'delta' : 'snapshot', exchangeUs: 0, receiveUs: nowUs, content: { as: 'json', data } }
  }

  /** The figures are the server's own: they are live as long as the server is. */
  tick(): void {
    const { clock, incidents } = this.context
    const nowMs = clock.monotonicMs()
    if (nowMs - this.readAtMs >= EVERY_MS || incidents.version !== this.incidentsAt) {
      this.readAtMs = nowMs
      this.incidentsAt = incidents.version
      this.version++
    }
    const nowUs = clock.nowUs()
    this.machine.judge({ kind: 'live', text: 'health', lastEventUs: nowUs }, nowMs, nowUs)
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
