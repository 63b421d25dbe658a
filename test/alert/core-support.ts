import { AlertCore } from '../../src/alert/alert-core.ts'
import { AlertEvaluator, type EvaluatorState } from '../../src/alert/alert-evaluator.ts'
import type { AlertNews } from '../../src/alert/alert-event.ts'
import type { Reading } from '../../src/alert/reading.ts'
import { readAlerts } from '../../src/alert/rule-reader.ts'
import { instrumentId } from '../../src/model/instrument.ts'

export const BTC = instrumentId('binance-usdm:BTCUSDT')

/** One step of a made-up market. */
export type Said =
  | { readonly source: string; readonly reading: Reading }
  /** Time passes in silence until then. */
  | { readonly untilUs: number }

/** Rules without any feed: what they say to a list of readings. */
export class Bench {
  readonly news: AlertNews[] = []
  readonly core: AlertCore

  constructor(rules: readonly unknown[]) {
    this.core = new AlertCore(news => this.news.push(news))
    this.core.set(readAlerts({ rules }).rules.map(rule => new AlertEvaluator(rule, BTC)))
  }

  say(said: Said): this {
    if ('untilUs' in said) this.core.advance(said.untilUs)
    else this.core.read(said.source, BTC, said.reading)
    return this
  }

  value(second: number, value: number | undefined, more: Partial<Reading> = {}): this {
    const us = Math.round(second * 1_000_000)
    return this.say({ source: 'trade.price', reading: { atUs: us, timeUs: us, value, ...more } })
  }

  until(second: number): this {
    this.core.advance(second * 1_000_000)
    return this
  }

  /** `fire@3`, `rearm@5`, `cooldown@8`, in seconds. */
  get told(): readonly string[] {
    return this.news
      .filter(news => news.kind !== 'started')
      .map(news => {
        if (news.kind === 'fire') return `fire@${news.fire.firedUs / 1_000_000}`
        return `${news.kind === 'suppressed' ? news.reason : 'rearm'}@${news.atUs / 1_000_000}`
      })
  }

  get fires(): readonly string[] {
    return this.news.flatMap(news => (news.kind === 'fire' ? [`${news.fire.id} ${news.fire.suppressed}`] : []))
  }

  snapshot(): ReadonlyMap<string, EvaluatorState> {
    const text = JSON.stringify([...this.core.snapshot()])
    return new Map<string, EvaluatorState>(JSON.parse(text))
  }
}

export function rule(condition: unknown, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { id: 'r', source: 'trade.price', condition, ...more }
}
