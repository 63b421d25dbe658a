import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { ensureBuilt } from './built.ts'
import { type Exit, run } from './cli.ts'

const BTC = 'binance-usdm:BTCUSDT'

const folder = mkdtempSync(join(tmpdir(), 'tickwire-input-'))
const noJson = join(folder, 'no.json')
const badYaml = join(folder, 'bad.yaml')
const wrongKey = join(folder, 'wrong.yaml')
let exchange: Simulator

beforeAll(async () => {
  await ensureBuilt()
  writeFileSync(badYaml, 'instruments: [a\n')
  writeFileSync(wrongKey, 'instrumets: [a]\n')
  writeFileSync(noJson, '{"binance-usdm": 7}\n')
  exchange = await createSimulator({ venues: ['binance-usdm', 'binance-spot'] })
})

afterAll(async () => {
  await exchange[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** `%E` stands for the simulator's endpoints. */
function runLine(line: readonly string[]): Promise<Exit> {
  return run(line.map(word => (word === '%E' ? JSON.stringify(exchange.endpoints) : word)))
}

type Row = readonly [args: readonly string[], message: string]

const NAMES: readonly Row[] = [
  [['watch', 'binanse-usdm:BTCUSDT'], 'unknown venue "binanse-usdm", expected one of'],
  [['watch', 'binanse-usdm:BTCUSDT'], 'Did you mean "binance-usdm"?'],
  [['watch', 'BTCUSDT'], 'instrument must look like "binance-spot:BTCUSDT", was "BTCUSDT"'],
  [['watch', 'binance-usdm:BTCUSD'], 'binance-usdm has no symbol "BTCUSD". Did you mean "BTCUSDT"?'],
  [['book', 'binance-usdm:BTCUSD'], 'binance-usdm has no symbol "BTCUSD". Did you mean "BTCUSDT"?'],
  [['serve', 'binance-usdm:BTCUSD', '--port', '0'], 'binance-usdm has no symbol "BTCUSD". Did you mean "BTCUSDT"?'],
  [['watch', BTC, '--channel', 'trades'], 'unknown channel "trades"'],
  [['watch', BTC, '--channel', 'trades'], 'Did you mean "trade"?'],
  [['watch', BTC, '--channel', 'kline:1x'], 'binance-usdm has no kline interval "1x", expected one of 1m, 3m'],
  [['watch', BTC, '--channel', 'kline:'], 'unknown channel "kline:"'],
  [['watch', 'binance-spot:BTCUSDT', '--channel', 'markPrice'], 'binance-spot has no channel "markPrice", it has'],
  [['watch', BTC, '--channel', 'raw:btcusdt@agTrade'], 'binance-usdm has no stream "btcusdt@agTrade"'],
  [['watch', BTC, '--channel', ' , '], '--channel: expected at least one channel'],
  [['watch', 'binance-usdm:*', '--channel', 'book'], 'has no channel "book"; the whole market is sent for: ticker'],
  [['doctor', 'binance-usd'], 'unknown venue "binance-usd"'],
  [['instruments', '--venue', 'foo'], 'unknown venue "foo"'],
  [['instruments', '--kind', 'perpetul'], '--kind: expected one of spot, perpetual, future, option, was "perpetul"'],
]

const VALUES: readonly Row[] = [
  [['watch', BTC, '--for', '10x'], '--for: expected a duration such as 500ms, 10s, 2m or 1h, was "10x"'],
  [['watch', BTC, '--for', '0s'], '--for: expected a duration'],
  [['watch', BTC, '--count', '0'], '--count: expected a whole number of at least 1, was "0"'],
  [['watch', BTC, '--count', '1.5'], '--count: expected a whole number'],
  [['watch', BTC, '--environment', 'testne'], '--environment: expected one of live, testnet, demo, was "testne"'],
  [['book', BTC, '--levels', '1001'], '--levels: expected a whole number from 1 to 1000, was "1001"'],
  [['serve', BTC, '--port', '65536'], '--port: expected a whole number from 0 to 65535'],
  [['serve'], 'instrument: expected at least one, e.g. binance-usdm:BTCUSDT'],
  [['serve', BTC, '--config', 'nope.yaml'], '--config: found no file "nope.yaml"'],
  [['serve', '--config', badYaml], 'is no valid YAML'],
  [['serve', '--config', wrongKey], 'instrumets'],
  [['serve', '--config', folder], 'cannot be read'],
  [['serve', BTC, '--port', '0', '--host', '0.0.0.0'], 'token'],
  [['doctor', '--patience', 'x'], '--patience: expected a duration'],
]

const COMMANDS: readonly Row[] = [
  [['wach', BTC], "unknown command 'wach'"],
  [['wach', BTC], '(Did you mean watch?)'],
  [['watch'], "missing required argument 'instrument'"],
  [['watch', BTC, '--chanel', 'trade'], "unknown option '--chanel'"],
  [['watch', BTC, '--chanel', 'trade'], '(Did you mean --channel?)'],
  [['watch', BTC, '--count'], "option '--count <n>' argument missing"],
  [['book', BTC, 'binance-usdm:ETHUSDT'], "too many arguments for 'book'"],
  [['sim', '--strict'], "unknown option '--strict'"],
]

const EXCHANGE: readonly Row[] = [
  [['sim', '--port', '99999'], '--port: expected a whole number from 0 to 65535, was "99999"'],
  [['sim', '--port', '65535'], '--port: the 3 venues after the first take the ports after 65535'],
  [['sim', '--seed', 'abc'], '--seed: expected a whole number of at least 0, was "abc"'],
  [['sim', '--venue', 'binance-spt'], 'Did you mean "binance-spot"'],
  [['sim', '--speed', '2'], '--speed: only a recording has a speed'],
  [
    ['sim', '--capture', '/nope.jsonl'],
    '--capture: expected a recording (.jsonl or .jsonl.gz), found no file "/nope.jsonl"',
  ],
  [['sim', '--capture', noJson, '--speed', '0'], '--speed: expected a positive number or "max", was "0"'],
  [['sim', '--capture', noJson, '--seed', '2'], '--seed: only the generated market has a seed'],
  [['demo', '--port', '70000'], '--port: expected a whole number from 0 to 65535'],
  [['demo', '--live', '--seed', '3'], '--seed: does nothing with --live'],
  [['demo', '--endpoints', '{}'], '--endpoints: only with --live'],
]

const ENDPOINTS: readonly Row[] = [
  [['watch', BTC, '--endpoints', '{bad'], '--endpoints: expected a JSON object, was "{bad"'],
  [['watch', BTC, '--endpoints', '[]'], '--endpoints: at the top level'],
  [['watch', BTC, '--endpoints', '/nope.json'], '--endpoints: expected JSON or a file, found no file "/nope.json"'],
  [['watch', BTC, '--endpoints', folder], 'cannot be read'],
  [['watch', BTC, '--endpoints', noJson], '--endpoints: at "binance-usdm"'],
  [
    ['watch', BTC, '--endpoints', '{"binanse-usdm":{"rest":"http://a","stream":"ws://b"}}'],
    'unknown venue "binanse-usdm", expected one of',
  ],
  [
    ['watch', BTC, '--endpoints', '{"binance-usdm":{"rest":"htp://a","stream":"ws://b"}}'],
    '--endpoints: at "binance-usdm.rest": expected a URL such as "http://127.0.0.1:9001", was "htp://a"',
  ],
  [
    ['watch', BTC, '--endpoints', '{"binance-usdm":{"rest":"http://a"}}'],
    '--endpoints: at "binance-usdm.stream": expected a URL such as "ws://127.0.0.1:9001", received nothing',
  ],
  [['watch', BTC, '--endpoints', '{"binance-usdm":{"rest":"http://a","stream":"ws://b","ws":"ws://c"}}'], '"ws"'],
]

/** Each distinct command line is run once; a few at a time, because every run is a process. */
async function check(rows: readonly Row[], more: readonly string[]): Promise<void> {
  const lines = new Map(rows.map(([args]) => [JSON.stringify(args), args]))
  const results = new Map<string, Exit>()
  const waiting = [...lines]
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results.set(next[0], await runLine([...next[1], ...more]))
    }
  }
  await Promise.all([worker(), worker(), worker()])
  for (const [args, message] of rows) {
    const result = results.get(JSON.stringify(args))
    const told = { command: args.join(' '), code: result?.code, stdout: result?.stdout, stderr: result?.stderr }
    expect(told).toEqual({ ...told, code: 2, stdout: '', stderr: expect.stringContaining(message) })
    expect(told.stderr).toMatch(/^tickwire: .+$/m)
    expect(told.stderr).not.toMatch(/^\s+at /m)
  }
}

describe('bad input ends with exit 2, one line that says what was expected, and nothing on stdout', () => {
  it('names: venue, instrument, symbol, channel, interval, kind; nothing is subscribed', async () => {
    await check(NAMES, ['--endpoints', '%E'])
    for (const stats of Object.values(exchange.stats())) {
      expect(stats.connectionsAccepted).toBe(0)
      expect(stats.controlFrames).toBe(0)
    }
  })

  it('option values', () => check(VALUES, ['--endpoints', '%E']))
  it('commands and options', () => check(COMMANDS, []))
  it('what an embedded exchange is asked to serve', () => check(EXCHANGE, []))
  it('--endpoints', () => check(ENDPOINTS, []))

  it('TICKWIRE_ENDPOINTS is named when it is what was wrong', async () => {
    const { code, stderr } = await run(['watch', BTC], { env: { TICKWIRE_ENDPOINTS: '{bad' } })
    expect(code).toBe(2)
    expect(stderr).toBe('tickwire: TICKWIRE_ENDPOINTS: expected a JSON object, was "{bad".\n')
  })
})
