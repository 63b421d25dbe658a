import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RawData } from 'ws'
import { readHeader } from '../../src/server/binary-frame.ts'
import { CLIENT_BUFFER_BYTES } from '../../src/server/client-pace.ts'
import { type ClientSocket, GatewayClient, MOST_VIEWS_PER_CLIENT } from '../../src/server/gateway-client.ts'
import { Guard } from '../../src/server/guard.ts'
import { BTC, settle, type ViewBench, viewBench } from './view-bench.ts'

class FakeSocket implements ClientSocket {
  readonly OPEN = 1
  readyState = 1
  bufferedAmount = 0
  readonly texts: Record<string, unknown>[] = []
  readonly frames: Uint8Array[] = []
  closed: { readonly code: number; readonly reason: string } | undefined
  isTerminated = false
  private listener: ((data: RawData, isBinary: boolean) => void) | undefined

  on(
    event: 'message' | 'error',
    listener: ((data: RawData, isBinary: boolean) => void) | ((error: Error) => void),
  ): void {
    if (event === 'message') this.listener = (data, isBinary) => Reflect.apply(listener, undefined, [data, isBinary])
  }

  send(data: string | Uint8Array): void {
    if (typeof data !== 'string') this.frames.push(data)
    else {
      const message: unknown = JSON.parse(data)
      if (typeof message === 'object' && message !== null) this.texts.push({ ...message })
    }
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason }
  }

  terminate(): void {
    this.isTerminated = true
    this.readyState = 3
  }

  say(message: unknown): void {
    this.listener?.(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)), false)
  }

  of(type: string): Record<string, unknown>[] {
    return this.texts.filter(message => message['type'] === type)
  }

  /** Sequence numbers of one subscription in the order of their arrival, over text and binary. */
  frameSeqs(): number[] {
    return this.frames.map(frame => readHeader(new DataView(frame.slice().buffer))?.seq ?? -1)
  }
}

let bench: ViewBench
let socket: FakeSocket
let client: GatewayClient

function connect(token?: string): void {
  socket = new FakeSocket()
  const guard = new Guard({ host: '127.0.0.1', token, allowedHosts: [] })
  const figures = { sentMessages: 0, sentBytes: 0, conflated: 0 }
  const hello = () => ({ type: 'beat', serverUs: 0 }) as const
  const { clock, registry } = bench
  client = new GatewayClient({ socket, clock, guard, registry, figures, hello, isTrusted: false, mayAccounts: false })
}

/** Runs the market and the gateway's clock. */
async function run(ms: number): Promise<void> {
  await settle()
  for (let passed = 0; passed < ms; passed += 50) {
    await bench.clock.advance(50)
    bench.registry.tick()
    client.tick(bench.clock.monotonicMs(), false)
  }
  await settle()
}

beforeEach(() => {
  bench = viewBench()
  connect()
})

afterEach(async () => {
  client.close()
  await bench.registry[Symbol.asyncDispose]()
  await bench.feed[Symbol.asyncDispose]()
})

describe('gateway client', () => {
  it('numbers the messages of a subscription without holes and begins with a snapshot', async () => {
    socket.say({ op: 'subscribe', id: 7, view: 'ticker', instrument: BTC, maxHz: 5 })
    await run(3000)
    const mine = socket.texts.filter(message => message['id'] === 7)
    expect(mine.map(message => message['seq'])).toEqual(mine.map((_, index) => index + 1))
    const data = mine.filter(message => message['type'] !== 'state')
    expect(data[0]?.['type']).toBe('snapshot')
    expect(new Set(data.slice(1).map(message => message['type']))).toEqual(new Set(['delta']))
    expect(Object.keys(data[0] ?? {})).toEqual(expect.arrayContaining(['tsExch', 'tsRecv', 'tsSent']))
  })

  it('conflates: each client gets the newest state at its own rate', async () => {
    socket.say({ op: 'subscribe', id: 1, view: 'ladder', instrument: BTC, maxHz: 10 })
    await run(2000)
    const fast = socket.frames.length
    expect(fast).toBeGreaterThan(15)
    expect(fast).toBeLessThanOrEqual(21)
    socket.say({ op: 'pace', maxHz: 1 })
    await run(4000)
    expect(socket.frames.length - fast).toBeLessThanOrEqual(6)
  })

  it('answers resnapshot with a snapshot that continues the numbering', async () => {
    socket.say({ op: 'subscribe', id: 1, view: 'tape', instrument: BTC })
    await run(1000)
    const before = socket.frames.length
    socket.say({ op: 'resnapshot', id: 1 })
    await run(100)
    expect(socket.frames[before]?.[0]).toBe(1)
    const seqs = socket.frameSeqs()
    expect(seqs[before]).toBe((seqs[before - 1] ?? 0) + 1)
  })

  it('answers pings with its clock', () => {
    socket.say({ op: 'ping', t0: 12.5 })
    expect(socket.of('pong')).toEqual([{ type: 'pong', t0: 12.5, serverUs: bench.clock.nowUs() }])
  })
})

