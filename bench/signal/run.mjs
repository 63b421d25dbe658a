// What signals cost: npm run bench:signal [-- --seconds 30] [-- --dist DIR]
// Indicators in updates per second; all signals of one contract as a share of one core.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { drawMarket } from './market.mjs'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    dist: { type: 'string', default: resolve(import.meta.dirname, '../../dist') },
  },
})
const seconds = Number(values.seconds)
if (!(seconds > 0)) throw new Error(`--seconds: expected a number above 0, was "${values.seconds}"`)
const load = path => import(pathToFileURL(resolve(values.dist, path)).href)
const signals = await load('signal/index.js')
const { BookLevels, BookSync } = await load('book/index.js')
const TRADES = 2000
const BOOKS = 1000
const round = (value, digits) => Number(value.toFixed(digits))

function cpuMs(work) {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function indicators() {
  const count = 2_000_000
  const closes = Float64Array.from({ length: 4096 }, (_, at) => 60_000 + 500 * Math.sin(at / 37) + ((at * 7919) % 101))
  const bars = [...closes].map((close, at) => {
    return { high: close + 3, low: close - 2, close, volume: 1 + (at % 7), openTimeUs: at * 60_000_000 }
  })
  const { sma, ema, rma, rsi, macd, bollinger, atr, vwap } = signals
  const cases = [
    ['sma(20)', sma(20), closes],
    ['ema(20)', ema(20), closes],
    ['rma(14)', rma(14), closes],
    ['rsi(14)', rsi(14), closes],
    ['macd(12,26,9)', macd(), closes],
    ['bbands(20,2)', bollinger(), closes],
    ['atr(14)', atr(14), bars],
    ['vwap(session)', vwap(), bars],
    ['vwap(20)', vwap(20), bars],
  ]
  return cases.map(([name, indicator, inputs]) => {
    for (let at = 0; at < 200_000; at++) indicator.commit(inputs[at & 4095])
    const ms = cpuMs(() => {
      for (let at = 0; at < count; at++) indicator.commit(inputs[at & 4095])
    })
    return { indicator: name, updatesPerSecond: Math.round(count / (ms / 1000)) }
  })
}

const instrument = {
  id: 'binance-usdm:BTCUSDT',
  kind: 'perpetual',
  base: 'BTC',
  unit: 'base',
  contractSize: 1,
  isInverse: false,
  tickSize: '0.1',
}

/** Options that let a signal reach its value within the time of the run. */
const WARM = {
  'flow.vpin': { bucketVolume: 50 },
  'book.microprice': { minQuotes: 10_000 },
}

/** Signals of trade flow, order book, derivatives and volatility: everything of the catalogue but candles. */
const ids = [...signals.signalCatalogue.keys()].filter(id => !id.startsWith('candle.'))

/** Plays the market into an engine; everything that is no signal's own work is in the run without signals, too. */
function play(market, chosen) {
  let outputs = 0
  const engine = signals.createSignals({
    signals: chosen.map(id => signals.createSignal(id, instrument, WARM[id] ?? {})),
    onOutput: () => outputs++,
  })
  const rules = { join: () => 'apply', joinSnapshot: () => 'apply' }
  const book = new BookSync(instrument.id, rules)
  let epoch = 0
  for (const effect of book.start()) if (effect.do === 'fetchSnapshot') epoch = effect.epoch
  book.onSnapshot(market.snapshot, epoch, market.snapshot.exchangeTimeUs)
  const ms = cpuMs(() => {
    for (const step of market.steps) {
      if (step.kind === 'event') engine.accept(step.event)
      else {
        book.onDelta(step.delta, step.receiveTimeUs)
        const { exchangeTimeUs, receiveTimeUs } = book
        engine.accept({ kind: 'bookState', instrument: instrument.id, exchangeTimeUs, receiveTimeUs, book })
      }
    }
  })
  const errors = engine.status().filter(status => status.errors > 0)
  if (errors.length > 0) throw new Error(`${errors[0].signal.id}: ${errors[0].lastError}`)
  if (book.state !== 'synced') throw new Error(`the book is ${book.state}`)
  return { ms, outputs }
}

const best = runs => runs.reduce((least, run) => (run.ms < least.ms ? run : least))

function contract() {
  const settings = { BookLevels, instrument: instrument.id, tradesPerSecond: TRADES, booksPerSecond: BOOKS, seed: 7 }
  play(drawMarket({ ...settings, seconds: 5 }), ids)
  const market = drawMarket({ ...settings, seconds })
  const share = ms => round((100 * ms) / (seconds * 1000), 2)
  const none = best([0, 1, 2].map(() => play(market, [])))
  const all = best([0, 1, 2].map(() => play(market, ids)))
  const each = ids.map(id => {
    const run = best([0, 1].map(() => play(market, [id])))
    return { signal: id, percentOfCore: Math.max(0, share(run.ms - none.ms)), outputs: run.outputs }
  })
  each.sort((a, b) => b.percentOfCore - a.percentOfCore)
  const percentOfCore = share(all.ms - none.ms)
  return {
    signals: ids.length,
    tradesPerSecond: TRADES,
    bookUpdatesPerSecond: BOOKS,
    percentOfCore,
    outputs: all.outputs,
    each,
  }
}

const report = {
  date: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  seconds,
  indicators: indicators(),
  contract: contract(),
}
console.table(report.indicators)
console.table(report.contract.each)
console.log(
  `all ${report.contract.signals} signals: ${report.contract.percentOfCore} % of one core (target: at most 15)`,
)
mkdirSync(resolve(import.meta.dirname, '../results'), { recursive: true })
writeFileSync(resolve(import.meta.dirname, '../results/signal.json'), `${JSON.stringify(report, null, 2)}\n`)
