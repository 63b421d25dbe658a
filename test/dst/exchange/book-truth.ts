import type { Chance } from '../core/chance.ts'
import { Column } from '../core/column.ts'

/** Prices a book may have, in ticks above the instrument's lowest one. */
export const TICKS = 2048
const CHECKPOINT_EVERY = 128

/** Changed levels of one update: tick and new quantity, in turn. */
export type Changes = number[]

/**
 * The exchange's book, which is right by definition, at every sequence it ever had: what changed is kept, and now and then
 * the whole book. One array holds both sides, since they never cross; bids are positive, asks negative.
 */
export class BookTruth {
  readonly levels = new Int16Array(TICKS)
  bid: number
  ask: number
  /** Last update id of each update, its `pu` and when it came. */
  readonly lastIds = new Column()
  readonly times = new Column()
  private readonly flat = new Column()
  private readonly starts = new Column()
  private readonly bids = new Column()
  private readonly asks = new Column()
  private readonly images: Int16Array[] = []
  private readonly scratch = new Int16Array(TICKS)
  private scratchIndex = -1

  constructor(chance: Chance, depth: number, firstId: number) {
    const middle = TICKS / 2
    this.bid = middle - 1
    this.ask = middle + 1
    for (let i = 0; i < depth; i++) {
      if (i === 0 || chance.isLess(0.8)) this.levels[this.bid - i] = chance.whole(1, 9999)
      if (i === 0 || chance.isLess(0.8)) this.levels[this.ask + i] = -chance.whole(1, 9999)
    }
    this.starts.push(0)
    this.commit(firstId, [], 0)
  }

  get lastId(): number {
    return this.lastIds.at(this.lastIds.length - 1) ?? 0
  }

  get index(): number {
    return this.lastIds.length - 1
  }

  /** Takes an update over; `changes` hold quantities as the array does, 0 for a level that is gone. */
  commit(lastId: number, changes: Changes, timeMs: number): void {
    const { levels, flat } = this
    for (let i = 0; i < changes.length; i += 2) {
      const tick = changes[i] ?? 0
      const quantity = changes[i + 1] ?? 0
      levels[tick] = quantity
      flat.push(tick)
      flat.push(quantity)
      if (quantity > 0 && tick > this.bid) this.bid = tick
      if (quantity < 0 && tick < this.ask) this.ask = tick
    }
    while ((levels[this.bid] ?? 0) <= 0 && this.bid > 0) this.bid--
    while ((levels[this.ask] ?? 0) >= 0 && this.ask < TICKS - 1) this.ask++
    this.starts.push(flat.length)
    this.lastIds.push(lastId)
    this.times.push(timeMs)
    this.bids.push(this.bid)
    this.asks.push(this.ask)
    if ((this.lastIds.length - 1) % CHECKPOINT_EVERY === 0) this.images.push(levels.slice())
  }

  /** Which update ended with this id; -1 for none. */
  find(lastId: number): number {
    let low = 0
    let high = this.lastIds.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const value = this.lastIds.at(middle) ?? 0
      if (value === lastId) return middle
      if (value < lastId) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  touch(index: number): { readonly bid: number; readonly ask: number } {
    return { bid: this.bids.at(index) ?? 0, ask: this.asks.at(index) ?? 0 }
  }

  /** The book after an update; valid until the next call. */
  at(index: number): Int16Array {
    const { scratch, flat, starts } = this
    const image = Math.floor(index / CHECKPOINT_EVERY)
    const from = this.scratchIndex >= image * CHECKPOINT_EVERY && this.scratchIndex <= index ? this.scratchIndex : -1
    if (from < 0) scratch.set(this.images[image] ?? this.levels)
    const begin = (from < 0 ? image * CHECKPOINT_EVERY : from) + 1
    const end = starts.at(index + 1) ?? 0
    for (let i = starts.at(begin) ?? 0; i < end; i += 2) scratch[flat.at(i) ?? 0] = flat.at(i + 1) ?? 0
    this.scratchIndex = index
    return scratch
  }
}

/** Draws what happens to a book next. */
export function drawChanges(book: BookTruth, chance: Chance, isLively: boolean): Changes {
  const changes: Changes = []
  const roll = chance.next()
  if (roll < 0.01) return changes
  if (roll < 0.015 && isLively) {
    jump(book, chance, changes)
    return changes
  }
  if (roll < 0.3) moveTouch(book, chance, changes)
  const count = chance.whole(1, 3)
  for (let i = 0; i < count; i++) {
    const isBid = chance.isLess(0.5)
    const far = chance.isLess(0.1) ? chance.whole(40, 260) : Math.floor(chance.wait(6))
    const tick = isBid ? book.bid - 1 - far : book.ask + 1 + far
    const quantity = chance.isLess(0.3) ? 0 : chance.whole(1, 9999)
    if (tick > 0 && tick < TICKS) put(changes, tick, isBid ? quantity : -quantity)
  }
  return changes
}

function moveTouch(book: BookTruth, chance: Chance, changes: Changes): void {
  const isUp = book.bid < TICKS * 0.3 || (book.bid < TICKS * 0.7 && chance.isLess(0.5))
  const quantity = chance.whole(1, 9999)
  if (book.ask - book.bid > 2 && chance.isLess(0.6)) {
    if (isUp) put(changes, book.bid + 1, quantity)
    else put(changes, book.ask - 1, -quantity)
  } else if (isUp) takeAsks(book, book.ask, changes)
  else takeBids(book, book.bid, changes)
}

/** The price runs away: all that stands on its way is gone, and what follows it is new. */
function jump(book: BookTruth, chance: Chance, changes: Changes): void {
  const length = chance.whole(20, 120)
  if (book.bid < TICKS / 2) {
    takeAsks(book, book.ask + length, changes)
    for (let tick = book.ask; tick < book.ask + length - 1; tick++)
      if (chance.isLess(0.5)) put(changes, tick, chance.whole(1, 9999))
  } else {
    takeBids(book, book.bid - length, changes)
    for (let tick = book.bid; tick > book.bid - length + 1; tick--)
      if (chance.isLess(0.5)) put(changes, tick, -chance.whole(1, 9999))
  }
}

function takeAsks(book: BookTruth, upTo: number, changes: Changes): void {
  for (let tick = book.ask; tick <= upTo && tick < TICKS; tick++)
    if ((book.levels[tick] ?? 0) < 0) put(changes, tick, 0)
  put(changes, upTo + 1, -500)
}

function takeBids(book: BookTruth, downTo: number, changes: Changes): void {
  for (let tick = book.bid; tick >= downTo && tick > 0; tick--) if ((book.levels[tick] ?? 0) > 0) put(changes, tick, 0)
  put(changes, downTo - 1, 500)
}

/** One level changes once per update: the last word counts. */
function put(changes: Changes, tick: number, quantity: number): void {
  for (let i = 0; i < changes.length; i += 2) {
    if (changes[i] !== tick) continue
    changes[i + 1] = quantity
    return
  }
  changes.push(tick, quantity)
}
