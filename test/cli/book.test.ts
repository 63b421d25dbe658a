import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { ensureBuilt } from './built.ts'
import { Cli, jsonLines, run } from './cli.ts'

const BTC = 'binance-usdm:BTCUSDT'

let exchange: Simulator
let endpoints: string

beforeAll(async () => {
  await ensureBuilt()
  exchange = await createSimulator({ venues: ['binance-usdm', 'binance-spot'] })
  endpoints = JSON.stringify(exchange.endpoints)
})

afterAll(() => exchange[Symbol.asyncDispose]())

type Side = readonly (readonly [number, number])[]

function isSide(value: unknown): value is Side {
  return Array.isArray(value) && value.every(level => Array.isArray(level) && level.every(Number.isFinite))
}

describe('tickwire book', () => {
  it('prints book events when piped: as many levels as asked, best first, never crossed', async () => {
    const { code, stdout } = await run(['book', BTC, '--levels', '5', '--endpoints', endpoints, '--count', '20'])
    expect(code).toBe(0)
    const books = jsonLines(stdout)
    expect(books).toHaveLength(20)
    for (const { kind, synced, bids, asks } of books) {
      expect([kind, synced]).toEqual(['book', true])
      if (!isSide(bids) || !isSide(asks)) throw new Error('expected two sides of levels')
      expect([bids.length, asks.length]).toEqual([5, 5])
      expect(bids.map(level => level[0])).toEqual(bids.map(level => level[0]).sort((a, b) => b - a))
      expect(asks.map(level => level[0])).toEqual(asks.map(level => level[0]).sort((a, b) => a - b))
      expect(bids[0]?.[0]).toBeLessThan(asks[0]?.[0] ?? 0)
    }
    const sequences = books.map(book => Number(book['sequence']))
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b))
  })

  it('--strict: a gap that the next snapshot made good is no failure', async () => {
    await using cli = await Cli.start(['book', BTC, '--levels', '1', '--endpoints', endpoints, '--strict'])
    await cli.until(({ stdout }) => stdout.includes('"kind":"book"'))
    exchange.faults.of('binance-usdm').skip(2, /^btcusdt@depth@/)
    await cli.until(({ stdout }) => stdout.includes('"kind":"resync"'))
    cli.interrupt()
    const { code, stdout } = await cli.exit
    expect(code).toBe(0)
    const kinds = jsonLines(stdout).map(event => event['kind'])
    expect(kinds.indexOf('gap')).toBeGreaterThan(0)
    expect(kinds.indexOf('resync')).toBeGreaterThan(kinds.indexOf('gap'))
  })

  it('--strict: a book that is still broken at the end exits with 3', async () => {
    await using cli = await Cli.start(['book', 'binance-spot:BTCUSDT', '--endpoints', endpoints, '--strict'])
    await cli.until(({ stdout }) => stdout.includes('"kind":"book"'))
    const faults = exchange.faults.of('binance-spot')
    try {
      faults.snapshot({ status: 503, body: '{}' })
      faults.skip(2, /^btcusdt@depth@/)
      await cli.until(({ stdout, stderr }) => stdout.includes('"kind":"gap"') && stderr.includes('no snapshot'))
      cli.interrupt()
      expect((await cli.exit).code).toBe(3)
      expect(cli.stderr).toContain('HTTP 503')
    } finally {
      faults.clear()
    }
  })

  it('without a snapshot in the time of --for it says why and exits with 1', async () => {
    const faults = exchange.faults.of('binance-spot')
    try {
      faults.snapshot({ status: 451, body: '<html>no</html>' })
      const args = ['book', 'binance-spot:ETHUSDT', '--endpoints', endpoints, '--for', '4s']
      const { code, stdout, stderr } = await run(args)
      expect(code).toBe(1)
      expect(stdout).toBe('')
      expect(stderr).toMatch(/nothing was received: .*HTTP 451 \(the venue does not serve this location\)/)
    } finally {
      faults.clear()
    }
  })
})
