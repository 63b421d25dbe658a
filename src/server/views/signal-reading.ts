import type { SignalValue } from '../../signal/signal.ts'
import type { SignalReading } from '../protocol.ts'

/** What the dashboard shows of a value: without tables and without what the screen knows anyway. */
export function readingOf(value: SignalValue): SignalReading {
  const { signal, params, timeUs, receiveTimeUs, unit, state, quality } = value
  return {
    signal,
    params,
    timeUs,
    receiveTimeUs,
    unit,
    state,
    quality,
    ...(value.value === undefined ? {} : { value: value.value }),
    ...(value.values === undefined ? {} : { values: value.values }),
  }
}

/** The value of a reading that is of now and whole; undefined otherwise. */
export function currentValue(value: SignalValue | undefined, name: string): number | undefined {
  if (value?.state !== 'ok') return undefined
  const figure = value.values?.[name]
  return typeof figure === 'number' && Number.isFinite(figure) ? figure : undefined
}
