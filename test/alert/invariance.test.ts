import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bench, rule, type Said } from './core-support.ts'

const RULES = [
  rule({ above: 100, rearm: 98 }, { id: 'level', for: '2s', cooldown: '5s' }),
  rule({ crossUp: 100 }, { id: 'cross' }),
  rule({ crossDown: 'quote.mid' }, { id: 'series', for: '1s' }),
  rule({ changePct: { within: '5s', by: 2 } }, { id: 'change' }),
  rule({ all: [{ below: 101 }, { source: 'quote.mid', above: 99 }] }, { id: 'group', maxPerHour: 3 }),
  rule({ any: [{ outside: [97, 103] }, { not: { above: 96 } }] }, { id: 'any', onMissing: 'fire' }),
  { id: 'quiet', source: 'trade.price', condition: { noDataFor: '3s' } },
  { id: 'event', source: 'flow.print', condition: { event: 'any' } },
]

const step = fc.record({
  waitMs: fc.integer({ min: 0, max: 3000 }),
  what: fc.constantFrom('price', 'price', 'price', 'mid', 'event', 'silence'),
  value: fc.option(fc.integer({ min: 95, max: 105 }), { nil: undefined, freq: 8 }),
  isGap: fc.boolean(),
})

const story = fc.array(step, { minLength: 5, maxLength: 60 }).map(steps => {
  let atUs = 1_000_000_000
  return steps.map(({ waitMs, what, value, isGap }, index): Said => {
    atUs += waitMs * 1000
    const base = { atUs, timeUs: atUs - 5000 }
    if (what === 'silence') return { untilUs: atUs }
    const occurrence = { id: `${index}`, phase: 'start', direction: 1, headline: 'x' } as const
    if (what === 'event') return { source: 'flow.print', reading: { ...base, occurrence } }
    const gap = isGap && index % 7 === 0 ? { isGap: true } : {}
    return { source: what === 'mid' ? 'quote.mid' : 'trade.price', reading: { ...base, value, ...gap } }
  })
})

function told(stories: readonly Said[]): Bench {
  const bench = new Bench(RULES)
  for (const said of stories) bench.say(said)
  return bench
}

describe('alert: invariance', () => {
  it('what is told up to a moment does not depend on what comes later', () => {
    fc.assert(
      fc.property(story, fc.nat(), (said, cut) => {
        const length = cut % said.length
        const whole = told(said)
        const begun = told(said.slice(0, length))
        expect(whole.told.slice(0, begun.told.length)).toEqual(begun.told)
        expect(whole.fires.slice(0, begun.fires.length)).toEqual(begun.fires)
      }),
      { numRuns: 300 },
    )
  })

  it('the seconds between readings may be told one by one, at once, or not at all', () => {
    fc.assert(
      fc.property(story, said => {
        const plain = told(said)
        const bench = new Bench(RULES)
        let lastUs = 0
        for (const each of said) {
          const atUs = 'untilUs' in each ? each.untilUs : each.reading.atUs
          for (let us = Math.ceil(lastUs / 1e6) * 1e6; lastUs > 0 && us <= atUs; us += 500_000) bench.core.advance(us)
          bench.say(each)
          lastUs = atUs
        }
        expect(bench.told).toEqual(plain.told)
        expect(bench.fires).toEqual(plain.fires)
      }),
      { numRuns: 300 },
    )
  })

  it('a restart at any point misses no fire and doubles none', () => {
    let fires = 0
    fc.assert(
      fc.property(story, said => {
        const plain = told(said)
        fires += plain.fires.length
        const news: string[] = []
        let bench = new Bench(RULES)
        for (const each of said) {
          bench.say(each)
          news.push(...bench.told)
          const next = new Bench(RULES)
          next.core.restore(bench.snapshot())
          // The clock goes on where it was.
          next.core.advance('untilUs' in each ? each.untilUs : each.reading.atUs)
          news.push(...next.told)
          next.news.length = 0
          bench = next
        }
        expect(news).toEqual(plain.told)
      }),
      { numRuns: 200 },
    )
    expect(fires).toBeGreaterThan(500)
  })
})