describe('gateway client under bad clients', () => {
  it('validates parameters and says which one is wrong', () => {
    socket.say({ op: 'subscribe', id: 1, view: 'ladder', instrument: BTC, params: { rows: 100_000 } })
    socket.say({ op: 'subscribe', id: 1, view: 'nonsense' })
    socket.say({ op: 'subscribe', id: 1, view: 'tape' })
    socket.say('{ not json')
    socket.say(`{"op":"ping","t0":1,"x":"${'a'.repeat(5000)}"}`)
    const messages = socket.of('error').map(message => String(message['message']))
    expect(messages[0]).toContain('params.rows')
    expect(messages[1]).toContain('view')
    expect(messages[2]).toContain('needs an instrument')
    expect(messages[3]).toContain('JSON')
    expect(messages[4]).toContain('4096 bytes')
    expect(client.views).toBe(0)
  })

  it('holds its quota of views', async () => {
    for (let id = 1; id <= MOST_VIEWS_PER_CLIENT + 1; id++) {
      if (id % 30 === 0) await bench.clock.advance(1000)
      socket.say({ op: 'subscribe', id, view: 'ladder', instrument: BTC, params: { rows: 5 + id } })
    }
    expect(client.views).toBe(MOST_VIEWS_PER_CLIENT)
    expect(socket.of('error')).toMatchObject([{ code: 'QUOTA', id: MOST_VIEWS_PER_CLIENT + 1 }])
  })

  it('disconnects a client that floods it', () => {
    for (let index = 0; index < 50; index++) socket.say({ op: 'ping', t0: index })
    expect(socket.closed?.code).toBe(1008)
  })

  it('F:M03 sends nothing before the token, and closes on a wrong one', async () => {
    connect('correct-horse-battery-staple')
    socket.say({ op: 'subscribe', id: 1, view: 'tape', instrument: BTC })
    expect(socket.closed?.code).toBe(1008)
    connect('correct-horse-battery-staple')
    await run(500)
    expect(socket.texts).toEqual([])
    socket.say({ op: 'auth', token: 'guess' })
    expect(socket.closed?.code).toBe(1008)
    connect('correct-horse-battery-staple')
    socket.say({ op: 'auth', token: 'correct-horse-battery-staple' })
    expect(socket.texts.length).toBe(1)
    expect(socket.closed).toBeUndefined()
  })

  it('F:I08 serves a slow client at 10, 4, 1 Hz, tells it, sends nothing while its buffer is full, and drops it after a minute', async () => {
    socket.say({ op: 'subscribe', id: 1, view: 'ladder', instrument: BTC, maxHz: 20 })
    await run(1000)
    socket.bufferedAmount = 300 * 1024
    await run(3500)
    expect(socket.of('throttled').map(message => message['hz'])).toEqual([10, 4, 1])
    const sent = socket.frames.length
    await run(5000)
    expect(socket.frames.length - sent).toBeLessThanOrEqual(6)
    socket.bufferedAmount = CLIENT_BUFFER_BYTES
    const full = socket.frames.length
    await run(59_000)
    expect(socket.frames.length).toBe(full)
    expect(socket.closed).toBeUndefined()
    await run(2000)
    expect(socket.closed?.code).toBe(1013)
    expect(socket.isTerminated).toBe(true)
  })

  it('F:I08 a client that reads again gets its rate back, step by step', async () => {
    socket.say({ op: 'subscribe', id: 1, view: 'ladder', instrument: BTC })
    socket.bufferedAmount = 300 * 1024
    await run(3500)
    socket.bufferedAmount = 0
    await run(31_000)
    expect(socket.of('throttled').map(message => message['hz'])).toEqual([10, 4, 1, 4, 10, undefined])
  })
})
