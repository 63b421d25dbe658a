import { createFeed } from 'tickwire'
import { binanceUsdm } from 'tickwire/venues/binance'

await using feed = createFeed({ venues: [binanceUsdm()] })
await using trades = feed.subscribe({ instruments: ['binance-usdm:BTCUSDT'], channels: ['trade'] })
for await (const batch of trades) {
  for (const event of batch) console.log(event)
}
