import type { RetiredStream, StreamTemplate } from './catalogue.ts'
import { DENSE, INCREASING, stream } from './catalogue.ts'

/** Every public stream of the spot market. Source: spot docs, web-socket-streams.md, read 2026-11. */
export const SPOT_STREAMS: readonly StreamTemplate[] = [
  stream('<symbol>@aggTrade', '', 'aggTrade', 'aggTrade', { channel: 'trade', continuity: DENSE }),
  stream('<symbol>@trade', '', 'trade', 'trade', { channel: 'rawTrade', continuity: DENSE }),
  stream('<symbol>@blockTrade', '', 'blockTrade', 'native'),
  stream('<symbol>@referencePrice', '', 'referencePrice', 'native', { expectedEveryMs: 1000 }),
  stream('<symbol>@kline_<interval>', '', 'kline', 'kline', { channel: 'kline' }),
  stream('<symbol>@kline_<interval>@+08:00', '', 'kline', 'native'),
  stream('<symbol>@miniTicker', '', '24hrMiniTicker', 'ticker'),
  stream('!miniTicker@arr', '', '24hrMiniTicker', 'ticker', { isList: true, channel: 'ticker', expectedEveryMs: 1000 }),
  stream('<symbol>@ticker', '', '24hrTicker', 'ticker', { channel: 'ticker' }),
  stream('<symbol>@ticker_<window>', '', '1hTicker 4hTicker 1dTicker', 'native'),
  stream('!ticker_<window>@arr', '', '1hTicker 4hTicker 1dTicker', 'native', { isList: true, expectedEveryMs: 1000 }),
  stream('<symbol>@bookTicker', '', '', 'quote', { channel: 'quote', continuity: INCREASING }),
  stream('<symbol>@avgPrice', '', 'avgPrice', 'native', { expectedEveryMs: 1000 }),
  stream('<symbol>@depth<levels>[@100ms]', '', '', 'depth', { channel: 'depth' }),
  stream('<symbol>@depth[@100ms]', '', 'depthUpdate', 'bookDelta', { channel: 'book' }),
]

export const SPOT_RETIRED: readonly RetiredStream[] = [
  {
    name: /^!ticker@arr$/,
    advice: 'it was retired on 2026-03-26; take "!miniTicker@arr" for the whole market or "<symbol>@ticker".',
  },
  { name: /^!bookTicker$/, advice: 'spot sends quotes per symbol only; take "<symbol>@bookTicker".' },
  {
    name: /@(depth\d*)@(250ms|500ms)$/,
    advice: 'spot depth comes every 1000 ms without a suffix, or every 100 ms with "@100ms".',
  },
  { name: /@(markPrice|forceOrder|liquidationOrder)|^!(markPrice|forceOrder)/, advice: 'only futures have it.' },
]
