import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isRecord } from '../cli/cli.ts'
import { isMissing, vectorsFolder } from '../support/shared-files.ts'
import { Bench, rule } from './core-support.ts'

const vector = `${vectorsFolder}/flow/alert_threshold.json`

describe('alert: the state machine', () => {
  it.skipIf(isMissing(vector))('gives the published example exactly', () => {
    const json: unknown = JSON.parse(readFileSync(vector, 'utf8'))
    if (!isRecord(json) || !Array.isArray(json['input'])) throw new Error('expected a vector')
    const bench = new Bench([rule({ above: 100, rearm: 99 }, { for: '2s', cooldown: '10s' })])
    for (const [second, value] of json['input']) bench.value(1000 + Number(second), Number(value))
    const told = bench.news.flatMap((news): readonly unknown[] => {
      if (news.kind === 'started') return []
      if (news.kind === 'fire') {
        const { firedUs, value, suppressed } = news.fire
        return [{ t: firedUs / 1e6 - 1000, v: value, event: 'fire', suppressed }]
      }
      return [{ t: news.atUs / 1e6 - 1000, v: news.value, event: news.kind }]
    })
    expect(told).toEqual(json['expected'])
  })

  it('does not fire for what held before it looked, unless asked to', () => {
    expect(new Bench([rule({ above: 100 })]).value(1, 101).value(2, 99).value(3, 101).told).toEqual([
      'rearm@2',
      'fire@3',
    ])
    expect(new Bench([rule({ above: 100 }, { fireOnStart: true })]).value(1, 101).told).toEqual(['fire@1'])
  })

  it('fires at its deadline although nothing comes', () => {
    const bench = new Bench([rule({ below: 100 }, { for: '2500ms' })]).value(1, 101).value(2.2, 99)
    expect(bench.until(4).told).toEqual([])
    expect(bench.until(5).told).toEqual(['fire@5'])
  })

  it('drops what was pending when the value goes missing; what is active stays', () => {
    const bench = new Bench([rule({ above: 100 }, { for: '2s' })]).value(1, 99).value(2, 101).value(3, undefined)
    expect(bench.value(4.5, 101).until(6).told).toEqual([])
    expect(bench.until(7).told).toEqual(['fire@7'])
    expect(bench.value(8, undefined).value(9, 101).until(20).told).toEqual(['fire@7'])
  })

  it('onMissing: fire takes absence for the condition', () => {
    const bench = new Bench([rule({ above: 100 }, { onMissing: 'fire' })])
    expect(bench.value(1, undefined).told).toEqual([])
    expect(bench.value(2, 99).value(3, undefined).told).toEqual(['fire@3'])
  })

  it('keeps back what is beyond the hour, muted or out of schedule, and tells how many', () => {
    const bench = new Bench([rule({ above: 100 }, { maxPerHour: 2 })]).value(0, 99)
    for (let second = 1; second <= 6; second += 2) bench.value(second, 101).value(second + 1, 99)
    bench.value(3602, 101)
    expect(bench.told.filter(told => !told.startsWith('rearm'))).toEqual([
      'fire@1',
      'fire@3',
      'maxPerHour@5',
      'fire@3602',
    ])
    const last = bench.news.at(-1)
    expect(last?.kind === 'fire' && last.fire.suppressed).toBe(1)
    // 1970-01-01 was a Thursday.
    const schedule = { days: ['thu'], from: '00:01', to: '00:02' }
    const planned = new Bench([rule({ above: 100 }, { schedule })])
      .value(1, 99)
      .value(2, 101)
      .value(3, 99)
      .value(61, 101)
    expect(planned.told).toEqual(['schedule@2', 'rearm@3', 'fire@61'])
    const muted = new Bench([rule({ above: 100 })]).value(1, 99)
    muted.core.evaluators[0]?.mute(5_000_000)
    expect(muted.value(2, 101).value(3, 99).value(6, 101).told).toEqual(['muted@2', 'rearm@3', 'fire@6'])
  })

  it('once is once; expired and disabled say nothing', () => {
    const once = new Bench([rule({ above: 100 }, { frequency: 'once' })])
    expect(once.value(1, 99).value(2, 101).value(3, 99).value(4, 101).told).toEqual(['fire@2'])
    const over = new Bench([rule({ above: 100 }, { expiresAt: '1970-01-01T00:00:03Z' })])
    expect(over.value(1, 99).value(2, 101).value(2.5, 99).value(4, 101).told).toEqual(['fire@2', 'rearm@2.5'])
    expect(new Bench([rule({ above: 100 }, { enabled: false })]).value(1, 99).value(2, 101).told).toEqual([])
  })
})

