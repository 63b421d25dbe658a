import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { ensureBuilt, mainFile } from './built.ts'
import { Cli, jsonLines, plainEnv, run, stackLines } from './cli.ts'

const BTC = 'binance-usdm:BTCUSDT'

let exchange: Simulator
let endpoints: string

beforeAll(async () => {
  await ensureBuilt()
  exchange = await createSimulator({ venues: ['binance-usdm', 'binance-spot'] })
  endpoints = JSON.stringify(exchange.endpoints)
})

afterAll(() => exchange[Symbol.asyncDispose]())

function isData(event: Record<string, unknown>): boolean {
  return event['kind'] !== 'connection' && event['kind'] !== 'gap' && event['kind'] !== 'resync'
}

describe('tickwire watch', () => {
  it('prints one JSON object a line when piped, of every channel asked for', async () => {
    await using cli = await Cli.start(['watch', BTC, '--channel', 'rawTrade,quote,markPrice', '--endpoints', endpoints])
    await cli.until(({ stdout }) => ['trade', 'quote', 'markPrice'].every(kind => stdout.includes(`"kind":"${kind}"`)))
    cli.interrupt()
    const { code, stdout } = await cli.exit
    expect(code).toBe(0)
    const data = jsonLines(stdout).filter(isData)
    expect(new Set(data.map(event => event['instrument']))).toEqual(new Set([BTC]))
    for (const event of data) expect(event['receiveTimeUs']).toSatisfy(Number.isSafeInteger)
    const quote = data.find(event => event['kind'] === 'quote')
    expect(Object.keys(quote ?? {})).toEqual(
      expect.arrayContaining(['bidPrice', 'bidQuantity', 'askPrice', 'askQuantity']),
    )
  })

  it('tells the life of the connection in order with the data', async () => {
    const { stdout } = await run(['watch', BTC, '--channel', 'quote', '--endpoints', endpoints, '--count', '2'])
    const states = jsonLines(stdout).flatMap(event => (event['kind'] === 'connection' ? [event['state']] : []))
    expect(states).toEqual(['connecting', 'open', 'subscribed', 'delivering'])
  })

  it('--count ends after that many data events, whatever else is printed', async () => {
    const { code, stdout } = await run(['watch', BTC, '--channel', 'quote', '--endpoints', endpoints, '--count', '7'])
    expect(code).toBe(0)
    expect(jsonLines(stdout).filter(isData)).toHaveLength(7)
  })

  it('F:I11 SIGTERM at any moment: whole lines, nothing left out, exit 0 within 5.5 s', async () => {
    await Promise.all(
      [150, 400, 900].map(async afterMs => {
        const args = ['watch', BTC, '--channel', 'rawTrade,quote', '--json', '--endpoints', endpoints]
        await using cli = await Cli.start(args)
        await cli.until(({ stdout }) => stdout.includes('"kind":"trade"'))
        await new Promise(resolve => setTimeout(resolve, afterMs))
        const startMs = performance.now()
        cli.signal('SIGTERM')
        const { code, stdout } = await cli.exit
        expect([code, stdout.endsWith('\n'), performance.now() - startMs < 5500]).toEqual([0, true, true])
        const ids = jsonLines(stdout).flatMap(event => (event['kind'] === 'trade' ? [Number(event['id'])] : []))
        expect(ids).toEqual(ids.map((_, index) => (ids[0] ?? 0) + index))
      }),
    )
  })

  it('--for ends with exit 0, and --quiet leaves stderr empty', async () => {
    const args = ['watch', BTC, 'binance-spot:BTCUSDT', '--channel', 'quote', '--endpoints', endpoints]
    const { code, stdout, stderr } = await run([...args, '--for', '1500ms', '--quiet', '--json'])
    expect(code).toBe(0)
    expect(stderr).toBe('')
    const instruments = new Set(
      jsonLines(stdout)
        .filter(isData)
        .map(event => event['instrument']),
    )
    expect(instruments).toEqual(new Set([BTC, 'binance-spot:BTCUSDT']))
  })

  it('the whole market is one instrument with a star', async () => {
    const args = ['watch', 'binance-usdm:*', '--channel', 'markPrice', '--endpoints', endpoints, '--count', '6']
    const data = jsonLines((await run(args)).stdout).filter(isData)
    expect(new Set(data.map(event => event['instrument'])).size).toBeGreaterThan(1)
  })

  it('raw: gives the native payload', async () => {
    const args = ['watch', 'binance-spot:BTCUSDT', '--channel', 'raw:btcusdt@avgPrice', '--endpoints', endpoints]
    const [event] = jsonLines((await run([...args, '--count', '1'])).stdout).filter(isData)
    expect(event).toMatchObject({ kind: 'raw', stream: 'btcusdt@avgPrice', payload: { e: 'avgPrice', s: 'BTCUSDT' } })
  })

  it('ends quietly with exit 0 when its reader goes away', async () => {
    const command = `set -o pipefail; "${process.execPath}" "${mainFile}" watch ${BTC} --channel quote --endpoints "$E" | head -3`
    const env = plainEnv({ E: endpoints })
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', command], { env })
    expect(jsonLines(stdout)).toHaveLength(3)
    expect(stderr).toBe('')
  })

  it('a second instrument of another venue uses its own endpoints', async () => {
    const before = exchange.stats()['binance-spot']?.connectionsAccepted
    await run(['watch', 'binance-spot:ETHUSDT', '--channel', 'quote', '--endpoints', endpoints, '--count', '1'])
    expect(exchange.stats()['binance-spot']?.connectionsAccepted).toBe((before ?? 0) + 1)
  })
})

