import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { ensureBuilt } from './built.ts'
import { jsonLines, run } from './cli.ts'

let exchange: Simulator
let endpoints: string

beforeAll(async () => {
  await ensureBuilt()
  exchange = await createSimulator()
  endpoints = JSON.stringify(exchange.endpoints)
})

beforeEach(() => exchange.faults.clear())
afterAll(() => exchange[Symbol.asyncDispose]())

type Finding = readonly [check: unknown, verdict: unknown, text: unknown]

function findings(stdout: string): readonly Finding[] {
  return jsonLines(stdout).map(finding => [finding['check'], finding['verdict'], finding['text']])
}

describe('tickwire doctor', () => {
  it('finds a healthy exchange healthy, path by path, and says which host and path was tried', async () => {
    const { code, stdout } = await run(['doctor', '--endpoints', endpoints, '--patience', '30s'])
    const failed = findings(stdout).filter(([, verdict]) => verdict === 'fail')
    expect(failed).toEqual([])
    expect(code).toBe(0)
    const streams = jsonLines(stdout).filter(finding => String(finding['check']).match(/^stream( \/|$)/))
    expect(streams.map(({ venue, check }) => `${String(venue)} ${String(check)}`).sort()).toEqual([
      'binance-coinm stream',
      'binance-options stream /market',
      'binance-options stream /public',
      'binance-spot stream',
      'binance-usdm stream /market',
      'binance-usdm stream /public',
    ])
    const paths = streams.map(finding => String(finding['text']))
    for (const text of paths)
      expect(text).toMatch(/^ws:\/\/127\.0\.0\.1:\d+(\/public|\/market)?\/stream: \S+@\S+ delivers$/)
  })

  it('F:J06 tells a path that acknowledges and stays silent', async () => {
    exchange.faults.of('binance-usdm').mute()
    const { code, stdout } = await run(['doctor', 'binance-usdm', '--endpoints', endpoints, '--patience', '1500ms'])
    expect(code).toBe(1)
    const silent = findings(stdout).filter(([, verdict]) => verdict === 'fail')
    expect(silent.map(([check]) => String(check)).sort()).toEqual(['stream /market', 'stream /public'])
    for (const [, , text] of silent) {
      expect(text).toMatch(/^ws:\S+: \S+@.* acknowledged but silent within 1\.5 s: the path no longer carries/)
    }
  })

  it('F:J06 tells a path whose sockets are cut right after they opened', async () => {
    const venue = 'binance-coinm'
    const steps = [
      { fault: 'mute', venue, atMs: 0 },
      { fault: 'drop', venue, atMs: 0, everyMs: 50 },
    ] as const
    using plan = await exchange.run({ steps })
    const { code, stdout } = await run(['doctor', 'binance-coinm', '--endpoints', endpoints, '--patience', '2s'])
    expect([code, plan === undefined]).toEqual([1, false])
    const found = findings(stdout).find(([check]) => check === 'stream') ?? []
    expect(found[1]).toBe('fail')
    expect(found[2]).toMatch(
      /^ws:\S+: the socket was opened and lost again every time, before anything came within 2 s: /,
    )
  })

  it('with REST refused it still looks at the streams', async () => {
    exchange.faults.of('binance-usdm').rest({ status: 451, body: '<html>no</html>' })
    const { code, stdout } = await run(['doctor', 'binance-usdm', '--endpoints', endpoints])
    expect(code).toBe(1)
    const found = new Map(findings(stdout).map(([check, verdict, text]) => [check, { verdict, text }]))
    expect(found.get('rest answer')).toMatchObject({
      verdict: 'fail',
      text: expect.stringContaining('HTTP 451 (the venue does not serve this location)'),
    })
    expect(found.get('instruments')?.verdict).toBe('fail')
    expect(found.get('stream /public')?.verdict).toBe('ok')
    expect(found.get('stream /market')?.verdict).toBe('ok')
  })

  it('refused upgrades are told with the status', async () => {
    exchange.faults.of('binance-coinm').refuse({ status: 403, body: '<html>no</html>' })
    const { code, stdout } = await run(['doctor', 'binance-coinm', '--endpoints', endpoints, '--patience', '1s'])
    expect(code).toBe(1)
    const [, , text] = findings(stdout).find(([check]) => check === 'stream') ?? []
    expect(text).toContain('could not be opened within 1 s: the server refused the WebSocket upgrade with HTTP 403')
  })

  it('a host that is not there: the stage and what it means', async () => {
    const nowhere = JSON.stringify({
      'binance-spot': { rest: 'http://no-such-host.invalid', stream: 'ws://no-such-host.invalid' },
    })
    const { code, stdout, stderr } = await run(['doctor', '--endpoints', nowhere])
    expect([code, stderr]).toEqual([1, ''])
    expect(findings(stdout)).toEqual([
      ['rest dns', 'fail', expect.stringContaining('no-such-host.invalid: the host name could not be resolved')],
      ['stream dns', 'fail', expect.stringContaining('no-such-host.invalid: the host name could not be resolved')],
      ['streams', 'fail', expect.stringContaining('not checked: no-such-host.invalid cannot be reached from here')],
    ])
  })
})

describe('tickwire instruments', () => {
  it('lists what can be subscribed, with steps and units', async () => {
    const { code, stdout } = await run(['instruments', '--endpoints', endpoints])
    expect(code).toBe(0)
    const rows = jsonLines(stdout)
    expect(new Set(rows.map(row => row['venue'])).size).toBe(4)
    expect(rows.find(row => row['id'] === 'binance-coinm:BTCUSD_PERP')).toMatchObject({
      kind: 'perpetual',
      unit: 'contracts',
      contractSize: 100,
      isInverse: true,
    })
    for (const row of rows) expect(row['tickSize']).toMatch(/^\d+(\.\d+)?$/)
  })

  it('filters by base, quote, kind, venue and count', async () => {
    const args = ['instruments', '--endpoints', endpoints]
    const [perpetuals, one, none] = await Promise.all([
      run([...args, '--base', 'btc', '--kind', 'perpetual', '--quote', 'USDT']),
      run([...args, '--venue', 'binance-options', '--count', '1']),
      run([...args, '--base', 'NOSUCH']),
    ])
    expect(jsonLines(perpetuals.stdout).map(row => row['id'])).toEqual(['binance-usdm:BTCUSDT'])
    expect(jsonLines(one.stdout).map(row => row['kind'])).toEqual(['option'])
    expect([none.code, none.stdout]).toEqual([0, ''])
    expect(none.stderr).toContain('no instrument matches')
  })
})