describe('alert: conditions', () => {
  it('crossUp needs two values without a gap between', () => {
    const bench = new Bench([rule({ crossUp: 100 })])
    expect(bench.value(1, 101).value(2, 102).told).toEqual([])
    expect(bench.value(3, 100).value(4, 100.1).told).toEqual(['fire@4'])
    expect(bench.value(5, 99).value(6, 101, { isGap: true }).value(7, 102).told).toEqual(['fire@4', 'rearm@5'])
    expect(bench.value(8, 99).value(9, undefined).value(10, 101).told).toEqual(['fire@4', 'rearm@5'])
  })

  it('crosses another series', () => {
    const bench = new Bench([rule({ crossDown: 'quote.mid' })])
    const mid = (second: number, value: number): void => {
      bench.say({ source: 'quote.mid', reading: { atUs: second * 1e6, timeUs: second * 1e6, value } })
    }
    bench.value(1, 101)
    mid(1, 100)
    mid(2, 102)
    expect(bench.told).toEqual(['fire@2'])
  })

  it('inside, outside and not', () => {
    expect(new Bench([rule({ inside: [1, 2] })]).value(1, 3).value(2, 2).told).toEqual(['fire@2'])
    expect(new Bench([rule({ outside: [1, 2] })]).value(1, 2).value(2, 2.1).told).toEqual(['fire@2'])
    expect(new Bench([rule({ not: { above: 5 } })]).value(1, 6).value(2, 4).value(3, 6).told).toEqual([
      'fire@2',
      'rearm@3',
    ])
  })

  it('changePct compares with the value a window earlier, and says nothing before or in a hole', () => {
    const bench = new Bench([rule({ changePct: { within: '10s', by: -3 } })])
    for (let second = 0; second < 10; second++) bench.value(second, 100)
    expect(bench.value(9.5, 90).told).toEqual([])
    bench.value(9.6, 100)
    expect(bench.value(11, 100).value(12, 97.1).value(13, 97).told).toEqual(['fire@13'])
    const holed = new Bench([rule({ changePct: { within: '10s', by: -3 } })]).value(0, 100).value(5, undefined)
    expect(holed.value(6, 100).value(15.5, 90).told).toEqual([])
    expect(holed.value(16.1, 100).value(16.2, 97).told).toEqual(['fire@16.2'])
  })

  it('changePct remembers no more than its window needs, and both directions where asked', () => {
    const bench = new Bench([rule({ changePct: { within: '1s', by: 1, direction: 'either' } })])
    for (let at = 0; at < 20_000; at++) bench.value(at / 1000, 100)
    const [state] = [...bench.core.snapshot().values()]
    expect(state?.terms[0]?.length).toBeLessThan(700)
    expect(bench.value(20, 99).told).toEqual(['fire@20'])
  })

  it('noDataFor fires on silence alone', () => {
    const bench = new Bench([{ id: 'quiet', source: 'trade', condition: { noDataFor: '10s' } }])
    const trade = (second: number): void => {
      bench.say({ source: 'trade', reading: { atUs: second * 1e6, timeUs: second * 1e6 } })
    }
    trade(1)
    expect(bench.until(10).told).toEqual([])
    expect(bench.until(30).told).toEqual(['fire@11'])
    trade(31)
    expect(bench.told).toEqual(['fire@11', 'rearm@31'])
  })

  it('an event fires each time, by phase and direction', () => {
    const bench = new Bench([{ id: 'e', source: 'flow.print', condition: { event: 'start', direction: 'down' } }])
    const event = (second: number, phase: string, direction: 1 | -1): void => {
      const occurrence = { id: `${second}`, phase, direction, headline: 'a large print' }
      bench.say({ source: 'flow.print', reading: { atUs: second * 1e6, timeUs: second * 1e6, occurrence } })
    }
    event(1, 'start', -1)
    event(2, 'start', 1)
    event(3, 'end', -1)
    event(3, 'start', -1)
    expect(bench.told).toEqual(['fire@1', 'fire@3'])
    const first = bench.news.find(news => news.kind === 'fire')
    expect(first?.kind === 'fire' && first.fire.message).toBe('e: a large print')
  })

  it('each liquidation stands for itself', () => {
    const bench = new Bench([{ id: 'l', source: 'liquidation.notional', condition: { above: 1000 } }])
    for (const [at, value] of [10, 2000, 3000, 20].entries()) {
      const reading = { atUs: at * 1e6, timeUs: 0, value, momentId: `${at}` }
      bench.say({ source: 'liquidation.notional', reading })
    }
    expect(bench.told).toEqual(['fire@1', 'fire@2'])
    expect(new Set(bench.fires).size).toBe(2)
  })

  it('all and any know what cannot be said', () => {
    const both = { all: [{ above: 100 }, { source: 'quote.spreadBps', above: 5 }] }
    const bench = new Bench([rule(both)]).value(1, 101)
    expect(bench.core.evaluators[0]?.state.phase).toBe('init')
    const spread = (second: number, value: number | undefined): void => {
      bench.say({ source: 'quote.spreadBps', reading: { atUs: second * 1e6, timeUs: second * 1e6, value } })
    }
    spread(2, 4)
    spread(3, 6)
    expect(bench.told).toEqual(['fire@3'])
    const any = new Bench([rule({ any: [{ above: 100 }, { source: 'quote.spreadBps', above: 5 }] })])
    expect(any.value(1, 99).value(2, 101).told).toEqual([])
  })

  it('closed candles by default, the open one when asked for, converged unless told otherwise', () => {
    const candle = (bench: Bench, second: number, value: number, isFinal: boolean, isConverged = true): void => {
      const reading = {
        atUs: second * 1e6,
        timeUs: second * 1e6,
        value,
        isFinal,
        candleUs: Math.floor(second / 60),
        isConverged,
      }
      bench.say({ source: 'rsi(14)@1m', reading })
    }
    const made = (more: Record<string, unknown>): Bench => {
      const bench = new Bench([{ id: 'c', source: 'rsi(14)@1m', condition: { above: 70 }, ...more }])
      candle(bench, 1, 60, true)
      candle(bench, 61, 80, false)
      candle(bench, 62, 60, false)
      candle(bench, 63, 81, false)
      candle(bench, 121, 75, true)
      return bench
    }
    expect(made({}).told).toEqual(['fire@121'])
    expect(made({ frequency: 'oncePerCandle' }).told).toEqual(['fire@61', 'rearm@62', 'candle@63'])
    expect(made({ frequency: 'everyTime' }).told).toEqual(['fire@61', 'rearm@62', 'fire@63'])
    const raw = new Bench([{ id: 'c', source: 'rsi(14)@1m', condition: { above: 70 } }])
    candle(raw, 1, 60, true, false)
    candle(raw, 61, 60, true)
    candle(raw, 121, 80, true, false)
    expect(raw.told).toEqual([])
  })
})