describe('tickwire watch --strict', () => {
  async function watchGap(more: readonly string[]): Promise<number | null> {
    await using cli = await Cli.start(['watch', BTC, '--channel', 'rawTrade', '--endpoints', endpoints, ...more])
    await cli.until(({ stdout }) => stdout.includes('"kind":"trade"'))
    exchange.faults.of('binance-usdm').skip(2, /^btcusdt@trade$/)
    await cli.until(({ stdout }) => stdout.includes('"kind":"gap"'))
    await cli.until(current => current.events().at(-1)?.['kind'] === 'trade')
    cli.interrupt()
    const { code, stdout } = await cli.exit
    const gap = jsonLines(stdout).find(event => event['kind'] === 'gap')
    expect(gap).toMatchObject({ instrument: BTC, channel: 'rawTrade', reason: 'sequence', healed: false })
    expect(BigInt(String(gap?.['to'])) - BigInt(String(gap?.['from'])) + 1n).toBeGreaterThanOrEqual(1n)
    return code
  }

  it('exits with 3 when a gap was left unhealed', async () => {
    expect(await watchGap(['--strict'])).toBe(3)
  })

  it('without it the gap is an event like others, exit 0', async () => {
    expect(await watchGap([])).toBe(0)
  })

  it('a stream without a gap exits with 0', async () => {
    const args = ['watch', BTC, '--channel', 'rawTrade', '--endpoints', endpoints, '--count', '3', '--strict']
    expect((await run(args)).code).toBe(0)
  })
})

describe('tickwire watch, when the venue refuses', () => {
  it('everything: the reason on stderr, exit 1', async () => {
    exchange.faults.of('binance-spot').ackError(() => ({ code: 2, message: 'Invalid request: no such stream' }))
    try {
      const { code, stderr } = await run([
        'watch',
        'binance-spot:SOLUSDT',
        '--channel',
        'quote',
        '--endpoints',
        endpoints,
      ])
      expect(code).toBe(1)
      expect(stderr).toContain('refused the stream \\"solusdt@bookTicker\\": Invalid request: no such stream (code 2)')
      expect(stackLines(stderr)).toEqual([])
    } finally {
      exchange.faults.clear()
    }
  })
})
