import { describe, expect, it } from 'vitest'
import { OutputTrail } from '../../src/evaluate/collect/output-trail.ts'
import { evaluate } from '../../src/evaluate/evaluate.ts'
import type { EvaluationConfig } from '../../src/evaluate/evaluation-config.ts'
import { checkPrefix } from '../../src/evaluate/prefix-check.ts'
import { parseReliabilities, ReliabilityStore } from '../../src/evaluate/reliability-store.ts'
import { htmlReport } from '../../src/evaluate/report/html.ts'
import { markdownReport } from '../../src/evaluate/report/markdown.ts'
import { reportOf } from '../../src/evaluate/report/report.ts'
import { judge, type ReportFacts } from '../../src/evaluate/report-facts.ts'
import { parseSearchLog, trialsOf } from '../../src/evaluate/search-log.ts'
import { parseExternal } from '../../src/external/point-lines.ts'
import { epochUs } from '../../src/model/time.ts'
import { seededRandom } from '../../src/net/random.ts'
import type { SignalEvent } from '../../src/signal/signal.ts'
import { configOf, MADE, MadeMarket, pointAt, pulses, SECOND_US, START_US } from './made-market.ts'

const PROVENANCE = {
  writtenAt: '2026-11-21T00:00:00Z',
  software: 'tickwire test',
  configHash: 'c',
  dataHash: 'd',
  files: ['made.jsonl.gz'],
  lines: 0,
  notes: [],
}

const ONSETS = Array.from({ length: 60 }, (_, at) => ({
  atMs: 100_000 + at * 30_000,
  direction: at % 3 === 0 ? (-1 as const) : (1 as const),
}))

/** The mid moves by 10 in the direction of each pulse, `delayMs` behind it, and wanders a little otherwise. */
function market(delayMs: number): MadeMarket {
  const made = new MadeMarket()
  const random = seededRandom(7)
  const shift = (atMs: number): number =>
    ONSETS.reduce((sum, onset) => sum + (atMs >= onset.atMs + delayMs ? onset.direction * 10 : 0), 0)
  for (let atMs = 0; atMs <= 1_950_000; atMs += 250) made.quote(atMs, 10_000 + shift(atMs) + random() - 0.5)
  for (const onset of ONSETS) made.quote(onset.atMs + delayMs, 10_000 + shift(onset.atMs + delayMs))
  return made
}

async function factsOf(made: MadeMarket, config: EvaluationConfig): Promise<ReportFacts> {
  const collected = await made.collect(config)
  const evaluation = evaluate(collected, [MADE], config)
  return judge(evaluation, PROVENANCE, [], { count: 1, variance: undefined })
}

