import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DialError } from '../../src/model/error.ts'
import { AttemptBudget } from '../../src/net/attempt-budget.ts'
import { type BudgetRecord, EMPTY_RECORD } from '../../src/net/budget-store.ts'
import { fileBudgets } from '../../src/net/file-budgets.ts'
import { seededRandom } from '../../src/net/random.ts'
import { WeightBudget } from '../../src/net/weight-budget.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { memoryVenue } from '../feed/memory-venue.ts'
import { type Bundle, bundle } from '../support/bundle.ts'

const folders: string[] = []

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'tickwire-budgets-'))
  folders.push(made)
  return made
}

afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true })
})

const spend = (record: BudgetRecord): BudgetRecord => ({ ...record, usedWeight: record.usedWeight + 1 })

function recordOf(directory: string, name: string): unknown {
  return JSON.parse(readFileSync(join(directory, `budget-${encodeURIComponent(name)}.json`), 'utf8'))
}

describe('budgets in files', () => {
  it('F:B02 a block outlives the process: nothing is asked or dialled until it ends', async () => {
    const directory = folder()
    const clock = new FakeClock()
    const before = {
      attempts: new AttemptBudget(clock, 300, 300_000, { store: fileBudgets(directory, { clock }), host: 'venue:443' }),
      weight: new WeightBudget(clock, 6000, { store: fileBudgets(directory, { clock }), pool: 'live|spot' }),
    }
    before.attempts.block(120_000)
    before.weight.block(120_000)
    await clock.advance(20_000)
    const store = fileBudgets(directory, { clock })
    const attempts = new AttemptBudget(clock, 300, 300_000, { store, host: 'venue:443' })
    const weight = new WeightBudget(clock, 6000, { store, pool: 'live|spot' })
    expect(attempts.take()).toBeCloseTo(100_000, -1)
    let admittedMs = 0
    void weight.acquire(1, 0).then(() => {
      admittedMs = clock.monotonicMs()
    })
    await clock.advance(99_000)
    expect(admittedMs).toBe(0)
    expect(weight.snapshot().blockedForMs).toBeGreaterThan(900)
    await clock.advance(1100)
    expect(admittedMs).toBeGreaterThan(119_900)
    expect(attempts.take()).toBe(0)
  })

  it('F:B03 three clients behind one address stay within one window and one minute', async () => {
    const directory = folder()
    const clock = new FakeClock(1_790_000_040_000_000)
    const attempts: number[] = []
    let spent = 0
    for (let client = 0; client < 3; client++) {
      const store = fileBudgets(directory, { clock })
      const random = seededRandom(client)
      const budget = new AttemptBudget(clock, 300, 300_000, { store, host: 'venue', random })
      const weight = new WeightBudget(clock, 1000, { store, pool: 'pool', random })
      const dial = (): void => {
        const waitMs = budget.take()
        if (waitMs === 0) {
          attempts.push(clock.monotonicMs())
          budget.opened()
        }
        clock.setTimer(Math.max(200, waitMs), dial)
      }
      dial()
      for (let call = 0; call < 50; call++) {
        void weight.acquire(20, 0).then(hold => {
          spent += 20
          hold.settle()
        })
      }
    }
    await clock.advance(59_000)
    expect(spent).toBe(800)
    await clock.advance(240_000)
    expect(attempts.length).toBe(240)
    await clock.advance(600_000)
    const worst = Math.max(
      ...attempts.map(startMs => attempts.filter(atMs => atMs >= startMs && atMs < startMs + 300_000).length),
    )
    expect(worst).toBe(240)
    expect(attempts.length).toBeGreaterThan(600)
  })

  it('F:B03 what the venue counted for one process holds for the other', async () => {
    const directory = folder()
    const clock = new FakeClock(1_790_000_040_000_000)
    const first = new WeightBudget(clock, 1000, { store: fileBudgets(directory, { clock }), pool: 'pool' })
    const second = new WeightBudget(clock, 1000, { store: fileBudgets(directory, { clock }), pool: 'pool' })
    first.observe(790)
    let isAdmitted = false
    void second.acquire(20, 0).then(() => {
      isAdmitted = true
    })
    await clock.advance(30_000)
    expect(isAdmitted).toBe(false)
    expect(second.snapshot().usedWeight).toBe(790)
    await clock.advance(31_000)
    expect(isAdmitted).toBe(true)
  })

  it('F:B19 processes that start together spread their first attempts over a second; one alone does not wait', async () => {
    const directory = folder()
    const clock = new FakeClock()
    const waits = Array.from({ length: 40 }, (_, seed) => {
      const options = { store: fileBudgets(directory, { clock }), host: 'venue', random: seededRandom(seed) }
      return new AttemptBudget(clock, 300, 300_000, options).take()
    })
    expect(waits[0]).toBe(0)
    const others = waits.slice(1)
    expect(Math.max(...others)).toBeLessThanOrEqual(1000)
    expect(Math.min(...others)).toBeGreaterThan(0)
    expect(Math.max(...others) - Math.min(...others)).toBeGreaterThan(700)
    await clock.advance(1500)
    const later = { store: fileBudgets(directory, { clock }), host: 'venue', random: seededRandom(1) }
    expect(new AttemptBudget(clock, 300, 300_000, later).take()).toBe(0)
  })

  it('a file is readable by its owner only, and no temporary one stays behind', () => {
    const directory = folder()
    const store = fileBudgets(directory)
    for (let round = 0; round < 20; round++) expect(store.change('a/b:c', spend)).toBe(true)
    const names = readdirSync(directory)
    expect(names).toEqual(['budget-a%2Fb%3Ac.json'])
    expect(statSync(join(directory, names[0] ?? '')).mode & 0o777).toBe(0o600)
    expect(recordOf(directory, 'a/b:c')).toEqual({ ...EMPTY_RECORD, usedWeight: 20 })
  })

  it.each([
    ['cut', '{"attemptsMs":[1,2'],
    ['no record', '[]'],
    ['odd values', '{"attemptsMs":["x"],"minute":1,"usedWeight":-1,"blockedAtMs":0,"blockedUntilMs":0}'],
    ['empty', ''],
  ])('a corrupt file (%s) is reported once and replaced', (_name, text) => {
    const directory = folder()
    const problems: string[] = []
    const store = fileBudgets(directory, { onProblem: message => problems.push(message) })
    writeFileSync(join(directory, 'budget-x.json'), text)
    expect(store.change('x', spend)).toBe(true)
    expect(store.change('x', spend)).toBe(true)
    expect(recordOf(directory, 'x')).toEqual({ ...EMPTY_RECORD, usedWeight: 2 })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain('budget-x.json')
  })

  it('a directory that cannot be made is the caller’s fault; one that vanishes is reported, and memory goes on', () => {
    const directory = folder()
    writeFileSync(join(directory, 'file'), '')
    expect(() => fileBudgets(join(directory, 'file', 'below'))).toThrow(/budgets: cannot use the directory/)
    const problems: string[] = []
    const gone = join(directory, 'gone')
    const store = fileBudgets(gone, { onProblem: message => problems.push(message) })
    rmSync(gone, { recursive: true })
    let seen = EMPTY_RECORD
    for (let round = 0; round < 3; round++) {
      store.change('x', record => {
        seen = record
        return spend(record)
      })
    }
    expect(seen.usedWeight).toBe(2)
    expect(problems).toHaveLength(1)
  })

  it('a living holder is waited for; a dead one and an old lock are taken over', () => {
    const directory = folder()
    const clock = new FakeClock()
    const lock = join(directory, 'budget-x.json.lock')
    const nowMs = clock.nowUs() / 1000
    const store = fileBudgets(directory, { clock })
    writeFileSync(lock, `${process.ppid} ${nowMs} token ${hostname()}`)
    expect(store.change('x', spend)).toBe(false)
    writeFileSync(lock, `${process.ppid} ${nowMs - 6000} token ${hostname()}`)
    expect(store.change('x', spend)).toBe(true)
    writeFileSync(lock, `4194304 ${nowMs} token ${hostname()}`)
    expect(store.change('x', spend)).toBe(true)
    writeFileSync(lock, `4194304 ${nowMs} token another-machine`)
    expect(store.change('x', spend)).toBe(false)
    rmSync(lock)
    expect(store.change('x', spend)).toBe(true)
    expect(readdirSync(directory)).toEqual(['budget-x.json'])
  })
})

