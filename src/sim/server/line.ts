import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Clock } from '../../net/clock.ts'
import type { Delay, Rate } from './way.ts'
import { Way } from './way.ts'

/**
 * The network between the exchange and one client. As a rule it passes every byte on at once; on request it freezes, holds,
 * delays or limits what passes, and it never reorders: that is what TCP promises.
 */
export class Line extends Duplex {
  private readonly tcp: Socket
  private readonly clock: Clock
  private readonly delays = new Set<Delay>()
  private readonly rates = new Set<Rate>()
  private readonly freezes = new Set<object>()
  private readonly holds = new Set<object>()
  private readonly idleWatches = new Set<Disposable>()
  private readonly down: Way
  private readonly up: Way
  private activeMs: number
  private isOver = false
  private isForgotten = false

  constructor(tcp: Socket, clock: Clock, random: () => number) {
    super({ allowHalfOpen: true })
    this.tcp = tcp
    this.clock = clock
    this.activeMs = clock.monotonicMs()
    const isFrozen = (): boolean => this.freezes.size > 0
    const shared = { clock, random, delays: this.delays }
    this.down = new Way({
      ...shared,
      rates: this.rates,
      isShut: () => isFrozen() || this.holds.size > 0,
      pass: bytes => this.passDown(bytes),
    })
    this.up = new Way({ ...shared, rates: new Set(), isShut: isFrozen, pass: bytes => this.passUp(bytes) })
    tcp.setTimeout(0)
    tcp.setNoDelay()
    tcp.on('data', (bytes: Buffer) => {
      if (!this.isForgotten) this.up.push(bytes)
    })
    tcp.on('end', () => {
      // A peer that has given up is told nothing by our giving up, too.
      if (this.isForgotten) tcp.destroy()
      else this.up.afterAll(() => this.push(null))
    })
    tcp.on('error', error => this.destroy(error))
    // Whoever uses the line learns of its end by the close event; an error adds nothing.
    this.on('error', () => undefined)
    tcp.once('close', () => this.destroy())
  }

  /** Bytes that have not left this machine yet. */
  get unsentBytes(): number {
    return this.writableLength + this.down.heldBytes + this.tcp.writableLength
  }

  /** Sends bytes without the ceremony of a stream; in order with everything written. */
  send(bytes: Buffer): void {
    if (!this.isOver && !this.isForgotten) this.down.push(bytes)
  }

  /** What is sent from here on leaves in one write, together with the rest of this turn. */
  corkTurn(): void {
    this.tcp.cork()
    process.nextTick(() => this.tcp.uncork())
  }

  /** No byte passes, either way, and nobody is told, until the end of the returned. */
  freeze(): Disposable {
    this.tcp.pause()
    return this.condition(this.freezes, {})
  }

  /** As `freeze`, for good: nothing is kept for later. */
  forget(): void {
    this.isForgotten = true
    this.freezes.add({})
    this.tcp.resume()
  }

  /** What is sent is kept back; at the end of the returned it comes in one burst. */
  hold(): Disposable {
    return this.condition(this.holds, {})
  }

  delay(ms: number, jitterMs: number): Disposable {
    return this.condition(this.delays, { ms, jitterMs })
  }

  limit(bytesPerMs: number): Disposable {
    return this.condition(this.rates, { bytesPerMs })
  }

  /** Freezes the line for good when nothing has passed for so long. */
  forgetAfter(idleMs: number): Disposable {
    let timer: Disposable | undefined
    const watch = { [Symbol.dispose]: () => timer?.[Symbol.dispose]() }
    const look = (): void => {
      const leftMs = this.activeMs + idleMs - this.clock.monotonicMs()
      if (leftMs <= 0) this.forget()
      else timer = this.clock.setTimer(Math.max(1, leftMs), look)
    }
    this.activeMs = this.clock.monotonicMs()
    this.idleWatches.add(watch)
    look()
    return {
      [Symbol.dispose]: () => {
        watch[Symbol.dispose]()
        this.idleWatches.delete(watch)
      },
    }
  }

  /** Ends the connection by a TCP reset. */
  reset(): void {
    this.tcp.resetAndDestroy()
  }

  /** Ends it whatever its state, frozen or not. */
  cut(): void {
    this.tcp.destroy()
  }

  override _read(): void {
    if (this.freezes.size === 0) this.tcp.resume()
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (!this.isForgotten) this.down.push(chunk)
    done()
  }

  override _final(done: () => void): void {
    this.down.afterAll(() => {
      this.tcp.end()
    })
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.isOver = true
    for (const watch of this.idleWatches) watch[Symbol.dispose]()
    // Behind a frozen line the peer learns of the end when it thaws, as when a router comes back.
    if (this.freezes.size === 0) this.finish()
    done(error)
  }

  private condition<T>(set: Set<T>, item: T): Disposable {
    set.add(item)
    return {
      [Symbol.dispose]: () => {
        if (!set.delete(item)) return
        if (this.freezes.size > 0) return
        if (this.isOver) {
          this.finish()
          return
        }
        this.tcp.resume()
        this.up.pump()
        this.down.pump()
      },
    }
  }

  private finish(): void {
    this.down[Symbol.dispose]()
    this.up[Symbol.dispose]()
    this.tcp.destroy()
  }

  private passDown(bytes: Buffer): void {
    if (this.idleWatches.size > 0) this.activeMs = this.clock.monotonicMs()
    if (this.tcp.writable) this.tcp.write(bytes)
  }

  private passUp(bytes: Buffer): void {
    if (this.idleWatches.size > 0) this.activeMs = this.clock.monotonicMs()
    if (!this.push(bytes)) this.tcp.pause()
  }
}
