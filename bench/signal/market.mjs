// A synthetic contract: trades, quotes and book changes of some seconds, drawn once, so that playing them costs no drawing.
const SCALE = 1
const LEVELS = 500

/** mulberry32 */
function chance(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const side = (BookLevels, rows) => {
  const levels = new BookLevels()
  for (const [price, quantity] of rows) levels.push(price, quantity)
  return levels
}

/** `snapshot`, and steps in order of time: `{ kind: 'delta', delta }`, `{ kind: 'event', event }`. */
export function drawMarket({ BookLevels, instrument, seconds, tradesPerSecond, booksPerSecond, seed }) {
  const random = chance(seed)
  const startUs = 1_790_000_000_000_000
  const steps = []
  let mid = 618_000
  let last = 1
  let id = 1
  const bids = new Map()
  const asks = new Map()
  for (let level = 0; level < LEVELS; level++) {
    bids.set(mid - 1 - level, 0.1 + random() * 5)
    asks.set(mid + 1 + level, 0.1 + random() * 5)
  }
  const whole = rows => side(BookLevels, rows)
  const snapshot = {
    sequence: 1,
    scale: SCALE,
    exchangeTimeUs: startUs,
    bids: whole([...bids]),
    asks: whole([...asks]),
    isBidComplete: false,
    isAskComplete: false,
  }
  const total = seconds * (tradesPerSecond + booksPerSecond)
  for (let step = 0; step < total; step++) {
    const exchangeTimeUs = startUs + Math.floor((step / total) * seconds * 1e6)
    const receiveTimeUs = exchangeTimeUs + 5000
    if (random() < tradesPerSecond / (tradesPerSecond + booksPerSecond)) {
      const isBuy = random() < 0.5
      const event = {
        kind: 'trade',
        channel: 'trade',
        instrument,
        exchangeTimeUs,
        receiveTimeUs,
        id: String(id++),
        price: (mid + (isBuy ? 1 : -1)) / 10,
        quantity: Math.round(1000 * Math.exp(4 * random() - 4)) / 1000 || 0.001,
        side: isBuy ? 'buy' : 'sell',
        firstId: '1',
        lastId: '1',
      }
      steps.push({ kind: 'event', event })
      continue
    }
    const move = random() < 0.05 ? (random() < 0.5 ? -1 : 1) : 0
    const changedBids = []
    const changedAsks = []
    if (move > 0) {
      changedAsks.push([mid + 1, 0])
      changedBids.push([mid, 0.5])
    } else if (move < 0) {
      changedBids.push([mid - 1, 0])
      changedAsks.push([mid, 0.5])
    }
    mid += move
    for (let level = 0; level < 8; level++) {
      changedBids.push([mid - 1 - Math.floor(random() * random() * 40), 0.1 + random() * 5])
      changedAsks.push([mid + 1 + Math.floor(random() * random() * 40), 0.1 + random() * 5])
    }
    const first = last + 1
    last = first
    const delta = {
      first,
      last,
      previous: first - 1,
      scale: SCALE,
      exchangeTimeUs,
      bids: whole(changedBids),
      asks: whole(changedAsks),
    }
    steps.push({ kind: 'delta', delta, receiveTimeUs })
    const quote = {
      kind: 'quote',
      instrument,
      exchangeTimeUs,
      receiveTimeUs,
      bidPrice: (mid - 1) / 10,
      bidQuantity: 0.1 + random() * 5,
      askPrice: (mid + 1) / 10,
      askQuantity: 0.1 + random() * 5,
    }
    steps.push({ kind: 'event', event: quote })
    if (step % 3000 === 0) {
      const markPrice = mid / 10
      const mark = {
        kind: 'markPrice',
        instrument,
        exchangeTimeUs,
        receiveTimeUs,
        markPrice,
        indexPrice: markPrice,
        fundingRate: 1e-4,
      }
      const interest = {
        kind: 'openInterest',
        instrument,
        exchangeTimeUs,
        receiveTimeUs,
        quantity: 80_000 + random() * 100,
      }
      steps.push(
        { kind: 'event', event: { ...mark, fundingTimeUs: startUs + 3600e6 } },
        { kind: 'event', event: interest },
      )
    }
  }
  return { snapshot, steps }
}
