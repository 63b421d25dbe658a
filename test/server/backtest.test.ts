import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BacktestDesk } from '../../src/server/backtest/backtest-desk.ts'
import { listRecordings } from '../../src/server/backtest/recording-list.ts'
import type { BacktestRunner } from '../../src/server/index.ts'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { Cli, isRecord, run } from '../cli/cli.ts'
import { settle } from './view-bench.ts'

const BTC = 'binance-usdm:BTCUSDT'
const RULE = { id: 'any', name: 'Any trade', instrument: BTC, source: 'trade.price', condition: { above: 1 } }

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickwire-backtest-'))
  await mkdir(join(folder, 'recordings', 'deep'), { recursive: true })
  await writeFile(join(folder, 'secret.jsonl'), 'secret')
  await writeFile(join(folder, 'recordings', 'a.jsonl'), 'x')
  await writeFile(join(folder, 'recordings', 'deep', 'b.jsonl.gz'), 'xyz')
  await writeFile(join(folder, 'recordings', 'notes.txt'), 'x')
  await symlink(join(folder, 'secret.jsonl'), join(folder, 'recordings', 'link.jsonl'))
  await symlink(folder, join(folder, 'recordings', 'up'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

/** A desk with a runner that waits until it is let go. */
function deskWith(runner: BacktestRunner, clock = new FakeClock()) {
  const recordings = { directory: join(folder, 'recordings'), run: runner }
  const desk = new BacktestDesk({ recordings, clock, scrub: text => text.replaceAll('canary', '***') })
  return { desk, clock }
}

const untilStopped: BacktestRunner = async (_request, onProgress, signal) => {
  onProgress({ share: 0.5, fires: 2, suppressed: 0, list: [], notes: [] })
  await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
}

describe('recordings that rules can be tried on', () => {
  it('are files of the folder and of those in it, and nothing that a link points to', async () => {
    expect(await listRecordings(join(folder, 'recordings'))).toEqual([
      { name: 'a.jsonl', bytes: 1 },
      { name: 'deep/b.jsonl.gz', bytes: 3 },
    ])
  })

  it.each([
    '../secret.jsonl',
    'deep/../../secret.jsonl',
    'link.jsonl',
    'up/secret.jsonl',
    '/etc/passwd',
    './a.jsonl',
    'notes.txt',
    '',
  ])('F:M09 %s is not read', async name => {
    const asked: unknown[] = []
    const { desk } = deskWith(async request => void asked.push(request))
    await expect(desk.start(RULE, name)).rejects.toThrow('there is no')
    expect(asked).toEqual([])
    expect(desk.run).toBeUndefined()
  })
})

describe('a back-test', () => {
  it('is the only one, tells how far it is, and ends when it is stopped', async () => {
    const { desk } = deskWith(untilStopped)
    expect(await desk.start(RULE, 'a.jsonl')).toBe(1)
    await settle()
    expect(desk.run).toMatchObject({ id: 1, rule: 'Any trade', recording: 'a.jsonl', state: 'running', share: 0.5 })
    await expect(desk.start(RULE, 'deep/b.jsonl.gz')).rejects.toThrow('one runs already')
    desk.stop()
    await settle()
    expect(desk.run).toMatchObject({ state: 'stopped', fires: 2 })
    expect(await desk.start(RULE, 'deep/b.jsonl.gz')).toBe(2)
    await desk[Symbol.asyncDispose]()
    expect(desk.run).toMatchObject({ id: 2, state: 'stopped' })
  })

  it('is given up after ten minutes', async () => {
    const { desk, clock } = deskWith(untilStopped)
    await desk.start(RULE, 'a.jsonl')
    await clock.advance(601_000)
    await settle()
    expect(desk.run).toMatchObject({ state: 'stopped', reason: expect.stringContaining('longer than 10 minutes') })
  })

  it('tells why it failed, without secrets', async () => {
    const { desk } = deskWith(() => Promise.reject(new Error('no canary here')))
    await desk.start(RULE, 'a.jsonl')
    await settle()
    expect(desk.run).toMatchObject({ state: 'failed', reason: expect.stringContaining('no *** here') })
  })

  it('needs a folder', async () => {
    const desk = new BacktestDesk({ recordings: undefined, clock: new FakeClock(), scrub: text => text })
    expect(desk.isServed).toBe(false)
    await expect(desk.list()).rejects.toThrow('--recordings')
    await expect(desk.start(RULE, 'a.jsonl')).rejects.toThrow('--recordings')
  })
})

describe('tickwire serve --recordings', () => {
  let exchange: Simulator
  let endpoints: string
  let recorded: string

  beforeAll(async () => {
    exchange = await createSimulator({ venues: ['binance-usdm'] })
    endpoints = JSON.stringify(exchange.endpoints)
    recorded = join(folder, 'recorded')
    await mkdir(recorded)
    const to = join(recorded, 'btc.jsonl.gz')
    const made = await run(['capture', BTC, '--to', to, '--count', '40', '--endpoints', endpoints])
    expect(made.code).toBe(0)
    await writeFile(join(folder, 'rules.yaml'), 'rules: []\n')
  })

  afterAll(async () => {
    await exchange[Symbol.asyncDispose]()
  })

  it('tries a rule in a process of its own, and finds what the command line finds', async () => {
    const rules = join(folder, 'rules.yaml')
    const args = ['serve', BTC, '--port', '0', '--endpoints', endpoints, '--rules', rules, '--recordings', recorded]
    await using cli = await Cli.start(args)
    await cli.until(({ stdout }) => stdout.includes('\n'))
    const url = cli.stdout.trim()
    const rule = { ...RULE, source: 'trade.notional', condition: { above: 1 }, maxPerHour: 1000 }
    const started = await ask(url, 'POST', { rule, recording: 'btc.jsonl.gz' })
    expect(started).toEqual({ id: 1 })
    const done = await untilOver(url)
    expect(done).toMatchObject({ state: 'done', share: 1, recording: 'btc.jsonl.gz' })
    const file = join(folder, 'same.json')
    await writeFile(file, JSON.stringify({ rules: [rule] }))
    const same = await run(['alert', 'backtest', join(recorded, 'btc.jsonl.gz'), '--rules', file])
    const lines = same.stdout.trim().split('\n')
    expect(lines.length).toBeGreaterThan(5)
    expect(done['fires']).toBe(lines.length)
    await ask(url, 'POST', { rule: { ...rule, source: 'nonsense' }, recording: 'btc.jsonl.gz' })
    expect(await untilOver(url)).toMatchObject({ state: 'failed', reason: expect.stringContaining('nonsense') })
  })

  it('says what is wrong with its folder', async () => {
    const answer = await run(['serve', BTC, '--port', '0', '--endpoints', endpoints, '--recordings', '/nowhere'])
    expect(answer.code).toBe(2)
    expect(answer.stderr).toContain('--recordings: expected a folder with recordings, found none at "/nowhere"')
  })
})

/** A change, as the page sends it; or the state of the back-test. */
function ask(url: string, method: string, body?: unknown): Promise<unknown> {
  const headers = { Origin: url, 'Content-Type': 'application/json' }
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/api/alerts/backtest`, { method, headers }, answer => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (part: string) => {
        text += part
      })
      answer.on('end', () => resolve(JSON.parse(text)))
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

async function untilOver(url: string): Promise<Record<string, unknown>> {
  for (let look = 0; look < 200; look++) {
    const answer = await ask(url, 'GET')
    const found = isRecord(answer) ? answer['run'] : undefined
    if (isRecord(found) && found['state'] !== 'running') return found
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('the back-test does not end')
}
