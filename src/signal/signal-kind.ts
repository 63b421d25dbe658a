import type { Instrument } from '../model/instrument.ts'
import type { KindFigures } from './figure.ts'
import type { Signal, SignalNeed, SignalParams } from './signal.ts'
import { CheckedParams, type ParamSpecs } from './signal-params.ts'

/** What a signal has to know of its instrument. */
export type SignalInstrument = Pick<
  Instrument,
  'id' | 'kind' | 'base' | 'unit' | 'contractSize' | 'isInverse' | 'tickSize'
>

/** One entry of the catalogue: a signal that can be asked for by its id. */
export interface SignalKind {
  /** Such as `flow.cvd`. */
  readonly id: string
  /** One sentence: what it measures. */
  readonly meaning: string
  /** Unit of its main value. */
  readonly unit: string
  /** Channels it is fed with when no option says otherwise. */
  readonly needs: readonly SignalNeed[]
  /** What its `values` hold. */
  readonly figures: KindFigures
  readonly params: ParamSpecs
  create(instrument: SignalInstrument, params: CheckedParams): Signal
}

/** Makes a signal of a kind. @throws ConfigError naming the option that is wrong */
export function makeSignal(kind: SignalKind, instrument: SignalInstrument, params: SignalParams = {}): Signal {
  return kind.create(instrument, new CheckedParams(kind.id, kind.params, params))
}
