// Who pays to stay, and who is trading: funding against aggressive flow. Negative funding: shorts pay longs.
import { createFeed, liveSignals } from 'tickwire'
import { createSignal } from 'tickwire/signal'
import { binanceUsdm } from 'tickwire/venues/binance'

const name = 'binance-usdm:BTCUSDT'
await using feed = createFeed({ venues: [binanceUsdm()] })
const instrument = (await feed.instruments('binance-usdm')).find(({ id }) => id === name)
if (instrument === undefined) throw new Error(`the venue lists no ${name}`)
// The interval of this contract; without it the signal waits until a settlement has shown it, and never assumes eight hours.
const tension = createSignal('deriv.tension', instrument, { intervalHours: 8, windowMs: 60_000, minQuote: 100_000 })
await using signals = liveSignals(feed, {
  signals: [tension],
  onOutput: output => {
    if (output.kind === 'signalEvent') console.log(`${output.phase}: ${output.headline}`, output.reasons)
    else console.log(output.state, output.value, output.values)
  },
})
await signals.ready
feed.observe({ instruments: [name], channels: ['markPrice'] }, event => {
  if (event.kind === 'markPrice') console.log(event.markPrice, event.fundingRate)
})
await new Promise(resolve => setTimeout(resolve, 60_000))
