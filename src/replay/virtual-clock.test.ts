import { describe, expect, it } from 'vitest'
import { settle, VirtualClock } from './virtual-clock.ts'

describe('the virtual clock', () => {
  it('fires timers at their own time, oldest first among equals, and never one that was disposed', () => {
    const clock = new VirtualClock(1_000_000)
    const fired: string[] = []
    const note = (name: string) => () => fired.push(`${name}@${clock.timeUs}`)
    clock.setTimer(5, note('c'))
    clock.setTimer(2, note('a'))
    clock.setTimer(2, note('b'))
    clock.setTimer(3, note('gone'))[Symbol.dispose]()
    clock.setTimer(9, note('late'))
    while (clock.fireBefore(1_005_000));
    expect(fired).toEqual(['a@1002000', 'b@1002000', 'c@1005000'])
    clock.moveTo(1_006_000)
    expect(clock.monotonicMs()).toBe(6)
    expect(clock.fireBefore(1_008_999)).toBe(false)
  })

  it('goes on while a recorded wall clock is set back', () => {
    const clock = new VirtualClock(10_000_000)
    let isFired = false
    clock.setTimer(10, () => {
      isFired = true
    })
    clock.moveTo(10_008_000)
    clock.moveTo(9_000_000)
    expect(clock.nowUs()).toBe(9_000_000)
    expect(clock.monotonicMs()).toBe(8)
    while (clock.fireBefore(9_002_000));
    expect(isFired).toBe(true)
    expect(clock.timeUs).toBe(9_002_000)
  })

  it('settles a chain of promises that looks at the clock now and then', async () => {
    const clock = new VirtualClock(0)
    let steps = 0
    const walk = async (): Promise<void> => {
      for (; steps < 500; steps++) {
        if (steps % 30 === 0) clock.nowUs()
        await Promise.resolve()
      }
    }
    void walk()
    await settle(clock)
    expect(steps).toBe(500)
  })
})
