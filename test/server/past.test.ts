import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFeed } from '../../src/feed/create-feed.ts'
import type { Feed } from '../../src/feed/feed.ts'
import { pastPoint } from '../../src/server/views/past-open-interest.ts'
import { intervalHours } from '../../src/server/views/settled-funding.ts'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { binanceCoinm, binanceSpot, binanceUsdm } from '../../src/venue/binance/index.ts'

const USDM = 'binance-usdm:BTCUSDT'
const COINM = 'binance-coinm:BTCUSD_PERP'

let exchange: Simulator
let feed: Feed

beforeAll(async () => {
  exchange = await createSimulator({ venues: ['binance-usdm', 'binance-coinm', 'binance-spot'] })
  const [usdm, coinm, spot] = ['binance-usdm', 'binance-coinm', 'binance-spot'].map(venue => exchange.endpoints[venue])
  if (usdm === undefined || coinm === undefined || spot === undefined) throw new Error('three venues were asked for')
  const venues = [
    binanceUsdm({ endpoints: usdm }),
    binanceCoinm({ endpoints: coinm }),
    binanceSpot({ endpoints: spot }),
  ]
  feed = createFeed({ venues })
})

afterAll(async () => {
  await feed[Symbol.asyncDispose]()
  await exchange[Symbol.asyncDispose]()
})

describe('what the venue tells of the past', () => {
  it.each([USDM, COINM])('settled funding of %s: oldest first, each eight hours, the newest in the past', async id => {
    const settled = await feed.settledFunding({ instrument: id, limit: 30 })
    expect(settled).toHaveLength(30)
    expect(intervalHours(settled)).toBe(8)
    expect(settled.every(({ rate }) => Math.abs(rate) < 0.02)).toBe(true)
    const times = settled.map(({ timeUs }) => timeUs)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  it.each([USDM, COINM])('open interest of %s every five minutes, with coins and price', async id => {
    const [instrument] = (await feed.instruments()).filter(one => one.id === id)
    if (instrument === undefined) throw new Error(`${id} is listed`)
    const samples = await feed.openInterestHistory({ instrument: id, limit: 12 })
    expect(samples).toHaveLength(12)
    const points = samples.map(sample => pastPoint(instrument, sample))
    for (const [index, [timeUs, quantity, base, price]] of points.entries()) {
      if (index > 0) expect(timeUs - (points[index - 1]?.[0] ?? 0)).toBe(300_000_000)
      expect(quantity).toBeGreaterThan(0)
      expect(price).toBeGreaterThan(1000)
      // Coins: as counted where coins are counted, the value of the contracts at that price where contracts are.
      const coins = instrument.isInverse ? (quantity * instrument.contractSize) / (price ?? 1) : quantity
      expect((base ?? 0) / coins).toBeCloseTo(1, 6)
    }
  })

  it('is nothing of a spot market, and says so', async () => {
    const range = { instrument: 'binance-spot:BTCUSDT', limit: 3 }
    await expect(feed.settledFunding(range)).rejects.toThrow('binance-spot has no funding')
    await expect(feed.openInterestHistory(range)).rejects.toThrow('keeps no history of open interest')
  })
})
