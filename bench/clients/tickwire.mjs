// Typed, gap-checked events in an observer; for books the maintained book, its best read after every change.

import { createFeed } from '../../dist/index.js'
import { binanceUsdm } from '../../dist/venue/binance/index.js'
import { STREAMS } from '../lib/messages.mjs'

export default async function connect({ port, kind, onEvent }) {
  const endpoints = { rest: `http://127.0.0.1:${port}`, stream: `ws://127.0.0.1:${port}` }
  const feed = createFeed({ venues: [binanceUsdm({ endpoints })] })
  if (kind === 'depth') {
    const book = feed.book('binance-usdm:BTCUSDT')
    book.onChange(() => {
      if (book.state !== 'synced') return
      onEvent(undefined, 0, book.bestBid(), book.bestAsk())
    })
    return
  }
  if (kind === 'many') {
    const instruments = Array.from({ length: STREAMS }, (_, index) => `binance-usdm:C${index}USDT`)
    let gaps = 0
    feed.observe({ instruments, channels: ['trade'] }, event => {
      if (event.kind === 'gap') gaps++
      if (event.kind === 'trade') onEvent(event.exchangeTimeUs / 1000, gaps)
    })
    return
  }
  feed.observe({ instruments: ['binance-usdm:BTCUSDT'], channels: ['trade'] }, event => {
    if (event.kind === 'trade') onEvent(event.exchangeTimeUs / 1000)
  })
}
