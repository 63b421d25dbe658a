import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { drawScenario } from '../scenario/draw-scenario.ts'
import { type RunResult, runScenario } from './run-scenario.ts'

/** A seed of these many minutes takes no longer than this on any machine; a thread that does hangs. */
const MOST_SECONDS_PER_MINUTE = 12

interface Job {
  readonly seed: number
  readonly minutes: number
  readonly times: number
  readonly hasSignals: boolean
}

/** Runs seeds on every core, each in an event loop of its own, and hands over each result as it comes. */
export async function runSeeds(
  file: URL,
  seeds: readonly number[],
  minutes: number,
  options: { readonly times: number; readonly threads: number; readonly hasSignals: boolean },
  onResult: (result: RunResult) => boolean,
): Promise<void> {
  const waiting = [...seeds]
  const count = Math.min(options.threads || availableParallelism(), waiting.length)
  let isEnough = false
  const runOne = async (): Promise<void> => {
    while (!isEnough && waiting.length > 0) {
      const worker = new Worker(file, { workerData: 'dst', stdout: false })
      try {
        await serve(
          worker,
          () => (isEnough ? undefined : waiting.shift()),
          minutes,
          options,
          result => {
            isEnough ||= onResult(result)
          },
        )
      } finally {
        await worker.terminate()
      }
    }
  }
  await Promise.all(Array.from({ length: count }, runOne))
}

/** Feeds one thread until there is nothing left, or until it hangs. */
function serve(
  worker: Worker,
  next: () => number | undefined,
  minutes: number,
  { times, hasSignals }: { readonly times: number; readonly hasSignals: boolean },
  onResult: (result: RunResult) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    const give = (): void => {
      clearTimeout(timer)
      const seed = next()
      if (seed === undefined) {
        resolve()
        return
      }
      timer = setTimeout(
        () => {
          onResult(hung(seed, minutes))
          resolve()
        },
        Math.max(20, minutes * MOST_SECONDS_PER_MINUTE * times) * 1000,
      )
      const job: Job = { seed, minutes, times, hasSignals }
      worker.postMessage(job)
    }
    worker.on('message', (result: RunResult) => {
      onResult(result)
      give()
    })
    worker.on('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    give()
  })
}

function hung(seed: number, minutes: number): RunResult {
  const text = `no end within ${minutes * MOST_SECONDS_PER_MINUTE} s of real time`
  return {
    seed,
    violations: [{ invariant: 'I11', text, atMs: 0 }],
    counters: new Map(),
    recoveriesMs: [],
    liveAfterMs: -1,
    hash: '',
    events: 0,
    simMs: 0,
    cpuMs: 0,
    lines: [],
  }
}

/** In a thread: takes jobs from callbacks of the event loop, where promise reactions can be drained by hand. */
export function isWorkerThread(): boolean {
  if (isMainThread || workerData !== 'dst' || parentPort === null) return false
  const port = parentPort
  port.on('message', ({ seed, minutes, times, hasSignals }: Job) => {
    setImmediate(() => {
      let result = runScenario(drawScenario(seed, minutes, hasSignals))
      for (let again = 1; again < times; again++) {
        const other = runScenario(drawScenario(seed, minutes, hasSignals))
        if (other.hash === result.hash) continue
        const text = `run twice, the seed gave ${result.hash} and ${other.hash}`
        result = { ...result, violations: [...result.violations, { invariant: 'R03', text, atMs: 0 }] }
      }
      port.postMessage({ ...result, lines: [] })
    })
  })
  return true
}
