import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createExternal, type External, type ExternalValue, type ReceivedPoint } from '../../src/external/index.ts'
import { amountNumber, amountText, evmSource } from '../../src/plugins/evm/index.ts'
import { DESK, DESK_TWO, EvmNode, SOMEBODY, START_S, TOKEN } from './evm-node.ts'

const UNIT = 1_000_000n
const toDesk = (amount: bigint) => ({ from: SOMEBODY, to: DESK, amount: amount * UNIT })
const fromDesk = (amount: bigint) => ({ from: DESK, to: SOMEBODY, amount: amount * UNIT })

interface Running extends AsyncDisposable {
  readonly node: EvmNode
  readonly external: External
  readonly points: readonly ReceivedPoint[]
  readonly values: readonly ExternalValue[]
  readonly gaps: readonly string[]
  readonly log: readonly string[]
  /** The value of the series now. */
  flow(): number | undefined
}

async function running(options: Partial<Parameters<typeof evmSource>[0]> = {}, node?: EvmNode): Promise<Running> {
  const own = node ?? (await EvmNode.start())
  const points: ReceivedPoint[] = []
  const values: ExternalValue[] = []
  const gaps: string[] = []
  const log: string[] = []
  const external = createExternal({
    sources: [
      evmSource({
        url: own.url,
        tokens: [{ symbol: 'USDX', address: TOKEN, decimals: 6 }],
        labels: { date: '2026-11-01', addresses: { [DESK]: 'Desk', [DESK_TWO]: 'Desk' } },
        windows: ['3m'],
        confirmations: 3,
        ...options,
      }),
    ],
    random: () => 0,
    onPoint: point => points.push(point),
    onValue: value => values.push(value),
    onGap: gap => gaps.push(gap.reason),
    log: (_level, message) => log.push(message),
  })
  return {
    node: own,
    external,
    points,
    values,
    gaps,
    log,
    flow: () => values.filter(value => value.series === 'evm.exchangeNetflow').at(-1)?.value,
    async [Symbol.asyncDispose]() {
      await external[Symbol.asyncDispose]()
      await own[Symbol.asyncDispose]()
    },
  }
}

const heights = (run: Running) => run.points.filter(point => point.series === 'evm.height')
const flows = (run: Running) => run.points.filter(point => point.series === 'evm.exchangeNetflow')
const follows = async (run: Running): Promise<void> => {
  const isTold = (): boolean => heights(run).some(point => point.details?.['blockHash'] === run.node.tip.hash)
  await expect.poll(isTold, { timeout: 10_000 }).toBe(true)
}
/** Of each height the newest revision says what the chain holds. */
const netOf = (run: Running, blockNumber: number) =>
  flows(run)
    .filter(point => point.details?.['blockNumber'] === blockNumber)
    .at(-1)

async function started(node?: EvmNode): Promise<EvmNode> {
  const own = node ?? (await EvmNode.start())
  for (let block = 0; block < 5; block++) own.mine([toDesk(10n), fromDesk(4n)], false)
  return own
}

