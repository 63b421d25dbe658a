import { describe, it } from 'vitest'
import { tardisWatcher } from './clients/tardis-dev.ts'
import { Market } from './support/market.ts'
import { coinm, spot, usdm } from './support/product.ts'
import { isAbsent } from './support/stranger.ts'
import { watchAndCompare } from './support/watch.ts'

describe.skipIf(isAbsent('tardis-dev'))('tardis-dev', () => {
  for (const product of [spot, usdm, coinm]) {
    it(`${product.venue}: streams trades, and the futures’ books, as they were`, async () => {
      await using market = await Market.open(product)
      await watchAndCompare(market, () => tardisWatcher(product, market.endpoints))
    })
  }
})
