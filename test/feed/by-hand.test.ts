import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBuilt } from '../cli/built.ts'
import { isRecord } from '../cli/cli.ts'
import { FreezeProxy } from '../support/freeze-proxy.ts'
import { pause } from '../support/sim-client.ts'
import { TickwireChild } from '../support/tickwire-child.ts'

const BTC = 'binance-usdm:BTCUSDT'
const folder = mkdtempSync(join(tmpdir(), 'tickwire-by-hand-'))

beforeAll(ensureBuilt)
afterAll(() => rmSync(folder, { recursive: true }))

let plans = 0

interface Exchange {
  readonly process: TickwireChild
  readonly port: number
  readonly rest: string
}

async function until(what: string, condition: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
  const failAt = performance.now() + withinMs
  while (!(await condition())) {
    if (performance.now() > failAt) throw new Error(`waited ${withinMs} ms in vain for: ${what}`)
    await pause(100)
  }
}

/** `tickwire sim`, with a plan of faults when there is one. */
async function exchange(plan?: object): Promise<Exchange> {
  const file = join(folder, `plan-${plans++}.json`)
  if (plan !== undefined) writeFileSync(file, JSON.stringify(plan))
  const faults = plan === undefined ? [] : ['--faults', file]
  const process = await TickwireChild.start(['sim', '--venue', 'binance-usdm', ...faults])
  await until('its endpoints', () => process.lines().length > 0)
  const [endpoints] = process.lines()
  const usdm = endpoints?.['binance-usdm']
  const rest = isRecord(usdm) ? String(usdm['rest']) : ''
  return { process, rest, port: Number(new URL(rest).port) }
}

/** `tickwire watch --strict` on the trades of one instrument, its origins at a port. */
async function watch(port: number): Promise<TickwireChild> {
  const origins = { rest: `http://127.0.0.1:${port}`, stream: `ws://127.0.0.1:${port}` }
  const endpoints = JSON.stringify({ 'binance-usdm': origins })
  const watcher = await TickwireChild.start(['watch', BTC, '--channel', 'trade', '--strict', '--endpoints', endpoints])
  await until('the first trade', () => trades(watcher).length > 0)
  return watcher
}

function trades(watcher: TickwireChild): readonly Record<string, unknown>[] {
  return watcher.lines().filter(event => event['kind'] === 'trade')
}

function gaps(watcher: TickwireChild): readonly Record<string, unknown>[] {
  return watcher.lines().filter(event => event['kind'] === 'gap')
}

/** How often a connection was found to be lost. */
function lostConnections(watcher: TickwireChild): number {
  return watcher.lines().filter(event => event['kind'] === 'connection' && event['state'] === 'waiting').length
}

async function aggTrades(rest: string, query: string): Promise<readonly Record<string, unknown>[]> {
  const response = await fetch(`${rest}/fapi/v1/aggTrades?symbol=BTCUSDT&limit=1000${query}`)
  const body: unknown = await response.json()
  if (!Array.isArray(body)) throw new Error(`no trades: ${JSON.stringify(body)}`)
  return body.filter(isRecord)
}

/** Waits until the watcher has got what the exchange had when asked. */
async function caughtUp(watcher: TickwireChild, on: Exchange): Promise<void> {
  const newest = Number((await aggTrades(on.rest, '')).at(-1)?.['a'])
  await until(`trade ${newest}`, () => Number(trades(watcher).at(-1)?.['id']) >= newest)
}

interface Account {
  readonly code: number | null
  /** Ids in gaps that nothing healed. */
  readonly missing: readonly number[]
  readonly recovered: number
}

/** Ends the watcher, and holds everything it said against what the exchange emitted. */
async function account(watcher: TickwireChild, on: Exchange): Promise<Account> {
  watcher.signal('SIGINT')
  const code = await watcher.exit
  const events = trades(watcher)
  const ids = events.map(event => Number(event['id']))
  const [first = 0, last = 0] = [ids[0], ids.at(-1)]
  const truth = new Map<number, Record<string, unknown>>()
  for (let from = first; from <= last; ) {
    const rows = await aggTrades(on.rest, `&fromId=${from}`)
    for (const row of rows) truth.set(Number(row['a']), row)
    from = Number(rows.at(-1)?.['a'] ?? last) + 1
  }
  const emitted = [...truth.keys()].filter(id => id <= last)
  expect(emitted.length, 'the exchange still knows all of it').toBe(last - first + 1)
  expect(
    ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? id)),
    'in order, each once',
  ).toBe(true)
  const missing = gaps(watcher)
    .filter(gap => gap['healed'] === false)
    .flatMap(({ from, to }) =>
      Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index),
    )
  expect(
    [...ids, ...missing].sort((a, b) => a - b),
    'delivered and declared are what was emitted',
  ).toEqual(emitted)
  for (const event of events) {
    const row = truth.get(Number(event['id']))
    expect([event['price'], event['quantity']]).toEqual([Number(row?.['p']), Number(row?.['q'])])
  }
  return { code, missing, recovered: events.filter(event => event['recovered'] === true).length }
}

