// Messages in the venue's form of 2026, made here: sizes and key orders as live captures show them.
const MID_TENTHS = 766_000

/** A function that gives the i-th message of a kind as text. */
export function messages(kind, stream, { levels = 60 }) {
  const wrap = data => (stream === undefined ? data : `{"stream":"${stream}","data":${data}}`)
  if (kind === 'many') return manyTrades
  const make = { depth: index => depth(index, levels), trade: aggTrade, rawTrade }[kind]
  return index => wrap(make(index))
}

function aggTrade(index) {
  // The trade time carries this machine's monotonic microseconds, which all processes share: the client subtracts.
  const now = process.hrtime.bigint() / 1000n
  const price = ((MID_TENTHS + ((index * 7) % 200)) / 10).toFixed(2)
  const quantity = (0.001 + ((index * 13) % 900) / 1000).toFixed(4)
  const [first, last] = [537_895_188 + index * 2, 537_895_189 + index * 2]
  return `{"e":"aggTrade","E":1789480000120,"a":${309_917_647 + index},"s":"BTCUSDT","p":"${price}","q":"${quantity}","nq":"${quantity}","f":${first},"l":${last},"T":${now},"m":${index % 2 === 0},"st":1}`
}

/** How many streams the case of many streams has. */
export const STREAMS = 1000

/** Aggregated trades of all streams in turn, each with ids of its own. */
function manyTrades(index) {
  const symbol = `C${index % STREAMS}USDT`
  const id = Math.floor(index / STREAMS) + 1
  return `{"stream":"${symbol.toLowerCase()}@aggTrade","data":{"e":"aggTrade","E":1789480000120,"a":${id},"s":"${symbol}","p":"76600.10","q":"0.0010","nq":"0.0010","f":${id},"l":${id},"T":${process.hrtime.bigint() / 1000n},"m":true,"st":1}}`
}

/** What one peer subscribes in place of aggregated trades. */
function rawTrade(index) {
  const now = process.hrtime.bigint() / 1000n
  const price = ((MID_TENTHS + ((index * 7) % 200)) / 10).toFixed(2)
  const quantity = (0.001 + ((index * 13) % 900) / 1000).toFixed(4)
  return `{"e":"trade","E":1789480000120,"T":${now},"s":"BTCUSDT","t":${537_895_188 + index},"p":"${price}","q":"${quantity}","X":"MARKET","m":${index % 2 === 0},"st":1}`
}

const FIRST_ID = 5_123_107_832_006
export const IDS_PER_DIFF = 60

function depth(index, levels) {
  // The first diff spans the snapshot's id, as the futures rule wants it.
  const first = FIRST_ID + (index - 1) * IDS_PER_DIFF + 1
  const last = FIRST_ID + index * IDS_PER_DIFF
  const now = 1_789_480_000_000 + index * 100
  const half = levels >> 1
  const side = sign =>
    Array.from({ length: half }, (_, level) => {
      const step = 1 + ((index * 31 + level * 17) % 400)
      const quantity = (index + level) % 5 === 0 ? '0.000' : (0.001 * (1 + ((index * 7 + level * 3) % 5000))).toFixed(3)
      return `["${((MID_TENTHS + sign * step) / 10).toFixed(2)}","${quantity}"]`
    }).join(',')
  return `{"e":"depthUpdate","E":${now},"T":${now - 1},"s":"BTCUSDT","ps":"BTCUSDT","U":${first},"u":${last},"pu":${first - 1},"b":[${side(-1)}],"a":[${side(1)}],"st":1}`
}

export function snapshot() {
  const side = sign =>
    Array.from({ length: 1000 }, (_, level) => [((MID_TENTHS + sign * (level + 1)) / 10).toFixed(2), '1.000'])
  return { lastUpdateId: FIRST_ID, E: 1_789_480_000_000, T: 1_789_480_000_000, bids: side(-1), asks: side(1) }
}

export function exchangeInfo() {
  const symbol = {
    symbol: 'BTCUSDT',
    pair: 'BTCUSDT',
    contractType: 'PERPETUAL',
    deliveryDate: 4133404800000,
    onboardDate: 1569398400000,
    status: 'TRADING',
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
    marginAsset: 'USDT',
    pricePrecision: 2,
    quantityPrecision: 3,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: 'COIN',
    underlyingSubType: [],
    orderTypes: ['LIMIT', 'MARKET'],
    timeInForce: ['GTC', 'IOC'],
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: '0.10', maxPrice: '4529764', tickSize: '0.10' },
      { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '1000', stepSize: '0.001' },
      { filterType: 'MARKET_LOT_SIZE', minQty: '0.001', maxQty: '120', stepSize: '0.001' },
      { filterType: 'MIN_NOTIONAL', notional: '100' },
    ],
  }
  const many = Array.from({ length: STREAMS }, (_, index) => ({
    ...symbol,
    baseAsset: `C${index}`,
    symbol: `C${index}USDT`,
    pair: `C${index}USDT`,
  }))
  return {
    timezone: 'UTC',
    serverTime: Date.now(),
    rateLimits: [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 2400 }],
    exchangeFilters: [],
    assets: [],
    symbols: [symbol, ...many],
  }
}
