import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createExternal,
  type ExternalContext,
  type ExternalOptions,
  type ExternalPoint,
  type ExternalSource,
  type ExternalValue,
  knownFromUs,
  PointInTime,
  parseExternal,
  replayExternal,
} from '../../src/external/index.ts'
import { RateLimited } from '../../src/model/error.ts'
import { epochUs } from '../../src/model/time.ts'
import type { HttpAnswer } from '../../src/net/http.ts'
import { FakeClock, memoryDial } from '../../src/testing/index.ts'

const T0 = 1_790_000_000_000_000

function pointAt(timeUs: number, more: Partial<ExternalPoint> = {}): ExternalPoint {
  const times = { effectiveTimeUs: timeUs, publishedTimeUs: timeUs }
  return { series: 's', key: undefined, value: 1, unit: 'u', revision: 0, isFinal: true, ...times, ...more }
}

type Run = (context: ExternalContext) => Promise<void>

function source(id: string, run: Run, more: Partial<ExternalSource> = {}): ExternalSource {
  return { id, kind: 'stream', cadenceMs: 1000, start: run, stop: () => undefined, ...more }
}

const untilAborted: Run = context =>
  new Promise(resolve => context.signal.addEventListener('abort', () => resolve(), { once: true }))

/** Brings a point every second, whatever others do. */
const steady = (): ExternalSource =>
  source('steady', context => Promise.resolve(context.emit(pointAt(context.clock.nowUs(), { series: 'steady' }))), {
    kind: 'poll',
  })

function open(sources: readonly ExternalSource[], more: Partial<ExternalOptions> = {}) {
  const clock = new FakeClock()
  const values: ExternalValue[] = []
  const gaps: string[] = []
  const log: string[] = []
  const lines: string[] = []
  const external = createExternal({
    sources,
    clock,
    random: () => 0,
    onValue: value => values.push(value),
    onGap: gap => gaps.push(gap.reason),
    log: (_level, text) => log.push(text),
    record: line => lines.push(line),
    ...more,
  })
  const close = async (): Promise<void> => {
    const closing = external[Symbol.asyncDispose]()
    await clock.advance(20_000)
    await closing
  }
  const statusOf = (id: string) => external.status().find(each => each.id === id)
  return { clock, external, values, gaps, log, lines, close, statusOf }
}

const steadyCount = (values: readonly ExternalValue[]): number =>
  values.filter(value => value.series === 'steady' && value.state === 'ok').length

