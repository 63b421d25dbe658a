// Computes the figures of an evaluation again from its rows, with nothing of Tickwire's own code: prices, fees and funding
// to returns, thinning, shares and their intervals, means, medians, tails, bootstraps, matched moments, Sharpe ratios.
// Usage: node scripts/recompute-evaluation.mjs FOLDER. Exit 0 when all are equal, 1 when one differs, 2 when it cannot be read.
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const folder = process.argv[2]
if (folder === undefined) {
  process.stderr.write('usage: node scripts/recompute-evaluation.mjs FOLDER\n')
  process.exit(2)
}

const TOLERANCE = 1e-9
const LEAST_SHOWN = 10
const LEAST_BLOCKS = 10
const DRAWS = 2000
const differences = []
let compared = 0

function compare(where, told, computed) {
  compared++
  const isEqual =
    typeof told === 'number' && typeof computed === 'number'
      ? Math.abs(told - computed) <= TOLERANCE * Math.max(1, Math.abs(told))
      : told === computed
  if (!isEqual) differences.push(`${where}: the report says ${told}, the rows say ${computed}`)
}

/** @type {(values: Iterable<number>) => number} */
const sum = values => {
  let total = 0
  for (const value of values) total += value
  return total
}
const average = values => (values.length === 0 ? undefined : sum(values) / values.length)
const ascending = values => Float64Array.from(values).sort()

/** Between the nearest ranks. */
function rank(values, share) {
  const sorted = ascending(values)
  if (sorted.length === 0) return undefined
  const place = share * (sorted.length - 1)
  const below = Math.trunc(place)
  return sorted[below] + (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]) * (place - below)
}

function worstTwentieth(values) {
  const sorted = ascending(values)
  return average(sorted.slice(0, Math.max(1, Math.floor(sorted.length / 20))))
}

/** Solves (p − q)² = z²·q(1 − q)/n for q: the two ends of Wilson's interval. */
function shareOf(hits, n) {
  const z2 = 1.959963984540054 ** 2
  const p = hits / n
  const a = 1 + z2 / n
  const b = -(2 * p + z2 / n)
  const root = Math.sqrt(Math.max(0, b * b - 4 * a * p * p))
  return { rate: p, low: (-b - root) / (2 * a), high: (-b + root) / (2 * a) }
}

/** The generator that the report names: mulberry32. */
function generator(seed) {
  let s = seed >>> 0
  return () => {
    s = (s + 0x6d2b79f5) >>> 0
    let m = Math.imul(s ^ (s >>> 15), s | 1)
    m ^= m + Math.imul(m ^ (m >>> 7), m | 61)
    return ((m ^ (m >>> 14)) >>> 0) / 2 ** 32
  }
}

function bootstrap(timed, blockUs, seed) {
  const blocks = new Map()
  for (const [timeUs, value] of [...timed].sort((a, b) => a[0] - b[0])) {
    const key = Math.floor(timeUs / blockUs)
    blocks.set(key, [...(blocks.get(key) ?? []), value])
  }
  const all = [...blocks.values()].map(values => [sum(values), values.length])
  if (all.length < LEAST_BLOCKS) return undefined
  const random = generator(seed)
  const means = Array.from({ length: DRAWS }, () => {
    const drawn = all.map(() => all[Math.floor(random() * all.length)])
    return sum(drawn.map(each => each[0])) / sum(drawn.map(each => each[1]))
  })
  return { low: rank(means, 0.025), high: rank(means, 0.975) }
}

/** What a taker is left with, and what the mid did, in basis points. */
function returns(row, isInverse) {
  const { side, entryPrice, exitPrice, entryMid, exitMid, entryFee, exitFee, funding } = row
  if (isInverse) {
    // Coins: a contract of one unit of quote is worth 1 / price of them.
    const gained = side * (1 / entryPrice - 1 / exitPrice) - entryFee / entryPrice - exitFee / exitPrice
    const laid = (1 + entryFee) / entryPrice
    return { gross: side * (1 - entryMid / exitMid) * 1e4, net: (gained / laid - funding) * 1e4 }
  }
  const gained = side * (exitPrice - entryPrice) - entryFee * entryPrice - exitFee * exitPrice
  return {
    gross: side * (exitMid / entryMid - 1) * 1e4,
    net: (gained / (entryPrice * (1 + entryFee)) - funding) * 1e4,
  }
}

