import { describe, expect, it } from 'vitest'
import { createExternal, type ReceivedPoint } from '../../src/external/index.ts'
import { type BitcoinOptions, bitcoinSource } from '../../src/plugins/bitcoin/index.ts'
import { AUTH, BitcoinServer, START_S } from './bitcoin-server.ts'

async function running(kind: 'explorer' | 'node', more: Partial<BitcoinOptions> = {}) {
  const server = await BitcoinServer.start()
  const points: ReceivedPoint[] = []
  const log: string[] = []
  const gaps: string[] = []
  const place = kind === 'node' ? { node: { url: server.url, auth: () => AUTH } } : { explorer: `${server.url}/` }
  const external = createExternal({
    sources: [bitcoinSource({ ...place, cadenceMs: 1000, confirmations: 3, ...more })],
    random: () => 0,
    onPoint: point => points.push(point),
    onGap: gap => gaps.push(gap.reason),
    log: (_level, text) => log.push(text),
  })
  const heights = () => points.filter(point => point.series === 'bitcoin.height')
  return {
    server,
    points,
    log,
    gaps,
    external,
    heights,
    follows: () =>
      expect
        .poll(() => heights().some(point => point.details?.['blockHash'] === server.tip.hash), { timeout: 8000 })
        .toBe(true),
    async [Symbol.asyncDispose]() {
      await external[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

describe.each(['explorer', 'node'] as const)('the Bitcoin plug-in on a %s', kind => {
  it('tells mempool, fees and blocks', async () => {
    await using run = await running(kind)
    await expect.poll(() => run.points.some(point => point.key === 'hour')).toBe(true)
    const of = (series: string, key?: string) => run.points.find(point => point.series === series && point.key === key)
    expect(of('bitcoin.mempool', 'transactions')).toMatchObject({ value: 1000, isFinal: true })
    expect(of('bitcoin.mempool', 'vsize')).toMatchObject({ value: 400_000, unit: 'vB' })
    expect(of('bitcoin.fee', 'fastest')?.value).toBe(kind === 'node' ? 12.345 : 12)
    expect(of('bitcoin.height')).toMatchObject({
      value: 109,
      isFinal: false,
      effectiveTimeUs: (START_S + 109 * 600) * 1e6,
    })
    expect(of('bitcoin.blockTransactions')?.value).toBe(7)
    expect(of('bitcoin.blockFees')?.value).toBe(kind === 'node' ? undefined : 5000)
  })

  it('finds a reorganisation by the hashes, revises each height, and is final after its confirmations', async () => {
    await using run = await running(kind)
    await run.follows()
    const lost = run.server.mine()
    await run.follows()
    run.server.drop(2)
    for (let block = 0; block < 4; block++) run.server.mine()
    await run.follows()
    const of110 = run.heights().filter(point => point.value === 110)
    expect(of110[0]?.details?.['blockHash']).toBe(lost.hash)
    expect(of110[1]).toMatchObject({ revision: 1, effectiveTimeUs: of110[0]?.effectiveTimeUs })
    expect(of110[1]?.details?.['blockHash']).not.toBe(lost.hash)
    await expect
      .poll(() =>
        run
          .heights()
          .filter(point => point.isFinal)
          .map(point => point.value),
      )
      .toContain(110)
    const first = run.heights().filter(point => point.revision === 0)
    expect(first.map(point => point.value)).toEqual([109, 110, 111, 112])
    expect(run.gaps).toEqual([])
  })

  it('keeps the order of heights when a miner’s clock goes backwards', async () => {
    await using run = await running(kind)
    await run.follows()
    run.server.mine(START_S)
    await run.follows()
    const point = run.external.points.at('bitcoin.height', undefined, Number.MAX_SAFE_INTEGER)
    expect(point?.value).toBe(110)
    expect(point?.details?.['blockTimeUs']).toBe(START_S * 1e6)
  })

  it('F:G06 F:M01 fails with one line on a page of HTML, and comes back', async () => {
    await using run = await running(kind)
    await run.follows()
    run.server.faults.push({ status: 500, body: `<html>${'x'.repeat(2000)}</html>` })
    run.server.mine()
    await run.follows()
    expect(run.log).toHaveLength(1)
    expect(run.log[0]).toContain('HTTP 500')
    expect(run.log[0]).not.toContain('canary')
    expect(run.external.status()[0]?.restarts).toBe(1)
  })

  it('F:B02 sends nothing while it is asked to wait', async () => {
    await using run = await running(kind)
    await run.follows()
    run.server.faults.push({ status: 429, body: '{}', headers: { 'Retry-After': '3' } })
    await expect.poll(() => run.log.length, { timeout: 5000 }).toBe(1)
    const asked = run.server.asked.length
    const atMs = performance.now()
    await expect.poll(() => run.server.asked.length, { timeout: 8000 }).toBeGreaterThan(asked)
    expect(performance.now() - atMs).toBeGreaterThan(2500)
  })
})

describe('the socket of an explorer', () => {
  it('brings a block long before the next look; without it the look does', async () => {
    await using run = await running('explorer', { cadenceMs: 3000 })
    await expect.poll(() => run.server.sockets.size, { timeout: 5000 }).toBe(1)
    await new Promise(resolve => setTimeout(resolve, 200))
    const atMs = performance.now()
    run.server.mine()
    await run.follows()
    expect(performance.now() - atMs).toBeLessThan(1500)
    for (const socket of run.server.sockets) socket.terminate()
    run.server.mine()
    await run.follows()
    expect(run.external.status()[0]?.restarts).toBe(0)
  })
})

it.each([
  [{}, 'either explorer or node'],
  [{ explorer: 'ftp://x' }, 'expected an http: or https: URL'],
  [{ explorer: 'https://x', cadenceMs: 1 }, 'cadenceMs'],
  [{ explorer: 'https://x', confirmations: 0 }, 'confirmations'],
])('refuses %j', (options, message) => {
  expect(() => bitcoinSource(options)).toThrow(message)
})