describe('one bad source', () => {
  it.each<readonly [string, Run, Partial<ExternalSource>]>([
    [
      'throws at once',
      () => {
        throw new Error('at once')
      },
      {},
    ],
    ['throws later', () => Promise.reject(new Error('later')), {}],
    ['ends by itself', () => Promise.resolve(), {}],
    ['never ends and never obeys', () => new Promise(() => undefined), {}],
    ['hangs as a poll', () => new Promise(() => undefined), { kind: 'poll' }],
    ['fails to stop', () => Promise.reject(new Error('x')), { stop: () => Promise.reject(new Error('stop')) }],
    ['never stops', () => Promise.reject(new Error('x')), { stop: () => new Promise(() => undefined) }],
  ])('F:I04 that %s is started again and disturbs no other', async (_what, run, more) => {
    const { clock, values, close, statusOf } = open([source('bad', run, more), steady()])
    await clock.advance(60_000)
    expect(statusOf('bad')?.restarts).toBeGreaterThan(0)
    expect(steadyCount(values)).toBe(61)
    await close()
    expect(clock.pending).toBe(0)
  })

  it('F:I05 that floods is cut down to its quota, and says so once', async () => {
    const flood: Run = context => {
      const startUs = context.clock.nowUs()
      for (let index = 0; index < 50_000; index++) context.emit(pointAt(startUs, { effectiveTimeUs: startUs + index }))
      return untilAborted(context)
    }
    const { clock, values, gaps, close, statusOf } = open([source('bad', flood), steady()])
    await clock.advance(10_000)
    expect(statusOf('bad')).toMatchObject({ points: 10_000, refused: 40_000 })
    expect(gaps).toEqual(['flood'])
    expect(steadyCount(values)).toBe(11)
    await close()
  })

  it('F:B01 is paused longer and longer, with full jitter', async () => {
    const { clock, close, statusOf } = open([source('bad', () => Promise.reject(new Error('no')))])
    await clock.advance(0.1 * (1 + 2 + 4 + 8) * 1000 - 1)
    expect(statusOf('bad')?.restarts).toBe(4)
    await clock.advance(1)
    expect(statusOf('bad')?.restarts).toBe(5)
    await close()
  })

  it('cannot bring anything after its run is over', async () => {
    const kept: ExternalContext[] = []
    const run: Run = context => {
      kept.push(context)
      return kept.length === 1 ? Promise.reject(new Error('first')) : untilAborted(context)
    }
    const { clock, external, close } = open([source('bad', run)])
    await clock.advance(1000)
    kept[0]?.emit(pointAt(T0))
    await expect(kept[0]?.http({ method: 'GET', url: 'http://127.0.0.1:1' })).rejects.toThrow()
    expect(external.points.history('s')).toEqual([])
    kept[1]?.emit(pointAt(T0))
    expect(external.points.history('s')).toHaveLength(1)
    await close()
  })

  it('loses its sockets with its run', async () => {
    const { dial, sockets } = memoryDial()
    const nothing = () => undefined
    const handlers = {
      opened: nothing,
      reading: nothing,
      frame: nothing,
      pinged: nothing,
      ponged: nothing,
      closed: nothing,
    }
    const run: Run = context => {
      context.dial('ws://127.0.0.1:1', handlers, { maxFrameBytes: 1000 })
      return Promise.reject(new Error('no'))
    }
    const { clock, close } = open([source('bad', run)], { dial })
    await clock.advance(50)
    expect(sockets.map(socket => socket.isEnded)).toEqual([true])
    await close()
    expect(sockets.every(socket => socket.isEnded)).toBe(true)
  })

  it('F:A01 that is silent on an open socket is started again', async () => {
    const { clock, log, close, statusOf } = open([source('bad', untilAborted)])
    await clock.advance(29_999)
    expect(statusOf('bad')?.restarts).toBe(0)
    await clock.advance(200)
    expect(statusOf('bad')?.restarts).toBe(1)
    expect(log[0]).toContain('nothing came for 30 s')
    await close()
  })

  it.each([
    [{ value: Number.NaN }, '"value": expected a number'],
    [{ value: Number.POSITIVE_INFINITY }, '"value"'],
    [{ series: '' }, '"series"'],
    [{ effectiveTimeUs: 1_790_000_000 }, 'whole microseconds'],
    [{ publishedTimeUs: 1.5 }, 'whole microseconds'],
    [{ revision: -1 }, '"revision"'],
  ])('F:H05 that brings %j has it refused, counted and named', async (more, fault) => {
    const run: Run = context => {
      context.emit(pointAt(T0, more))
      context.emit(pointAt(T0, more))
      return untilAborted(context)
    }
    const { clock, values, log, close, statusOf } = open([source('bad', run)])
    await clock.advance(1)
    expect(statusOf('bad')).toMatchObject({ points: 0, refused: 2 })
    expect(log).toHaveLength(1)
    expect(log[0]).toContain(fault)
    expect(values).toEqual([])
    await close()
  })

  it('F:I04 of the user’s own functions one that throws is told, and nothing else', async () => {
    const onPoint = (): void => {
      throw new Error('mine')
    }
    const { clock, values, log, close } = open([steady()], { onPoint })
    await clock.advance(2500)
    expect(steadyCount(values)).toBe(3)
    expect(log).toContain('onPoint failed: mine')
    await close()
  })
})

describe('a host that asks to wait', () => {
  it('F:B02 is sent nothing until the time is over, whatever the source wants', async () => {
    let calls = 0
    const headers = { get: (name: string) => (name === 'retry-after' ? '120' : null) }
    const limited: HttpAnswer = { status: 429, headers, body: '{}' }
    const http = () => {
      calls++
      return Promise.resolve(limited)
    }
    const run: Run = async context => {
      for (let attempt = 0; attempt < 3; attempt++)
        await context
          .http({ method: 'GET', url: 'http://127.0.0.1:1/x' })
          .catch(error => expect(error).toBeInstanceOf(RateLimited))
      await context.http({ method: 'GET', url: 'http://127.0.0.1:1/x' })
    }
    const { clock, log, close } = open([source('polite', run, { kind: 'poll' })], { http })
    await clock.advance(119_000)
    expect(calls).toBe(1)
    expect(log[0]).toContain('again in 120.0 s')
    await clock.advance(2000)
    expect(calls).toBe(2)
    await close()
  })

  it('F:G06 answers with HTML: the source fails with one line', async () => {
    const page: HttpAnswer = { status: 500, headers: { get: () => null }, body: `<html>${'no '.repeat(500)}</html>` }
    const run: Run = async context =>
      void (await context.http({ method: 'GET', url: 'http://127.0.0.1:1/x?key=canary-1' }))
    const { clock, log, close } = open([source('a', run, { kind: 'poll' })], { http: () => Promise.resolve(page) })
    await clock.advance(50)
    expect(log[0]).toContain('HTTP 500')
    expect(log[0]?.length).toBeLessThan(400)
    expect(log[0]).not.toContain('canary')
    await close()
  })
})

