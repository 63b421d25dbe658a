import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { capturesFolder, isMissing } from '../support/shared-files.ts'
import { ensureBuilt } from './built.ts'
import { Cli, isRecord, run } from './cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'tickwire-serve-'))
let exchange: Simulator
let endpoints: string

beforeAll(async () => {
  await ensureBuilt()
  exchange = await createSimulator({ venues: ['binance-usdm'] })
  endpoints = JSON.stringify(exchange.endpoints)
})

afterAll(async () => {
  await exchange[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** The URL that the command prints as its only line. */
async function urlOf(cli: Cli): Promise<string> {
  await cli.until(({ stdout }) => stdout.includes('\n'))
  expect(cli.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n$/)
  return cli.stdout.trim()
}

async function instrumentsAt(url: string): Promise<readonly unknown[]> {
  const body: unknown = await (await fetch(`${url}/api/instruments`)).json()
  const list = isRecord(body) ? body['instruments'] : body
  return Array.isArray(list) ? list.map(entry => (isRecord(entry) ? entry['id'] : entry)) : []
}

describe('tickwire serve', () => {
  it('prints the URL, serves the instruments asked for, and ends with Ctrl-C', async () => {
    await using cli = await Cli.start(['serve', 'binance-usdm:BTCUSDT', '--port', '0', '--endpoints', endpoints])
    const url = await urlOf(cli)
    expect(await instrumentsAt(url)).toContain('binance-usdm:BTCUSDT')
    cli.interrupt()
    expect((await cli.exit).code).toBe(0)
    await expect(fetch(url)).rejects.toThrow()
  })

  it('takes its settings from a file; the command line wins', async () => {
    const config = join(folder, 'tickwire.yaml')
    const yaml = ['instruments: [binance-usdm:ETHUSDT]', 'port: 1', `endpoints: ${endpoints}`]
    writeFileSync(config, `${yaml.join('\n')}\n`)
    await using cli = await Cli.start(['serve', '--config', config, '--port', '0'])
    expect(await instrumentsAt(await urlOf(cli))).toContain('binance-usdm:ETHUSDT')
  })

  it('--store: names a file that is none of evaluations', async () => {
    const store = join(folder, 'evaluations.json')
    const args = ['serve', 'binance-usdm:BTCUSDT', '--port', '0', '--endpoints', endpoints, '--store', store]
    expect(await run(args)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--store: expected .* found no file/),
    })
    writeFileSync(store, '{}')
    expect(await run(args)).toMatchObject({ code: 2, stderr: expect.stringMatching(/--store: .* expected a list/) })
  })
})

describe('tickwire demo', () => {
  it('brings its own exchange and shows its instruments; TICKWIRE_ENDPOINTS does not matter', async () => {
    const env = { TICKWIRE_ENDPOINTS: join(folder, 'nothing.json') }
    await using cli = await Cli.start(['demo', '--port', '0', '--seed', '5'], { env })
    const url = await urlOf(cli)
    expect(await instrumentsAt(url)).toContain('binance-usdm:BTCUSDT')
    await cli.until(({ stderr }) => stderr.includes('a generated market, seed 5'))
    cli.interrupt()
    expect((await cli.exit).code).toBe(0)
  })

  it('runs the rules that are made in its dashboard', async () => {
    await using cli = await Cli.start(['demo', '--port', '0', '--seed', '5'])
    const url = await urlOf(cli)
    const rule = {
      id: 'any-trade',
      instrument: 'binance-usdm:BTCUSDT',
      source: 'trade.price',
      condition: { above: 1 },
      fireOnStart: true,
    }
    const answer = await fetch(`${url}/api/alerts/rules/any-trade`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', origin: url },
      body: JSON.stringify(rule),
    })
    expect([answer.status, await answer.text()]).toEqual([200, '{"ok":true}'])
    await cli.until(({ stderr }) => stderr.includes('any-trade: BTCUSDT trade.price is'))
  })

  it('--for ends it', async () => {
    expect((await run(['demo', '--port', '0', '--for', '1s'])).code).toBe(0)
  })

  it.skipIf(isMissing(capturesFolder))('--capture serves a recording and says so', async () => {
    const capture = `${capturesFolder}/binance-usdm/btcusdt-20240808.jsonl.gz`
    await using cli = await Cli.start(['demo', '--port', '0', '--capture', capture])
    expect(await instrumentsAt(await urlOf(cli))).toContain('binance-usdm:BTCUSDT')
    await cli.until(({ stderr }) => stderr.includes('the recording btcusdt-20240808.jsonl.gz'))
  })
})