describe('the EVM plug-in', () => {
  it('has a value from its first head on, of a window that is covered whole', async () => {
    await using run = await running({}, await started())
    await follows(run)
    const [point] = flows(run)
    expect(point).toMatchObject({ key: 'USDX/3m', value: 18, unit: 'USDX', revision: 0, isFinal: false })
    expect(point?.details).toMatchObject({
      exact: '18',
      inflow: '30',
      outflow: '12',
      labelCoverage: 1,
      labelDate: '2026-11-01',
      labelledAddresses: 2,
      transfers: 6,
    })
    expect(point?.effectiveTimeUs).toBe((START_S + 105 * 60) * 1e6)
  })

  it('has none while the chain is shorter than the window', async () => {
    await using run = await running()
    await follows(run)
    expect(flows(run)).toEqual([])
    expect(run.values.filter(value => value.series === 'evm.exchangeNetflow').map(value => value.state)).toEqual([
      'warming',
    ])
  })

  it('counts transfers between labelled addresses as internal, and others only in the coverage', async () => {
    const node = await started()
    await using run = await running({}, node)
    await follows(run)
    const other = { from: SOMEBODY, to: SOMEBODY, amount: 60n * UNIT }
    node.mine([{ from: DESK, to: DESK_TWO, amount: 7n * UNIT }, other])
    await follows(run)
    const details = netOf(run, node.tip.number)?.details
    expect(details).toMatchObject({ exact: '12', internal: '7', volume: '95' })
    expect(details?.['labelCoverage']).toBe(0.368421)
  })

  it('F:D02 counts nothing twice that comes twice or out of order', async () => {
    const node = await started()
    await using run = await running({}, node)
    await follows(run)
    const first = node.mine([toDesk(1n)], false)
    const second = node.mine([toDesk(2n)], false)
    node.tell(second)
    node.tell(first)
    node.tell(second)
    node.tellLogs(first)
    await follows(run)
    node.mine([])
    await follows(run)
    expect(netOf(run, node.tip.number)?.value).toBe(3)
    expect(
      heights(run)
        .filter(point => point.revision === 0)
        .map(point => point.value),
    ).toEqual([105, 106, 107, 108])
  })

  it('F:D01 fills what it missed while its socket was cut, halving ranges that are too much', async () => {
    const node = await started()
    await using run = await running({ windows: ['60m'], mostBackfillBlocks: 100 }, node)
    await follows(run)
    node.mostLogs = 4
    node.cut()
    for (let block = 0; block < 60; block++) node.mine([toDesk(1n), fromDesk(2n)], false)
    await expect.poll(() => run.external.status()[0]?.restarts, { timeout: 10_000 }).toBeGreaterThan(0)
    await follows(run)
    // 60 blocks and none else lie in the window: 60 × (1 − 2).
    expect(netOf(run, node.tip.number)?.value).toBe(-60)
    expect(run.gaps).toEqual([])
    expect(node.calls.filter(method => method === 'eth_getLogs').length).toBeGreaterThan(30)
    expect(heights(run).filter(point => point.revision === 0)).toHaveLength(61)
  })

  it('declares a hole that is too long, and is gapped until its window is whole again', async () => {
    const node = await started()
    await using run = await running({ mostBackfillBlocks: 8 }, node)
    await follows(run)
    node.cut()
    for (let block = 0; block < 20; block++) node.mine([toDesk(1n)], false)
    await follows(run)
    expect(run.gaps).toEqual(['backfill limit'])
    expect(run.values.some(value => value.series === 'evm.exchangeNetflow' && value.state === 'gapped')).toBe(true)
    expect(run.flow()).toBe(3)
  })

  it('declares what lies before its start and further back than it may ask', async () => {
    const node = await started()
    await using run = await running({ windows: ['3m'], mostBackfillBlocks: 2 }, node)
    await follows(run)
    expect(run.gaps).toEqual(['backfill limit'])
    expect(flows(run)).toEqual([])
    expect(heights(run).length).toBeGreaterThan(0)
    // From then on the window fills, and what is told of it is whole.
    for (let block = 0; block < 4; block++) node.mine([toDesk(1n)])
    await follows(run)
    expect(netOf(run, node.tip.number)?.value).toBe(3)
    expect(run.gaps).toEqual(['backfill limit'])
  })

  it('turns a reorganisation into revisions of the same heights; removed logs count no more', async () => {
    const node = await started()
    await using run = await running({}, node)
    await follows(run)
    node.mine([toDesk(100n)])
    node.mine([])
    await follows(run)
    expect(netOf(run, 107)?.value).toBe(106)
    node.drop(2)
    node.mine([toDesk(5n)])
    node.mine([])
    node.mine([])
    await follows(run)
    const of107 = flows(run).filter(point => point.details?.['blockNumber'] === 107)
    expect(of107.map(point => point.value).slice(0, 2)).toEqual([106, 11])
    expect(new Set(of107.map(point => point.effectiveTimeUs)).size).toBe(1)
    expect(of107.map(point => point.revision)).toEqual(of107.map((_, index) => index))
    expect(netOf(run, 108)?.value).toBe(5)
    // What was believed then is still what was believed then.
    const then = of107[0]?.receiveTimeUs ?? 0
    expect(run.external.points.at('evm.exchangeNetflow', 'USDX/3m', then)?.value).toBe(106)
  })

  it('is final after its confirmations, once', async () => {
    const node = await started()
    await using run = await running({}, node)
    await follows(run)
    for (let block = 0; block < 4; block++) {
      node.mine([])
      await follows(run)
    }
    await expect
      .poll(() =>
        heights(run)
          .filter(point => point.isFinal)
          .map(point => point.value),
      )
      .toEqual([105, 106, 107])
  })

  it('revises when a log comes that the node did not list', async () => {
    const node = await started()
    await using run = await running({}, node)
    await follows(run)
    const block = node.mine([toDesk(50n)], false)
    node.unindexed.add(block.hash)
    node.tellHead(block)
    await follows(run)
    expect(netOf(run, block.number)?.value).toBe(12)
    node.tellLogs(block)
    await expect.poll(() => netOf(run, block.number)?.value).toBe(62)
    expect(netOf(run, block.number)?.revision).toBe(1)
  })

  it('asks again about a block whose logs are said to be removed although it stands', async () => {
    const node = await started()
    await using run = await running({}, node)
    await follows(run)
    const block = node.mine([toDesk(50n)])
    await follows(run)
    const asked = node.calls.length
    node.tellLogs(block, true)
    await expect.poll(() => node.calls.slice(asked)).toContain('eth_getLogs')
    node.mine([])
    await follows(run)
    expect(netOf(run, node.tip.number)?.value).toBe(56)
  })

  it('F:B02 waits as long as a refused upgrade asks for', async () => {
    const node = await started()
    node.refuseWith = { status: 429, headers: { 'Retry-After': '2' } }
    await using run = await running({}, node)
    await expect.poll(() => run.log.length, { timeout: 5000 }).toBe(1)
    node.refuseWith = undefined
    expect(run.log[0]).toContain('HTTP 429; again in 2.0 s')
    await follows(run)
    expect(node.upgrades).toBe(2)
  })

  it('F:B02 F:M01 obeys a node that limits its users, and tells no URL', async () => {
    const node = await started()
    node.refusals.set('eth_subscribe', { code: 429, message: 'Too many requests' })
    await using run = await running({ url: `${node.url}/v3/canary-key-0123456789` }, node)
    await expect.poll(() => run.log.length, { timeout: 5000 }).toBe(1)
    expect(run.log[0]).toContain('again in 60.0 s')
    expect(run.log.join()).not.toContain('canary')
  })

  it('F:A01 gives a socket up whose subscriptions are silent although the chain goes on', async () => {
    const node = await started()
    await using run = await running({ blockTimeMs: 500 }, node)
    await follows(run)
    node.isMute = true
    for (let block = 0; block < 3; block++) node.mine([toDesk(1n)])
    await follows(run)
    expect(run.flow()).toBe(3)
    expect(run.gaps).toEqual([])
    await expect.poll(() => run.log.join(), { timeout: 5000 }).toContain('although the chain goes on')
  })

  it('F:G06 survives pages of HTML, half messages and heads that are none', async () => {
    const node = await started()
    await using run = await running({}, node)
    await follows(run)
    for (const nonsense of ['<html>502</html>', '{"params":', '{"params":{"result":{"parentHash":1}}}']) {
      const before = run.external.status()[0]?.restarts ?? 0
      node.send(nonsense)
      await expect.poll(() => run.external.status()[0]?.restarts, { timeout: 5000 }).toBe(before + 1)
      node.mine([toDesk(1n)], false)
      await follows(run)
    }
    expect(run.flow()).toBe(3)
  })

  it.each([
    [{ url: 'http://x' }, 'expected a ws: or wss: URL'],
    [{ tokens: [] }, 'expected 1 to 50 tokens'],
    [{ tokens: [{ symbol: 'A', address: '0x1', decimals: 6 }] }, 'expected an address'],
    [{ labels: { date: 'today', addresses: { [DESK]: 'x' } } }, 'expected the day of the list'],
    [{ labels: { date: '2026-11-01', addresses: {} } }, 'expected 1 to 100000 addresses'],
    [{ windows: ['1y'] }, 'expected lengths from 1m to 7d'],
    [{ confirmations: 0 }, 'expected a whole number from 1'],
  ])('refuses %j', (more, message) => {
    const good = { url: 'ws://127.0.0.1:1', tokens: [{ symbol: 'A', address: TOKEN, decimals: 6 }] }
    const labels = { date: '2026-11-01', addresses: { [DESK]: 'x' } }
    expect(() => evmSource({ ...good, labels, ...more })).toThrow(message)
  })
})

describe('amounts', () => {
  it('F:H04 are exact as text, and the nearest float as a number', () => {
    expect(amountText(1_234_567n, 6)).toBe('1.234567')
    expect(amountText(-5n, 18)).toBe('-0.000000000000000005')
    expect(amountText(10n ** 30n, 18)).toBe('1000000000000')
    expect(amountNumber(3n * 10n ** 17n, 18)).toBe(0.3)
    expect(amountText(0n, 0)).toBe('0')
  })

  it('read back to what they were', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 255n), max: 2n ** 255n }),
        fc.integer({ min: 0, max: 30 }),
        (raw, decimals) => {
          const [whole = '', part = ''] = amountText(raw, decimals).split('.')
          expect(BigInt(whole + part.padEnd(decimals, '0'))).toBe(raw)
        },
      ),
    )
  })
})
