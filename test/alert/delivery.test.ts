import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import {
  type AlertMemory,
  type Alerts,
  type AlertsOptions,
  createAlerts,
  fileAlertMemory,
  processMemory,
  readAlerts,
} from '../../src/alert/index.ts'
import type { GuardedPost, PostAnswer } from '../../src/net/guarded-post.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { BTC, rule } from './core-support.ts'
import { HandFeed } from './hand-feed.ts'

const folder = mkdtempSync(join(tmpdir(), 'tickwire-alert-'))
let folders = 0

afterAll(() => rmSync(folder, { recursive: true }))

const hook = { type: 'webhook', url: 'http://127.0.0.1:1/hook', allowPrivate: true }

function configOf(more: Readonly<Record<string, unknown>> = {}): ReturnType<typeof readAlerts> {
  const own = rule({ above: 100 }, { instrument: BTC, channels: ['ops'] })
  return readAlerts({ channels: { ops: hook }, rules: [own], ...more })
}

/** How a channel names a secret. */
function named(variable: string): string {
  return `\${${variable}}`
}

const ok: PostAnswer = { status: 200, retryAfter: undefined, body: 'ok' }
const fails: PostAnswer = { status: 500, retryAfter: undefined, body: 'a secret of theirs' }

interface World {
  readonly clock: FakeClock
  readonly hand: HandFeed
  readonly alerts: Alerts
}

async function open(options: Partial<AlertsOptions>, clock = new FakeClock()): Promise<World> {
  const hand = new HandFeed()
  const alerts = createAlerts({ feed: hand.feed, config: configOf(), clock, ...options })
  await alerts.ready
  return { clock, hand, alerts }
}