describe.concurrent('tickwire watch --strict against tickwire sim, in processes of their own', () => {
  it('F:A01 F:D01 the exchange is stopped for 20 s and continued', async () => {
    const on = await exchange()
    await using sim = on.process
    await using watcher = await watch(on.port)
    await pause(2000)
    sim.signal('SIGSTOP')
    await pause(20_000)
    sim.signal('SIGCONT')
    await caughtUp(watcher, on)
    await pause(2000)
    expect(lostConnections(watcher)).toBeGreaterThan(0)
    const { code, missing, recovered } = await account(watcher, on)
    expect([code, missing]).toEqual([0, []])
    expect(recovered, 'trades of the outage').toBeGreaterThan(10)
  }, 120_000)

  it('F:D01 F:D02 sockets are dropped and messages left out: REST heals it', async () => {
    const on = await exchange({
      steps: [
        { fault: 'skip', atMs: 4000, everyMs: 3000, count: 4, stream: 'btcusdt@aggTrade' },
        { fault: 'drop', atMs: 5500, everyMs: 4000 },
        { fault: 'refuse', atMs: 9500, forMs: 1500, status: 503 },
      ],
      endMs: 16_000,
    })
    await using sim = on.process
    await using watcher = await watch(on.port)
    await until('the end of the plan', () => sim.stderr.includes('fault plan over'))
    await caughtUp(watcher, on)
    const { code, missing, recovered } = await account(watcher, on)
    expect([code, missing]).toEqual([0, []])
    expect(recovered).toBeGreaterThan(4)
  }, 120_000)

  it('F:D03 what REST does not have is declared, id by id, and the exit code is 3', async () => {
    const on = await exchange({
      steps: [
        { fault: 'rest', atMs: 5000, forMs: 16_000, status: 503 },
        { fault: 'skip', atMs: 6000, count: 5, stream: 'btcusdt@aggTrade' },
      ],
    })
    await using _sim = on.process
    await using watcher = await watch(on.port)
    await until('a gap', () => gaps(watcher).some(gap => gap['healed'] === false))
    await until('REST again', () => on.process.stderr.includes('fault 1 over'))
    await caughtUp(watcher, on)
    const { code, missing } = await account(watcher, on)
    expect([code, missing.length]).toEqual([3, 5])
  }, 120_000)

  it('F:A01 the network freezes for 25 s, and thaws', async () => {
    const on = await exchange()
    await using _sim = on.process
    await using proxy = new FreezeProxy(on.port)
    await using watcher = await watch(await proxy.listen())
    await pause(2000)
    proxy.freeze()
    const before = trades(watcher).length
    await pause(25_000)
    expect(trades(watcher).length).toBeLessThan(before + 50)
    proxy.thaw()
    await caughtUp(watcher, on)
    await pause(2000)
    expect(lostConnections(watcher)).toBeGreaterThan(0)
    const { code, missing, recovered } = await account(watcher, on)
    expect([code, missing]).toEqual([0, []])
    expect(recovered, 'trades of the outage').toBeGreaterThan(10)
  }, 120_000)

  it('F:B12 the network resets every connection, again and again', async () => {
    const on = await exchange()
    await using _sim = on.process
    await using proxy = new FreezeProxy(on.port)
    await using watcher = await watch(await proxy.listen())
    for (let times = 0; times < 4; times++) {
      const before = trades(watcher).length
      await until('trades on the next socket', () => trades(watcher).length > before)
      proxy.drop()
    }
    await caughtUp(watcher, on)
    await pause(1000)
    expect(lostConnections(watcher)).toBe(4)
    expect(await account(watcher, on)).toMatchObject({ code: 0, missing: [] })
  }, 120_000)
})
