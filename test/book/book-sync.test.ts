import { describe, expect, it } from 'vitest'
import type { BookEffect } from '../../src/book/index.ts'
import { BookSync } from '../../src/book/index.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import type { EpochUs } from '../../src/model/time.ts'
import { epochUs } from '../../src/model/time.ts'
import { binanceSpot, binanceUsdm } from '../../src/venue/binance/index.ts'
import { deltaOf, snapshotOf } from './levels-of.ts'

const ID = instrumentId('binance-spot:BTCUSDT')
const spotRules = binanceSpot().book
const futuresRules = binanceUsdm().book

const at = (seconds: number): EpochUs => epochUs(1_700_000_000_000_000 + seconds * 1_000_000)

/** A snapshot whose touch is 100 / 101, with known room to 90 and 111. */
const snapshot = (sequence: number): ReturnType<typeof snapshotOf> =>
  snapshotOf(
    sequence,
    [
      ['100', 1],
      ['90', 1],
    ],
    [
      ['101', 1],
      ['111', 1],
    ],
  )

function epochOf(effects: readonly BookEffect[]): number {
  for (const effect of effects) if (effect.do === 'fetchSnapshot' || effect.do === 'refresh') return effect.epoch
  throw new Error(`no snapshot was asked for: ${JSON.stringify(effects)}`)
}

const names = (effects: readonly BookEffect[]): readonly string[] => effects.map(effect => effect.do)

/** Synced at 10, on spot's contiguous ids. */
function syncedBook(rules = spotRules): BookSync {
  const book = new BookSync(ID, rules)
  const epoch = epochOf(book.start())
  book.onDelta(deltaOf(10, 10, 9), at(0))
  expect(names(book.onSnapshot(snapshot(10), epoch, at(0)))).toEqual(['synced'])
  return book
}

