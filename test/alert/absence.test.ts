import { describe, expect, it } from 'vitest'
import { AlertEvaluator } from '../../src/alert/alert-evaluator.ts'
import type { MachineState } from '../../src/alert/alert-machine.ts'
import { readAlerts } from '../../src/alert/index.ts'
import type { Reading } from '../../src/alert/reading.ts'
import { signalReading } from '../../src/alert/signal-readings.ts'
import { readSource } from '../../src/alert/source-reader.ts'
import { readingOf } from '../../src/alert/stream-readings.ts'
import type { ConnectionEvent } from '../../src/model/event.ts'
import { epochUs } from '../../src/model/time.ts'
import type { SignalValue } from '../../src/signal/signal.ts'
import { Bench, BTC, rule } from './core-support.ts'

const occurrence = { id: 'e', phase: 'start', direction: 1, headline: 'a cascade' } as const

function evaluatorOf(given: unknown, state?: MachineState): AlertEvaluator {
  const [only] = readAlerts({ rules: [given] }).rules
  if (only === undefined) throw new Error('expected a rule')
  const evaluator = new AlertEvaluator(only, BTC)
  if (state !== undefined) evaluator.resume(state)
  return evaluator
}

describe('alert: values and what is none', () => {
  it('the strength of an event is no value of the signal', () => {
    const source = 'deriv.liqCascade'
    const bench = new Bench([{ id: 'c', source, condition: { above: 10 } }])
    const say = (second: number, more: Partial<Reading>): void => {
      bench.say({ source, reading: { atUs: second * 1e6, timeUs: second * 1e6, ...more } })
    }
    say(1, { value: 1 })
    say(2, { value: 12 })
    say(2, { value: 0.8, occurrence })
    say(3, { value: 13 })
    expect(bench.told).toEqual(['fire@2'])
    const crossing = new Bench([{ id: 'c', source, condition: { crossUp: 10 } }])
    for (const [second, value] of [1, 12, 13].entries())
      crossing.say({ source, reading: { atUs: second * 1e6, timeUs: second * 1e6, value } })
    crossing.say({ source, reading: { atUs: 3e6, timeUs: 3e6, value: 0.8, occurrence } })
    expect(crossing.told).toEqual(['fire@1'])
  })

  it('the first liquidation counts, too: it was not there before anybody looked', () => {
    const source = 'liquidation.notional'
    const bench = new Bench([{ id: 'l', source, condition: { above: 1000 } }])
    bench.say({ source, reading: { atUs: 1e6, timeUs: 1e6, value: 2000, momentId: 'a' } })
    expect(bench.told).toEqual(['fire@1'])
  })

  it('a signal that says nothing but that it is stale brings no data', () => {
    const source = readSource('source', 'flow.cvd')
    const said = (second: number, state: SignalValue['state']): Reading => {
      if (source.kind !== 'signal') throw new Error('expected a signal')
      const quality = { n: 1, sinceUs: epochUs(0), lateDropped: 0, gaps: 0, ageMs: 0 }
      const stamps = { timeUs: epochUs(second * 1e6), receiveTimeUs: epochUs(second * 1e6) }
      const value = state === 'ok' ? { value: 1 } : {}
      const base = { kind: 'signal', signal: 'flow.cvd', instrument: BTC, params: {}, unit: 'base' } as const
      return signalReading(source, { ...base, ...stamps, ...value, state, quality })
    }
    const bench = new Bench([{ id: 'q', source: 'flow.cvd', condition: { noDataFor: '10s' } }])
    bench.say({ source: 'flow.cvd', reading: said(1, 'ok') })
    for (let second = 2; second < 30; second++) bench.say({ source: 'flow.cvd', reading: said(second, 'stale') })
    expect(bench.told).toEqual(['fire@11'])
  })

  it('what is pending does not fall due on a lost connection; what crossed may go on behind it', () => {
    const connection = (second: number, state: ConnectionEvent['state']): Reading | undefined => {
      const event = { kind: 'connection', instrument: BTC, state, connectionId: 'c', cause: undefined } as const
      return readingOf(readSource('source', 'trade.price'), { ...event, receiveTimeUs: epochUs(second * 1e6) })
    }
    const lost = (bench: Bench, second: number): void => {
      const reading = connection(second, 'waiting')
      if (reading === undefined) throw new Error('expected a reading')
      bench.say({ source: 'trade.price', reading })
    }
    const level = new Bench([rule({ above: 100 }, { for: '5s' })]).value(1, 99).value(2, 101)
    lost(level, 3)
    expect(level.until(30).told).toEqual([])
    expect(level.value(31, 101).until(40).told).toEqual(['fire@37'])
    const cross = new Bench([rule({ crossUp: 100 })]).value(1, 99)
    lost(cross, 2)
    expect(cross.value(3, 101).told).toEqual(['fire@3'])
    const change = new Bench([rule({ changePct: { within: '10s', by: 5 } })]).value(1, 100)
    lost(change, 5)
    expect(change.value(12, 106).told).toEqual([])
    const silent = new Bench([rule({ noDataFor: '10s' })]).value(1, 100)
    lost(silent, 3)
    expect(silent.until(20).told).toEqual(['fire@11'])
    expect(connection(1, 'delivering')).toBeUndefined()
  })

  it('a change is exact where its percentage is, and has a sign below zero', () => {
    const rising = new Bench([rule({ changePct: { within: '10s', by: 15 } })]).value(1, 200).value(11, 200)
    expect(rising.value(21, 230).told).toEqual(['fire@21'])
    const falling = new Bench([rule({ changePct: { within: '10s', by: -50 } })]).value(1, -1).value(11, -1)
    expect(falling.value(21, -2).told).toEqual(['fire@21'])
  })
})

describe('alert: over a restart', () => {
  it('silence that was told goes on, and is not told again', () => {
    const quiet = { id: 'q', source: 'trade', condition: { noDataFor: '10s' } }
    const before = evaluatorOf(quiet)
    const told: string[] = []
    const see = (evaluator: AlertEvaluator, from: number, to: number): void => {
      for (let second = from; second <= to; second++) {
        const news = evaluator.tick(second * 1e6)
        if (news !== undefined && news.kind !== 'started') told.push(`${news.kind}@${second}`)
      }
    }
    see(before, 1, 20)
    expect(told).toEqual(['fire@11'])
    const after = evaluatorOf(quiet, before.state)
    see(after, 25, 60)
    expect(told).toEqual(['fire@11'])
    expect(after.read('trade', { atUs: 61e6, timeUs: 61e6 })?.kind).toBe('rearm')
    see(after, 62, 72)
    expect(told).toEqual(['fire@11', 'fire@71'])
  })

  it('a rule that asks something else begins anew, and stays muted', () => {
    const before = evaluatorOf(rule({ above: 100 }, { frequency: 'once' }))
    before.read('trade.price', { atUs: 1e6, timeUs: 1e6, value: 99 })
    before.read('trade.price', { atUs: 2e6, timeUs: 2e6, value: 101 })
    before.mute(90e6)
    expect(before.state).toMatchObject({ phase: 'done', fires: 1 })
    const same = evaluatorOf(
      rule({ above: 100 }, { frequency: 'once', name: 'new words', cooldown: '1s' }),
      before.state,
    )
    expect(same.state).toMatchObject({ phase: 'done', fires: 1, mutedUntilUs: 90e6 })
    const other = evaluatorOf(rule({ above: 200 }, { frequency: 'once' }), before.state)
    expect(other.state).toMatchObject({ phase: 'init', fires: 0, mutedUntilUs: 90e6 })
  })
})
