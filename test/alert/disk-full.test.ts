import { describe, expect, it } from 'vitest'
import { type AlertMemory, createAlerts, processMemory, readAlerts } from '../../src/alert/index.ts'
import type { GuardedPost, PostAnswer } from '../../src/net/guarded-post.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { BTC, rule } from './core-support.ts'
import { HandFeed } from './hand-feed.ts'

const hook = { type: 'webhook', url: 'http://127.0.0.1:1/hook', allowPrivate: true }
const ok: PostAnswer = { status: 200, retryAfter: undefined, body: '' }

/** A disk that is full for whatever is named. */
class FullDisk {
  readonly full = new Set<'open' | 'openBehind' | 'claim' | 'save' | 'note' | 'state'>()
  readonly inner = processMemory()
  readonly memory: AlertMemory = {
    load: () => this.inner.load(),
    waiting: () => this.inner.waiting(),
    saveState: (key, state) => {
      this.must('state')
      this.inner.saveState(key, state)
    },
    open: entry => {
      this.must('open')
      const isNew = this.inner.open(entry)
      this.must('openBehind')
      return isNew
    },
    note: record => {
      this.must('note')
      this.inner.note(record)
    },
    claim: (id, channel) => {
      this.must('claim')
      const claim = this.inner.claim(id, channel)
      if (claim === undefined) return undefined
      const save: typeof claim.save = progress => {
        this.must('save')
        claim.save(progress)
      }
      return { ...claim, save }
    },
  }

  private must(what: 'open' | 'openBehind' | 'claim' | 'save' | 'note' | 'state'): void {
    if (this.full.has(what)) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  }
}

async function world(disk: FullDisk) {
  const clock = new FakeClock()
  const hand = new HandFeed()
  const keys: string[] = []
  const problems: string[] = []
  const own = rule({ above: 100 }, { instrument: BTC, channels: ['ops'] })
  const alerts = createAlerts({
    feed: hand.feed,
    config: readAlerts({ channels: { ops: hook }, rules: [own] }),
    clock,
    memory: disk.memory,
    onProblem: message => problems.push(message),
    post: async ({ headers }: GuardedPost) => {
      keys.push(headers['Idempotency-Key'] ?? '')
      return ok
    },
  })
  await alerts.ready
  const fire = (): void => {
    hand.trade(clock.nowUs(), 99)
    hand.trade(clock.nowUs(), 101)
  }
  return { clock, alerts, keys, problems, fire, [Symbol.asyncDispose]: () => alerts[Symbol.asyncDispose]() }
}

describe('alert: a disk that is full', () => {
  it.each(['open', 'openBehind', 'claim', 'save', 'note', 'state'] as const)(
    'each alert is delivered once while "%s" fails, and told once as a problem',
    async what => {
      const disk = new FullDisk()
      await using all = await world(disk)
      const { clock, keys, problems, fire, alerts } = all
      disk.full.add(what)
      fire()
      await clock.advance(60_000)
      fire()
      await clock.advance(600_000)
      expect(keys).toHaveLength(2)
      expect(new Set(keys).size).toBe(2)
      expect(alerts.waiting()).toEqual([])
      expect(problems[0]).toContain('memory: ENOSPC')
      expect(problems.length).toBeLessThanOrEqual(4)
      disk.full.clear()
      await clock.advance(2000)
      // What could not be noted is noted now: whoever starts anew sends nothing again.
      expect(disk.inner.waiting()).toEqual([])
    },
  )
})