describe('BookSync', () => {
  it('F:E02 buffers from the first change on, before and while the snapshot is asked for', () => {
    const book = new BookSync(ID, spotRules)
    const epoch = epochOf(book.onDelta(deltaOf(5, 6, -1, [['99', 5]]), at(0)))
    expect(book.onDelta(deltaOf(7, 8, -1, [['99', 6]]), at(0))).toEqual([])
    expect(book.onDelta(deltaOf(9, 9, -1, [['98', 7]]), at(0))).toEqual([])
    expect(book.best()).toBeUndefined()
    expect(book.onSnapshot(snapshot(6), epoch, at(1))).toEqual([{ do: 'synced', sequence: 9 }])
    expect(book.levels(3)?.bids).toEqual([
      [100, 1],
      [99, 6],
      [98, 7],
    ])
    expect(book.sequence).toBe(9)
  })

  it('F:E01 keeps its buffer across snapshots that are too old, with growing waits', () => {
    const book = new BookSync(ID, spotRules)
    let effects = book.onDelta(deltaOf(100, 101, -1), at(0))
    const waits: number[] = []
    for (let age = 60; age > 0; age -= 10) {
      effects = book.onSnapshot(snapshot(99 - age), epochOf(effects), at(1))
      for (const effect of effects) if (effect.do === 'fetchSnapshot') waits.push(effect.delayMs)
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000])
    book.onDelta(deltaOf(102, 102, -1, [['99', 3]]), at(2))
    expect(book.onSnapshot(snapshot(100), epochOf(effects), at(3))).toEqual([{ do: 'synced', sequence: 102 }])
    expect(book.levels(2)?.bids).toEqual([
      [100, 1],
      [99, 3],
    ])
  })

  it('F:E03 holds a snapshot that is newer than every buffered change until the stream reaches it', () => {
    const book = new BookSync(ID, spotRules)
    const epoch = epochOf(book.start())
    book.onDelta(deltaOf(5, 6, -1), at(0))
    expect(book.onSnapshot(snapshot(20), epoch, at(0))).toEqual([])
    expect(book.onDelta(deltaOf(7, 15, -1, [['99', 9]]), at(1))).toEqual([])
    expect(book.state).toBe('syncing')
    expect(book.onDelta(deltaOf(16, 22, -1, [['98', 2]]), at(2))).toEqual([{ do: 'synced', sequence: 22 }])
    expect(book.levels(3)?.bids).toEqual([
      [100, 1],
      [98, 2],
      [90, 1],
    ])
  })

  it('F:E03 a snapshot that ends where the stream stands is synced at once, and one before any change is held', () => {
    const exact = syncedBook()
    expect(exact.state).toBe('synced')
    const quiet = new BookSync(ID, spotRules)
    const epoch = epochOf(quiet.start())
    expect(quiet.onSnapshot(snapshot(10), epoch, at(0))).toEqual([])
    expect(quiet.state).toBe('syncing')
    expect(names(quiet.onDelta(deltaOf(11, 11, -1), at(9)))).toEqual(['synced'])
  })

  it('F:E04 a missing change loses the book on the very next one, with the missing ids', () => {
    for (let skipped = 1; skipped <= 50; skipped++) {
      const book = syncedBook()
      const effects = book.onDelta(deltaOf(11 + skipped, 12 + skipped, -1), at(1))
      expect(effects[0]).toMatchObject({ do: 'gap', cause: 'sequence', reason: 'sequence', from: 11, to: 10 + skipped })
      expect(names(effects)).toEqual(['gap', 'fetchSnapshot'])
      expect(book.state).toBe('gapped')
      expect([book.best(), book.bestBid(), book.levels(1), book.depthTo('buy', 1), book.costOf('buy', 1)]).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
      ])
    }
  })

  it('F:E04 the change that showed the gap is the first of the new buffer', () => {
    const book = syncedBook()
    const effects = book.onDelta(deltaOf(20, 21, -1, [['99', 4]]), at(1))
    expect(book.onSnapshot(snapshot(19), epochOf(effects), at(2))).toEqual([{ do: 'synced', sequence: 21 }])
    expect(book.levels(2)?.bids).toEqual([
      [100, 1],
      [99, 4],
    ])
    expect(book.stats).toMatchObject({ gaps: 1, snapshots: 2 })
  })

  it('F:E05 overlapping and repeated changes are harmless on spot', () => {
    const book = syncedBook()
    expect(names(book.onDelta(deltaOf(9, 12, -1, [['99', 1]]), at(1)))).toEqual(['applied'])
    expect(book.onDelta(deltaOf(11, 12, -1, [['99', 8]]), at(1))).toEqual([])
    expect(names(book.onDelta(deltaOf(12, 14, -1), at(1)))).toEqual(['applied'])
    expect(book.stats.gaps).toBe(0)
    expect(book.levels(2)?.bids).toEqual([
      [100, 1],
      [99, 1],
    ])
  })

  it('F:E07 F:E24 a crossed or locked book is given up and reported, never repaired', () => {
    for (const price of ['101', '101.5', '500']) {
      const book = syncedBook()
      const effects = book.onDelta(deltaOf(11, 11, -1, [[price, 1]]), at(1))
      expect(effects[0]).toMatchObject({ do: 'gap', cause: 'crossed' })
      expect(names(effects)).toEqual(['gap', 'fetchSnapshot'])
      expect(book.best()).toBeUndefined()
    }
  })

  it('F:E07 a snapshot that is crossed itself does not become a book', () => {
    const book = new BookSync(ID, spotRules)
    const epoch = epochOf(book.start())
    book.onDelta(deltaOf(10, 10, -1), at(0))
    const effects = book.onSnapshot(snapshotOf(10, [['102', 1]], [['101', 1]]), epoch, at(0))
    expect(names(effects)).toEqual(['gap', 'fetchSnapshot'])
    expect(book.state).toBe('gapped')
  })

  it('F:E08 the snapshot after a reconnect replaces the book', () => {
    const book = syncedBook()
    expect(names(book.onDisconnect())).toEqual(['gap'])
    expect(book.best()).toBeUndefined()
    const epoch = epochOf(book.start())
    book.onDelta(deltaOf(50, 51, -1), at(5))
    book.onSnapshot(snapshotOf(50, [['200', 1]], [['201', 1]]), epoch, at(6))
    expect(book.levels(9)).toEqual({ bids: [[200, 1]], asks: [[201, 1]] })
  })

  it('F:E08 a snapshot sent inside the stream replaces the book', () => {
    const book = syncedBook()
    expect(names(book.onStreamSnapshot(snapshotOf(3, [['50', 1]], [['51', 1]]), at(1)))).toEqual(['applied'])
    expect(book.sequence).toBe(3)
    expect(book.levels(9)).toEqual({ bids: [[50, 1]], asks: [[51, 1]] })
    expect(names(book.onDelta(deltaOf(4, 4, -1), at(1)))).toEqual(['applied'])
  })

  it('F:E09 a refresh older than the book is joined by the changes since, and never steps back', () => {
    const book = syncedBook()
    const effects = book.onDelta(
      deltaOf(11, 11, -1, [
        ['100', 0],
        ['91', 3],
      ]),
      at(10),
    )
    expect(names(effects)).toEqual(['applied', 'refresh'])
    book.onDelta(deltaOf(12, 13, -1, [['89', 2]]), at(10))
    book.onDelta(deltaOf(14, 14, -1, [['88', 2]]), at(10))
    const fresh = snapshotOf(
      12,
      [
        ['91', 3],
        ['80', 1],
      ],
      [
        ['101', 1],
        ['120', 1],
      ],
    )
    expect(names(book.onSnapshot(fresh, epochOf(effects), at(11)))).toEqual(['applied'])
    expect(book.sequence).toBe(14)
    expect(book.levels(9)?.bids).toEqual([
      [91, 3],
      [89, 2],
      [88, 2],
      [80, 1],
    ])
    expect(book.horizon()).toEqual({ bid: 80, ask: 120 })
  })

  it('F:E09 a refresh too old to join is ignored while the book goes on', () => {
    const book = syncedBook()
    const effects = book.onDelta(
      deltaOf(11, 20, -1, [
        ['100', 0],
        ['91', 3],
      ]),
      at(10),
    )
    book.onDelta(deltaOf(21, 22, -1), at(10))
    expect(book.onSnapshot(snapshot(15), epochOf(effects), at(11))).toEqual([])
    expect(book.state).toBe('synced')
    expect(book.sequence).toBe(22)
    expect(book.levels(1)?.bids).toEqual([[91, 3]])
  })

  it('F:E11 at most one snapshot is asked for at a time', () => {
    const book = new BookSync(ID, spotRules)
    expect(names(book.start())).toEqual(['fetchSnapshot'])
    expect(book.start()).toEqual([])
    for (let id = 1; id <= 2500; id++) expect(book.onDelta(deltaOf(id, id, -1), at(id / 500))).toEqual([])
  })

  it('F:E13 a refresh that is ahead of the stream takes over when the stream reaches it, without a stall', () => {
    const book = syncedBook()
    const effects = book.onDelta(
      deltaOf(11, 11, -1, [
        ['100', 0],
        ['91', 3],
      ]),
      at(10),
    )
    const ahead = snapshotOf(
      15,
      [
        ['91', 3],
        ['70', 1],
      ],
      [
        ['101', 1],
        ['130', 1],
      ],
    )
    expect(book.onSnapshot(ahead, epochOf(effects), at(11))).toEqual([])
    expect(names(book.onDelta(deltaOf(12, 13, -1), at(11)))).toContain('applied')
    expect(book.horizon()).toEqual({ bid: 90, ask: 111 })
    expect(names(book.onDelta(deltaOf(14, 16, -1, [['85', 4]]), at(11)))).toEqual(['applied'])
    expect(book.horizon()).toEqual({ bid: 70, ask: 130 })
    expect(book.levels(9)?.bids).toEqual([
      [91, 3],
      [85, 4],
      [70, 1],
    ])
  })

  it('F:E14 answers of an earlier epoch are dropped and counted', () => {
    const book = new BookSync(ID, spotRules)
    const early = epochOf(book.start())
    book.onDelta(deltaOf(10, 10, -1), at(0))
    book.onDisconnect()
    const late = epochOf(book.start())
    expect(late).not.toBe(early)
    book.onDelta(deltaOf(30, 30, -1), at(1))
    expect(book.onSnapshot(snapshot(30), early, at(1))).toEqual([])
    expect(book.state).not.toBe('synced')
    expect(book.stats).toMatchObject({ lateAnswers: 1 })
    expect(names(book.onSnapshot(snapshot(30), late, at(1)))).toEqual(['synced'])
    expect(book.onSnapshot(snapshot(40), late, at(1))).toEqual([])
    expect(book.onSnapshotFailed(late)).toEqual([])
    expect(book.sequence).toBe(30)
  })

  it('F:E15 asks for a new snapshot when the touch comes within a fifth of the horizon, not too often', () => {
    const book = syncedBook()
    expect(
      names(
        book.onDelta(
          deltaOf(11, 11, -1, [
            ['100', 0],
            ['92.5', 1],
          ]),
          at(1),
        ),
      ),
    ).toEqual(['applied'])
    const first = book.onDelta(
      deltaOf(12, 12, -1, [
        ['92.5', 0],
        ['91.5', 1],
      ]),
      at(2),
    )
    expect(names(first)).toEqual(['applied', 'refresh'])
    book.onSnapshotFailed(epochOf(first))
    expect(names(book.onDelta(deltaOf(13, 13, -1), at(3)))).toEqual(['applied'])
    expect(names(book.onDelta(deltaOf(14, 14, -1), at(8)))).toEqual(['applied', 'refresh'])
  })

  it('F:E15 a touch beyond the horizon is unknown, not wrong', () => {
    const book = syncedBook()
    book.onDelta(
      deltaOf(11, 11, -1, [
        ['100', 0],
        ['90', 0],
        ['85', 3],
      ]),
      at(1),
    )
    expect(book.state).toBe('synced')
    expect([book.bestBid(), book.best(), book.bestAsk()]).toEqual([undefined, undefined, 101])
    expect(book.levels(5)).toEqual({
      bids: [],
      asks: [
        [101, 1],
        [111, 1],
      ],
    })
  })

  it('F:E20 the buffer is bounded by count and bytes while snapshots fail', () => {
    const book = new BookSync(ID, spotRules, { mostBuffered: 100 })
    let effects = book.start()
    for (let id = 1; id <= 1000; id++) {
      book.onDelta(deltaOf(id, id, -1, [['99', id]]), at(id))
      if (id % 50 === 0) effects = book.onSnapshotFailed(epochOf(effects))
    }
    expect(names(book.onSnapshot(snapshot(890), epochOf(effects), at(1001)))).toEqual(['fetchSnapshot'])
    const small = new BookSync(ID, spotRules, { mostBufferedBytes: 5000 })
    const epoch = epochOf(small.start())
    for (let id = 1; id <= 1000; id++) small.onDelta(deltaOf(id, id, -1, [['99', id]]), at(id))
    expect(names(small.onSnapshot(snapshot(998), epoch, at(1001)))).toEqual(['synced'])
    expect(small.levels(2)?.bids).toEqual([
      [100, 1],
      [99, 1000],
    ])
  })

  it('F:E23 ids that restart lower are noticed after a few updates, by their times', () => {
    const book = new BookSync(ID, spotRules)
    const epoch = epochOf(book.start())
    book.onDelta(deltaOf(1_000_000, 1_000_000, -1, [], [], at(0)), at(0))
    book.onSnapshot(snapshot(1_000_000), epoch, at(0))
    book.onDelta(deltaOf(1_000_001, 1_000_001, -1, [], [], at(1)), at(1))
    let effects: readonly BookEffect[] = []
    let ignored = 0
    while (effects.length === 0) {
      const id = 10 + ignored
      effects = book.onDelta(deltaOf(id, id, -1, [], [], at(2 + ignored / 10)), at(2 + ignored / 10))
      ignored++
    }
    expect(ignored).toBeLessThanOrEqual(10)
    expect(effects[0]).toMatchObject({ do: 'gap', cause: 'restart', reason: 'venue' })
    expect(names(book.onSnapshot(snapshot(10 + ignored - 1), epochOf(effects), at(5)))).toEqual(['synced'])
    expect(book.sequence).toBe(10 + ignored - 1)
  })

  it('F:E12 F:E23 a second socket that lags behind is not a restart', () => {
    const book = syncedBook()
    for (let id = 11; id <= 400; id++) {
      book.onDelta(deltaOf(id, id, -1, [], [], at(id)), at(id))
      if (id > 60) expect(book.onDelta(deltaOf(id - 50, id - 50, -1, [], [], at(id - 50)), at(id))).toEqual([])
    }
    for (let id = 350; id <= 400; id++) expect(book.onDelta(deltaOf(id, id, -1, [], [], at(id)), at(401))).toEqual([])
    expect(book.state).toBe('synced')
  })

  it('F:E23 a restart while the snapshot is awaited begins the buffer anew', () => {
    const book = new BookSync(ID, spotRules)
    const epoch = epochOf(book.start())
    for (let id = 500; id < 510; id++) book.onDelta(deltaOf(id, id, -1, [], [], at(id - 500)), at(0))
    for (let id = 1; id <= 20; id++) book.onDelta(deltaOf(id, id, -1, [], [], at(100 + id)), at(1))
    expect(names(book.onSnapshot(snapshot(15), epoch, at(2)))).toEqual(['synced'])
    expect(book.sequence).toBe(20)
  })

  it('F:E26 updates without levels advance the sequence', () => {
    const book = syncedBook(futuresRules)
    expect(names(book.onDelta(deltaOf(15, 18, 10), at(1)))).toEqual(['applied'])
    expect(names(book.onDelta(deltaOf(20, 25, 18, [['99', 1]]), at(1)))).toEqual(['applied'])
    expect(names(book.onDelta(deltaOf(25, 25, 25), at(1)))).toEqual(['applied'])
    expect(book.sequence).toBe(25)
    expect(book.stats.gaps).toBe(0)
  })

  it('F:E04 futures follow pu alone: skipped ids are no gap, a wrong pu is one', () => {
    const book = syncedBook(futuresRules)
    expect(names(book.onDelta(deltaOf(900, 950, 10), at(1)))).toEqual(['applied'])
    const effects = book.onDelta(deltaOf(951, 960, 949), at(1))
    expect(effects[0]).toMatchObject({ do: 'gap', cause: 'sequence' })
  })

  it('a hole inside the buffer throws away what came before it', () => {
    const book = new BookSync(ID, spotRules)
    const epoch = epochOf(book.start())
    book.onDelta(deltaOf(1, 5, -1, [['99', 1]]), at(0))
    book.onDelta(deltaOf(8, 9, -1, [['98', 1]]), at(0))
    expect(names(book.onSnapshot(snapshot(4), epoch, at(1)))).toEqual(['fetchSnapshot'])
    expect(book.state).toBe('syncing')
  })

  it('changes reused by the decoder afterwards do not change what was buffered', () => {
    const book = new BookSync(ID, spotRules)
    const epoch = epochOf(book.start())
    const scratch = deltaOf(5, 6, -1, [['99', 5]])
    book.onDelta(scratch, at(0))
    scratch.first = 7
    scratch.last = 7
    scratch.bids.clear()
    scratch.bids.push(98, 1)
    book.onDelta(scratch, at(0))
    scratch.bids.clear()
    book.onSnapshot(snapshot(5), epoch, at(1))
    expect(book.levels(3)?.bids).toEqual([
      [100, 1],
      [99, 5],
      [98, 1],
    ])
  })

  it('a closed book takes nothing and asks for nothing', () => {
    const book = syncedBook()
    book.close()
    expect(book.state).toBe('closed')
    expect([book.start(), book.onDelta(deltaOf(11, 11, -1), at(1)), book.onDisconnect()]).toEqual([[], [], []])
    expect(book.onSnapshot(snapshot(11), 99, at(1))).toEqual([])
    expect(book.best()).toBeUndefined()
    expect(book.size()).toEqual({ bids: 0, asks: 0 })
  })
})
