import { epochUs } from '../../model/time.ts'
import type { SignalEvent, SignalValue } from '../signal.ts'
import type { Print } from './sweep.ts'

interface Limits {
  readonly zMin: number
  readonly minQuote: number
  /** Of this signal's events, from 1 on. */
  readonly number: number
}

/** A large print. It is over when it is told, so that there is a start and no end. */
export function printEvent(
  said: SignalValue,
  print: Print,
  { z, percentile }: { readonly z: number; readonly percentile: number },
  { zMin, minQuote, number }: Limits,
): SignalEvent {
  const { instrument, params, timeUs, receiveTimeUs, quality, state, values = {} } = said
  const verb = print.side === 'buy' ? 'bought' : 'sold'
  const levels = print.levels === 1 ? 'at one price' : `over ${print.levels} prices`
  const merged = values['merged'] === true ? ' (possibly several takers)' : ''
  return {
    kind: 'signalEvent',
    id: `flow.print:${instrument}:${print.firstUs}:${number}`,
    type: 'flow.print',
    instruments: [instrument],
    params,
    timeUs,
    receiveTimeUs,
    phase: 'start',
    direction: print.side === 'buy' ? 1 : -1,
    strength: Math.min(1, z / (2 * zMin || 1)),
    headline: `takers ${verb} ${print.quote.toFixed(0)} quote ${levels}${merged}; z ${z.toFixed(1)} against ${quality.n} prints`,
    reasons: [
      { term: 'z', value: z, unit: 'z', threshold: zMin, pass: z >= zMin },
      { term: 'quote', value: print.quote, unit: 'quote', threshold: minQuote, pass: print.quote >= minQuote },
    ],
    against: [],
    notes:
      values['merged'] === true ? ['The venue merges fills of a short time: several takers may be in one print.'] : [],
    values: { ...values, percentile },
    quality: { ...quality, state },
    evidence: { fromUs: epochUs(print.firstUs), toUs: epochUs(print.lastUs), streams: [String(params['trades'])] },
    reliability: null,
  }
}
