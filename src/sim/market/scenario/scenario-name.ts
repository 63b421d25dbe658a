import { ConfigError } from '../../../model/error.ts'
import { nearest } from '../../../model/nearest.ts'

/** Markets that a generated exchange can be told to play; without one it wanders between ordinary spells. */
export const scenarioNames = ['calm', 'trend', 'burst', 'flash-crash', 'liquidation-cascade'] as const
export type ScenarioName = (typeof scenarioNames)[number]

/** @throws ConfigError that lists the scenarios; `option` is what the message calls the setting */
export function readScenario(text: string, option = 'scenario'): ScenarioName {
  const name = scenarioNames.find(known => known === text)
  if (name !== undefined) return name
  throw new ConfigError(
    `${option}: expected one of ${scenarioNames.join(', ')}, was "${text}".`,
    nearest(text, scenarioNames),
  )
}
