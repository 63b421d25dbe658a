import type { OpenFeed } from '../feed/create-feed.ts'
import { type Clock, sleep } from '../net/clock.ts'
import type { ExchangeTime } from './exchange-time.ts'
import { frameStream } from './frame-stream.ts'
import { mergedLines } from './merged-lines.ts'
import type { Pace } from './pace.ts'
import { REST, type RecordedLine } from './recorded-line.ts'
import type { RecordedRest } from './recorded-rest.ts'
import type { ReplayReport } from './replay.ts'
import type { ReplayNetwork } from './replay-network.ts'
import type { ReplaySubscription } from './replay-subscription.ts'
import { settle, type VirtualClock } from './virtual-clock.ts'

export interface PlayerOptions {
  readonly files: readonly string[]
  readonly clock: VirtualClock
  /** Real time, for consumers that read more slowly than the replay. */
  readonly waitClock: Clock
  readonly network: ReplayNetwork
  readonly rest: RecordedRest
  readonly pace: Pace
  readonly times: readonly ExchangeTime[]
  readonly feed: OpenFeed
  readonly venues: readonly string[]
  readonly subscriptions: ReadonlySet<ReplaySubscription>
  readonly fromUs: number
  readonly toUs: number
  readonly signal: AbortSignal
}

/** How often the silence of streams is forgiven: before the feed's own look at them, which comes every second. */
const FORGIVE_EVERY_MS = 900
const FOREVER_MS = 1e12
/** A hole that is open at the end is given up within this time. */
const HEALING_US = 10_500_000

/** Plays the lines of a recording one by one: time passes, sockets open and end, frames and answers arrive. */
export class Player {
  lines = 0
  isOver = false
  private readonly options: PlayerOptions
  private forgivenMs = Number.NEGATIVE_INFINITY

  constructor(options: PlayerOptions) {
    this.options = options
    options.clock.beforeTimer = nowMs => this.forgiveSilence(nowMs)
  }

  get messages(): number {
    return this.options.network.messages
  }

  async run(): Promise<ReplayReport> {
    const { signal, files } = this.options
    let isComplete = true
    try {
      for await (const batch of mergedLines(files, () => undefined)) {
        isComplete = await this.playBatch(batch.file, batch.lines)
        if (!isComplete || this.isOver) break
      }
      if (!signal.aborted) await this.endHealing()
    } finally {
      this.isOver = true
    }
    return { lines: this.lines, messages: this.messages, isComplete: isComplete && !signal.aborted }
  }

  /** False when it was stopped. */
  private async playBatch(file: number, lines: readonly RecordedLine[]): Promise<boolean> {
    const { clock, network, pace, signal, fromUs, toUs } = this.options
    for (const line of lines) {
      if (signal.aborted) return false
      const timeUs = line.timeUs ?? this.stoodInTime(line)
      if (timeUs > toUs) {
        this.isOver = true
        return true
      }
      const waitMs = timeUs < fromUs ? 0 : pace.waitMs(timeUs)
      if (waitMs > 0) await pace.wait(waitMs)
      if (signal.aborted) return false
      while (clock.fireBefore(timeUs)) await settle(clock)
      clock.moveTo(timeUs)
      const index = this.lines++
      if (network.beforeLine(index)) await this.turn()
      const touches = clock.touches
      const messages = network.messages
      const mustTurn = this.take(file, line)
      const hasEnded = network.afterLine(index)
      // Every message reads the clock once. Whatever else did may have something to wait for.
      const isPlain = clock.touches - touches === network.messages - messages
      if (mustTurn || hasEnded || !isPlain) await this.turn()
      if (this.isCrowded()) await this.waitForConsumers()
    }
    return true
  }

  private take(file: number, line: RecordedLine): boolean {
    const { network, rest } = this.options
    if (line.note?.kind === 'lost') {
      network.cutAll(`the recorder could not write ${line.note.lines} lines`)
      return true
    }
    return line.connection === REST ? rest.take(line) : network.take(file, line)
  }

  /** Everything that this moment sets going. */
  private async turn(): Promise<void> {
    const { clock } = this.options
    await settle(clock)
    while (clock.fireBefore(clock.timeUs)) await settle(clock)
  }

  /** Of a line without a receive time: what the venue says, but never less than what was. */
  private stoodInTime(line: RecordedLine): number {
    const { clock, times } = this.options
    const name = line.isInbound && line.connection !== REST ? frameStream(line.text) : undefined
    if (name === undefined) return clock.timeUs
    for (const time of times) {
      if (time.knows(name)) return Math.max(clock.timeUs, time.of(line.text) ?? 0)
    }
    return clock.timeUs
  }

  private isCrowded(): boolean {
    for (const subscription of this.options.subscriptions) if (subscription.isFilling) return true
    return false
  }

  /** A replay waits for its consumers, which a venue never does. */
  private async waitForConsumers(): Promise<void> {
    const { signal, waitClock } = this.options
    for (let round = 0; round < 10 && this.isCrowded(); round++) await Promise.resolve()
    while (this.isCrowded() && !signal.aborted) await sleep(waitClock, 0, signal)
  }

  /** Whether a silent stream was quiet or dead cannot be asked any more: only ids and ends of sockets tell of a loss. */
  private forgiveSilence(nowMs: number): void {
    if (nowMs - this.forgivenMs < FORGIVE_EVERY_MS) return
    this.forgivenMs = nowMs
    const { feed, venues } = this.options
    for (const id of venues) {
      for (const connection of feed.venue(id)?.pool.all() ?? []) {
        for (const leg of connection.legs) leg.rhythm.credit(FOREVER_MS, nowMs)
      }
    }
  }

  /** What waits behind a hole that nothing closes any more comes out with a gap before it. */
  private async endHealing(): Promise<void> {
    const { clock, feed, signal } = this.options
    const isHealing = (): boolean => feed.status().streams.some(stream => stream.state === 'healing')
    const untilUs = clock.timeUs + HEALING_US
    while (!signal.aborted && isHealing() && clock.fireBefore(untilUs)) await settle(clock)
  }
}