function apart(rows) {
  const until = new Map()
  return [...rows]
    .sort((a, b) => a.entryTimeUs - b.entryTimeUs)
    .filter(row => {
      if (row.entryTimeUs < (until.get(row.instrument) ?? 0)) return false
      until.set(row.instrument, row.exitTimeUs)
      return true
    })
}

/** Φ by Simpson's rule on the density. */
function below(x) {
  if (Math.abs(x) > 38) return x > 0 ? 1 : 0
  const steps = 4000
  const h = x / steps
  let total = 0
  for (let at = 0; at <= steps; at++)
    total += Math.exp(-((at * h) ** 2) / 2) * (at === 0 || at === steps ? 1 : at % 2 ? 4 : 2)
  return Math.min(1, Math.max(0, 0.5 + ((h / 3) * total) / Math.sqrt(2 * Math.PI)))
}

/** Its inverse by halving. */
function quantile(p) {
  let low = -9
  let high = 9
  for (let round = 0; round < 80; round++) {
    const middle = (low + high) / 2
    if (below(middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

function checkResult(where, told, rows, seed) {
  const traded = rows.filter(row => row.absent === undefined)
  const kept = apart(traded)
  compare(`${where} onsets`, told.onsets, rows.length)
  compare(`${where} n`, told.n, traded.length)
  compare(`${where} independent`, told.independent, kept.length)
  if (kept.length < LEAST_SHOWN) {
    for (const name of ['hit', 'meanNetBps', 'meanGrossBps', 'netInterval'])
      compare(`${where} ${name}`, told[name], undefined)
    return
  }
  const net = kept.map(row => row.net)
  const gross = kept.map(row => row.gross)
  for (const [name, values] of [
    ['hit', gross],
    ['profitable', net],
  ]) {
    const mine = shareOf(values.filter(value => value > 0).length, kept.length)
    for (const part of ['rate', 'low', 'high'])
      compare(`${where} ${String(name)}.${part}`, told[name]?.[part], mine[part])
  }
  compare(`${where} mean gross`, told.meanGrossBps, average(gross))
  compare(`${where} mean net`, told.meanNetBps, average(net))
  compare(`${where} median net`, told.medianNetBps, rank(net, 0.5))
  compare(`${where} worst 5 %`, told.worstNetBps, worstTwentieth(net))
  for (const [name, values] of [
    ['netInterval', net],
    ['grossInterval', gross],
  ]) {
    const mine = bootstrap(
      values.map((value, at) => [kept[at].entryTimeUs, value]),
      told.horizonMs * 1000,
      seed,
    )
    for (const part of ['low', 'high']) compare(`${where} ${String(name)}.${part}`, told[name]?.[part], mine?.[part])
  }
}

function checkSharpe(where, told, rows, trials, least) {
  const net = apart(rows.filter(row => row.absent === undefined)).map(row => row.net)
  const tried = new Map(trials.map(trial => [`${trial.signal} ${trial.variant}`, trial.sharpePerTrade]))
  const ratios = [...tried.values()].filter(value => value !== undefined)
  compare(`${where} variants tried`, told.trials.count, tried.size)
  const centre = average(ratios)
  const spread = ratios.length < 2 ? undefined : sum(ratios.map(ratio => (ratio - centre) ** 2)) / (ratios.length - 1)
  compare(`${where} variance of trials`, told.trials.variance, spread)
  if (net.length < least) return compare(`${where} Sharpe ratio`, told.sharpe, undefined)
  const mean = average(net)
  const moment = power => sum(net.map(value => (value - mean) ** power)) / net.length
  const deviation = Math.sqrt(moment(2))
  if (deviation === 0) return compare(`${where} Sharpe ratio`, told.sharpe, undefined)
  const ratio = mean / deviation
  compare(`${where} Sharpe ratio`, told.sharpe?.perTrade, ratio)
  if (told.deflatedSharpe === undefined) return undefined
  const n = tried.size
  const gamma = 0.5772156649015329
  const best = n < 2 ? 0 : (1 - gamma) * quantile(1 - 1 / n) + gamma * quantile(1 - 1 / (n * Math.E))
  const sr0 = Math.sqrt(spread ?? 0) * best
  compare(`${where} SR0`, told.deflatedSharpe.sr0, sr0)
  const scale = 1 - (moment(3) / deviation ** 3) * ratio + ((moment(4) / deviation ** 4 - 1) / 4) * ratio ** 2
  const score = ((ratio - sr0) * Math.sqrt(net.length - 1)) / Math.sqrt(scale)
  return compare(`${where} deflated Sharpe ratio`, told.deflatedSharpe.dsr, below(score))
}

function checkMatched(where, group, outcomes, matches, latencyMs, seed) {
  const horizons = [...new Set(outcomes.map(row => row.horizonMs))]
  for (const horizonMs of horizons) {
    const own = new Map()
    for (const match of matches) {
      if (match.horizonMs === horizonMs) own.set(match.onset, [...(own.get(match.onset) ?? []), match.netBps])
    }
    const at = outcomes.filter(
      row => row.horizonMs === horizonMs && row.latencyMs === latencyMs && row.absent === undefined,
    )
    const pairs = apart(at).filter(row => own.has(row.onset))
    const told = group.matched.find(each => each.horizonMs === horizonMs)
    compare(`${where} matched ${horizonMs} ms`, told?.n, pairs.length < LEAST_SHOWN ? undefined : pairs.length)
    if (told === undefined) continue
    const excess = pairs.map(row => row.net - average(own.get(row.onset)))
    compare(`${where} over matched ${horizonMs} ms`, told.excessBps, average(excess))
    const mine = bootstrap(
      excess.map((value, index) => [pairs[index].entryTimeUs, value]),
      horizonMs * 1000,
      seed,
    )
    compare(`${where} over matched ${horizonMs} ms, low`, told.excessInterval?.low, mine?.low)
  }
}

async function read(path) {
  const found = { head: undefined, inverse: new Set(), trials: [], groups: [], outcomes: [], matches: [] }
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue
    const row = JSON.parse(line)
    if (row.kind === 'evaluation') found.head = row
    else if (row.kind === 'instrument' && row.isInverse) found.inverse.add(row.instrument)
    else if (row.kind === 'trial') found.trials.push(row)
    else if (row.kind === 'group') {
      found.groups.push(row)
      found.outcomes.push([])
      found.matches.push([])
    } else if (row.kind === 'match') found.matches[row.group].push(row)
    else if (row.kind === 'outcome') {
      const own = row.absent === undefined ? returns(row, found.inverse.has(row.instrument)) : {}
      if (row.absent === undefined) {
        compare(`row of onset ${row.onset}, ${row.horizonMs} ms, net`, row.netBps, own.net)
        compare(`row of onset ${row.onset}, ${row.horizonMs} ms, gross`, row.grossMidBps, own.gross)
      }
      found.outcomes[row.group].push({ ...row, ...own })
    }
  }
  return found
}

let rows
let summary
try {
  rows = await read(join(folder, 'rows.ndjson'))
  summary = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8'))
  if (rows.head === undefined || rows.groups.length === 0) throw new Error('rows.ndjson has no head')
} catch (error) {
  process.stderr.write(`${folder}: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(2)
}
const { seed, latencyMs, headlineMs, leastOnsets } = rows.head.config
compare('configuration', summary.configHash, rows.head.configHash)
compare('groups', summary.groups.length, rows.groups.length)
for (const [index, group] of summary.groups.entries()) {
  const outcomes = rows.outcomes[index] ?? []
  const name = `${group.type} [${index}]`
  const part = (latency, horizon) => outcomes.filter(row => row.latencyMs === latency && row.horizonMs === horizon)
  checkResult(`${name} headline`, group.headline, part(latencyMs, headlineMs), seed)
  for (const told of [...group.horizons, ...group.latencies])
    checkResult(`${name} ${told.latencyMs}/${told.horizonMs} ms`, told, part(told.latencyMs, told.horizonMs), seed)
  checkSharpe(name, group, part(latencyMs, headlineMs), rows.trials, leastOnsets)
  checkMatched(name, group, outcomes, rows.matches[index] ?? [], latencyMs, seed)
}
for (const difference of differences.slice(0, 50)) process.stdout.write(`${difference}\n`)
process.stdout.write(`${compared} figures compared, ${differences.length} differ\n`)
process.exitCode = differences.length === 0 ? 0 : 1