describe('a feed with a store', () => {
  it('F:B02 a restarted feed neither dials nor asks inside what the feed before it was told to wait', async () => {
    const directory = folder()
    const btc = 'binance-usdm:BTCUSDT'
    const first = memoryVenue({ budgets: fileBudgets(directory) })
    first.rest.set('/exchangeInfo', () => ({ status: 418, body: '{"code":-1003,"msg":"Way too many requests"}' }))
    first.feed.observe({ instruments: [btc], channels: ['trade'] }, () => undefined)
    await first.clock.advance(20_000)
    expect(first.requests).toHaveLength(1)
    first.sockets[0]?.fail(new DialError('upgrade', 'HTTP 429', { status: 429, retryAfterMs: 90_000 }))
    await first.feed[Symbol.asyncDispose]()

    // The clock of the second one begins where that of the first one began.
    const second = memoryVenue({ budgets: fileBudgets(directory) })
    second.feed.observe({ instruments: [btc], channels: ['trade'] }, () => undefined)
    await second.clock.advance(89_000)
    expect([second.sockets.length, second.requests.length]).toEqual([0, 0])
    await second.clock.advance(42_000)
    expect(second.sockets.length).toBeGreaterThan(0)
    expect(second.requests.length).toBeGreaterThan(0)
    await second.feed[Symbol.asyncDispose]()
    expect(second.clock.pending).toBe(0)
  })
})