describe('alert: delivery', () => {
  it('tries again after 1, 4, 15, 60 and 300 s, then gives a dead letter and one alert about the channel', async () => {
    const atMs: number[] = []
    const posts: GuardedPost[] = []
    const clock = new FakeClock()
    const post = async (sent: GuardedPost): Promise<PostAnswer> => {
      posts.push(sent)
      atMs.push(clock.monotonicMs())
      return fails
    }
    const { hand, alerts } = await open({ post }, clock)
    await using _alerts = alerts
    hand.trade(clock.nowUs(), 99)
    hand.trade(clock.nowUs(), 101)
    await clock.advance(400_000)
    const [first = 0] = atMs
    const waits = atMs.map((ms, at) => Math.round((ms - (atMs[at - 1] ?? first)) / 1000))
    expect(waits).toEqual([0, 1, 4, 15, 60, 300])
    expect(new Set(posts.map(({ headers }) => headers['Idempotency-Key'])).size).toBe(1)
    expect(alerts.deadLetters()).toMatchObject([
      { rule: 'r', channel: 'ops', attempt: 6, status: 500, reason: 'HTTP 500' },
    ])
    expect(alerts.waiting()).toEqual([])
    expect(JSON.stringify(alerts.deliveries())).not.toContain('secret of theirs')
    expect(alerts.fires().filter(fire => fire.rule === 'tickwire.channel')).toHaveLength(1)
    expect(alerts.channels()).toMatchObject([{ name: 'ops', failing: 'HTTP 500' }])
  })

  it('tells the failure of a channel by the others, once until it works again', async () => {
    const sent: string[] = []
    let isDown = true
    const post = async ({ url, body }: GuardedPost): Promise<PostAnswer> => {
      if (url.endsWith('/hook') && isDown)
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      sent.push(`${url.slice(-4)} ${String(JSON.parse(body).message)}`)
      return ok
    }
    const config = configOf({ channels: { ops: hook, home: { ...hook, url: 'http://127.0.0.1:1/home' } } })
    const { clock, hand, alerts } = await open({ post, config })
    await using _alerts = alerts
    for (let at = 0; at < 5; at++) {
      hand.trade(clock.nowUs(), 99)
      hand.trade(clock.nowUs(), 101 + at)
      await clock.advance(10_000)
    }
    expect(sent).toEqual(['home alert channel "ops" fails: connect ECONNREFUSED'])
    isDown = false
    await clock.advance(600_000)
    expect(sent).toHaveLength(6)
    expect(alerts.channels()).toMatchObject([{ name: 'ops', failing: undefined, waiting: 0 }, { name: 'home' }])
  })

  it('two processes that share a directory deliver once', async () => {
    const directory = join(folder, String(folders++))
    const clock = new FakeClock()
    const keys: string[] = []
    const post = async ({ headers }: GuardedPost): Promise<PostAnswer> => {
      keys.push(headers['Idempotency-Key'] ?? '')
      return ok
    }
    const one = await open({ post, memory: fileAlertMemory(directory, { clock }) }, clock)
    const two = await open({ post, memory: fileAlertMemory(directory, { clock }) }, clock)
    await using _one = one.alerts
    await using _two = two.alerts
    for (const price of [99, 101, 99, 102]) {
      const atUs = clock.nowUs()
      // Received at different moments, stamped by the venue at one.
      for (const { hand } of [one, two]) hand.trade(atUs, price)
      await clock.advance(2000)
    }
    expect(keys).toHaveLength(2)
    expect(new Set(keys).size).toBe(2)
    expect(one.alerts.duplicates + two.alerts.duplicates).toBe(2)
  })

  it('one digest for what had to wait; retry_after is obeyed', async () => {
    const texts: string[] = []
    let isBusy = true
    const clock = new FakeClock()
    const post = async ({ body, url }: GuardedPost): Promise<PostAnswer> => {
      expect(url).toBe('https://api.telegram.org/bot123:token-of-the-bot/sendMessage')
      if (isBusy) {
        isBusy = false
        return { status: 429, retryAfter: undefined, body: '{"ok":false,"parameters":{"retry_after":7}}' }
      }
      texts.push(`${Math.round(clock.monotonicMs() / 1000)} ${String(JSON.parse(body).text)}`)
      return ok
    }
    const channels = { ops: { type: 'telegram', token: named('TICKWIRE_BOT'), chat: 42 } }
    const secret = (name: string): string | undefined => (name === 'TICKWIRE_BOT' ? '123:token-of-the-bot' : undefined)
    const { hand, alerts } = await open({ post, config: configOf({ channels }), secret }, clock)
    await using _alerts = alerts
    for (let at = 0; at < 3; at++) {
      hand.trade(clock.nowUs(), 99)
      hand.trade(clock.nowUs() + 1, 101 + at)
      await clock.advance(1000)
    }
    await clock.advance(60_000)
    expect(texts).toHaveLength(1)
    expect(texts[0]).toMatch(/^7 3 alerts in 2 s:\n• r: BTCUSDT trade.price is 101\n/)
    expect(alerts.deliveries().filter(({ outcome }) => outcome === 'delivered')).toHaveLength(3)
  })

  it('a secret that is not set, and a missing package, are told at the start', async () => {
    const channels = { ops: { type: 'webhook', url: 'https://example.org', secret: named('TICKWIRE_NONE') } }
    const hand = new HandFeed()
    await using none = createAlerts({ feed: hand.feed, config: configOf({ channels }) })
    await expect(none.ready).rejects.toThrow('channel "ops": expected TICKWIRE_NONE in the environment, found none.')
    const bare = { ops: { type: 'webhook', url: named('TICKWIRE_HOOK') } }
    const secret = (): string => 'http://10.0.0.1/hook/of-theirs'
    await using inner = createAlerts({ feed: hand.feed, config: configOf({ channels: bare }), secret })
    await expect(inner.ready).rejects.toThrow(
      `channel "ops": url: expected https, or allowPrivate: true for plain http, received "${named('TICKWIRE_HOOK')}".`,
    )
    const mail = { ops: { type: 'email', host: 'localhost', from: 'a@example.org', to: 'b@example.org' } }
    await using absent = createAlerts({ feed: hand.feed, config: configOf({ channels: mail }) })
    await expect(absent.ready).rejects.toThrow('npm install nodemailer')
  })

  it('e-mail by an optional package', async () => {
    const mails: unknown[] = []
    const loadMailer = async (): Promise<unknown> => ({
      createTransport: () => ({ sendMail: async (mail: unknown) => mails.push(mail) }),
    })
    const channels = { ops: { type: 'email', host: 'localhost', from: 'a@example.org', to: ['b@example.org'] } }
    const { clock, hand, alerts } = await open({ config: configOf({ channels }), loadMailer })
    await using _alerts = alerts
    hand.trade(clock.nowUs(), 99)
    hand.trade(clock.nowUs(), 101)
    await clock.advance(1000)
    expect(mails).toMatchObject([{ to: ['b@example.org'], subject: 'r: BTCUSDT trade.price is 101' }])
  })

  it('a changed rule keeps its state when it asks the same', async () => {
    const { clock, hand, alerts } = await open({ deliver: false, memory: processMemory() })
    await using _alerts = alerts
    hand.trade(clock.nowUs(), 99)
    hand.trade(clock.nowUs(), 101)
    const renamed = rule({ above: 100 }, { instrument: BTC, channels: ['ops'], name: 'another' })
    await alerts.setConfig(configOf({ rules: [renamed] }))
    expect(alerts.rules()).toMatchObject([{ state: 'active', fires: 1, rule: { name: 'another' } }])
    const other = rule({ above: 50 }, { instrument: BTC, source: 'quote.mid' })
    await alerts.setConfig(configOf({ rules: [other] }))
    expect(alerts.rules()).toMatchObject([{ state: 'init', fires: 0 }])
    expect(hand.channels).toEqual(['quote'])
  })
})

