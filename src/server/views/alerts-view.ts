import type { AlertDesk } from '../alert-desk.ts'
import type { ViewState } from '../protocol.ts'
import { StateMachine } from './state-machine.ts'
import type { Payload, View, ViewContext } from './view.ts'

export type * from '../alert-protocol.ts'

const EVERY_MS = 500

/** Rules with their state, fires, attempts and dead letters: `AlertsData`, whole with every message. */
export class AlertsView implements View {
  readonly name = 'alerts'
  version = 0
  private readonly context: ViewContext
  private readonly desk: AlertDesk
  private readonly machine: StateMachine
  private readAtMs = Number.NEGATIVE_INFINITY
  private text = ''
  private data: unknown

  constructor(context: ViewContext, desk: AlertDesk) {
    this.context = context
    this.desk = desk
    this.machine = new StateMachine('Loading alerts', context.clock.nowUs())
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
    const type = since === undefined ? 'snapshot' : 'delta'
    const { data } = this
    return { type, exchangeUs: 0, receiveUs: this.context.clock.nowUs(), content: { as: 'json', data } }
  }

  /** Values of rules move with the market, so that it is looked at by time. */
  tick(): void {
    const { clock } = this.context
    const nowMs = clock.monotonicMs()
    const nowUs = clock.nowUs()
    if (nowMs - this.readAtMs >= EVERY_MS) {
      this.readAtMs = nowMs
      this.data = this.desk.data()
      const text = JSON.stringify(this.data)
      if (text !== this.text) {
        this.text = text
        this.version++
      }
    }
    const isEmpty = !this.desk.isServed
    const text = isEmpty ? 'No alerts run here: start the server with --rules <file>.' : 'alerts'
    this.machine.judge(isEmpty ? { kind: 'empty', text } : { kind: 'live', text, lastEventUs: nowUs }, nowMs, nowUs)
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
