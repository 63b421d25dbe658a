export type { StepEvent } from './control/step-log.ts'
export type { RestFault, SnapshotFault } from './fault-plan.ts'
export type { Faults, UpgradeRefusal } from './faults.ts'
export type { ScenarioName } from './market/scenario/scenario-name.ts'
export { scenarioNames } from './market/scenario/scenario-name.ts'
export type { LiveMarket, SimulatorOptions } from './options.ts'
export type { AccountFault, Fault, FaultName, FaultPlanFile, FaultStep } from './plan/fault-step.ts'
export type { VenueStats } from './server/venue-stats.ts'
export type { SimEndpoints, SimSource, Simulator } from './simulator.ts'
export { createSimulator } from './simulator.ts'
export type { SimAccountOptions } from './trading/account-options.ts'
export type {
  SimAccount,
  SimBalance,
  SimFill,
  SimOrder,
  SimPosition,
  SimUserEvent,
} from './trading/sim-account.ts'
export type { DeliveryFaults } from './trading/user-stream.ts'
export type { SimLimits, SimVenue } from './venue-rules.ts'
export { simVenues } from './venue-rules.ts'