describe('budgets in files, in processes of their own', () => {
  let built: Bundle

  beforeAll(async () => {
    built = await bundle('src/net/file-budgets.ts')
  })

  afterAll(() => built.remove())

  function client(script: string, directory: string): ChildProcess {
    const head = `const { fileBudgets } = await import(${JSON.stringify(built.path)})
      const store = fileBudgets(${JSON.stringify(directory)})
      const pause = () => new Promise(resolve => setTimeout(resolve, 1))
      const spend = record => ({ ...record, usedWeight: record.usedWeight + 1 })
      `
    return spawn(process.execPath, ['--input-type=module', '-e', head + script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }

  it('F:B03 four processes lose no count', async () => {
    const directory = folder()
    const script = 'for (let done = 0; done < 250; ) { if (store.change("x", spend)) done++; else await pause() }'
    const exits = Array.from({ length: 4 }, () => once(client(script, directory), 'exit'))
    for (const [code] of await Promise.all(exits)) expect(code).toBe(0)
    expect(recordOf(directory, 'x')).toEqual({ ...EMPTY_RECORD, usedWeight: 1000 })
    expect(readdirSync(directory)).toEqual(['budget-x.json'])
  })

  it('F:B02 a process killed while it holds the lock hinders nobody, and the file stays whole', async () => {
    const directory = folder()
    const victim = client(
      `store.change("x", record => { process.stdout.write("held"); process.kill(process.pid, "SIGKILL"); for (;;); })`,
      directory,
    )
    await once(victim, 'exit')
    expect(readdirSync(directory)).toEqual(['budget-x.json.lock'])
    expect(fileBudgets(directory).change('x', spend)).toBe(true)
    expect(recordOf(directory, 'x')).toEqual({ ...EMPTY_RECORD, usedWeight: 1 })
  })
})
