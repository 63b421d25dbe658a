import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { connectProxy } from '../support/connect-proxy.ts'
import { ensureBuilt } from './built.ts'
import { jsonLines, run } from './cli.ts'

const BTC = 'binance-usdm:BTCUSDT'
let exchange: Simulator

beforeAll(async () => {
  await ensureBuilt()
  exchange = await createSimulator({ venues: ['binance-usdm'] })
})
afterAll(() => exchange[Symbol.asyncDispose]())

/** Under a name that only the proxy can resolve. */
function endpoints(): string {
  return JSON.stringify(exchange.endpoints).replaceAll('127.0.0.1', 'exchange.invalid')
}

describe('a network that is left by a proxy only', () => {
  it('F:J04 HTTPS_PROXY: trades and books come through it, and doctor names the way', async () => {
    await using proxy = await connectProxy({ credentials: 'me:a-long-password' })
    const env = { HTTPS_PROXY: `http://me:a-long-password@127.0.0.1:${proxy.port}`, TICKWIRE_STATE: 'off' }
    const args = ['watch', BTC, '--channel', 'trade,book', '--endpoints', endpoints(), '--count', '20']
    const watched = await run(args, { env })
    expect([watched.code, watched.stderr]).toEqual([0, ''])
    const kinds = new Set(jsonLines(watched.stdout).map(({ kind }) => kind))
    for (const kind of ['connection', 'trade', 'book']) expect(kinds).toContain(kind)
    const doctor = await run(['doctor', 'binance-usdm', '--endpoints', endpoints()], { env })
    const shown = `exchange.invalid:${new URL(exchange.endpoints['binance-usdm']?.rest ?? '').port}`
    expect(doctor.stdout).toContain(`${shown} is reached through the proxy http://127.0.0.1:${proxy.port}`)
    expect(doctor.code).toBe(0)
    expect(proxy.asked.length).toBeGreaterThan(4)
    expect(`${watched.stdout}${doctor.stdout}${doctor.stderr}`).not.toContain('a-long-password')
  })

  it('F:J04 NO_PROXY and this machine are reached directly', async () => {
    await using proxy = await connectProxy()
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: 'exchange.invalid', TICKWIRE_STATE: 'off' }
    const own = JSON.stringify(exchange.endpoints)
    const watched = await run(['watch', BTC, '--endpoints', own, '--count', '3'], { env })
    expect(watched.code).toBe(0)
    const named = await run(['instruments', '--venue', 'binance-usdm', '--endpoints', endpoints(), '--for', '3s'], {
      env,
    })
    expect(named.stderr).toContain('the host name could not be resolved')
    expect(proxy.asked).toEqual([])
  })

  it('F:J04 what is no HTTP proxy: one line without the password, exit 2', async () => {
    const env = { ALL_PROXY: 'socks5://me:a-long-password@127.0.0.1:1080', TICKWIRE_STATE: 'off' }
    const { code, stderr } = await run(['watch', BTC, '--endpoints', endpoints(), '--count', '1'], { env })
    expect(code).toBe(2)
    expect(stderr).toContain('proxy: expected the URL of an HTTP proxy')
    expect(stderr).not.toContain('a-long-password')
  })
})
