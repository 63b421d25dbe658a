import { createHmac, createSign, createVerify, generateKeyPairSync, sign as signWith, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { epochUs } from '../../src/model/time.ts'
import { AttemptBudget } from '../../src/net/attempt-budget.ts'
import { ServerClock } from '../../src/net/server-clock.ts'
import { WeightBudget } from '../../src/net/weight-budget.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import {
  restPayload,
  type SignedParams,
  signedQuery,
  signedWsRequest,
  wsApiPayload,
} from '../../src/venue/binance/signed-request.ts'
import { aggTrade, collector, memoryVenue } from '../feed/memory-venue.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'

const HOUR_MS = 3_600_000

/** A venue with a clock of its own: ours may drift, be stepped, or sleep. It refuses times as Binance does. */
class TimeServer {
  readonly clock: FakeClock
  upMs = 20
  downMs = 20
  /** How much faster than the server our wall clock runs, milliseconds an hour. */
  driftMsPerHour = 0
  aheadMs = 0
  questions = 0
  refused = 0
  private steppedMs = 0

  constructor(clock: FakeClock) {
    this.clock = clock
  }

  /** True time: what our monotonic clock counts, plus what passed while the computer slept. */
  get nowMs(): number {
    return 1_790_000_000_000 + this.aheadMs + this.clock.monotonicMs()
  }

  /** Lets our wall clock run away from the truth. */
  drift(): void {
    const wantedMs = (this.clock.monotonicMs() / HOUR_MS) * this.driftMsPerHour
    this.clock.stepWall(wantedMs - this.steppedMs)
    this.steppedMs = wantedMs
  }

  async way(ms: number): Promise<void> {
    await new Promise<void>(resolve => this.clock.setTimer(ms, resolve))
  }

  readonly time = async (): Promise<ReturnType<typeof epochUs>> => {
    this.questions++
    await this.way(this.upMs)
    const answer = epochUs(Math.floor(this.nowMs) * 1000)
    await this.way(this.downMs)
    return answer
  }

  readonly order = async (timestampMs: number): Promise<string> => {
    await this.way(this.upMs)
    const isGood = timestampMs < this.nowMs + 1000 && this.nowMs - timestampMs <= 5000
    if (!isGood) this.refused++
    await this.way(this.downMs)
    if (!isGood) throw new Error('-1021')
    return 'placed'
  }
}

const isTimeRefused = (error: unknown): boolean => error instanceof Error && error.message === '-1021'

async function run<T>(clock: FakeClock, work: Promise<T>, forMs = 60_000): Promise<T> {
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  for (let passedMs = 0; passedMs < forMs && !isDone; passedMs += 10) await clock.advance(10)
  return await done
}

