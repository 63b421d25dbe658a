// One hash of everything that a simulated exchange says in so many minutes of its own time: market streams of all venues, and
// what an account that trades is told. The same seed must give the same hash, on every machine and every Node.
// node bench/sim/trace.mjs --seed 7 --minutes 10 [--scenario flash-crash]
import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { Hub } from '../../dist/sim/hub.js'
import { readScenario } from '../../dist/sim/market/scenario/scenario-name.js'
import { World } from '../../dist/sim/market/world.js'
import { Call } from '../../dist/sim/rest/query.js'
import { RestError } from '../../dist/sim/rest/rest-error.js'
import { readAccounts } from '../../dist/sim/trading/account-options.js'
import { openTrading } from '../../dist/sim/trading/open-trading.js'
import { simVenues, venueRules } from '../../dist/sim/venue-rules.js'
import { FakeClock } from '../../dist/testing/fake-clock.js'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '7' },
    minutes: { type: 'string', default: '10' },
    scenario: { type: 'string' },
  },
})
const seed = Number(values.seed)
const minutes = Number(values.minutes)
if (!Number.isInteger(seed) || !(minutes > 0))
  throw new Error('--seed: expected a whole number; --minutes: a number above 0')
const scenario = values.scenario === undefined ? undefined : readScenario(values.scenario, '--scenario')

const startUs = 1_795_000_020_000_000
const clock = new FakeClock(startUs)
const world = new World({ venues: simVenues, seed, startUs, scenario })
const hash = createHash('sha256')
let messages = 0
let bytes = 0
const note = frame => {
  messages++
  bytes += frame.length
  hash.update(frame)
}

const kinds = {
  'binance-spot': [
    'trade',
    'aggTrade',
    'bookTicker',
    'depth@100ms',
    'depth20',
    'kline_1m',
    'ticker',
    'avgPrice',
    'blockTrade',
  ],
  'binance-usdm': [
    'aggTrade',
    'bookTicker',
    'depth@100ms',
    'rpiDepth@500ms',
    'kline_1m',
    'markPrice@1s',
    'forceOrder',
    'ticker',
  ],
  'binance-coinm': ['aggTrade', 'bookTicker', 'depth@100ms', 'kline_1m', 'markPrice@1s', 'forceOrder', 'ticker'],
  'binance-options': ['optionTicker', 'depth10', 'bookTicker'],
}
const key = 'k'.repeat(64)
const orders = []
for (const [venue, source] of world.venues) {
  const hub = new Hub(topic => source.open(topic))
  const subscriber = { isCombined: true, isMicro: false, deliver: note }
  const symbols = source.instruments().map(({ symbol }) => symbol.toLowerCase())
  for (const symbol of symbols.slice(0, 12))
    for (const kind of kinds[venue]) hub.subscribe(`${symbol}@${kind}`, subscriber)
  const trading = openTrading({
    source,
    setups:
      venue === 'binance-options'
        ? []
        : readAccounts([{ venue, key, secret: 's', balances: { USDT: '1000000', BTC: '20', ETH: '100' } }]),
    seed,
    clock,
    timeScale: 1,
    publish: () => undefined,
  })
  if (trading === undefined || venue === 'binance-options') continue
  const rules = venueRules[venue]
  const route = trading.service.routes.get(`POST ${rules.restPrefix}/order`)
  const caller = trading.service.keys.find(key)
  const symbol = venue === 'binance-coinm' ? 'BTCUSD_PERP' : 'BTCUSDT'
  trading.service.stream(key).sinks.add(event => note(Buffer.from(event.text(false))))
  orders.push(number => {
    const { market } = source.listed.get(symbol)
    const side = number % 3 === 0 ? 'SELL' : 'BUY'
    const best = market.book.bestPrice(side === 'BUY' ? 'bid' : 'ask') ?? market.instrument.tickUnits
    const price = (best / 10 ** market.instrument.priceDecimals).toFixed(market.instrument.priceDecimals)
    const quantity = venue === 'binance-coinm' ? '3' : '0.010'
    const limit = number % 2 === 0 ? { type: 'LIMIT', price, timeInForce: 'GTC' } : { type: 'MARKET' }
    const params = { symbol, side, quantity, newClientOrderId: `trace-${number}`, ...limit }
    try {
      note(Buffer.from(route.answer(new Call(source, rules, new Map(Object.entries(params))), caller)))
    } catch (error) {
      if (!(error instanceof RestError)) throw error
      note(Buffer.from(error.body))
    }
  })
}

for (let second = 1; second <= minutes * 60; second++) {
  world.advance(startUs + second * 1_000_000)
  if (second % 5 === 0) for (const place of orders) place(second / 5)
}
process.stdout.write(
  `${JSON.stringify({ seed, minutes, ...(scenario === undefined ? {} : { scenario }), messages, bytes, sha256: hash.digest('hex') })}\n`,
)
