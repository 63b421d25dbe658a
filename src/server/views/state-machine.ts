import { type StateKind, severityOf, type ViewState } from '../protocol.ts'

const BETTER_AFTER_MS = 1000
const REPEAT_MS = 1000

export type Verdict = Omit<ViewState, 'sinceUs'>

/**
 * Holds the state that is shown. A turn for the worse shows at once, a turn for the better only after one second of it, so
 * that a flickering stream never looks whole. The first data after loading shows at once: nothing was shown before it.
 */
export class StateMachine {
  state: ViewState
  version = 1
  private betterSinceMs: number | undefined
  private toldAtMs = Number.NEGATIVE_INFINITY

  constructor(text: string, nowUs: number) {
    this.state = { kind: 'loading', text, sinceUs: nowUs }
  }

  judge(verdict: Verdict, nowMs: number, nowUs: number): void {
    const isBetter = severityOf(verdict.kind) < severityOf(this.state.kind)
    if (!isBetter) this.betterSinceMs = undefined
    if (verdict.kind === this.state.kind) {
      this.repeat(verdict, nowMs)
      return
    }
    if (isBetter && !isImmediate(this.state.kind)) {
      this.betterSinceMs ??= nowMs
      if (nowMs - this.betterSinceMs < BETTER_AFTER_MS) return
    }
    this.enter({ ...verdict, sinceUs: nowUs }, nowMs)
  }

  private repeat(verdict: Verdict, nowMs: number): void {
    const isNews = verdict.text !== this.state.text || verdict.gap?.toUs !== this.state.gap?.toUs
    const isSettled = verdict.kind === 'live' || verdict.kind === 'unsupported' || verdict.kind === 'error'
    const isCounting = !isSettled && nowMs - this.toldAtMs >= REPEAT_MS
    if (isNews || isCounting) this.enter({ ...verdict, sinceUs: this.state.sinceUs }, nowMs)
  }

  private enter(state: ViewState, nowMs: number): void {
    this.state = state
    this.version++
    this.toldAtMs = nowMs
    this.betterSinceMs = undefined
  }
}

function isImmediate(kind: StateKind): boolean {
  return kind === 'loading' || kind === 'backfilling' || kind === 'unsupported' || kind === 'empty' || kind === 'quiet'
}
