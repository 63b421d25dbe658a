import type { RetiredStream, StreamTemplate } from './catalogue.ts'
import { INCREASING, stream } from './catalogue.ts'

/** Every public stream of European options, on the two traffic classes of the futures host. */
export const OPTIONS_STREAMS: readonly StreamTemplate[] = [
  stream('<underlying>@optionTicker@<expiry>', 'public', '24hrTicker', 'ticker', { isList: true }),
  stream('<symbol>@optionTicker', 'public', '24hrTicker', 'ticker', { channel: 'ticker' }),
  stream('<underlying>@optionTrade', 'public', 'trade', 'trade'),
  // Whether ids are dense per symbol is not documented.
  stream('<symbol>@optionTrade', 'public', 'trade', 'trade', { channel: 'trade', continuity: INCREASING }),
  stream('<symbol>@bookTicker', 'public', 'bookTicker', 'quote', { channel: 'quote', continuity: INCREASING }),
  stream('<symbol>@depth<levels>@<speed>', 'public', 'depthUpdate', 'depth', { channel: 'depth' }),
  stream('<symbol>@depth@<speed>', 'public', 'depthUpdate', 'bookDelta', { channel: 'book' }),
  stream('<symbol>@kline_<interval>', 'market', 'kline', 'kline', { channel: 'kline' }),
  stream('<underlying>@optionMarkPrice', 'market', 'markPrice', 'markPrice', {
    isList: true,
    channel: 'markPrice',
    expectedEveryMs: 1000,
  }),
  stream('!index@arr', 'market', 'indexPrice', 'native', { isList: true, expectedEveryMs: 1000 }),
  stream('<underlying>@openInterest@<expiry>', 'market', 'openInterest', 'openInterest', {
    isList: true,
    channel: 'openInterest',
    expectedEveryMs: 60_000,
  }),
  // The older name of the same stream, which some programs still use.
  stream('<underlying>@optionOpenInterest@<expiry>', 'market', 'openInterest', 'openInterest', {
    isList: true,
    expectedEveryMs: 60_000,
  }),
  stream('!optionSymbol', 'market', 'optionSymbol', 'status', { channel: 'status' }),
]

export const OPTIONS_RETIRED: readonly RetiredStream[] = [
  { name: /forceOrder|liquidationOrder/i, advice: 'options have no public liquidation stream.' },
  { name: /@aggTrade$|@trade$/, advice: 'option trades are "<symbol>@optionTrade".' },
  { name: /^[^@]+@ticker$|@markPrice/, advice: 'take "<symbol>@optionTicker" or "<underlying>@optionMarkPrice".' },
  { name: /^option_pair$|@index$/, advice: 'since 2025-12 these are "!optionSymbol" and "!index@arr".' },
]
