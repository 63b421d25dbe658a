import { DialError, SocketClosed } from '../../../src/model/error.ts'
import type { Socket, SocketHandlers } from '../../../src/net/dial.ts'
import type { Chance } from '../core/chance.ts'
import type { World } from '../core/world.ts'
import { type Packet, Pipe } from './pipe.ts'

/** What the exchange does with a socket. */
export interface ServerEnd {
  text(text: string): void
  ping(): void
  pong(payload: string): void
  /** The client is gone, as far as the exchange can know. */
  ended(): void
}

const CLOSE_WITHIN_MS = 1000
const LATE_NEWS_MS = 700

/** One socket with both its ends. The client's end is what `dial` returns. */
export class Link implements Socket {
  readonly id: number
  readonly url: URL
  readonly bornMs: number
  readonly down: Pipe
  readonly up: Pipe
  server: ServerEnd | undefined
  /** What the client believes. */
  client: 'dialing' | 'open' | 'closing' | 'gone' = 'dialing'
  /** What the exchange believes. */
  isServed = false
  openedMs = -1
  private readonly world: World
  private readonly handlers: SocketHandlers
  private readonly onGone: (link: Link) => void

  constructor(
    world: World,
    chance: Chance,
    id: number,
    url: string,
    handlers: SocketHandlers,
    latencyMs: number,
    on: { readonly hello: (link: Link) => void; readonly gone: (link: Link) => void },
  ) {
    this.world = world
    this.id = id
    this.url = new URL(url)
    this.handlers = handlers
    this.bornMs = world.nowMs
    this.onGone = on.gone
    this.down = new Pipe(
      world,
      chance,
      {
        arrive: packet => this.atClient(packet),
        reading: () => handlers.reading(),
        deafUntilMs: () => world.host.frozenUntilMs,
      },
      latencyMs,
    )
    const hello = (): boolean => {
      on.hello(this)
      return true
    }
    this.up = new Pipe(
      world,
      chance,
      {
        arrive: packet => (packet.kind === 'hello' ? hello() : this.atServer(packet)),
        reading: () => undefined,
        deafUntilMs: () => 0,
      },
      latencyMs,
    )
    // TCP and TLS take two round trips before the upgrade is even asked for.
    this.up.push('hello', '', 0, 4 * latencyMs)
  }

  send(text: string): void {
    if (this.client === 'open') this.up.push('text', text)
  }

  ping(): void {
    if (this.client === 'open') this.up.push('ping')
  }

  close(): void {
    if (this.client === 'gone' || this.client === 'closing') return
    this.client = 'closing'
    this.up.push('close')
    this.world.after(CLOSE_WITHIN_MS, () => this.leave())
  }

  terminate(): void {
    if (this.client === 'gone') return
    this.up.push('reset')
    this.leave()
    this.tellLate()
  }

  /** From the exchange. */
  push(text: string): void {
    const bytes = Buffer.from(text)
    this.pushBytes(bytes, 0, bytes.length)
  }

  /** The bytes stay as they are until they were read. */
  pushBytes(bytes: Buffer, start: number, end: number): void {
    if (this.client !== 'gone') this.down.pushBytes(bytes, start, end)
  }

  pushPing(payload: string): void {
    if (this.client !== 'gone') this.down.push('ping', payload)
  }

  pushPong(): void {
    if (this.client !== 'gone') this.down.push('pong')
  }

  accept(server: ServerEnd): void {
    this.server = server
    this.isServed = true
    this.down.push('open')
  }

  refuse(status: number, retryAfterSeconds: string): void {
    this.down.push('refused', retryAfterSeconds, status)
  }

  /** The exchange ends the socket: with a close frame, or by a reset that also loses what is on its way. */
  endByServer(code: number | undefined, reason: string, laterMs = 0): void {
    if (!this.isServed) return
    this.isServed = false
    this.server?.ended()
    if (code === undefined) this.down.clear()
    this.down.push(code === undefined ? 'reset' : 'close', reason, code ?? 1006, laterMs)
  }

  /** A socket that is destroyed says so a little later, when its owner may have another one. */
  private tellLate(): void {
    const { host } = this.world
    this.world.at(Math.max(this.world.nowMs + LATE_NEWS_MS, host.frozenUntilMs), () => {
      if (host.isFrozen) this.tellLate()
      else this.handlers.closed(new SocketClosed(1006, 'the socket was destroyed'))
    })
  }

  private leave(): void {
    if (this.client === 'gone') return
    this.client = 'gone'
    this.down.close()
    this.onGone(this)
  }

  private atServer(packet: Packet): boolean {
    if (!this.isServed) return true
    switch (packet.kind) {
      case 'text':
        this.server?.text(packet.text)
        return true
      case 'ping':
        this.server?.ping()
        return true
      case 'pong':
        this.server?.pong(packet.text)
        return true
      default:
        this.isServed = false
        this.server?.ended()
        if (packet.kind === 'close') this.down.push('close', '', 1000)
        return true
    }
  }

  /** False when nobody listens any more. */
  private atClient(packet: Packet): boolean {
    const { handlers } = this
    switch (packet.kind) {
      case 'bytes':
        if (this.client === 'open') handlers.frame(packet.bytes, packet.start, packet.end)
        break
      case 'ping':
        if (this.client === 'open') {
          this.up.push('pong', packet.text)
          handlers.pinged()
        }
        break
      case 'pong':
        if (this.client === 'open') handlers.ponged()
        break
      case 'open':
        this.client = 'open'
        this.openedMs = this.world.nowMs
        handlers.opened()
        break
      case 'refused':
        this.ends(() => handlers.closed(refusal(packet)))
        break
      default:
        this.ends(() => handlers.closed(new SocketClosed(packet.code, `socket closed with code ${packet.code}`)))
    }
    return this.client !== 'gone'
  }

  private ends(tell: () => void): void {
    const wasClosing = this.client === 'closing'
    this.leave()
    if (!wasClosing) tell()
  }
}

function refusal(packet: Packet): DialError {
  const waitSeconds = Number(packet.text)
  const retryAfterMs = packet.text !== '' ? waitSeconds * 1000 : packet.code === 418 ? 120_000 : undefined
  const text = `the server refused the WebSocket upgrade with HTTP ${packet.code}`
  return new DialError('upgrade', text, { status: packet.code, retryAfterMs })
}
