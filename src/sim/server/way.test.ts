import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../net/random.ts'
import { FakeClock } from '../../testing/fake-clock.ts'
import type { Delay, Rate } from './way.ts'
import { Way } from './way.ts'

class Bench {
  readonly clock = new FakeClock()
  readonly delays = new Set<Delay>()
  readonly rates = new Set<Rate>()
  isShut = false
  passed = ''
  readonly times: number[] = []
  readonly way = new Way({
    clock: this.clock,
    random: seededRandom(1),
    delays: this.delays,
    rates: this.rates,
    isShut: () => this.isShut,
    pass: bytes => {
      this.passed += bytes.toString('latin1')
      this.times.push(this.clock.monotonicMs())
    },
  })

  push(text: string): void {
    this.way.push(Buffer.from(text, 'latin1'))
  }
}

describe('a way', () => {
  it('passes at once when nothing holds it up', () => {
    const bench = new Bench()
    bench.push('abc')
    expect([bench.passed, bench.way.heldBytes]).toEqual(['abc', 0])
  })

  it('keeps back while it is shut, and says when all has passed', () => {
    const bench = new Bench()
    bench.isShut = true
    bench.push('abc')
    let isDone = false
    bench.way.afterAll(() => (isDone = true))
    expect([bench.passed, bench.way.heldBytes, isDone]).toEqual(['', 3, false])
    bench.isShut = false
    bench.way.pump()
    expect([bench.passed, bench.way.heldBytes, isDone]).toEqual(['abc', 0, true])
  })

  it('delays by so much, and a rate spreads a large piece', async () => {
    const bench = new Bench()
    const delay = { ms: 200, jitterMs: 0 }
    bench.delays.add(delay)
    const startMs = bench.clock.monotonicMs()
    bench.push('a')
    await bench.clock.advance(199)
    expect(bench.passed).toBe('')
    await bench.clock.advance(2)
    expect(bench.passed).toBe('a')
    bench.delays.delete(delay)
    bench.rates.add({ bytesPerMs: 1 })
    bench.push('x'.repeat(1000))
    await bench.clock.advance(500)
    expect(bench.passed.length).toBeGreaterThan(450)
    expect(bench.passed.length).toBeLessThan(600)
    await bench.clock.advance(600)
    expect(bench.passed.length).toBe(1001)
    expect(Math.max(...bench.times) - startMs).toBeGreaterThan(1100)
  })

  it('loses nothing and keeps the order, whatever comes and goes', async () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('push' as const), size: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 400 }) }),
      fc.record({ do: fc.constant('shut' as const), is: fc.boolean() }),
      fc.record({ do: fc.constant('delay' as const), ms: fc.integer({ min: 0, max: 300 }) }),
      fc.record({ do: fc.constant('rate' as const), bytesPerMs: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ do: fc.constant('clear' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async actions => {
        const bench = new Bench()
        let sent = ''
        for (const one of actions) {
          if (one.do === 'push') {
            const text = Array.from({ length: one.size }, (_, index) =>
              String.fromCharCode(33 + ((sent.length + index) % 90)),
            ).join('')
            sent += text
            bench.push(text)
          } else if (one.do === 'wait') await bench.clock.advance(one.ms)
          else if (one.do === 'shut') bench.isShut = one.is
          else if (one.do === 'delay') bench.delays.add({ ms: one.ms, jitterMs: one.ms })
          else if (one.do === 'rate') bench.rates.add({ bytesPerMs: one.bytesPerMs })
          else {
            bench.delays.clear()
            bench.rates.clear()
          }
          bench.way.pump()
          expect(sent.startsWith(bench.passed)).toBe(true)
          expect(bench.passed.length + bench.way.heldBytes).toBe(sent.length)
        }
        bench.isShut = false
        bench.way.pump()
        await bench.clock.advance(1_000_000)
        expect(bench.passed).toBe(sent)
      }),
    )
  })
})