describe('states', () => {
  it('are warming, ok, stale at three cadences, ok again, gapped until the next point', async () => {
    let context: ExternalContext | undefined
    const run: Run = own => {
      context = own
      return untilAborted(own)
    }
    const { clock, values, lines, close } = open([source('a', run, { series: [{ name: 's' }] })])
    await clock.advance(500)
    const emit = (): void => context?.emit(pointAt(clock.nowUs()))
    emit()
    await clock.advance(5000)
    emit()
    context?.gap('cut', epochUs(T0), clock.nowUs())
    await clock.advance(5000)
    emit()
    const told = values.map(value => [value.state, (value.receiveTimeUs - T0) / 1000])
    expect(told).toEqual([
      ['warming', 0],
      ['ok', 500],
      ['stale', 3500],
      ['ok', 5500],
      ['gapped', 5500],
      ['ok', 10_500],
    ])
    expect(values[2]).toMatchObject({ value: 1, quality: { ageMs: 3000, n: 1 } })
    await close()
    const again: ExternalValue[] = []
    replayExternal({ name: 'r', text: lines.join('\n'), onValue: value => again.push(value) })
    // Only the instant of the start is not in the recording.
    expect(again.slice(1)).toEqual(values.slice(1))
    expect(again[0]?.state).toBe('warming')
    expect(parseExternal('r', lines.join('\n')).map(point => point.publishedTimeUs)).toEqual(
      [500, 5500, 10_500].map(ms => T0 + ms * 1000),
    )
  })

  it('of what is published later change when it is', async () => {
    const run: Run = context => {
      context.emit(pointAt(T0, { value: 7, publishedTimeUs: T0 + 2_500_000 }))
      return untilAborted(context)
    }
    const { clock, values, external, close } = open([source('a', run)])
    await clock.advance(2499)
    expect(values).toEqual([])
    expect(external.points.at('s', undefined, clock.nowUs())).toBeUndefined()
    await clock.advance(2)
    expect(values).toMatchObject([{ value: 7, state: 'ok', receiveTimeUs: T0 + 2_500_000 }])
    await close()
  })

  it('of a late revision of an old moment are no news; a duplicate is counted once', async () => {
    const run: Run = context => {
      context.emit(pointAt(T0 - 2e6, { value: 1 }))
      context.emit(pointAt(T0 - 1e6, { value: 2 }))
      context.emit(pointAt(T0 - 2e6, { value: 9, revision: 1, publishedTimeUs: T0 }))
      context.emit(pointAt(T0 - 1e6, { value: 2 }))
      context.emit(pointAt(T0 - 1e6, { value: 3, revision: 1, publishedTimeUs: T0 }))
      return untilAborted(context)
    }
    const { clock, values, close, statusOf } = open([source('a', run)])
    await clock.advance(1)
    expect(values.map(({ value, revised }) => [value, revised])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, true],
    ])
    expect(statusOf('a')).toMatchObject({ points: 4, duplicates: 1 })
    await close()
  })
})

describe('a store of points in time', () => {
  const points = fc.array(
    fc.record({
      effective: fc.integer({ min: 0, max: 6 }),
      published: fc.integer({ min: 0, max: 20 }),
      received: fc.integer({ min: 0, max: 20 }),
      revision: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 40 },
  )

  it('answers as the definition says, and with nothing before its publication', () => {
    fc.assert(
      fc.property(points, list => {
        const store = new PointInTime()
        const added = list
          .map(({ effective, published, received, revision }, value) => ({
            ...pointAt(T0 + effective, { publishedTimeUs: T0 + published, revision, value }),
            receiveTimeUs: T0 + received,
          }))
          .filter(point => store.add(point))
        for (let at = -1; at <= 21; at++) {
          const known = added.filter(point => knownFromUs(point) <= T0 + at)
          const best = [...known].sort((a, b) => b.effectiveTimeUs - a.effectiveTimeUs || b.revision - a.revision)[0]
          const found = store.at('s', undefined, T0 + at)
          expect(found).toBe(best)
          if (found !== undefined) expect(found.publishedTimeUs).toBeLessThanOrEqual(T0 + at)
        }
      }),
    )
  })

  it('keeps keys apart and its limits', () => {
    const store = new PointInTime({ mostPoints: 2, mostSeries: 2 })
    for (const effective of [1, 2, 3]) store.add(pointAt(T0 + effective, { key: 'a' }))
    expect(store.add(pointAt(T0, { key: 'b' }))).toBe(true)
    expect(store.add(pointAt(T0, { key: 'c' }))).toBe(false)
    expect(store.history('s', 'a').map(point => point.effectiveTimeUs - T0)).toEqual([2, 3])
    expect(store.dropped).toBe(2)
    expect(() => new PointInTime({ mostPoints: 0 })).toThrow('mostPoints')
  })
})

describe('options', () => {
  it.each([
    [[steady(), steady()], 'a name of its own'],
    [[source('a', untilAborted, { cadenceMs: 0 })], 'cadenceMs'],
  ])('are checked', (sources, message) => {
    expect(() => createExternal({ sources })).toThrow(message)
  })
})