type Outcome = 'ok' | 'lost' | '500' | 'timeout' | 'reset'

/** A memory whose process dies at one of its calls, before or after it was performed. */
class Mortal {
  isDead = false
  readonly memory: AlertMemory
  private left: number
  private readonly isBefore: boolean

  constructor(inner: AlertMemory, calls: number, isBefore: boolean) {
    this.left = calls
    this.isBefore = isBefore
    this.memory = {
      load: () => inner.load(),
      waiting: () => (this.isDead ? [] : inner.waiting()),
      saveState: (key, state) => this.through(() => inner.saveState(key, state)),
      open: entry => this.through(() => inner.open(entry)),
      note: record => this.through(() => inner.note(record)),
      claim: (id, channel) => {
        const claim = this.through(() => inner.claim(id, channel))
        if (claim === undefined) return undefined
        return {
          ...claim,
          save: progress => this.through(() => claim.save(progress)),
          release: () => {
            if (!this.isDead) claim.release()
          },
        }
      },
    }
  }

  private through<T>(run: () => T): T {
    if (this.isDead) throw new Error('the process is gone')
    if (--this.left > 0) return run()
    if (!this.isBefore) run()
    this.isDead = true
    throw new Error('the process died here')
  }
}

describe('alert: crashes', () => {
  it('0 missed; what comes twice has the same key, and no second alert', async () => {
    let restarts = 0
    let receipts = 0
    let distinct = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ calls: fc.integer({ min: 1, max: 25 }), isBefore: fc.boolean() }), { maxLength: 6 }),
        fc.array(fc.constantFrom<Outcome>('ok', 'lost', '500', 'timeout', 'reset'), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 8 }),
        async (deaths, outcomes, episodes) => {
          const directory = join(folder, String(folders++))
          const clock = new FakeClock()
          const got: { id: string; value: unknown }[] = []
          const failures = new Map<string, number>()
          let turn = 0
          let life: Mortal | undefined
          const post = async ({ headers, body }: GuardedPost): Promise<PostAnswer> => {
            if (life?.isDead === true) throw new Error('the process is gone')
            const id = headers['Idempotency-Key'] ?? ''
            const failed = failures.get(id) ?? 0
            const outcome = failed >= 4 ? 'ok' : (outcomes[turn++ % outcomes.length] ?? 'ok')
            if (outcome !== 'ok') failures.set(id, failed + 1)
            if (outcome === 'ok' || outcome === 'lost') got.push({ id, value: JSON.parse(body).value })
            if (outcome === 'ok') return ok
            if (outcome === '500') return fails
            throw new Error(outcome)
          }
          let world: World | undefined
          const live = async (): Promise<World> => {
            if (world !== undefined && life?.isDead !== true) return world
            if (world !== undefined) {
              restarts++
              await world.alerts[Symbol.asyncDispose]()
            }
            const death = deaths.shift() ?? { calls: Number.POSITIVE_INFINITY, isBefore: true }
            life = new Mortal(fileAlertMemory(directory, { clock }), death.calls, death.isBefore)
            world = await open({ post, memory: life.memory }, clock)
            return world
          }
          for (let episode = 0; episode < episodes; episode++) {
            for (const price of [99, 101 + episode]) {
              const atUs = clock.nowUs()
              // After a restart the market is still where it was.
              do (await live()).hand.trade(atUs, price, `${atUs}`)
              while (life?.isDead === true)
              await clock.advance(1500)
            }
          }
          for (let round = 0; round < 8; round++) {
            await live()
            await clock.advance(120_000)
          }
          await world?.alerts[Symbol.asyncDispose]()
          const wanted = Array.from({ length: episodes }, (_, episode) => 101 + episode)
          expect([...new Set(got.map(({ value }) => Number(value)))].sort((a, b) => a - b)).toEqual(wanted)
          expect(new Set(got.map(({ id }) => id)).size).toBe(episodes)
          receipts += got.length
          distinct += episodes
        },
      ),
      { numRuns: 25, seed: 7 },
    )
    expect(restarts).toBeGreaterThan(20)
    // Answers that were lost, and crashes behind a success, make duplicates: they are there, and known by their key.
    expect(receipts).toBeGreaterThan(distinct)
  })
})
