import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { type AccountRunResult, runAccountScenario } from './run-account.ts'
import { type AccountFault, type AccountScenario, drawAccountScenario, FAULT_KINDS } from './scenario.ts'

/** Paths that a run of many seeds must have taken. */
const SOMETIMES = [
  'fill: stream',
  'fill: reconcile',
  'judged after synced',
  'compared at the end',
  'phase: stale',
  'phase: refused',
  'a time was refused',
  'a message was never sent',
  'messages came in another order',
  'a message was sent twice',
]

interface Options {
  readonly seeds: readonly number[]
  readonly minutes: number
  readonly threads: number
  readonly isVerbose: boolean
  readonly isTwice: boolean
  readonly isHasty: boolean
  readonly areCountersDue: boolean
  readonly areFailedListed: boolean
  readonly isShrinking: boolean
}

if (isMainThread) {
  const options = read(process.argv.slice(2))
  // Promise reactions can be drained by hand only outside of one, so nothing runs within this module's evaluation.
  setImmediate(() => {
    if (options.seeds.length === 1) runOne(options)
    else void runMany(options)
  })
} else if (workerData === 'dst account') serve()

function read(words: readonly string[]): Options {
  const value = (name: string): string | undefined => {
    const at = words.indexOf(name)
    return at < 0 ? undefined : (words[at + 1] ?? '')
  }
  const number = (name: string, otherwise: number): number => {
    const text = value(name)
    const found = text === undefined ? otherwise : Number(text)
    if (!Number.isFinite(found) || found < 0) throw new Error(`${name} expects a number, was "${text}"`)
    return found
  }
  const one = value('--seed')
  const [from, count] = [number('--from', 1), number('--seeds', 2000)]
  const range = Array.from({ length: count }, (_, index) => from + index)
  const seeds = one !== undefined ? [Number(one)] : (value('--list')?.split(',').map(Number) ?? range)
  return {
    seeds,
    minutes: number('--minutes', 16),
    threads: number('--threads', 2),
    isVerbose: words.includes('--verbose'),
    isTwice: words.includes('--twice'),
    isHasty: words.includes('--first'),
    areCountersDue: seeds.length >= 200 && !words.includes('--partial'),
    areFailedListed: words.includes('--failed'),
    isShrinking: !words.includes('--no-shrink'),
  }
}

function runOne({ seeds, minutes, isVerbose, isTwice, isShrinking }: Options): void {
  const scenario = drawAccountScenario(seeds[0] ?? 1, minutes)
  const result = runAccountScenario(scenario, isVerbose)
  console.log(JSON.stringify(scenario, undefined, 1))
  console.log(result.lines.join('\n'))
  console.log(`\nhash ${result.hash}, ${result.fills} fills, ${result.cpuMs.toFixed(0)} CPU ms`)
  for (const { invariant, text, atMs } of result.violations)
    console.log(`${(atMs / 1000).toFixed(3)} s  ${invariant}: ${text}`)
  if (isTwice) {
    const again = runAccountScenario(scenario)
    console.log(again.hash === result.hash ? 'run twice: the same' : `run twice: ${result.hash} and ${again.hash}`)
    if (again.hash !== result.hash) process.exitCode = 1
  }
  const [first] = result.violations
  if (first === undefined) return
  process.exitCode = 1
  if (isShrinking) console.log(`\nfaults that are needed: ${JSON.stringify(shrink(scenario, first.invariant).faults)}`)
}

/** Leaves out every fault without which the same invariant is violated all the same. */
function shrink(scenario: AccountScenario, invariant: string): AccountScenario {
  let best = scenario
  for (let at = 0; at < best.faults.length; ) {
    const faults: readonly AccountFault[] = best.faults.filter((_, index) => index !== at)
    const { violations } = runAccountScenario({ ...best, faults })
    if (violations.some(violation => violation.invariant === invariant)) best = { ...best, faults }
    else at++
  }
  return best
}

async function runMany(options: Options): Promise<void> {
  const beganMs = performance.now()
  const waiting = [...options.seeds]
  const failed: number[] = []
  const counters = new Map<string, number>()
  const synced: number[] = []
  const totals = { simMs: 0, cpuMs: 0, fills: 0 }
  let isEnough = false
  const take = (result: AccountRunResult): void => {
    totals.simMs += result.simMs
    totals.cpuMs += result.cpuMs
    totals.fills += result.fills
    for (const [name, count] of result.counters) counters.set(name, (counters.get(name) ?? 0) + count)
    for (const ms of result.syncedAfterMs) synced.push(ms)
    if (result.violations.length === 0) return
    failed.push(result.seed)
    for (const { invariant, text, atMs } of result.violations.slice(0, 2))
      console.log(`seed ${result.seed} at ${(atMs / 1000).toFixed(1)} s: ${invariant}: ${text}`)
    isEnough ||= options.isHasty
  }
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: 'dst account' })
      const give = (): void => {
        const seed = isEnough ? undefined : waiting.shift()
        if (seed === undefined) {
          void worker.terminate().then(() => resolve())
          return
        }
        worker.postMessage({ seed, minutes: options.minutes, isTwice: options.isTwice })
      }
      worker.on('message', (result: AccountRunResult) => {
        take(result)
        give()
      })
      worker.on('error', reject)
      give()
    })
  await Promise.all(Array.from({ length: Math.max(1, options.threads) }, work))
  if (options.areFailedListed) console.log(`failed seeds: ${failed.sort((a, b) => a - b).join(' ')}`)
  synced.sort((a, b) => a - b)
  const at = (share: number): string => `${((synced[Math.floor(synced.length * share)] ?? 0) / 1000).toFixed(2)} s`
  console.log(`seeds            ${options.seeds.length}, ${failed.length} with violations`)
  console.log(
    `simulated        ${(totals.simMs / 3_600_000).toFixed(1)} h in ${(totals.cpuMs / 1000).toFixed(1)} CPU s, ${((performance.now() - beganMs) / 1000).toFixed(0)} s`,
  )
  console.log(`fills            ${totals.fills} delivered`)
  console.log(`connected→synced p50 ${at(0.5)}, p99 ${at(0.99)} (${synced.length} times)`)
  const names = [...counters.keys()].sort()
  console.log(names.map(name => `  ${String(counters.get(name)).padStart(9)}  ${name}`).join('\n'))
  const due = [...FAULT_KINDS.map(kind => `fault: ${kind}`), ...SOMETIMES].filter(name => !counters.has(name))
  if (due.length > 0) console.log(`never happened${options.areCountersDue ? '' : ' (few seeds)'}: ${due.join(', ')}`)
  process.exitCode = failed.length > 0 || (options.areCountersDue && due.length > 0) ? 1 : 0
}

/** In a thread: takes seeds from callbacks of the event loop, where promise reactions can be drained by hand. */
function serve(): void {
  const port = parentPort
  port?.on('message', ({ seed, minutes, isTwice }: { seed: number; minutes: number; isTwice: boolean }) => {
    setImmediate(() => {
      const scenario = drawAccountScenario(seed, minutes)
      const result = runAccountScenario(scenario)
      const again = isTwice ? runAccountScenario(scenario) : result
      const text = `run twice, the seed gave ${result.hash} and ${again.hash}`
      const violations =
        again.hash === result.hash ? result.violations : [...result.violations, { invariant: 'R03', text, atMs: 0 }]
      port.postMessage({ ...result, violations, lines: [] })
    })
  })
}
