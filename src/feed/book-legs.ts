import { DeltaBuffer } from '../book/delta-buffer.ts'
import type { BookDelta } from '../model/book-levels.ts'
import type { EpochUs } from '../model/time.ts'
import type { BookRunner } from './book-runner.ts'

/** Changes of the other leg that wait for those before them. */
const MOST_WAITING = 256
const MOST_WAITING_BYTES = 1024 * 1024
/** The own leg brings what the other one is ahead by within this time, or has lost it. */
const LONGEST_LAG_US = 1_000_000

/**
 * Two legs of one book: the first copy of every change wins. A leg that is ahead of the other by more than one change says
 * nothing about a loss, so that its changes wait for those before them.
 */
export class BookLegs {
  /** Changes that came twice. */
  duplicates = 0
  private readonly runner: BookRunner
  private readonly waiting = new DeltaBuffer(MOST_WAITING, MOST_WAITING_BYTES)
  private waitingSinceUs = 0

  constructor(runner: BookRunner) {
    this.runner = runner
  }

  take(delta: BookDelta, receiveTimeUs: EpochUs, isOwn: boolean): void {
    if (isOwn) {
      this.runner.delta(delta, receiveTimeUs)
      if (this.waiting.size > 0) this.drain(receiveTimeUs)
      return
    }
    switch (this.runner.joins(delta)) {
      case 'apply':
        this.runner.delta(delta, receiveTimeUs)
        return
      case 'gap':
        this.wait(delta, receiveTimeUs)
        return
      default:
        this.duplicates++
    }
  }

  /** The own leg is gone: the other one goes on with what it has. */
  flush(receiveTimeUs: EpochUs): void {
    for (let index = 0; index < this.waiting.size; index++) {
      const delta = this.waiting.get(index)
      if (delta !== undefined && this.runner.joins(delta) !== 'stale') this.runner.delta(delta, receiveTimeUs)
    }
    this.waiting.clear()
  }

  clear(): void {
    this.waiting.clear()
  }

  private wait(delta: BookDelta, receiveTimeUs: EpochUs): void {
    if (this.waiting.size === 0) this.waitingSinceUs = receiveTimeUs
    this.waiting.push(delta)
    if (this.waiting.size >= MOST_WAITING || receiveTimeUs - this.waitingSinceUs > LONGEST_LAG_US)
      this.flush(receiveTimeUs)
  }

  private drain(receiveTimeUs: EpochUs): void {
    let index = 0
    for (; index < this.waiting.size; index++) {
      const delta = this.waiting.get(index)
      if (delta === undefined) break
      const join = this.runner.joins(delta)
      if (join === 'gap') break
      if (join === 'apply') this.runner.delta(delta, receiveTimeUs)
    }
    this.waiting.dropBefore(index)
  }
}
