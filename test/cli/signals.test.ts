import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { capturesFolder, isMissing } from '../support/shared-files.ts'
import { ensureBuilt } from './built.ts'
import { Cli, jsonLines, run } from './cli.ts'

const BTC = 'binance-usdm:BTCUSDT'
let exchange: Simulator
let endpoints: string

beforeAll(async () => {
  await ensureBuilt()
  exchange = await createSimulator({ venues: ['binance-usdm', 'binance-spot'], seed: 7 })
  endpoints = JSON.stringify(exchange.endpoints)
})
afterAll(() => exchange[Symbol.asyncDispose]())

describe('tickwire signals', () => {
  it('prints values with state and quality of everything the market has data for', async () => {
    await using cli = await Cli.start(['signals', BTC, '--endpoints', endpoints])
    const wanted = ['flow.cvd', 'flow.volume', 'book.imbalance', 'book.ofi', 'deriv.basis', 'vol.realised', 'book.cost']
    await cli.until(({ stdout }) => wanted.every(id => stdout.includes(`"signal":"${id}"`)))
    cli.interrupt()
    const { code, stdout, stderr } = await cli.exit
    expect([code, stderr]).toEqual([0, ''])
    for (const line of jsonLines(stdout).filter(({ kind }) => kind === 'signal')) {
      expect(line).toMatchObject({ instrument: BTC, unit: expect.any(String), quality: { n: expect.any(Number) } })
      expect(['warming', 'ok', 'stale', 'gapped', 'invalid']).toContain(line['state'])
      if (line['state'] === 'warming') expect(line['value']).toBeUndefined()
    }
  })

  it('leaves out what a market has no data for, and refuses it when it is asked for by name', async () => {
    const spot = 'binance-spot:BTCUSDT'
    const { code, stdout } = await run(['signals', spot, '--endpoints', endpoints, '--for', '3s'])
    expect(code).toBe(0)
    expect(jsonLines(stdout).filter(({ signal }) => String(signal).startsWith('deriv.'))).toEqual([])
    const named = await run(['signals', spot, '--signal', 'deriv.liqCascade', '--endpoints', endpoints])
    expect([named.code, named.stdout]).toEqual([2, ''])
    expect(named.stderr).toContain('deriv.liqCascade needs liquidation, which binance-spot:BTCUSDT does not have here')
  })

  it('takes options of signals, and --publish and --count', async () => {
    const asked = 'flow.volume(bucketMs=500),book.imbalance(measure=levels, levels=5)'
    const args = ['signals', BTC, '--signal', asked, '--publish', '0', '--count', '40', '--endpoints', endpoints]
    const { code, stdout } = await run(args)
    expect(code).toBe(0)
    const lines = jsonLines(stdout)
    expect(lines).toHaveLength(40)
    const paramsOf = (id: string): unknown => lines.find(({ signal }) => signal === id)?.['params']
    expect(paramsOf('flow.volume')).toMatchObject({ bucketMs: 500 })
    expect(paramsOf('book.imbalance')).toMatchObject({ measure: 'levels', levels: 5 })
  })

  it.each([
    ['flow.cdv', 'Did you mean "flow.cvd"?'],
    ['flow.cvd(anchr=session)', 'flow.cvd: unknown option "anchr"'],
    ['flow.volume(bucketMs=0)', 'flow.volume.bucketMs: expected a whole number of at least 1 (ms), was 0'],
    ['flow.cvd(', '--signal: expected names with options'],
  ])('%s: one line that names what is wrong, exit 2', async (asked, text) => {
    const { code, stdout, stderr } = await run(['signals', BTC, '--signal', asked, '--endpoints', endpoints])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(text)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('list tells every signal with its options and figures', async () => {
    const { code, stdout } = await run(['signals', 'list'])
    expect(code).toBe(0)
    const lines = jsonLines(stdout)
    expect(lines.length).toBeGreaterThan(25)
    for (const line of lines)
      expect(line).toMatchObject({ signal: expect.any(String), meaning: expect.stringMatching(/\.$/) })
    const figuresOf = (id: string): unknown => lines.find(({ signal }) => signal === id)?.['figures']
    expect(figuresOf('book.cost')).toEqual([
      { name: 'buyBps', kind: 'number', meaning: 'Of buying; absent where the book holds less.' },
      { name: 'sellBps', kind: 'number', meaning: 'Of selling; absent where the book holds less.' },
      { name: 'insufficientDepth', kind: 'flag', meaning: 'The visible book holds less than the order.' },
    ])
    expect(figuresOf('flow.markout')).toContainEqual(expect.objectContaining({ name: 'm30s.n', unit: 'trades' }))
  })

  it.skipIf(isMissing(capturesFolder))('of a recording: the same bytes each time', { timeout: 120_000 }, async () => {
    const file = `${capturesFolder}/binance-usdm/btcusdt-20230404.jsonl.gz`
    const args = ['signals', '--replay', file, '--signal', 'flow.volume(bucketMs=10000),deriv.basis,vol.realised']
    const [first, second] = await Promise.all([run(args), run(args)])
    expect([first.code, second.code]).toEqual([0, 0])
    expect(first.stdout.length).toBeGreaterThan(10_000)
    expect(second.stdout).toBe(first.stdout)
    const missing = await run(['signals', 'binance-usdm:ETHUSDT', '--replay', file])
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringContaining('the recording holds no binance-usdm:ETHUSDT'),
    ])
  })
})

describe('tickwire indicators', () => {
  it('are converged from the first value on, and tell the open candle from closed ones', async () => {
    const asked = 'rsi(14),macd(12,26,9),ema(20, seed=first),bbands,atr(14),vwap(20)'
    const args = [
      'indicators',
      BTC,
      '--indicator',
      asked,
      '--interval',
      '5m',
      '--endpoints',
      endpoints,
      '--count',
      '12',
    ]
    const { code, stdout } = await run(args)
    expect(code).toBe(0)
    const lines = jsonLines(stdout)
    expect(new Set(lines.map(({ signal }) => signal)).size).toBe(6)
    for (const line of lines) {
      expect(line).toMatchObject({ params: { interval: '5m' }, state: 'ok', quality: { converged: true } })
      expect(line['values']).toMatchObject({ final: expect.any(Boolean) })
    }
  })

  it('an unknown indicator: one line with the nearest, exit 2', async () => {
    const { code, stderr } = await run(['indicators', BTC, '--indicator', 'rsj(14)', '--endpoints', endpoints])
    expect([code, stderr]).toEqual([2, expect.stringContaining('Did you mean "rsi"')])
  })
})
