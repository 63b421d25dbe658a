import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readFaultFile } from '../../src/cli/commands/sim-faults.ts'
import type { FaultStep } from '../../src/sim/index.ts'
import { readPlan, serverFaults } from '../../src/sim/plan/read-plan.ts'
import { wildcard } from '../../src/sim/plan/step-scope.ts'
import { Cli, run } from '../cli/cli.ts'
import { codeBlocks, readDoc, tableUnder } from '../docs/markdown.ts'
import { PlannedSim } from '../support/planned-sim.ts'
import { capturesFolder, isMissing } from '../support/shared-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'tickwire-plan-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** What is said about a plan with one step. */
function complaint(step: unknown): string {
  try {
    readPlan({ steps: [step] }, 'plan')
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('what a plan may say', () => {
  it.each([
    [
      { fault: 'drop', atMs: 'soon' },
      'plan: step 1 ("drop"): "atMs": expected a number of milliseconds, at most a week, was "soon".',
    ],
    [
      { fault: 'drop' },
      'plan: step 1 ("drop"): "atMs": expected a number of milliseconds, at most a week, received nothing.',
    ],
    [{ fault: 'drop', atMs: 0, code: 1006 }, /"code": expected a close code that may travel: .*, was 1006\.$/],
    [
      { fault: 'drop', atMs: 0, cod: 1000 },
      /"cod" means nothing here; "drop" takes fault, code, .* Did you mean "code"\?$/,
    ],
    [{ fault: 'dorp', atMs: 0 }, /"fault": expected one of halfOpen, .*, was "dorp"\. Did you mean "drop"/],
    [{ atMs: 0 }, 'plan: step 1: "fault": expected a name, received nothing.'],
    [
      { fault: 'hold', atMs: 0 },
      /"forMs": expected a number of milliseconds above 0, at most a week, received nothing/,
    ],
    [{ fault: 'refuse', atMs: 0, status: 200 }, /"status": expected an HTTP status from 300 to 599, was 200/],
    [{ fault: 'refuse', atMs: 0, status: 429, connection: 1 }, /"connection" means nothing here; "refuse" takes/],
    [{ fault: 'skip', atMs: 0, count: 0 }, /"count": expected a whole number from 1 to 1000000, was 0/],
    [{ fault: 'delay', atMs: 0, ms: 5, jitterMs: 9 }, /"jitterMs": expected at most as much as "ms"/],
    [{ fault: 'stallHandshake', atMs: 0, stage: 'tcp' }, /"stage": expected "upgrade" .*, was "tcp"/],
    [{ fault: 'rest', atMs: 0, hole: [9, 3] }, /"hole": expected the first and the last missing trade id/],
    [{ fault: 'rest', atMs: 0 }, /expected at least one of "status"/],
    [{ fault: 'snapshot', atMs: 0, venue: 'binance-usdm' }, /expected at least one of "delayMs"/],
    [{ fault: 'hostile', atMs: 0, text: 'a', hex: '00' }, /expected either "text" or "hex"/],
    [{ fault: 'hostile', atMs: 0, hex: 'xyz' }, /"hex": expected bytes in hexadecimal/],
    [{ fault: 'ping', atMs: 0, payload: 'x'.repeat(126) }, /"payload": expected a text of at most 125 bytes/],
    [
      { fault: 'deposit', atMs: 0, asset: 'USDT', amount: 500 },
      'plan: step 1 ("deposit"): "amount": expected decimal text above 0 in quotes, such as "100.5", was 500.',
    ],
    [
      { fault: 'transfer', atMs: 0, asset: 'USDT', amount: '-0' },
      /"amount": expected decimal text in quotes, with a minus/,
    ],
    [
      { fault: 'foreignTrade', atMs: 0, symbol: 'BTCUSDT', side: 'buy', quantity: '1' },
      /"side": expected "BUY" or "SELL"/,
    ],
    [{ fault: 'adl', atMs: 0, share: 1.5 }, /"share": expected a share above 0 and at most 1, was 1\.5/],
    [{ fault: 'loseUserEvents', atMs: 0, kinds: [] }, /"kinds": expected a list of event names/],
    [{ fault: 'duplicateUserEvents', atMs: 0 }, /"count": expected a whole number from 1 to 1000000, received nothing/],
    [{ fault: 'liquidate', atMs: 0, stream: 'x' }, /"stream" means nothing here; "liquidate" takes/],
    [{ fault: 'loseUserEvents', atMs: 0, everyMs: 1000 }, /"forMs": expected at most as much as "everyMs"/],
    [{ fault: 'mute', atMs: 0, venue: 'kraken' }, /"venue": expected one of binance-spot, .*, was "kraken"/],
    [
      { fault: 'refuse', atMs: 0, status: 429, headers: { a: 'b\r\nc' } },
      /"headers": expected names and values of headers/,
    ],
  ])('%j', (step, message) => {
    if (typeof message === 'string') expect(complaint(step)).toBe(message)
    else expect(complaint(step)).toMatch(message)
  })

  it.each(['clockJump', 'clockDrift', 'sleep', 'stall', 'consumerThrows'])(
    'faults of the host are refused with a reason: %s',
    fault => {
      expect(complaint({ fault, atMs: 0, ms: 5 })).toMatch(
        new RegExp(`^plan: step 1: "${fault}" is done to the .*, which a server behind sockets cannot do`),
      )
    },
  )

  it('the plan itself', () => {
    expect(() => readPlan('nothing', 'plan')).toThrow(/plan: /)
    expect(() => readPlan({ steps: 3 }, 'plan')).toThrow('plan: "steps": expected a list of at least one step, was 3.')
    expect(() => readPlan({ stepps: [], steps: [] }, 'plan')).toThrow(/steps/)
    expect(() => readPlan({ seed: 1.5, steps: [{ fault: 'drop', atMs: 1 }] }, 'plan')).toThrow(
      /"seed": expected a whole number/,
    )
  })

  it('what is not served, or not possible here, is said before anything starts', async () => {
    await expect(PlannedSim.open([{ fault: 'drop', atMs: 0, venue: 'binance-spot' }])).rejects.toThrow(
      'faults: step 1 ("drop"): "venue": expected one that is served (binance-usdm), was "binance-spot".',
    )
  })

  it('stream names match as a whole, * standing for any run of characters', () => {
    const names = ['btcusdt@depth@100ms', 'btcusdt@depth', 'ethbtcusdt@depth', 'btcusdt@bookTicker']
    const found = (pattern: string): readonly string[] => names.filter(wildcard(pattern))
    expect(found('btcusdt@depth*')).toEqual(names.slice(0, 2))
    expect(found('*@depth')).toEqual(names.slice(1, 3))
    expect(found('*btc*@*e*')).toEqual(names)
    expect(found('btcusdt@depth')).toEqual(['btcusdt@depth'])
    expect(found('b*t')).toEqual([])
    expect(wildcard('ab*ba')('aba')).toBe(false)
    expect(wildcard(`${'*a'.repeat(500)}b`)('a'.repeat(10_000))).toBe(false)
  })
})

describe.skipIf(isMissing(capturesFolder))('on a recording (needs the captures folder)', () => {
  const captures = [`${capturesFolder}/binance-usdm/multi4-20210722.jsonl.gz`]

  it('what was recorded is left out, and its sockets are dropped', async () => {
    const steps: readonly FaultStep[] = [
      { fault: 'skip', atMs: 1500, count: 2, stream: '*@depth*' },
      { fault: 'drop', atMs: 4000 },
    ]
    await using on = await PlannedSim.open(steps, { venues: ['binance-usdm'], captures })
    const client = await on.client('/public/stream?streams=sushiusdt@depth@100ms')
    expect((await client.closed).code).toBe(1006)
    expect(on.notices.filter(line => line.startsWith('fault'))).toEqual([
      expect.stringMatching(/skip .*: binance-usdm 1 stream$/),
      expect.stringMatching(/drop: binance-usdm 1 socket$/),
    ])
    const diffs = client.messages.map(text => JSON.parse(text).data)
    const breaks = diffs.filter((diff, index) => index > 0 && diff.pu !== diffs[index - 1].u)
    expect(breaks).toHaveLength(1)
  })

  it('has the liveliness that it had', async () => {
    const step: FaultStep = { fault: 'rateFactor', atMs: 0, factor: 2 }
    await expect(PlannedSim.open([step], { venues: ['binance-usdm'], captures })).rejects.toThrow(
      'faults: step 1 ("rateFactor"): a recording is as lively as it was',
    )
  })
})

describe('tickwire sim --faults', () => {
  it.each([
    ['missing.yaml', undefined, /^tickwire: --faults: expected a plan \(YAML or JSON\), found no file /],
    ['broken.yaml', 'steps: [', /^tickwire: --faults: ".*broken\.yaml" is no valid YAML: /],
    [
      'wrong.json',
      '{"steps":[{"fault":"drop","atMs":0,"code":"abc"}]}',
      /^tickwire: --faults: ".*wrong\.json": step 1 \("drop"\): "code": expected .*, was "abc"\.$/,
    ],
    ['host.yaml', 'steps:\n  - {fault: sleep, atMs: 0, ms: 5}', /step 1: "sleep" is done to the machine of the client/],
    [
      'other.yaml',
      'steps:\n  - {fault: drop, atMs: 0, venue: binance-spot}',
      /expected one that is served \(binance-usdm\)/,
    ],
  ])('%s: one line, exit 2', async (name, text, message) => {
    const path = text === undefined ? join(folder, name) : file(name, text)
    const { code, stdout, stderr } = await run(['sim', '--venue', 'binance-usdm', '--faults', path])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.trim()).toMatch(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('says each step on stderr when it is taken', async () => {
    const path = file(
      'good.yaml',
      'steps:\n  - { fault: mute, atMs: 200, forMs: 200 }\n  - { fault: drop, atMs: 300 }\n',
    )
    await using cli = await Cli.start(['sim', '--venue', 'binance-spot', '--faults', path])
    await cli.until(({ stderr }) => /fault 1 over/.test(stderr))
    const lines = cli.stderr.split('\n').filter(line => line.includes('fault '))
    expect(lines.map(line => String(JSON.parse(line).msg).replace(/at \d\.\d s/, 'at T'))).toEqual([
      'fault 1 at T: mute for 0.2 s: binance-spot no stream',
      'fault 2 at T: drop: binance-spot no socket',
      'fault 1 over at T: mute',
    ])
    cli.interrupt()
    expect((await cli.exit).code).toBe(0)
  })
})

describe('docs/FAULT_PLANS.md', () => {
  const page = readDoc('docs/FAULT_PLANS.md')
  const rows = ['## Network', '## Exchange', '## REST and market', '## Accounts'].flatMap(heading =>
    tableUnder(page, heading),
  )

  it('has every fault, with an example that is one', () => {
    const named = rows.map(([name = '']) => name.replaceAll('`', ''))
    expect([...named].sort()).toEqual([...serverFaults()].sort())
    for (const [name = '', , example = ''] of rows) {
      const step: unknown = parse(example.replaceAll('`', '').replaceAll('\\|', '|'))
      expect(complaint(step), name).toBe('')
      expect(step).toMatchObject({ fault: name.replaceAll('`', '') })
    }
  })

  it('its plan runs, every step of it', async () => {
    const [yaml = ''] = codeBlocks(page, 'yaml')
    const plan = readFaultFile(file('page.yaml', yaml))
    // Ten times as fast: the plan is written for people who watch.
    const steps = plan.steps.map(({ atMs, ...step }) => ({ ...step, atMs: atMs / 10 }))
    await using on = await PlannedSim.open([], { faults: { seed: plan.seed, steps } })
    const client = await on.client('/public/stream?streams=btcusdt@depth@100ms')
    for (const index of steps.keys()) await on.told(new RegExp(`^fault ${index + 1} at `), 20_000)
    expect(client.messages.length).toBeGreaterThan(3)
  })
})
