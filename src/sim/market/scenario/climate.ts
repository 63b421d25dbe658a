import type { Chance } from '../chance.ts'
import type { ScenarioName } from './scenario-name.ts'

/** How an underlying moves for a while. */
export interface Spell {
  /** Per year, as a fraction. */
  readonly volatility: number
  /** Per year, as a fraction. */
  readonly drift: number
  /** Factor on how often agents act. */
  readonly activity: number
  /** Chance of a jump per second, and its deviation as a fraction. */
  readonly jumpRate: number
  readonly jumpSize: number
  readonly lengthUs: number
}

/** What spells follow one another. `distance` is how far the price is from where the market began, as a logarithm. */
export interface Climate {
  next(chance: Chance, distance: number): Spell
}

type Weather = Omit<Spell, 'lengthUs'>

const usualJumps = { jumpRate: 1 / 240, jumpSize: 0.0009 }

const regimes: readonly (Omit<Weather, 'jumpRate' | 'jumpSize'> & { readonly weight: number })[] = [
  { volatility: 0.3, drift: 0, activity: 0.8, weight: 5 },
  { volatility: 0.6, drift: 15, activity: 1, weight: 2 },
  { volatility: 0.6, drift: -15, activity: 1, weight: 2 },
  { volatility: 1.6, drift: 0, activity: 1.6, weight: 1 },
]

/** Calm, trending and wild spells by turns. */
const ordinary = (): Climate => ({
  next: chance => {
    const total = regimes.reduce((sum, regime) => sum + regime.weight, 0)
    let ticket = chance.next() * total
    let chosen: Omit<Weather, 'jumpRate' | 'jumpSize'> = { volatility: 0.6, drift: 0, activity: 1 }
    for (const regime of regimes) {
      chosen = regime
      ticket -= regime.weight
      if (ticket < 0) break
    }
    return { ...chosen, ...usualJumps, lengthUs: chance.between(20e6, 150e6) }
  },
})

const calm = (): Climate => ({
  next: chance => ({
    volatility: 0.08,
    drift: 0,
    activity: 0.6,
    jumpRate: 0,
    jumpSize: 0,
    lengthUs: chance.between(60e6, 120e6),
  }),
})

/** How far a trend runs before it turns around, as a logarithm. */
const turnAt = 0.12
/** About 0.12 % a minute. */
const trendDrift = 630

/** Long legs one way, short pull-backs; the way is drawn, and turns when it has led far from where it began. */
function trend(): Climate {
  let way: 1 | -1 | undefined
  let isLeg = false
  return {
    next: (chance, distance) => {
      way ??= chance.isLucky(0.5) ? 1 : -1
      if (Math.abs(distance) > turnAt) way = distance > 0 ? -1 : 1
      isLeg = !isLeg
      const drift = way * trendDrift * (isLeg ? 1 : -0.4)
      const lengthUs = isLeg ? chance.between(180e6, 360e6) : chance.between(20e6, 50e6)
      return { volatility: 0.35, drift, activity: 1.1, jumpRate: 0, jumpSize: 0, lengthUs }
    },
  }
}

/** Quiet, and every half minute some seconds in which everybody acts at once. */
function burst(): Climate {
  let isBurst = true
  return {
    next: chance => {
      isBurst = !isBurst
      return isBurst
        ? {
            volatility: 2.5,
            drift: 0,
            activity: 14,
            jumpRate: 0.5,
            jumpSize: 0.0006,
            lengthUs: chance.between(3e6, 6e6),
          }
        : { volatility: 0.2, drift: 0, activity: 0.5, jumpRate: 0, jumpSize: 0, lengthUs: chance.between(15e6, 35e6) }
    },
  }
}

/** Between two shocks a market is an ordinary one without jumps of its own. */
const tense = (): Climate => ({
  next: chance => ({
    volatility: 0.45,
    drift: 0,
    activity: 1,
    jumpRate: 0,
    jumpSize: 0,
    lengthUs: chance.between(60e6, 120e6),
  }),
})

/** A climate of its own for every underlying. */
export function climateOf(scenario: ScenarioName | undefined): Climate {
  switch (scenario) {
    case undefined:
      return ordinary()
    case 'calm':
      return calm()
    case 'trend':
      return trend()
    case 'burst':
      return burst()
    case 'flash-crash':
    case 'liquidation-cascade':
      return tense()
  }
}
