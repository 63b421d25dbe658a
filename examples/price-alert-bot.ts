// A bot that watches the price: rules are plain data, and what fires is told once. Channels (webhook, Telegram, …) are named
// in the same configuration; here the alerts are only printed.
import { createFeed } from 'tickwire'
import { createAlerts, readAlerts } from 'tickwire/alert'
import { binanceUsdm } from 'tickwire/venues/binance'

const instrument = 'binance-usdm:BTCUSDT'
const config = readAlerts({
  rules: [
    {
      id: 'fast-move',
      instrument,
      source: 'trade.price',
      condition: { changePct: { within: '10s', by: -0.5 } },
      cooldown: '1m',
      message: '{symbol} fell by half a percent within 10 s, to {value}',
    },
    { id: 'wide', instrument, source: 'book.spread', condition: { above: 5, rearm: 2 }, message: 'spread {value} bps' },
  ],
})
await using feed = createFeed({ venues: [binanceUsdm()] })
await using alerts = createAlerts({ feed, config })
using _telling = alerts.observe(told => console.log(told))
feed.observe({ instruments: [instrument], channels: ['trade'] }, event => {
  if (event.kind === 'trade') console.log(event.price)
})
await new Promise(resolve => setTimeout(resolve, 60_000))
