import { createFeed } from 'tickwire'
import { binanceSpot } from 'tickwire/venues/binance'

await using feed = createFeed({ venues: [binanceSpot()] })
await using book = feed.book('binance-spot:BTCUSDT')
await book.ready
using _changes = book.onChange(() => {
  // Undefined while the book is not proven right: there is no stale price to read by mistake.
  const best = book.best()
  if (best === undefined) return
  const cost = book.costOf('buy', 0.5)
  console.log(best.bidPrice, best.askPrice, cost?.averagePrice, cost?.slippageBps)
})
await new Promise(resolve => setTimeout(resolve, 5000))
