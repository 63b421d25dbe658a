import { describe, expect, it } from 'vitest'
import { DialError } from '../model/error.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { type MemorySocket, memoryDial } from '../testing/memory-dial.ts'
import { AttemptBudget } from './attempt-budget.ts'
import { Connection } from './connection.ts'
import { seededRandom } from './random.ts'

function setup(): {
  readonly clock: FakeClock
  readonly sockets: readonly MemorySocket[]
  readonly connection: Connection
  readonly log: string[]
} {
  const clock = new FakeClock()
  const { dial, sockets } = memoryDial()
  const log: string[] = []
  const connection = new Connection(
    {
      url: 'ws://venue/stream',
      dial,
      clock,
      random: seededRandom(1),
      attempts: new AttemptBudget(clock, 300, 300_000),
      heartbeat: { pingEveryMs: 5000, pongWithinMs: 5000, deadAfterMs: 60_000 },
    },
    {
      opened: () => log.push('opened'),
      frame: (bytes, start, end) => log.push(`frame ${Buffer.from(bytes).toString('utf8', start, end)}`),
      lost: cause => log.push(`lost ${cause.message}`),
      stateChanged: state => log.push(state.kind),
    },
  )
  return { clock, sockets, connection, log }
}

const last = (sockets: readonly MemorySocket[]): MemorySocket => {
  const socket = sockets.at(-1)
  if (socket === undefined) throw new Error('nothing was dialled')
  return socket
}

