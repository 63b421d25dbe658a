import type { Random } from '../../net/random.ts'

/** Draws that may lie too near, for each that does not. */
const TRIES_EACH = 10

export interface Candidate {
  readonly timeUs: number
  /** Hour of the day and class of volatility: only equal ones are compared. */
  readonly stratum: string
}

/**
 * Random moments of the same hour of the day and the same volatility as an onset, with replacement, none nearer than
 * `apartUs` to it: what would have happened without the signal. Fewer, or none, when there are none like it.
 */
export class MatchedTimes {
  private readonly strata = new Map<string, number[]>()
  private readonly random: Random

  constructor(candidates: readonly Candidate[], random: Random) {
    this.random = random
    for (const { timeUs, stratum } of candidates) {
      const times = this.strata.get(stratum) ?? []
      this.strata.set(stratum, times)
      times.push(timeUs)
    }
  }

  draw(onset: Candidate, count: number, apartUs: number): readonly number[] {
    const pool = this.strata.get(onset.stratum) ?? []
    const drawn: number[] = []
    for (let tries = 0; drawn.length < count && tries < count * TRIES_EACH; tries++) {
      const timeUs = pool[Math.floor(this.random() * pool.length)]
      if (timeUs !== undefined && Math.abs(timeUs - onset.timeUs) >= apartUs) drawn.push(timeUs)
    }
    return drawn
  }
}
