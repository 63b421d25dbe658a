import type { RetiredStream, StreamTemplate } from './catalogue.ts'
import { DENSE, INCREASING, stream } from './catalogue.ts'

const SESSIONS = 'EquityUpdate CommodityUpdate KR_EquityUpdate HK_EquityUpdate CN_EquityUpdate FXUpdate'

/**
 * What USD-M and COIN-M share. `market` and `open` are the routes of the traffic classes "market" and "public", both ''
 * where the market is not split.
 *
 * `@trade` is undocumented; its ids counted up without a hole over 39 483 recorded prints, an insurance-fund print among
 * them, so they are checked as dense. The ids `a` of `@aggTrade` are dense too: insurance and ADL fills leave holes
 * between `l` and the next `f` only.
 */
function sharedStreams(market: string, open: string): readonly StreamTemplate[] {
  return [
    stream('<symbol>@aggTrade', market, 'aggTrade', 'aggTrade', { channel: 'trade', continuity: DENSE }),
    stream('<symbol>@trade', open, 'trade', 'trade', { channel: 'rawTrade', continuity: DENSE }),
    stream('<symbol>@markPrice@1s', market, 'markPriceUpdate', 'markPrice', {
      channel: 'markPrice',
      expectedEveryMs: 1000,
    }),
    stream('<symbol>@markPrice', market, 'markPriceUpdate', 'markPrice', { expectedEveryMs: 3000 }),
    stream('<symbol>@kline_<interval>', market, 'kline', 'kline', { channel: 'kline' }),
    stream('<pair>_<contract>@continuousKline_<interval>', market, 'continuous_kline', 'native'),
    stream('<symbol>@miniTicker', market, '24hrMiniTicker', 'ticker'),
    stream('!miniTicker@arr', market, '24hrMiniTicker', 'ticker', { isList: true, expectedEveryMs: 1000 }),
    stream('<symbol>@ticker', market, '24hrTicker', 'ticker', { channel: 'ticker' }),
    stream('!ticker@arr', market, '24hrTicker', 'ticker', { isList: true, channel: 'ticker', expectedEveryMs: 1000 }),
    stream('<symbol>@bookTicker', open, 'bookTicker', 'quote', { channel: 'quote', continuity: INCREASING }),
    stream('!bookTicker', open, 'bookTicker', 'quote', { channel: 'quote', expectedEveryMs: 5000 }),
    stream('<symbol>@depth<levels>[@100ms|@500ms]', open, 'depthUpdate', 'depth', { channel: 'depth' }),
    stream('<symbol>@depth[@100ms|@500ms|@0ms]', open, 'depthUpdate', 'bookDelta', { channel: 'book' }),
    stream('<symbol>@forceOrder', market, 'forceOrder', 'liquidation', { channel: 'liquidation' }),
    stream('!forceOrder@arr', market, 'forceOrder', 'liquidation', { channel: 'liquidation' }),
    stream('!contractInfo', market, 'contractInfo', 'status', { channel: 'status' }),
    // Subscribable for products of either market on either host since 2026-06-30.
    stream('<pair>@indexPriceKline_<interval>', market, 'indexPrice_kline', 'native'),
    stream('<symbol>@markPriceKline_<interval>', market, 'markPrice_kline', 'native'),
  ]
}

/** Every public stream of USD-M futures, each with its traffic class (separate sockets since 2026-04-23). */
export const USDM_STREAMS: readonly StreamTemplate[] = [
  ...sharedStreams('market', 'public'),
  stream('!markPrice@arr@1s', 'market', 'markPriceUpdate', 'markPrice', {
    isList: true,
    channel: 'markPrice',
    expectedEveryMs: 1000,
  }),
  stream('!markPrice@arr', 'market', 'markPriceUpdate', 'markPrice', { isList: true, expectedEveryMs: 3000 }),
  stream('<symbol>@rpiDepth@500ms', 'public', 'depthUpdate', 'native'),
  stream('<symbol>@compositeIndex', 'market', 'compositeIndex', 'native', { expectedEveryMs: 1000 }),
  stream('!assetIndex@arr', 'market', 'assetIndexUpdate', 'native', { isList: true, expectedEveryMs: 1000 }),
  stream('<asset>@assetIndex', 'market', 'assetIndexUpdate', 'native', { expectedEveryMs: 1000 }),
  stream('tradingSession', 'market', SESSIONS, 'native', { expectedEveryMs: 1000 }),
]

/** Every public stream of COIN-M futures, which are not split into classes. */
export const COINM_STREAMS: readonly StreamTemplate[] = [
  // All contracts of a pair; a symbol always has an underscore, a pair never.
  stream('<pair>@markPrice@1s', '', 'markPriceUpdate', 'markPrice', { isList: true, expectedEveryMs: 1000 }),
  stream('<pair>@markPrice', '', 'markPriceUpdate', 'markPrice', { isList: true, expectedEveryMs: 3000 }),
  ...sharedStreams('', ''),
  stream('<pair>@indexPrice[@1s]', '', 'indexPriceUpdate', 'native', { expectedEveryMs: 3000 }),
  stream('!assetIndex@arr', '', 'assetIndexUpdate', 'native', { isList: true, expectedEveryMs: 1000 }),
]

export const FUTURES_RETIRED: readonly RetiredStream[] = [
  {
    name: /liquidationOrder/i,
    advice: 'liquidations are "<symbol>@forceOrder", or "!forceOrder@arr" for the whole market.',
  },
  {
    name: /@depth\d*@250ms$/,
    advice: '250 ms is what a depth stream without a suffix gives; take the name without "@250ms".',
  },
  { name: /@rpiDepth\d+/, advice: 'there is no partial form; take "<symbol>@rpiDepth@500ms".' },
  { name: /@avgPrice$|@ticker_\d/, advice: 'only spot has it.' },
]
