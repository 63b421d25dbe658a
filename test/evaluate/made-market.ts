import { type Collected, collect } from '../../src/evaluate/collect/collect.ts'
import { EVALUATION_DEFAULTS, type EvaluationConfig } from '../../src/evaluate/evaluation-config.ts'
import { FeeSchedule } from '../../src/evaluate/market/fee-schedule.ts'
import type { ExternalPoint } from '../../src/external/point.ts'
import type { MarketEvent } from '../../src/model/event.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import type { SignalInstrument } from '../../src/signal/signal-kind.ts'

export const SECOND_US = 1_000_000
/** 2024-08-08 00:00:00 UTC. */
export const START_US = 1_723_075_200 * SECOND_US

export const MADE: SignalInstrument = {
  id: instrumentId('made:AAABBB'),
  kind: 'spot',
  base: 'AAA',
  unit: 'base',
  contractSize: 1,
  isInverse: false,
}

export const NO_FEES = new FeeSchedule('none', [{ venue: 'made', from: '2020-01-01', takerBps: 0 }])

/** A market of one instrument whose quotes and gaps are written by hand, received at `atMs` behind the start. */
export class MadeMarket {
  private readonly events: { readonly atMs: number; readonly event: MarketEvent }[] = []

  quote(atMs: number, mid: number, halfSpread = 0.001): void {
    const price = { bidPrice: mid - halfSpread, askPrice: mid + halfSpread, bidQuantity: 1, askQuantity: 1 }
    this.put(atMs, { kind: 'quote', ...this.base(atMs), ...price })
  }

  gap(atMs: number): void {
    this.put(atMs, { kind: 'gap', ...this.base(atMs), channel: 'quote', reason: 'disconnect', healed: false })
  }

  /** Reads it as a replay is read. */
  async collect(config: EvaluationConfig, untilMs = Number.POSITIVE_INFINITY): Promise<Collected> {
    const observers: ((event: MarketEvent) => void)[] = []
    let end = (): void => undefined
    const ended = new Promise<void>(resolve => {
      end = resolve
    })
    const nothing = { ready: Promise.resolve(), isPaused: false, resume() {}, add: () => Promise.resolve(), drop() {} }
    return await collect({
      config,
      untilUs: untilMs === Number.POSITIVE_INFINITY ? undefined : START_US + untilMs * 1000,
      instruments: [MADE],
      held: new Map([[MADE.id, new Set(['quote'])]]),
      source: {
        ended,
        observe: (_, fn) => {
          observers.push(fn)
          return { ...nothing, [Symbol.dispose]() {} }
        },
        book: () => {
          throw new Error('there is no book')
        },
        play: () => {
          const sorted = [...this.events].sort((a, b) => a.atMs - b.atMs)
          for (const { atMs, event } of sorted) if (atMs <= untilMs) for (const observer of observers) observer(event)
          end()
        },
      },
    })
  }

  private base(atMs: number) {
    return { instrument: MADE.id, receiveTimeUs: epochUs(START_US + atMs * 1000) }
  }

  private put(atMs: number, event: MarketEvent): void {
    this.events.push({ atMs, event })
  }
}

/** A value of 1 or −1, published so many milliseconds behind the start, and 0 a second later. */
export function pulses(at: readonly { readonly atMs: number; readonly direction: 1 | -1 }[]): readonly ExternalPoint[] {
  return [pointAt(0, 0), ...at.flatMap(({ atMs, direction }) => [pointAt(atMs, direction), pointAt(atMs + 1000, 0)])]
}

export function pointAt(atMs: number, value: number, revision = 0): ExternalPoint {
  const publishedTimeUs = START_US + atMs * 1000
  const told = { series: 'made', key: undefined, unit: 'count', revision, isFinal: true }
  return { ...told, value, effectiveTimeUs: publishedTimeUs - 3600 * SECOND_US, publishedTimeUs }
}

export function configOf(points: readonly ExternalPoint[], more: Partial<EvaluationConfig> = {}): EvaluationConfig {
  return {
    ...EVALUATION_DEFAULTS,
    subjects: [{ kind: 'external', series: 'made', points }],
    cross: 0.5,
    fees: NO_FEES,
    horizonsMs: [1000, 5000],
    headlineMs: 5000,
    ...more,
  }
}
