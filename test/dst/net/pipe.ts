import type { Chance } from '../core/chance.ts'
import type { World } from '../core/world.ts'

/** What may travel between client and exchange, one after another. */
export interface Packet {
  dueMs: number
  readonly kind: 'hello' | 'open' | 'refused' | 'text' | 'bytes' | 'ping' | 'pong' | 'close' | 'reset'
  readonly text: string
  readonly code: number
  /** Kind `bytes` only. */
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

const NO_BYTES = Buffer.alloc(0)

export interface PipeEffects {
  /** Nothing passes and nothing is lost. */
  isHeld: boolean
  /** Nothing passes ever again. */
  isForgotten: boolean
  extraMs: number
  jitterMs: number
  /** 0 for no limit. */
  bytesPerMs: number
}

export function noEffects(): PipeEffects {
  return { isHeld: false, isForgotten: false, extraMs: 0, jitterMs: 0, bytesPerMs: 0 }
}

export interface PipeEnd {
  /** Packets that arrive at one instant; true when more may be handed over. */
  arrive(packet: Packet): boolean
  /** A run of packets begins. */
  reading(): void
  /** World time before which nobody reads here. */
  deafUntilMs(): number
}

const MOST_WAITING = 100_000

/** One direction of a TCP connection: late, but whole and in order. */
export class Pipe {
  readonly effects: PipeEffects = noEffects()
  lastPassedMs = 0
  private readonly world: World
  private readonly chance: Chance
  private readonly end: PipeEnd
  private readonly latencyMs: number
  private readonly spreadMs: number
  private queue: Packet[] = []
  private head = 0
  private lastDueMs = 0
  private freeAtMs = 0
  /** One function for the life of the pipe: a packet costs no closure. */
  private readonly onDue = (): void => this.deliver()
  private isArmed = false
  private isClosed = false
  private disturbedMs = Number.NEGATIVE_INFINITY

  constructor(world: World, chance: Chance, end: PipeEnd, latencyMs: number) {
    this.world = world
    this.chance = chance
    this.end = end
    this.latencyMs = latencyMs
    this.spreadMs = latencyMs * 0.2
  }

  push(kind: Packet['kind'], text = '', code = 0, laterMs = 0): void {
    if (this.isClosed || this.effects.isForgotten) return
    this.add({ dueMs: this.dueMs(text.length, laterMs), kind, text, code, bytes: NO_BYTES, start: 0, end: 0 })
  }

  /** They stay as they are until they have arrived. */
  pushBytes(bytes: Buffer, start: number, end: number): void {
    if (this.isClosed || this.effects.isForgotten) return
    this.add({ dueMs: this.dueMs(end - start, 0), kind: 'bytes', text: '', code: 0, bytes, start, end })
  }

  private dueMs(length: number, laterMs: number): number {
    const { effects, world } = this
    let dueMs = world.nowMs + laterMs + this.latencyMs + effects.extraMs + this.spreadMs * this.chance.next()
    if (effects.jitterMs > 0) dueMs += effects.jitterMs * this.chance.between(-1, 1)
    if (effects.bytesPerMs > 0) {
      this.freeAtMs = Math.max(this.freeAtMs, world.nowMs) + (length + 8) / effects.bytesPerMs
      dueMs = Math.max(dueMs, this.freeAtMs)
    }
    if (dueMs < this.lastDueMs) dueMs = this.lastDueMs
    this.lastDueMs = dueMs
    return dueMs
  }

  private add(packet: Packet): void {
    if (this.queue.length - this.head >= MOST_WAITING) return
    this.queue.push(packet)
    if (!this.isArmed && !this.effects.isHeld) this.arm(packet.dueMs)
  }

  /** True while the network bunches up what is sent one by one, and for a while after. */
  wasDisturbedWithin(ms: number): boolean {
    const { effects, world } = this
    return effects.isHeld || effects.jitterMs > 0 || effects.bytesPerMs > 0 || world.nowMs - this.disturbedMs < ms
  }

  /** What is on its way is lost. */
  clear(): void {
    this.queue = []
    this.head = 0
    this.lastDueMs = 0
  }

  close(): void {
    this.isClosed = true
    this.clear()
  }

  /** Something about the effects changed: what waited goes on. */
  wake(): void {
    this.disturbedMs = this.world.nowMs
    const first = this.queue[this.head]
    if (first === undefined || this.isArmed || this.effects.isHeld || this.effects.isForgotten) return
    this.arm(Math.max(first.dueMs, this.world.nowMs))
  }

  private arm(atMs: number): void {
    this.isArmed = true
    this.world.at(atMs, this.onDue)
  }

  private deliver(): void {
    this.isArmed = false
    const { world, end, effects } = this
    if (effects.isHeld || effects.isForgotten || this.isClosed) return
    const deafUntilMs = end.deafUntilMs()
    if (deafUntilMs > world.nowMs) {
      this.arm(deafUntilMs)
      return
    }
    end.reading()
    for (;;) {
      const packet = this.queue[this.head]
      if (packet === undefined || packet.dueMs > world.nowMs) break
      this.head++
      this.lastPassedMs = world.nowMs
      if (!end.arrive(packet)) return
    }
    this.shrink()
    const next = this.queue[this.head]
    if (next !== undefined && !this.isArmed) this.arm(next.dueMs)
  }

  private shrink(): void {
    if (this.head === this.queue.length) {
      this.queue.length = 0
      this.head = 0
    } else if (this.head > 1024) {
      this.queue = this.queue.slice(this.head)
      this.head = 0
    }
  }
}