describe('time of signed calls', () => {
  it.each([5000, -5000])(
    'F:G01 a clock that drifts by %i ms an hour: no time is refused in a day',
    async driftMsPerHour => {
      const clock = new FakeClock()
      const server = new TimeServer(clock)
      server.driftMsPerHour = driftMsPerHour
      await using time = new ServerClock({ clock, ask: server.time })
      for (let hour = 0; hour < 24; hour++) {
        server.drift()
        expect(await run(clock, time.signed(server.order, isTimeRefused))).toBe('placed')
        expect(time.offsetMs).toBeDefined()
        for (let minute = 0; minute < 60; minute++) {
          await clock.advance(60_000)
          server.drift()
        }
      }
      expect(server.refused).toBe(0)
      // Every ten minutes, five questions each, and no more.
      expect(server.questions).toBeLessThanOrEqual(5 * 6 * 24 + 10)
      expect(server.questions).toBeGreaterThan(5 * 6 * 23)
    },
  )

  it('F:G01 after a sleep the time is measured before anything is signed', async () => {
    const clock = new FakeClock()
    const server = new TimeServer(clock)
    await using time = new ServerClock({ clock, ask: server.time })
    await run(clock, time.signed(server.order, isTimeRefused))
    for (const sleptMs of [30_000, 20 * 60_000, 9 * HOUR_MS]) {
      // The monotonic clock stands still meanwhile, the wall clock and the venue go on.
      clock.stepWall(sleptMs)
      server.aheadMs += sleptMs
      expect(await run(clock, time.signed(server.order, isTimeRefused))).toBe('placed')
    }
    expect(server.refused).toBe(0)
  })

  it('F:G01 a refused time is measured anew and tried once more, never in a loop', async () => {
    const clock = new FakeClock()
    const server = new TimeServer(clock)
    await using time = new ServerClock({ clock, ask: server.time })
    await run(clock, time.signed(server.order, isTimeRefused))
    server.aheadMs += 8000
    expect(await run(clock, time.signed(server.order, isTimeRefused))).toBe('placed')
    expect(server.refused).toBe(1)
    let tries = 0
    const alwaysRefused = (): Promise<never> => {
      tries++
      return Promise.reject(new Error('-1021'))
    }
    const asked = server.questions
    await expect(run(clock, time.signed(alwaysRefused, isTimeRefused))).rejects.toThrow('-1021')
    expect([tries, server.questions - asked]).toEqual([2, 5])
  })

  it('F:G02 a call that waited 20 s for request weight is signed when it is sent', async () => {
    const clock = new FakeClock(1_790_000_040_000_000 - 20_000_000)
    const server = new TimeServer(clock)
    server.aheadMs = 20_000
    await using time = new ServerClock({ clock, ask: server.time })
    const budget = new WeightBudget(clock, 100)
    const call = async (weight: number): Promise<string> => {
      const hold = await budget.acquire(weight, 0)
      try {
        return await time.signed(server.order, isTimeRefused)
      } finally {
        hold.settle()
      }
    }
    await run(clock, call(80))
    const waited = run(clock, call(80), 120_000)
    expect(await waited).toBe('placed')
    expect(clock.monotonicMs()).toBeGreaterThan(19_000)
    expect(server.refused).toBe(0)
  })

  it.each([
    [10, 800],
    [800, 10],
    [1, 1],
    [2000, 100],
  ])('F:G03 ways of %i ms there and %i ms back: never ahead of the server', async (upMs, downMs) => {
    const clock = new FakeClock()
    const server = new TimeServer(clock)
    Object.assign(server, { upMs, downMs })
    await using time = new ServerClock({ clock, ask: server.time })
    for (let round = 0; round < 20; round++) {
      const stamp = await run(clock, time.timestampMs())
      expect(stamp).toBeLessThanOrEqual(server.nowMs)
      expect(server.nowMs - stamp).toBeLessThanOrEqual(upMs + downMs + 12)
      await run(clock, time.signed(server.order, isTimeRefused))
      await clock.advance(200_000)
    }
    expect(server.refused).toBe(0)
  })

  it('F:G01 a time server that does not answer: the last measurement goes on, the problem is told, nothing hangs', async () => {
    const clock = new FakeClock()
    const server = new TimeServer(clock)
    const problems: string[] = []
    let isDown = false
    const ask = async (): Promise<ReturnType<typeof epochUs>> => {
      if (isDown) throw new Error('503')
      return await server.time()
    }
    const time = new ServerClock({ clock, ask, onProblem: message => problems.push(message) })
    await run(clock, time.timestampMs())
    isDown = true
    for (let minute = 0; minute < 30; minute++) await clock.advance(60_000)
    expect(await run(clock, time.signed(server.order, isTimeRefused))).toBe('placed')
    expect(problems.length).toBeGreaterThan(0)
    await time[Symbol.asyncDispose]()
    expect(clock.pending).toBe(0)
  })
})

interface Vector {
  readonly kind: string
  readonly secret: string
  readonly payload: string
  readonly signature: string
}

function isVector(value: unknown): value is Vector {
  return typeof value === 'object' && value !== null && 'kind' in value && 'secret' in value && 'payload' in value
}

const ORDER: SignedParams = [
  ['symbol', '这是测试币456'],
  ['side', 'SELL'],
  ['type', 'LIMIT'],
  ['quantity', '1.00000000'],
  ['price', '0.10000000'],
  ['newClientOrderId', "a b&c=d!'()*~%"],
  ['orderId', 8389765612825190229n],
  ['recvWindow', 5000],
  ['timestamp', 1790000000000],
]