describe('connection', () => {
  it('opens, delivers frames and dials again after a loss', async () => {
    const { clock, sockets, connection, log } = setup()
    connection.start()
    last(sockets).open()
    last(sockets).receive('hello')
    last(sockets).fail()
    expect(log).toEqual(['connecting', 'open', 'opened', 'frame hello', 'lost dropped', 'waiting'])
    await clock.advance(500)
    expect(sockets).toHaveLength(2)
    last(sockets).open()
    expect(connection.state.kind).toBe('open')
    expect(connection.reconnects).toBe(1)
  })

  it('F:B01 makes at most 10 attempts in the first minute and 60 in any 5 minutes of refusals', async () => {
    const { clock, sockets, connection } = setup()
    connection.start()
    let answered = 0
    const refuseFor = async (durationMs: number): Promise<void> => {
      for (let passedMs = 0; passedMs < durationMs; passedMs += 100) {
        for (; answered < sockets.length; answered++) sockets[answered]?.fail()
        await clock.advance(100)
      }
    }
    await refuseFor(60_000)
    expect(sockets.length).toBeLessThanOrEqual(10)
    await refuseFor(240_000)
    expect(sockets.length).toBeLessThanOrEqual(60)
    expect(sockets.length).toBeGreaterThan(10)
  })

  it('F:B02 waits as long as a refused upgrade asks', async () => {
    const { clock, sockets, connection } = setup()
    connection.start()
    last(sockets).fail(new DialError('upgrade', 'HTTP 429', { status: 429, retryAfterMs: 60_000 }))
    await clock.advance(59_000)
    expect(sockets).toHaveLength(1)
    await clock.advance(2000)
    expect(sockets).toHaveLength(2)
  })

  it('an address that is not there, again and again, is told as one that may have been retired', async () => {
    const { clock, sockets, connection } = setup()
    connection.start()
    const refuse = (status: number): void =>
      last(sockets).fail(
        new DialError('upgrade', `the server refused the WebSocket upgrade with HTTP ${status}`, { status }),
      )
    const fromMs = clock.monotonicMs()
    for (const status of [404, 410, 404]) {
      refuse(status)
      const before = sockets.length
      while (sockets.length === before) await clock.advance(100)
    }
    expect(clock.monotonicMs() - fromMs).toBeLessThan(60_000)
    expect(connection.lastCause?.message).toMatch(/HTTP 404, 3 times in a row: the venue may have retired this address/)
    expect(connection.lastCause).toMatchObject({ code: 'DIAL', status: 404 })
    refuse(503)
    expect(connection.lastCause?.message).not.toContain('retired')
    connection.close()
  })

  it('F:B06 never gives up', async () => {
    const { clock, sockets, connection } = setup()
    connection.start()
    for (let round = 0; round < 400; round++) {
      last(sockets).fail()
      await clock.advance(30_000)
    }
    last(sockets).open()
    expect(connection.state.kind).toBe('open')
  })

  it('F:B07 resets the backoff only after a minute of good data, not on connect', async () => {
    const { clock, sockets, connection } = setup()
    connection.start()
    for (let round = 0; round < 8; round++) {
      last(sockets).open()
      last(sockets).receive('data')
      await clock.advance(1000)
      last(sockets).fail()
      for (let wait = 0; wait < 200 && connection.state.kind !== 'connecting'; wait++) await clock.advance(500)
    }
    expect(connection.state.kind).toBe('connecting')
    last(sockets).open()
    for (let second = 0; second < 70; second++) {
      last(sockets).receive('data')
      last(sockets).serverPing()
      await clock.advance(1000)
    }
    last(sockets).fail()
    expect(connection.state).toMatchObject({ kind: 'waiting', attempt: 1 })
  })

  it('F:A01 a half-open socket is given up within 15 s', async () => {
    const { clock, sockets, connection, log } = setup()
    connection.start()
    last(sockets).open()
    last(sockets).receive('data')
    await clock.advance(15_000)
    expect(sockets[0]?.isEnded).toBe(true)
    expect(log).toContain('waiting')
  })

  it('F:A01 a half-open socket is found on a clock that never stands still', async () => {
    const { clock, sockets, connection } = setup()
    const standing = clock.monotonicMs.bind(clock)
    let reads = 0
    clock.monotonicMs = () => standing() + 0.001 * reads++
    connection.start()
    last(sockets).open()
    last(sockets).receive('data')
    await clock.advance(16_000)
    expect(sockets[0]?.isEnded).toBe(true)
  })

  it('F:A09 slow pongs do not end a healthy socket', async () => {
    const { clock, sockets, connection } = setup()
    connection.start()
    const socket = last(sockets)
    socket.open()
    for (let second = 0; second < 300; second++) {
      await clock.advance(1000)
      if (second % 5 === 3) socket.pong()
      if (second % 20 === 0) socket.serverPing()
    }
    expect(sockets).toHaveLength(1)
    expect(connection.roundTripMs).toBeGreaterThan(1000)
  })

  it('F:A13 a handshake that never ends is given up after 10 s', async () => {
    const { clock, sockets, connection, log } = setup()
    connection.start()
    await clock.advance(10_100)
    expect(sockets[0]?.isEnded).toBe(true)
    expect(log.at(-1)).toBe('waiting')
    await clock.advance(1000)
    expect(sockets).toHaveLength(2)
  })

  it('F:B09 what a replaced socket says late is ignored', async () => {
    const { clock, sockets, connection, log } = setup()
    connection.start()
    last(sockets).open()
    const old = last(sockets)
    old.fail()
    await clock.advance(1000)
    last(sockets).open()
    const before = log.length
    old.receive('late')
    old.fail()
    expect(log).toHaveLength(before)
  })

  it('F:B10 nothing is dialled after close, in whatever state it came', async () => {
    for (const prepare of [
      (): void => undefined,
      (sockets: readonly MemorySocket[]): void => last(sockets).open(),
      (sockets: readonly MemorySocket[]): void => last(sockets).fail(),
    ]) {
      const { clock, sockets, connection } = setup()
      connection.start()
      prepare(sockets)
      connection.close()
      await clock.advance(120_000)
      expect(sockets).toHaveLength(1)
      expect(connection.state.kind).toBe('closed')
    }
  })

  it('F:A08 leaves no timer behind after 500 drops', async () => {
    const { clock, sockets, connection } = setup()
    connection.start()
    for (let round = 0; round < 500; round++) {
      if (round % 3 !== 0) last(sockets).open()
      if (round % 3 === 1) last(sockets).receive('data')
      last(sockets).fail()
      await clock.advance(31_000)
    }
    connection.close()
    expect(clock.pending).toBe(0)
  })

  it('F:G05 a stepped wall clock changes no wait', async () => {
    const { clock, sockets, connection } = setup()
    connection.start()
    last(sockets).open()
    last(sockets).receive('data')
    clock.stepWall(-3_600_000)
    await clock.advance(4000)
    clock.stepWall(7_200_000)
    last(sockets).pong()
    await clock.advance(4000)
    expect(connection.state.kind).toBe('open')
  })
})
