import type { DurationMs } from '../../model/time.ts'
import { Measure } from '../measure.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet } from '../signal.ts'
import type { SignalInstrument } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'

/** A book or quote that has not changed for so long may be quiet or dead: its last value is marked. */
export const BOOK_STALE_MS = 2000

export interface BookMeasureOptions {
  readonly id: string
  readonly instrument: SignalInstrument
  readonly params: CheckedParams
  readonly needs: readonly SignalNeed[]
  readonly unit: string
  readonly windowMs?: DurationMs
  readonly latenessMs?: DurationMs
}

/** What all signals of the book share: a gap or a new synchronisation makes them begin anew. */
export function bookMeasure(options: BookMeasureOptions): Measure {
  const { id, instrument, params, needs, unit, windowMs, latenessMs } = options
  return new Measure({
    id,
    instruments: [instrument.id],
    params: params.all,
    needs,
    unit,
    gapPolicy: 'reset',
    staleAfterMs: new Map(
      needs.filter(need => need !== 'trade' && need !== 'rawTrade').map(need => [need, BOOK_STALE_MS]),
    ),
    windowMs,
    latenessMs,
  })
}

/** A signal that speaks through `measure`. */
export function signalOf(measure: Measure, accept: (input: SignalInput, outlet: SignalOutlet) => void): Signal {
  const { id, instruments, params, needs } = measure.setup
  return { id, instruments, params, needs, accept }
}