describe('signatures', () => {
  const hmac = (secret: string) => (payload: string) => createHmac('sha256', secret).update(payload).digest('hex')

  it.skipIf(isMissing(protocolFolder))('F:G04 the published vectors come out', () => {
    const parsed: unknown = JSON.parse(readFileSync(`${protocolFolder}/binance/signing_vectors.json`, 'utf8'))
    const vectors = (Array.isArray(parsed) ? parsed : []).filter(isVector)
    expect(vectors.length).toBeGreaterThanOrEqual(5)
    for (const { kind, secret, payload, signature } of vectors) {
      if (!kind.includes('HMAC')) continue
      const isRest = kind.includes('REST')
      const params = payload.split('&').map(pair => {
        const at = pair.indexOf('=')
        const value = pair.slice(at + 1)
        return [pair.slice(0, at), isRest ? decodeURIComponent(value) : value] as const
      })
      const shuffled = isRest ? params : [...params].reverse()
      expect((isRest ? restPayload : wsApiPayload)(shuffled)).toBe(payload)
      const sent = isRest
        ? signedQuery(shuffled, hmac(secret))
        : signedWsRequest(1, 'order.place', shuffled, hmac(secret))
      expect(sent).toContain(signature)
    }
  })

  it('F:G04 REST signs exactly the encoded text that is sent, the WebSocket API sorted raw text', () => {
    const query = signedQuery(ORDER, hmac('secret'))
    const [payload = '', signature] = query.split('&signature=')
    expect(payload).toBe(restPayload(ORDER))
    expect(payload).toMatch(/^[\w.~%=&-]+$/)
    expect(signature).toBe(createHmac('sha256', 'secret').update(Buffer.from(payload, 'latin1')).digest('hex'))
    const read = new URLSearchParams(query)
    for (const [name, value] of ORDER) expect(read.get(name)).toBe(String(value))

    const sent: { id: unknown; params: Record<string, unknown> } = JSON.parse(
      signedWsRequest(7, 'order.place', ORDER, hmac('secret')),
    )
    const raw = wsApiPayload(ORDER)
    const places = ORDER.map(([name, value]) => raw.indexOf(`${name}=${value}`))
    expect(places.every(place => place >= 0)).toBe(true)
    const names = ORDER.map(([name]) => name)
    expect([...names].sort()).toEqual([...names].sort((a, b) => raw.indexOf(`${a}=`) - raw.indexOf(`${b}=`)))
    expect(raw).toContain('symbol=这是测试币456')
    expect(sent.params['signature']).toBe(createHmac('sha256', 'secret').update(raw, 'utf8').digest('hex'))
    expect(signedWsRequest(7, 'order.place', ORDER, hmac('secret'))).toContain('"orderId":8389765612825190229')
  })

  it('F:G04 RSA and Ed25519 signatures are accepted by their public keys, in base64 that survives the URL', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const byRsa = signedQuery(ORDER, payload => createSign('RSA-SHA256').update(payload).sign(rsa.privateKey, 'base64'))
    const [payload = '', encoded = ''] = byRsa.split('&signature=')
    const signature = Buffer.from(decodeURIComponent(encoded), 'base64')
    expect(createVerify('RSA-SHA256').update(payload).verify(rsa.publicKey, signature)).toBe(true)
    expect(encoded).not.toMatch(/[+/=]/)

    const edwards = generateKeyPairSync('ed25519')
    const byEd25519 = (text: string): string => signWith(null, Buffer.from(text), edwards.privateKey).toString('base64')
    const sent: { params: { signature: string } } = JSON.parse(signedWsRequest(1, 'order.place', ORDER, byEd25519))
    const bytes = Buffer.from(sent.params.signature, 'base64')
    expect(verify(null, Buffer.from(wsApiPayload(ORDER)), edwards.publicKey, bytes)).toBe(true)
  })

  it('F:H03 F:G04 what would lose digits or be no text is refused before it is signed', () => {
    const never = (): string => expect.fail('signed')
    expect(() => signedQuery([['price', 0.1]], never)).toThrow(/price: expected an integer or decimal text/)
    expect(() => signedQuery([['orderId', 2 ** 53]], never)).toThrow(/orderId/)
    expect(() => signedQuery([['symbol', '\ud800']], never)).toThrow(/well-formed/)
  })
})

describe('clock steps', () => {
  it('F:G05 −1 h, +1 h, −1 s: no false stale, no stuck timer, order kept', async () => {
    const venue = memoryVenue()
    const heard = collector()
    const observation = venue.feed.observe({ instruments: ['binance-usdm:BTCUSDT'], channels: ['trade'] }, heard.push)
    await venue.settle()
    await observation.ready
    let id = 1
    for (const stepMs of [-HOUR_MS, HOUR_MS, -1000, 2 * HOUR_MS, -2 * HOUR_MS]) {
      venue.clock.stepWall(stepMs)
      for (let second = 0; second < 30; second++) {
        await venue.clock.advance(1000)
        venue.sockets.at(-1)?.receive(aggTrade('BTCUSDT', id++))
      }
    }
    expect(venue.sockets).toHaveLength(1)
    const trades = heard.events.flatMap(event => (event.kind === 'trade' ? [Number(event.id)] : []))
    expect(trades).toEqual(Array.from({ length: 150 }, (_, index) => index + 1))
    expect(heard.events.filter(event => event.kind === 'gap')).toEqual([])
    const before = venue.clock.pending
    await venue.feed[Symbol.asyncDispose]()
    expect(before).toBeGreaterThan(0)
    expect(venue.clock.pending).toBe(0)
  })

  it('F:G05 budgets: a step of the wall clock frees no attempt and holds none back', async () => {
    const clock = new FakeClock()
    const budget = new AttemptBudget(clock, 300, 300_000)
    for (let attempt = 0; attempt < 10; attempt++) {
      expect(budget.take()).toBe(0)
      budget.failed(false)
    }
    clock.stepWall(HOUR_MS)
    expect(budget.take()).toBe(60_000)
    clock.stepWall(-2 * HOUR_MS)
    await clock.advance(60_000)
    expect(budget.take()).toBe(0)
  })
})
