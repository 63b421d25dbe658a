import type { Brand } from './brand.ts'

/** Integer microseconds since 1970-01-01 UTC. */
export type EpochUs = Brand<number, 'EpochUs'>

/** Durations carry their unit in the name of the field; the alias only documents the intent. */
export type DurationMs = number

/** Marks a number as microseconds since 1970. The caller vouches for the unit: it is never guessed from the magnitude. */
export function epochUs(microseconds: number): EpochUs {
  return microseconds as EpochUs
}

/** Milliseconds since 1970, as most venues send them, to microseconds. */
export function epochUsFromMs(milliseconds: number): EpochUs {
  return (milliseconds * 1000) as EpochUs
}
