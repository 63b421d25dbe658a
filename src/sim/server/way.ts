import type { Clock } from '../../net/clock.ts'

/** How long bytes take; `jitterMs` more or less by chance. */
export interface Delay {
  readonly ms: number
  readonly jitterMs: number
}

export interface Rate {
  readonly bytesPerMs: number
}

export interface WayOptions {
  readonly clock: Clock
  readonly random: () => number
  /** Hands bytes on. */
  readonly pass: (bytes: Buffer) => void
  /** True while nothing may pass. */
  readonly isShut: () => boolean
  readonly delays: ReadonlySet<Delay>
  /** The lowest counts. */
  readonly rates: ReadonlySet<Rate>
}

interface Piece {
  readonly bytes: Buffer
  readonly dueMs: number
}

/** A limited line passes on what fits into so many milliseconds at a time. */
const sliceMs = 50

/** One direction of a line: bytes keep their order whatever holds them up, and pass at once when nothing does. */
export class Way implements Disposable {
  /** Bytes held up. */
  heldBytes = 0
  private readonly options: WayOptions
  private queue: Piece[] = []
  private lastDueMs = 0
  private freeMs = 0
  private timer: Disposable | undefined
  private readonly whenEmpty: (() => void)[] = []

  constructor(options: WayOptions) {
    this.options = options
  }

  push(bytes: Buffer): void {
    const { clock, delays, rates, isShut, pass } = this.options
    if (this.queue.length === 0 && delays.size === 0 && rates.size === 0 && !isShut()) {
      pass(bytes)
      return
    }
    this.lastDueMs = Math.max(this.lastDueMs, clock.monotonicMs() + this.drawDelay())
    // What is handed in may be overwritten by its owner afterwards.
    this.queue.push({ bytes: Buffer.from(bytes), dueMs: this.lastDueMs })
    this.heldBytes += bytes.length
    this.pump()
  }

  /** Calls `then` when everything handed in so far has passed. */
  afterAll(then: () => void): void {
    if (this.queue.length === 0) then()
    else this.whenEmpty.push(then)
  }

  /** Passes on what may pass now; to be called when something was taken away. */
  pump(): void {
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
    const { clock, isShut, pass } = this.options
    while (!isShut()) {
      const [head] = this.queue
      if (head === undefined) break
      const nowMs = clock.monotonicMs()
      const waitMs = Math.max(head.dueMs, this.freeMs) - nowMs
      if (waitMs > 0) {
        this.timer = clock.setTimer(Math.max(1, waitMs), () => this.pump())
        return
      }
      pass(this.take(head, nowMs))
    }
    if (this.queue.length > 0) return
    for (const then of this.whenEmpty.splice(0)) then()
  }

  /** Forgets what is held up. */
  [Symbol.dispose](): void {
    this.timer?.[Symbol.dispose]()
    this.queue = []
    this.heldBytes = 0
    this.whenEmpty.length = 0
  }

  /** Takes the first piece, or as much of it as the line carries at a time. */
  private take(head: Piece, nowMs: number): Buffer {
    const { rates } = this.options
    const rate = rates.size === 0 ? undefined : Math.min(...[...rates].map(({ bytesPerMs }) => bytesPerMs))
    const most = rate === undefined ? head.bytes.length : Math.max(1, Math.floor(rate * sliceMs))
    const bytes = head.bytes.subarray(0, most)
    if (bytes.length < head.bytes.length) this.queue[0] = { bytes: head.bytes.subarray(most), dueMs: head.dueMs }
    else this.queue.shift()
    this.heldBytes -= bytes.length
    if (rate !== undefined) this.freeMs = Math.max(nowMs, this.freeMs) + bytes.length / rate
    return bytes
  }

  private drawDelay(): number {
    let sum = 0
    for (const { ms, jitterMs } of this.options.delays) sum += ms + (this.options.random() * 2 - 1) * jitterMs
    return Math.max(0, sum)
  }
}
