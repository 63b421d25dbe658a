import { spawn } from 'node:child_process'
import { appendFileSync, closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { capturesFolder, isMissing } from '../support/shared-files.ts'
import { ensureBuilt, mainFile } from './built.ts'
import { Cli, isRecord, jsonLines, plainEnv, run } from './cli.ts'

const BTC = 'binance-usdm:BTCUSDT'
const folder = mkdtempSync(join(tmpdir(), 'tickwire-sim-'))

beforeAll(ensureBuilt)
afterAll(() => rmSync(folder, { recursive: true }))

function endpointsOf(cli: Cli): Record<string, unknown> {
  const [first] = cli.events()
  if (first === undefined) throw new Error('expected a first line')
  return first
}

describe('tickwire sim', () => {
  it('its first line is the endpoints of the venues, written when it accepts connections', async () => {
    await using cli = await Cli.start(['sim', '--venue', 'binance-usdm,binance-spot'])
    await cli.until(({ stdout }) => stdout.includes('\n'))
    const endpoints = endpointsOf(cli)
    expect(Object.keys(endpoints).sort()).toEqual(['binance-spot', 'binance-usdm'])
    const usdm = endpoints['binance-usdm']
    expect(usdm).toEqual({
      rest: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      stream: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/),
      wsApi: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/),
    })
    const response = await fetch(`${isRecord(usdm) ? String(usdm['rest']) : ''}/fapi/v1/ping`)
    expect(response.status).toBe(200)
    cli.interrupt()
    expect((await cli.exit).code).toBe(0)
  })

  it('a seed repeats the market: the same trades come again', async () => {
    const ids = await Promise.all([1, 2].map(() => firstTrades(['sim', '--venue', 'binance-usdm', '--seed', '9'])))
    expect(ids[0]).toEqual(ids[1])
  })

  it('--for ends it', async () => {
    const { code, stdout } = await run(['sim', '--venue', 'binance-spot', '--for', '1s'])
    expect(code).toBe(0)
    expect(jsonLines(stdout)).toHaveLength(1)
  })

  it('a taken port is one line that names it, exit 1', async () => {
    await using first = await Cli.start(['sim', '--venue', 'binance-spot'])
    await first.until(({ stdout }) => stdout.includes('\n'))
    const port = /127\.0\.0\.1:(\d+)/.exec(first.stdout)?.[1] ?? ''
    const taken = [
      ['sim', '--venue', 'binance-spot', '--port', port],
      ['serve', BTC, '--endpoints', first.stdout.trim().replace('binance-spot', 'binance-usdm'), '--port', port],
      ['demo', '--port', port],
    ]
    for (const args of taken) {
      const { code, stdout, stderr } = await run([...args, '--quiet'])
      const line = stderr.split('\n').find(text => text.startsWith('tickwire: ')) ?? ''
      const expected = `tickwire: port ${port} is already in use: choose another with --port (0 takes a free one)`
      expect({ command: args[0], code, stdout, line }).toEqual({
        command: args[0],
        code: 1,
        stdout: '',
        line: expected,
      })
    }
  })

  it('its endpoints may be given as JSON, as a file, and as TICKWIRE_ENDPOINTS', async () => {
    await using exchange = await Cli.start(['sim', '--venue', 'binance-usdm'])
    await exchange.until(({ stdout }) => stdout.includes('\n'))
    const file = join(folder, 'endpoints.json')
    writeFileSync(file, exchange.stdout)
    const pretty = join(folder, 'pretty.json')
    writeFileSync(pretty, JSON.stringify(endpointsOf(exchange), null, 2))
    const ways = [
      run(['watch', BTC, '--channel', 'quote', '--count', '1', '--endpoints', exchange.stdout.trim()]),
      run(['watch', BTC, '--channel', 'quote', '--count', '1', '--endpoints', file]),
      run(['watch', BTC, '--channel', 'quote', '--count', '1', '--endpoints', pretty]),
      run(['watch', BTC, '--channel', 'quote', '--count', '1'], { env: { TICKWIRE_ENDPOINTS: exchange.stdout } }),
      run(['watch', BTC, '--channel', 'quote', '--count', '1'], { env: { TICKWIRE_ENDPOINTS: file } }),
    ]
    for (const { code, stdout } of await Promise.all(ways)) {
      expect(code).toBe(0)
      expect(jsonLines(stdout).at(-1)).toMatchObject({ kind: 'quote', instrument: BTC })
    }
  })

  it('the file may be written late: by a simulator that was just started in the background', async () => {
    const file = join(folder, 'late.json')
    const target = openSync(file, 'w')
    const exchange = spawn(process.execPath, [mainFile, 'sim', '--venue', 'binance-usdm'], {
      stdio: ['ignore', target, 'ignore'],
      // The variable names the very file that the simulator writes: it must not wait for itself.
      env: plainEnv({ TICKWIRE_ENDPOINTS: file }),
    })
    closeSync(target)
    try {
      const { code, stdout } = await run(['watch', BTC, '--channel', 'quote', '--count', '1', '--endpoints', file])
      expect(code).toBe(0)
      expect(jsonLines(stdout).at(-1)).toMatchObject({ kind: 'quote', instrument: BTC })
    } finally {
      exchange.kill('SIGINT')
      await new Promise(resolve => exchange.once('close', resolve))
    }
  })

  it('a file that comes into being, half a line first, is waited for', async () => {
    await using exchange = await Cli.start(['sim', '--venue', 'binance-usdm'])
    await exchange.until(({ stdout }) => stdout.includes('\n'))
    const file = join(folder, 'halves.json')
    expect(existsSync(file)).toBe(false)
    const watching = run(['watch', BTC, '--channel', 'quote', '--count', '1', '--endpoints', file])
    writeFileSync(file, exchange.stdout.slice(0, 40))
    await delay(500)
    appendFileSync(file, exchange.stdout.slice(40))
    expect((await watching).code).toBe(0)
  })
})

