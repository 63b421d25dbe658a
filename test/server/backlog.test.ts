import { describe, expect, it } from 'vitest'
import { Backlog } from '../../src/server/views/backlog.ts'

describe('backlog of a view', () => {
  it('gives what followed a version, and says when that reaches too far back', () => {
    const backlog = new Backlog<string>(3)
    for (const [index, item] of ['a', 'b', 'c', 'd'].entries()) backlog.push(item, index + 1)
    expect(backlog.since(undefined)).toEqual(['b', 'c', 'd'])
    expect(backlog.since(2)).toEqual(['c', 'd'])
    expect(backlog.since(4)).toEqual([])
    expect([undefined, 0, 1, 4].map(version => backlog.reaches(version))).toEqual([false, false, true, true])
  })

  it('sends a corrected item again', () => {
    const backlog = new Backlog<readonly [number, string]>(3)
    backlog.push([1, 'first'], 1)
    backlog.push([2, 'second'], 2)
    expect(backlog.replace(([key]) => key === 1, [1, 'corrected'], 3)).toBe(true)
    expect(backlog.since(2)).toEqual([[1, 'corrected']])
    expect(backlog.size).toBe(2)
    expect(backlog.replace(([key]) => key === 9, [9, 'unknown'], 4)).toBe(false)
  })
})
