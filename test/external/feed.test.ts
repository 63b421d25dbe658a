import { expect, it } from 'vitest'
import { createExternal, type ExternalSource } from '../../src/external/index.ts'
import { createFeed } from '../../src/feed/create-feed.ts'
import { createSimulator } from '../../src/sim/index.ts'
import { binanceUsdm } from '../../src/venue/binance/index.ts'

const bad = (id: string, start: ExternalSource['start']): ExternalSource => ({
  id,
  kind: 'stream',
  cadenceMs: 100,
  start,
  stop: () => new Promise(() => undefined),
})

it('F:I04 a feed loses nothing beside sources that throw, hang, flood and bring nonsense', async () => {
  await using exchange = await createSimulator({ venues: ['binance-usdm'], seed: 3 })
  await using feed = createFeed({ venues: [binanceUsdm({ endpoints: exchange.endpoints['binance-usdm'] ?? {} })] })
  const log: string[] = []
  const never = (): Promise<void> => new Promise(() => undefined)
  const external = createExternal({
    sources: [
      bad('throws', () => {
        throw new Error('no')
      }),
      bad('hangs', never),
      bad('floods', context => {
        const nowUs = context.clock.nowUs()
        const times = { effectiveTimeUs: nowUs, publishedTimeUs: nowUs }
        const point = { series: 's', key: undefined, value: 1, unit: 'u', isFinal: true, ...times }
        for (let revision = 0; revision < 20_000; revision++) context.emit({ ...point, revision })
        for (let revision = 0; revision < 100; revision++) context.emit({ ...point, revision, value: Number.NaN })
        return never()
      }),
    ],
    onPoint: () => {
      throw new Error('mine')
    },
    log: (_level, text) => {
      if (log.length < 1000) log.push(text)
    },
  })
  let trades = 0
  const gaps: unknown[] = []
  using _observer = feed.observe({ instruments: ['binance-usdm:BTCUSDT'], channels: ['trade'] }, event => {
    if (event.kind === 'trade') trades++
    if (event.kind === 'gap') gaps.push(event)
  })
  await expect.poll(() => trades, { timeout: 30_000 }).toBeGreaterThan(50)
  expect(gaps).toEqual([])
  const flood = external.status().find(({ id }) => id === 'floods')
  expect(flood?.points).toBeGreaterThanOrEqual(10_000)
  expect((flood?.points ?? 0) + (flood?.refused ?? 0)).toBe(20_100)
  expect(log.filter(text => text === 'onPoint failed: mine')).toHaveLength(1)
  // It is told when its stop, which never ends, has had its five seconds.
  await expect.poll(() => log.some(text => text.startsWith('throws: no')), { timeout: 15_000 }).toBe(true)
  await external[Symbol.asyncDispose]()
})