describe('tickwire sim --capture', () => {
  const capture = `${capturesFolder}/binance-usdm/btcusdt-20230404.jsonl.gz`

  it.skipIf(isMissing(capturesFolder))('serves a recording, says so, and ends with it', async () => {
    await using exchange = await Cli.start(['sim', '--capture', capture, '--speed', 'max'])
    await exchange.until(({ stdout, stderr }) => stdout.includes('\n') && stderr.includes('btcusdt-20230404.jsonl.gz'))
    const args = ['watch', BTC, '--channel', 'rawTrade', '--endpoints', exchange.stdout.trim(), '--count', '200']
    const { code, stdout } = await run([...args, '--strict'])
    expect(code).toBe(0)
    const ids = jsonLines(stdout).flatMap(event => (event['kind'] === 'trade' ? [BigInt(String(event['id']))] : []))
    expect(ids).toHaveLength(200)
    expect(ids.every((id, index) => index === 0 || id === (ids[index - 1] ?? 0n) + 1n)).toBe(true)
    expect((await exchange.exit).code).toBe(0)
  })

  it.skipIf(isMissing(capturesFolder))('gives the books of the recording', async () => {
    await using exchange = await Cli.start(['sim', '--capture', capture, '--speed', '10'])
    await exchange.until(({ stdout }) => stdout.includes('\n'))
    const args = ['book', BTC, '--levels', '5', '--endpoints', exchange.stdout.trim(), '--count', '50', '--json']
    const { code, stdout } = await run(args)
    expect(code).toBe(0)
    const books = jsonLines(stdout)
    expect(books.filter(event => event['kind'] === 'book')).toHaveLength(50)
    expect(books.filter(event => event['kind'] === 'gap')).toEqual([])
  })
})

/** The first trades that a fresh simulator gives over REST; times from the first on, as two do not start in the same second. */
async function firstTrades(args: readonly string[]): Promise<unknown> {
  await using cli = await Cli.start(args)
  await cli.until(({ stdout }) => stdout.includes('\n'))
  const usdm = endpointsOf(cli)['binance-usdm']
  const rest = isRecord(usdm) ? String(usdm['rest']) : ''
  const response = await fetch(`${rest}/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=1&limit=5`)
  const rows: unknown = await response.json()
  const trades = Array.isArray(rows) ? rows.filter(isRecord) : []
  expect(trades).toHaveLength(5)
  const startMs = Number(trades[0]?.['T'])
  return trades.map(trade => ({ ...trade, T: Number(trade['T']) - startMs }))
}
