import { type DstArgs, parseArgs } from './args.ts'
import { type RunResult, runScenario } from './run/run-scenario.ts'
import { shrink } from './run/shrink.ts'
import { Summary } from './run/summary.ts'
import { isWorkerThread, runSeeds } from './run/work-pool.ts'
import { drawScenario, speedScenario } from './scenario/draw-scenario.ts'
import type { Scenario } from './scenario/scenario.ts'
import { readRegression } from './scenario/scenario-file.ts'

if (!isWorkerThread()) {
  const args = parseArgs(process.argv.slice(2))
  // Promise reactions can be drained by hand only outside of one, so nothing runs within this module's evaluation.
  setImmediate(() => start(args))
}

function start(args: DstArgs): void {
  switch (args.mode) {
    case 'many':
      void runMany(args)
      return
    case 'one':
      runOne(drawScenario(args.from, args.minutes, args.hasSignals), args)
      return
    case 'replay': {
      const { scenario } = readRegression(args.replay ?? '')
      runOne(scenario, { ...args, isShrinking: false })
      return
    }
    case 'speed':
      runSpeed(args)
  }
}

async function runMany(args: DstArgs): Promise<void> {
  const beganMs = performance.now()
  const summary = new Summary()
  const seeds = args.list ?? Array.from({ length: args.seeds }, (_, index) => args.from + index)
  const failures: RunResult[] = []
  const options = { times: args.isTwice ? 2 : 1, threads: args.threads, hasSignals: args.hasSignals }
  await runSeeds(new URL(import.meta.url), seeds, args.minutes, options, result => {
    summary.add(result)
    if (result.violations.length === 0) return false
    failures.push(result)
    for (const { invariant, text, atMs } of result.violations.slice(0, 2))
      console.log(`seed ${result.seed} at ${(atMs / 1000).toFixed(1)} s: ${invariant}: ${text}`)
    return args.isHasty
  })
  if (args.areFailedListed) console.log(`failed seeds: ${summary.failed.join(' ')}`)
  summary.print(args.areCountersDue, performance.now() - beganMs)
  const isPoor = args.areCountersDue && summary.zeros().length > 0
  process.exitCode = failures.length > 0 || isPoor ? 1 : 0
  const [first] = failures.sort((a, b) => a.seed - b.seed)
  const invariant = first?.violations[0]?.invariant
  if (first === undefined || invariant === undefined || !args.isShrinking || args.isHasty || invariant === 'R03') return
  setImmediate(() => printShrunk(drawScenario(first.seed, args.minutes, args.hasSignals), invariant))
}

function runOne(scenario: Scenario, args: DstArgs): void {
  const result = runScenario(scenario, args.isVerbose)
  const { steps: _, ...rest } = scenario
  console.log(JSON.stringify(rest, undefined, 1))
  console.log(result.lines.join('\n'))
  const { hash, events, cpuMs, liveAfterMs } = result
  console.log(
    `\nhash ${hash}, ${events} events, ${cpuMs.toFixed(0)} CPU ms, live ${liveAfterMs} ms after the last fault`,
  )
  for (const { invariant, text, atMs } of result.violations)
    console.log(`${(atMs / 1000).toFixed(3)} s  ${invariant}: ${text}`)
  if (args.isTwice) {
    const again = runScenario(scenario)
    console.log(again.hash === hash ? 'run twice: the same' : `run twice: ${hash} and ${again.hash}`)
    if (again.hash !== hash) process.exitCode = 1
  }
  const [first] = result.violations
  if (first === undefined) return
  process.exitCode = 1
  if (args.isShrinking) printShrunk(scenario, first.invariant)
}

function printShrunk(scenario: Scenario, invariant: string): void {
  const small = shrink(scenario, invariant)
  console.log(`\nsmallest case that violates ${invariant} (for test/dst/regressions, once it is mended):`)
  console.log(JSON.stringify({ invariant, note: '', scenario: small }))
  const { violations, lines } = runScenario(small)
  console.log(lines.slice(-60).join('\n'))
  for (const { text } of violations.slice(0, 3)) console.log(`  ${text}`)
}

/** Short runs before the measured one: the engine compiles what is hot after some thousand calls, as in a run of many seeds. */
const WARM_UPS = 12

/** R02: the standard load on one core. */
function runSpeed(args: DstArgs): void {
  for (let i = 0; i < WARM_UPS; i++) runScenario(speedScenario(1, 5))
  const result = runScenario(speedScenario(args.from, args.minutes))
  const hours = result.simMs / 3_600_000
  const seconds = result.cpuMs / 1000
  console.log(
    `${hours.toFixed(2)} simulated h in ${seconds.toFixed(2)} CPU s: ${(hours / seconds).toFixed(2)} h per CPU s`,
  )
  console.log(
    `${result.events} events to the observer, as many to the queue: ${Math.round(result.events / seconds)} per CPU s`,
  )
  for (const { invariant, text } of result.violations) console.log(`${invariant}: ${text}`)
  process.exitCode = result.violations.length > 0 ? 1 : 0
}
