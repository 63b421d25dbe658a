import { describe, expect, it } from 'vitest'
import { extendAfterMs, type KeyInput, KeyLife } from './key-life.ts'

const KEY = { key: 'one' }

function lived(...inputs: readonly KeyInput[]): KeyLife {
  const life = new KeyLife()
  for (const input of inputs) life.on(input)
  return life
}

const held = (): KeyLife => lived({ kind: 'wanted' }, { kind: 'created', key: KEY })

describe('the life of a listen key', () => {
  it('F:F01 extends before its end, and renews after three misses', () => {
    const life = held()
    expect(life.on({ kind: 'extendDue' })).toEqual([{ do: 'extend', key: KEY }])
    expect(life.on({ kind: 'extendFailed', refusal: 'retry' })).toEqual([{ do: 'schedule', input: 'extendAgain' }])
    life.on({ kind: 'extendDue' })
    life.on({ kind: 'extendFailed', refusal: 'retry' })
    life.on({ kind: 'extendDue' })
    expect(life.on({ kind: 'extendFailed', refusal: 'retry' }).map(effect => effect.do)).toEqual(['drop', 'create'])
    expect(life.key).toBeUndefined()
  })

  it('F:F01 renews at once when the venue no longer knows the key', () => {
    const life = held()
    life.on({ kind: 'extendDue' })
    expect(life.on({ kind: 'extendFailed', refusal: 'keyGone' }).map(effect => effect.do)).toEqual(['drop', 'create'])
  })

  it('F:F02 recovers once for each key', () => {
    const life = held()
    expect(life.on({ kind: 'expired', key: 'one' }).map(effect => effect.do)).toEqual(['drop', 'create'])
    expect(life.on({ kind: 'expired', key: 'one' })).toEqual([])
    life.on({ kind: 'created', key: { key: 'two' } })
    expect(life.on({ kind: 'expired', key: 'one' })).toEqual([])
    expect(life.key).toBe('two')
  })

  it('F:F03 is extended at a third to half of its life', () => {
    expect([0, 0.999].map(random => Math.round(extendAfterMs(3_600_000, random) / 60_000))).toEqual([20, 30])
  })

  it('F:F06 ends for good when the API key is refused', () => {
    const life = lived({ kind: 'wanted' })
    expect(life.on({ kind: 'createFailed', refusal: 'keyRefused' })).toEqual([{ do: 'refuse' }])
    expect(life.on({ kind: 'wanted' })).toEqual([])
    expect(life.on({ kind: 'created', key: KEY })).toEqual([])
  })

  it('asks again, later each time, while the venue has no answer', () => {
    const life = lived({ kind: 'wanted' })
    expect(life.on({ kind: 'createFailed', refusal: 'retry' })).toEqual([{ do: 'create', attempt: 2 }])
    expect(life.on({ kind: 'createFailed', refusal: 'retry' })).toEqual([{ do: 'create', attempt: 3 }])
  })

  it('F:F01 asks for a key later each time while every new one is gone at once', () => {
    const life = held()
    const attempts: number[] = []
    for (let time = 0; time < 3; time++) {
      life.on({ kind: 'extendDue' })
      for (const effect of life.on({ kind: 'extendFailed', refusal: 'keyGone' }))
        if (effect.do === 'create') attempts.push(effect.attempt)
      life.on({ kind: 'created', key: { key: `key${time}` } })
    }
    expect(attempts).toEqual([1, 2, 3])
    life.on({ kind: 'extendDue' })
    life.on({ kind: 'extended', key: { key: 'key2' } })
    life.on({ kind: 'extendDue' })
    expect(life.on({ kind: 'extendFailed', refusal: 'keyGone' })[1]).toEqual({ do: 'create', attempt: 1 })
  })

  it('tells whether the key is another one after a doubt', () => {
    const life = held()
    life.on({ kind: 'doubted' })
    expect(life.on({ kind: 'created', key: KEY })[0]).toEqual({ do: 'use', key: KEY, isNew: false })
    life.on({ kind: 'doubted' })
    expect(life.on({ kind: 'created', key: { key: 'two' } })[0]).toMatchObject({ isNew: true })
  })
})
