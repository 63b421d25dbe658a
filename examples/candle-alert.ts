// Candle closes → RSI and MACD → alert. Values of the open candle are left out: they may cross a level and come back.
import { createFeed, liveSignals } from 'tickwire'
import { createSignal } from 'tickwire/signal'
import { binanceUsdm } from 'tickwire/venues/binance'

const name = 'binance-usdm:BTCUSDT'
const candles = { interval: '1s', origin: 'trade' }
await using feed = createFeed({ venues: [binanceUsdm()] })
const instrument = (await feed.instruments('binance-usdm')).find(({ id }) => id === name)
if (instrument === undefined) throw new Error(`the venue lists no ${name}`)
let wasOversold = false
await using signals = liveSignals(feed, {
  signals: [createSignal('candle.rsi', instrument, candles), createSignal('candle.macd', instrument, candles)],
  onOutput: output => {
    if (output.kind !== 'signal' || output.values?.['final'] !== true) return
    const { signal, value, state, quality, values } = output
    console.log(
      values['close'],
      signal,
      state,
      value?.toFixed(2),
      quality.converged === true ? '' : 'not converged yet',
    )
    // Before that an average still depends on where it began: with 14 candles that takes 200 of them.
    if (signal !== 'candle.rsi' || state !== 'ok' || value === undefined || quality.converged !== true) return
    if (value < 30 && !wasOversold) console.log(`ALERT: RSI ${value.toFixed(1)} at a close of ${values['close']}`)
    wasOversold = value < 35 && (wasOversold || value < 30)
  },
})
await signals.ready
await new Promise(resolve => setTimeout(resolve, 600_000))
