import type { InstrumentId } from '../model/instrument.ts'
import type { SignalNeed } from './signal.ts'

/** A stream in one text. */
export function streamKey(instrument: InstrumentId, need: SignalNeed): string {
  return `${instrument} ${need}`
}
