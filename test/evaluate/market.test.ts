import { describe, expect, it } from 'vitest'
import { FeeSchedule, parseFees } from '../../src/evaluate/market/fee-schedule.ts'
import { FundingTrack } from '../../src/evaluate/market/funding-track.ts'
import { PriceTrack } from '../../src/evaluate/market/price-track.ts'
import { ConfigError } from '../../src/model/error.ts'

const SECOND = 1_000_000

describe('executable prices', () => {
  it('are the newest known at a moment, never a later one', () => {
    const track = new PriceTrack(60_000)
    track.add(10 * SECOND, 101, 99, 100)
    track.add(20 * SECOND, 103, 101, 102)
    track.reach(30 * SECOND)
    expect(track.at(10 * SECOND - 1)).toBe('beforeStart')
    expect(track.at(20 * SECOND - 1)).toEqual({ timeUs: 10 * SECOND, buyPrice: 101, sellPrice: 99, mid: 100 })
    expect(track.at(20 * SECOND)).toMatchObject({ buyPrice: 103 })
    expect(track.at(30 * SECOND)).toMatchObject({ mid: 102 })
    expect(track.at(30 * SECOND + 1)).toBe('afterEnd')
  })

  it('are none in a gap, when nothing confirms them, and where the book is too thin', () => {
    const track = new PriceTrack(60_000)
    track.add(0, 101, 99, 100)
    track.lose(10 * SECOND)
    track.add(20 * SECOND, Number.NaN, 99, 100)
    track.add(30 * SECOND, 101, 99, 100)
    track.reach(200 * SECOND)
    expect(track.at(9 * SECOND)).toMatchObject({ mid: 100 })
    expect(track.at(15 * SECOND)).toBe('gap')
    expect(track.at(25 * SECOND)).toBe('thinBook')
    expect(track.at(90 * SECOND)).toMatchObject({ mid: 100 })
    expect(track.at(91 * SECOND)).toBe('stale')
    expect(track.hasGap(0, 10 * SECOND)).toBe(true)
    expect(track.hasGap(21 * SECOND, 30 * SECOND)).toBe(false)
  })

  it('keep many changes, and one place for what does not change', () => {
    const track = new PriceTrack(60_000)
    for (let at = 0; at < 5000; at++) track.add(at * 1000, 101 + Math.floor(at / 2), 99, 100)
    expect(track.changes).toBe(2500)
    expect(track.at(4_999_000)).toMatchObject({ buyPrice: 2600 })
  })
})

describe('funding', () => {
  it('is paid by longs at a positive rate, once per settlement in the span, by the last rate before it', () => {
    const track = new FundingTrack()
    track.add(0, 1000 * SECOND, 0.0005)
    track.add(900 * SECOND, 1000 * SECOND, 0.0001)
    track.add(1001 * SECOND, 2000 * SECOND, -0.0003)
    expect(track.paid(1, 999 * SECOND, 1000 * SECOND)).toBe(0.0001)
    expect(track.paid(-1, 999 * SECOND, 1000 * SECOND)).toBe(-0.0001)
    expect(track.paid(1, 1000 * SECOND, 1999 * SECOND)).toBe(0)
    expect(track.paid(1, 0, 3000 * SECOND)).toBeCloseTo(-0.0002, 12)
  })

  it('is not known where nothing told of it', () => {
    expect(new FundingTrack().paid(1, 0, 1)).toBeUndefined()
  })
})

describe('fees', () => {
  const fees = new FeeSchedule('mine', [
    { venue: 'a', from: '2023-11-01', takerBps: 5 },
    { venue: 'a', from: '2020-01-01', takerBps: 4 },
  ])

  it('are those of the venue and the day', () => {
    const day = (text: string): number => Date.parse(text) * 1000
    expect(fees.takerFee('a', day('2023-10-31T23:59:59Z'))).toBe(0.0004)
    expect(fees.takerFee('a', day('2023-11-01T00:00:00Z'))).toBe(0.0005)
    expect(() => fees.takerFee('a', day('2019-12-31T00:00:00Z'))).toThrow(/mine.*no taker fee of a on 2019-12-31/)
    expect(() => fees.takerFee('b', day('2023-12-31T00:00:00Z'))).toThrow(ConfigError)
  })

  it.each([
    [{}, 'expected a list under "fees"'],
    [{ fees: [{ venue: 'a', from: '2020', takerBps: 4 }] }, 'fees[0].from'],
    [{ fees: [{ venue: 'a', from: '2020-01-01', takerBps: '4' }] }, 'fees[0].takerBps'],
    [{ fees: [{ from: '2020-01-01', takerBps: 4 }] }, 'fees[0].venue'],
    [{ fees: [{ venue: 'a', from: '2020-01-01', takrBps: 4 }] }, 'unknown field "takrBps"'],
  ])('a file that is none says why: %j', (value, message) => {
    expect(() => parseFees('fees.yaml', value)).toThrow(message)
  })
})
