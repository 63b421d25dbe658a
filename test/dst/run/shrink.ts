import type { FaultStep } from '../../../src/sim/plan/fault-step.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { runScenario } from './run-scenario.ts'

/** Removes from a scenario whatever it does not need to violate the same invariant. Runs in the event loop's own turn. */
export function shrink(scenario: Scenario, invariant: string, mostRuns = 120): Scenario {
  let runs = 0
  const stillFails = (candidate: Scenario): boolean => {
    if (runs >= mostRuns) return false
    runs++
    return runScenario(candidate).violations.some(violation => violation.invariant === invariant)
  }
  let best = scenario
  const tryOut = (candidate: Scenario): boolean => {
    if (!stillFails(candidate)) return false
    best = candidate
    return true
  }
  // Halves first, then single steps, until nothing more can go.
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.steps.length; ) {
      const steps = [...best.steps.slice(0, at), ...best.steps.slice(at + size)]
      if (!tryOut({ ...best, steps })) at += size
    }
  }
  if (best.wishes.length > 0) tryOut({ ...best, wishes: [] })
  if (best.usdm.length > 0 && best.spot.length > 0 && !tryOut({ ...best, spot: [] })) tryOut({ ...best, usdm: [] })
  if (best.usdm.length > 1 && !tryOut({ ...best, usdm: best.usdm.slice(0, 1) }))
    tryOut({ ...best, usdm: best.usdm.slice(1) })
  if (best.spot.length > 1 && !tryOut({ ...best, spot: best.spot.slice(0, 1) }))
    tryOut({ ...best, spot: best.spot.slice(1) })
  if (best.redundancy === 2) tryOut({ ...best, redundancy: 1 })
  if (best.rotation !== undefined) tryOut({ ...best, rotation: undefined })
  for (const [index, step] of best.steps.entries())
    simplify(step, changed =>
      tryOut({ ...best, steps: best.steps.map((other, at) => (at === index ? changed : other)) }),
    )
  return best
}

/** A lasting fault shorter, a repeated one once. */
function simplify(step: FaultStep, tryOut: (changed: FaultStep) => boolean): void {
  if (step.everyMs !== undefined) {
    const { everyMs: _, ...once } = step
    if (tryOut(once)) return
  }
  if (step.forMs !== undefined && step.forMs > 20_000) tryOut({ ...step, forMs: 20_000 })
}
