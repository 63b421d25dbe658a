import type { BookDelta } from '../model/book-levels.ts'

/** Updates in a row that are old by their ids although new by their time. */
const MOST_NEW_BUT_OLD = 8
/** The same where the venue sends no times to tell a restart from a second socket that lags. */
const MOST_OLD = 50

/** Notices that the venue's update ids went back, so that a book does not ignore every update for ever. */
export class RestartWatch {
  private inRow = 0

  clear(): void {
    this.inRow = 0
  }

  /** An ignored update; true when it is one too many. `lastTimeUs` is the exchange time of the last applied one. */
  sees(delta: Pick<BookDelta, 'exchangeTimeUs'>, lastTimeUs: number): boolean {
    const hasTimes = delta.exchangeTimeUs > 0 && lastTimeUs > 0
    // A late duplicate carries a time that the book has already passed.
    if (hasTimes && delta.exchangeTimeUs <= lastTimeUs) return false
    this.inRow++
    return this.inRow >= (hasTimes ? MOST_NEW_BUT_OLD : MOST_OLD)
  }
}
