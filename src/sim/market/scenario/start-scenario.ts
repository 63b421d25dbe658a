import { Chance } from '../chance.ts'
import type { World } from '../world.ts'
import { FlashCrash } from './flash-crash.ts'
import { LiquidationCascade } from './liquidation-cascade.ts'
import type { ScenarioName } from './scenario-name.ts'
import { Stage } from './stage.ts'

/** After the first moment at which anybody can look. */
const firstShockUs = 15_000_000

/** Sets a scenario's shocks, and the mood of its crowds. What its climate does by itself needs nothing here. */
export function startScenario(scenario: ScenarioName, world: World, seed: number): void {
  const listed = [...world.venues.values()].flatMap(venue => [...venue.listed.values()])
  switch (scenario) {
    case 'trend':
    case 'burst':
      return
    case 'calm':
      for (const { agents } of listed) agents.mood = { spread: 1, depth: 1, liquidation: 0 }
      return
    case 'flash-crash':
    case 'liquidation-cascade':
      break
  }
  const Shock = scenario === 'flash-crash' ? FlashCrash : LiquidationCascade
  for (const underlying of world.walks()) {
    const own = listed.filter(row => row.underlying === underlying)
    if (own.length === 0) continue
    const chance = new Chance(seed, `${scenario} ${underlying.name}`)
    // All markets fall together, though not in the same instant.
    const shock = new Shock(new Stage(underlying, own), world.scheduler, chance)
    shock.start(world.startUs + firstShockUs + Math.round(chance.between(0, 300_000)))
  }
}
