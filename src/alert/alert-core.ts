import type { AlertEvaluator, EvaluatorState } from './alert-evaluator.ts'
import type { AlertNews } from './alert-event.ts'
import type { Reading } from './reading.ts'
import { instrumentFor } from './source.ts'

const SECOND_US = 1_000_000
/** A longer jump of receive time is no silence that has to be gone through second by second. */
const MOST_SECONDS = 7 * 86_400

export function evaluatorKey(rule: string, instrument: string | undefined): string {
  return JSON.stringify([rule, instrument ?? ''])
}

/**
 * Rules, fed with readings. Every whole second of receive time comes once, before the reading that follows it: what depends on
 * time alone is decided then, live and in a replay alike.
 */
export class AlertCore {
  private readonly onNews: (news: AlertNews, evaluator: AlertEvaluator) => void
  private seats = new Map<string, AlertEvaluator>()
  private bySource = new Map<string, AlertEvaluator[]>()
  private lastSecond: number | undefined
  private newestUs = 0

  constructor(onNews: (news: AlertNews, evaluator: AlertEvaluator) => void) {
    this.onNews = onNews
  }

  get evaluators(): readonly AlertEvaluator[] {
    return [...this.seats.values()]
  }

  set(evaluators: readonly AlertEvaluator[]): void {
    this.seats = new Map(evaluators.map(each => [evaluatorKey(each.rule.id, each.instrument), each]))
    this.bySource = new Map()
    for (const evaluator of evaluators) {
      for (const source of evaluator.sources) {
        const key = sourceKey(source.text, instrumentFor(source, evaluator.instrument))
        const readers = this.bySource.get(key) ?? []
        this.bySource.set(key, readers)
        readers.push(evaluator)
      }
    }
  }

  of(key: string): AlertEvaluator | undefined {
    return this.seats.get(key)
  }

  /** What a source of an instrument says. A stamp that is older than what was seen before counts as now. */
  read(source: string, instrument: string | undefined, given: Reading): void {
    this.begin(given.atUs)
    this.newestUs = Math.max(this.newestUs, given.atUs)
    const reading = given.atUs === this.newestUs ? given : { ...given, atUs: this.newestUs }
    for (const evaluator of this.bySource.get(sourceKey(source, instrument)) ?? []) {
      const news = evaluator.read(source, reading)
      if (news !== undefined) this.onNews(news, evaluator)
    }
  }

  /** Time has passed, with or without a reading. */
  advance(atUs: number): void {
    this.begin(atUs)
  }

  snapshot(): ReadonlyMap<string, EvaluatorState> {
    return new Map([...this.seats].map(([key, evaluator]) => [key, evaluator.snapshot()]))
  }

  restore(states: ReadonlyMap<string, EvaluatorState>): void {
    for (const [key, state] of states) this.seats.get(key)?.restore(state)
  }

  private begin(atUs: number): void {
    const now = Math.floor(atUs / SECOND_US)
    this.lastSecond ??= now - 1
    if (now - this.lastSecond > MOST_SECONDS) this.lastSecond = now - 1
    for (let second = this.lastSecond + 1; second <= now; second++) {
      this.lastSecond = second
      this.newestUs = Math.max(this.newestUs, second * SECOND_US)
      for (const evaluator of this.seats.values()) {
        const news = evaluator.tick(second * SECOND_US)
        if (news !== undefined) this.onNews(news, evaluator)
      }
    }
  }
}

/** Sources of Tickwire itself belong to no instrument. */
export function sourceKey(source: string, instrument: string | undefined): string {
  return `${instrument ?? ''} ${source}`
}