describe('an evaluation', () => {
  it('decides when the value could be known, and trades at what a taker finds later', async () => {
    const made = new MadeMarket()
    for (let atMs = 0; atMs <= 60_000; atMs += 100) made.quote(atMs, 100 + atMs / 1000, 0.5)
    // Published between two seconds: known at the next one. It describes an hour before, which is of no use.
    const config = configOf([pointAt(5000, 0), pointAt(10_400, 1)])
    const { judged } = await factsOf(made, config)
    const outcome = judged[0]?.group.outcomes.find(each => each.latencyMs === 150 && each.horizonMs === 5000)
    expect(outcome?.onset).toMatchObject({ side: 1, availableUs: START_US + 11 * SECOND_US })
    expect(outcome?.entryTimeUs).toBe(START_US + 11_151_000)
    expect(outcome?.exitTimeUs).toBe(START_US + 16_151_000)
    // The quote of 11.1 s, not that of 11.2 s: bought at its ask, sold at the bid of 16.1 s.
    expect(outcome?.trade).toMatchObject({ entryPrice: 111.6, exitPrice: 115.6, entryMid: 111.1, exitMid: 116.1 })
  })

  it('finds what is there: a move that comes after the order', async () => {
    const { judged } = await factsOf(market(1000), configOf(pulses(ONSETS)))
    const [found] = judged
    expect(found?.verdict.kind).toBe('positive')
    expect(found?.group.headline).toMatchObject({ onsets: 60, n: 60, independent: 60 })
    expect(found?.group.headline.meanNetBps).toBeGreaterThan(9)
    expect(found?.group.headline.meanNetBps).toBeLessThan(11)
    expect(found?.group.headline.hit).toMatchObject({ rate: 1, high: 1 })
    expect(found?.group.base[0]?.hitRate).toBeLessThan(0.75)
    expect(found?.group.matched[1]?.excessBps).toBeGreaterThan(8)
  })

  it('calls what only works without any delay not actionable', async () => {
    const { judged } = await factsOf(market(20), configOf(pulses(ONSETS)))
    const [found] = judged
    expect(found?.group.latencies[0]).toMatchObject({ latencyMs: 0 })
    expect(found?.group.latencies[0]?.meanNetBps).toBeGreaterThan(9)
    for (const result of found?.group.latencies.slice(1) ?? []) expect(Math.abs(result.meanNetBps ?? 9)).toBeLessThan(1)
    expect(found?.verdict.kind).toBe('notActionable')
  })

  it('says nothing of too few onsets, and costs are more than nothing', async () => {
    const few = await factsOf(market(1000), configOf(pulses(ONSETS.slice(0, 9))))
    expect(few.judged[0]?.verdict.kind).toBe('notMeasured')
    expect(few.judged[0]?.group.headline.meanNetBps).toBeUndefined()
    expect(few.judged[0]?.group.headline.hit).toBeUndefined()
    const against = await factsOf(market(1000), configOf(pulses(ONSETS), { side: 'against' }))
    expect(against.judged[0]?.verdict.kind).toBe('costsMore')
  })

  it('has no result where prices are missing, and tells it apart', async () => {
    const made = market(1000)
    made.gap(100_050)
    const { judged } = await factsOf(made, configOf(pulses(ONSETS)))
    expect(judged[0]?.group.headline).toMatchObject({ onsets: 60, n: 59, absent: { gap: 1 } })
    const late = market(1000)
    late.gap(103_100)
    const after = await factsOf(late, configOf(pulses(ONSETS)))
    const found = after.judged[0]?.group.parts.filter(part => part.by === 'data')
    expect(found?.map(part => [part.name, part.result.onsets])).toEqual([
      ['with gaps', 1],
      ['without gaps', 59],
    ])
  })

  it('chooses a variant by the past alone', async () => {
    const good = pulses(ONSETS)
    const bad = pulses(
      ONSETS.map(({ atMs, direction }) => ({ atMs, direction: direction === 1 ? (-1 as const) : (1 as const) })),
    )
    const config = configOf(good, {
      subjects: [
        { kind: 'external', series: 'made', points: bad },
        { kind: 'external', series: 'made', points: good },
      ],
      leastOnsets: 10,
    })
    const { evaluation } = await factsOf(market(1000), config)
    const [test] = evaluation.forward
    expect(test?.embargoMs).toBe(5000)
    expect(test?.folds.map(fold => fold.testN)).toHaveLength(4)
    expect(test?.testMeanNetBps).toBeGreaterThan(8)
  })

  it('reads the same to people in both forms, foreign text escaped, and loads nothing', async () => {
    const facts = await factsOf(market(1000), configOf(pulses(ONSETS)))
    const foreign = {
      ...facts,
      provenance: { ...facts.provenance, files: ['<script>alert(1)</script>.gz'], notes: ['a "note" & more'] },
    }
    const report = reportOf(foreign)
    const html = htmlReport(report)
    const markdown = markdownReport(report)
    expect(html).not.toContain('<script>')
    expect(html).not.toMatch(/(src|href)=|url\(|@import/)
    expect(html.match(/<svg /g)).toHaveLength(4)
    expect(html).not.toMatch(/NaN|Infinity|undefined/)
    expect(markdown).not.toMatch(/NaN|Infinity|undefined/)
    for (const text of ['Independent onsets', 'Looking ahead', 'What was tried', 'Walk-forward']) {
      expect(html).toContain(text)
      expect(markdown).toContain(text)
    }
  })
})

describe('looking ahead', () => {
  const trail = (values: readonly number[]): OutputTrail => {
    const made = new OutputTrail()
    for (const [at, value] of values.entries()) made.add(JSON.parse(JSON.stringify({ kind: 'signal', value })), at)
    return made
  }

  it('is found when a cut recording says something else', () => {
    expect(checkPrefix([trail([1, 2, 3, 4])], [trail([1, 2, 3])], 2)).toEqual({ cutUs: 2, outputs: 3, broken: [] })
    expect(checkPrefix([trail([1, 2, 3, 4])], [trail([1, 9, 3])], 2).broken).toEqual([0])
    expect(checkPrefix([trail([1, 2, 3, 4])], [trail([1, 2])], 2).broken).toEqual([0])
    // What only the end of the cut recording brings is of no interest.
    expect(checkPrefix([trail([1, 2, 3, 4])], [trail([1, 2, 3, 8])], 2).broken).toEqual([])
  })

  it('makes every verdict invalid', async () => {
    const config = configOf(pulses(ONSETS))
    const evaluation = evaluate(await market(1000).collect(config), [MADE], config)
    const checks = [{ cutUs: 0, outputs: 1, broken: [0] }]
    const { judged } = judge(evaluation, PROVENANCE, checks, { count: 1, variance: undefined })
    expect(judged[0]?.verdict.kind).toBe('invalid')
  })

  it('a signal on a market cut at any moment says the same up to there', async () => {
    const config = configOf(pulses(ONSETS))
    const whole = await market(1000).collect(config)
    for (const cutMs of [150_000, 900_000]) {
      const cut = await market(1000).collect(config, cutMs)
      expect(checkPrefix(whole.trails, cut.trails, START_US + cutMs * 1000).broken).toEqual([])
    }
  })

  it('and so it does in the middle of a long silence', async () => {
    const quiet = new MadeMarket()
    for (let atMs = 0; atMs <= 400_000; atMs += 50_000) quiet.quote(atMs, 100)
    const config = configOf(pulses(ONSETS))
    const whole = await quiet.collect(config)
    const cut = await quiet.collect(config, 145_000)
    const check = checkPrefix(whole.trails, cut.trails, START_US + 145_000_000)
    // The zero at the start, and two pulses that began and ended while no price came.
    expect(check).toMatchObject({ outputs: 5, broken: [] })
  })
})

describe('an external series', () => {
  const line = (more: object): string =>
    JSON.stringify({
      series: 's',
      value: 1,
      unit: 'u',
      tsEffective: 1000,
      tsPublished: 2000,
      revision: 0,
      final: true,
      ...more,
    })

  it('is put in the order of publication; a revision is a point of its own', () => {
    const points = parseExternal('x', [line({ tsPublished: 9000, revision: 1, value: 5 }), '', line({})].join('\n'))
    expect(points.map(point => [point.publishedTimeUs, point.value, point.revision])).toEqual([
      [2_000_000, 1, 0],
      [9_000_000, 5, 1],
    ])
  })

  it.each([
    ['{', 'x:1: expected a JSON object'],
    [line({ value: null }), '"value": expected a number, was null'],
    [line({ series: '' }), '"series": expected a text'],
    ['', 'expected at least one point'],
  ])('says what is wrong with %s', (text, message) => {
    expect(() => parseExternal('x', text)).toThrow(message)
  })
})

describe('what was tried and what was measured', () => {
  const entry = (variant: string, sharpePerTrade?: number): string =>
    JSON.stringify({
      at: 't',
      signal: 'a',
      variant,
      data: 'd',
      independent: 40,
      ...(sharpePerTrade === undefined ? {} : { sharpePerTrade }),
    })

  it('counts what was tried of all signals: the best of twenty is chosen as much as the best of twenty variants', () => {
    const other = entry('x', 5).replace('"signal":"a"', '"signal":"b"')
    const { entries } = parseSearchLog([entry('x', 1), other].join('\n'))
    expect(trialsOf(entries)).toEqual({ count: 2, variance: 8 })
  })

  it('counts variants, not runs, and takes the newest of each', () => {
    const log = parseSearchLog([entry('x', 1), entry('x', 3), entry('y', 1), entry('z'), '{"at":'].join('\n'))
    expect(log.unread).toBe(1)
    expect(trialsOf(log.entries)).toEqual({ count: 3, variance: 2 })
    expect(trialsOf([])).toEqual({ count: 0, variance: undefined })
  })

  it('reliability is that of the same options and class, and otherwise null', () => {
    const reliability = {
      horizonMs: 1,
      n: 40,
      hitRate: 0.5,
      low95: 0.4,
      high95: 0.6,
      baseRate: 0.5,
      meanNetBps: -1,
      measuredOn: 'x',
    }
    const stored = { type: 'a', params: 'k=1', symbolClass: 'spot AAA', reliability }
    const store = new ReliabilityStore(
      parseReliabilities(JSON.parse(JSON.stringify([stored, { ...stored, params: 3 }]))),
    )
    expect(store.size).toBe(1)
    expect(store.find('a', { k: 1 }, MADE)).toEqual(reliability)
    expect(store.find('a', { k: 2 }, MADE)).toBeNull()
    expect(store.find('a', { k: 1 }, { kind: 'perpetual', base: 'AAA' })).toBeNull()
    expect(store.find('b', { k: 1 }, MADE)).toBeNull()
    expect(store.fill(printOf({ k: 1 }), MADE).reliability).toEqual(reliability)
    expect(store.fill({ ...printOf({ k: 2 }), reliability }, MADE).reliability).toBeNull()
  })
})

function printOf(params: SignalEvent['params']): SignalEvent {
  const timeUs = epochUs(START_US)
  const quality = { n: 1, sinceUs: timeUs, lateDropped: 0, gaps: 0, ageMs: 0, state: 'ok' } as const
  const words = { headline: '', reasons: [], against: [], notes: [], values: {} }
  const event = { kind: 'signalEvent', id: '1', type: 'a', phase: 'start', direction: 1, strength: 1 } as const
  const evidence = { fromUs: timeUs, toUs: timeUs, streams: [] }
  return {
    ...event,
    ...words,
    params,
    quality,
    evidence,
    instruments: [MADE.id],
    timeUs,
    receiveTimeUs: timeUs,
    reliability: null,
  }
}
