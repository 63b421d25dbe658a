import type { SignalEvent, SignalOutput, SignalValue } from '../signal/signal.ts'
import type { Reading } from './reading.ts'
import type { AlertSource } from './source.ts'

type SignalSource = Extract<AlertSource, { readonly kind: 'signal' }>

/** What an output of the source's signal means to it. */
export function signalReading(source: SignalSource, output: SignalOutput): Reading {
  return output.kind === 'signal' ? valueReading(source, output) : eventReading(output)
}

function valueReading(source: SignalSource, output: SignalValue): Reading {
  const { values, quality, state } = output
  const found = source.path === 'value' ? output.value : values?.[source.path]
  const number = typeof found === 'boolean' ? Number(found) : found
  const openTimeUs = values?.['openTimeUs']
  const final = values?.['final']
  const value = state === 'ok' && typeof number === 'number' ? number : undefined
  return {
    atUs: output.receiveTimeUs,
    timeUs: output.timeUs,
    // A value that is stale, gapped or warming up is none.
    value,
    isAbsent: value === undefined ? true : undefined,
    isGap: state === 'gapped' ? true : undefined,
    isFinal: typeof final === 'boolean' ? final : undefined,
    candleUs: typeof openTimeUs === 'number' ? openTimeUs : undefined,
    isConverged: quality.converged,
  }
}

function eventReading(event: SignalEvent): Reading {
  const { id, phase, direction, headline, strength } = event
  return {
    atUs: event.receiveTimeUs,
    timeUs: event.timeUs,
    value: strength,
    occurrence: { id: `${id} ${phase}`, phase, direction, headline },
  }
}
