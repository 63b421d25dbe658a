import { ConfigError } from '../model/error.ts'
import { nearest } from '../model/nearest.ts'
import { bookKinds } from './book/catalogue.ts'
import { candleKinds } from './candles/catalogue.ts'
import { derivativeKinds } from './derivative/catalogue.ts'
import { flowCvd } from './flow/cvd.ts'
import { flowFootprint } from './flow/footprint.ts'
import { flowMarkout } from './flow/markout.ts'
import { flowPrint } from './flow/print.ts'
import { flowVolume } from './flow/volume.ts'
import { flowVpin } from './flow/vpin.ts'
import type { Signal, SignalParams } from './signal.ts'
import { makeSignal, type SignalInstrument, type SignalKind } from './signal-kind.ts'
import { volBurst } from './volatility/burst.ts'
import { volRealised } from './volatility/realised.ts'

const KINDS: readonly SignalKind[] = [
  flowVolume,
  flowCvd,
  flowPrint,
  flowVpin,
  flowMarkout,
  flowFootprint,
  ...bookKinds,
  ...derivativeKinds,
  volRealised,
  volBurst,
  ...candleKinds,
]

/** Every signal that can be asked for by its id, with its options. */
export const signalCatalogue: ReadonlyMap<string, SignalKind> = new Map(KINDS.map(kind => [kind.id, kind]))

/**
 * A signal by its id.
 * @throws ConfigError for an unknown id, naming the nearest, or for a wrong option, naming it
 * @example createSignal('flow.cvd', instrument, { anchor: 'rolling', windowMs: 600_000 })
 */
export function createSignal(id: string, instrument: SignalInstrument, params: SignalParams = {}): Signal {
  const kind = signalCatalogue.get(id)
  if (kind !== undefined) return makeSignal(kind, instrument, params)
  const known = [...signalCatalogue.keys()]
  throw new ConfigError(`signal: unknown id "${id}"; known are ${known.join(', ')}.`, nearest(id, known))
}
