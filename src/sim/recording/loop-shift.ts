import type { JsonObject } from '../wire/json.ts'
import { isJsonObject, numberField } from '../wire/json.ts'

/** First and last id seen in one pass. */
class IdRange {
  first = -1
  last = -1

  see(first: number | undefined, last = first): void {
    if (first === undefined || last === undefined) return
    if (this.first < 0) this.first = first
    this.last = Math.max(this.last, last)
  }

  /** How far ids move per pass, so that the next pass goes on where this one ended. */
  get span(): number {
    return this.first < 0 ? 0 : this.last - this.first + 1
  }
}

/** Ids of one symbol across the passes of a looped recording. */
export class LoopShift {
  /** Passes done. */
  pass = 0
  /** Added to update ids of this pass. */
  bookShift = 0
  /** Update id at which the recording's own ids join the book; earlier ones are left out of later passes. */
  joinId = -1
  /** Last update id sent, shifted. */
  lastUpdateId = -1
  private readonly trades = new IdRange()
  private readonly aggregates = new IdRange()
  private readonly members = new IdRange()

  /** Learns ids from a payload of the first pass, and follows the book's in all. */
  see(kind: string, payload: JsonObject): void {
    if (kind === 'depth') {
      const lastId = numberField(payload, 'u')
      if (lastId === undefined) return
      const firstId = numberField(payload, 'pu') ?? (numberField(payload, 'U') ?? lastId) - 1
      if (this.joinId < 0) this.joinId = firstId
      this.lastUpdateId = Math.max(this.lastUpdateId, lastId + this.bookShift)
    } else if (this.pass === 0 && kind === 'trade') {
      this.trades.see(numberField(payload, 't'))
    } else if (this.pass === 0 && kind === 'aggTrade') {
      this.aggregates.see(numberField(payload, 'a'))
      this.members.see(numberField(payload, 'f'), numberField(payload, 'l'))
    }
  }

  /** Begins the next pass: recorded id `joinId` becomes `atId`. */
  next(atId: number): void {
    this.pass++
    this.bookShift = atId - this.joinId
  }

  get tradeShift(): number {
    return this.pass * (this.trades.span > 0 ? this.trades.span : this.members.span)
  }

  get aggregateShift(): number {
    return this.pass * this.aggregates.span
  }

  /** True for what lies before the join: it must not be told again. */
  isBeforeJoin(kind: string, payload: JsonObject): boolean {
    if (this.pass === 0 || (kind !== 'depth' && kind !== 'bookTicker')) return false
    const lastId = numberField(payload, 'u')
    return lastId !== undefined && lastId <= this.joinId
  }

  /** The payload of a later pass: ids and times moved, everything else as it was. */
  shift(kind: string, payload: JsonObject, timeShiftMs: number): JsonObject {
    if (this.pass === 0) return payload
    const shifted: Record<string, unknown> = { ...payload }
    const add = (keys: string, by: number): void => {
      for (const key of keys) {
        const value = payload[key]
        // 0 stands for "none", as in the funding time of a delivery contract.
        if (typeof value === 'number' && value > 0) shifted[key] = value + by
      }
    }
    add('EO', timeShiftMs)
    add('TC', timeShiftMs)
    if (kind === 'depth') this.shiftBook(payload, shifted)
    else if (kind === 'bookTicker') add('u', this.bookShift)
    else if (kind === 'trade') add('t', this.tradeShift)
    else if (kind === 'aggTrade') {
      add('a', this.aggregateShift)
      add('fl', this.tradeShift)
    } else if (kind === 'ticker') add('FL', this.tradeShift)
    const candle = payload['k']
    if (isJsonObject(candle)) shifted['k'] = this.shiftCandle(candle, timeShiftMs)
    const order = payload['o']
    if (isJsonObject(order)) shifted['o'] = { ...order, T: (numberField(order, 'T') ?? 0) + timeShiftMs }
    return shifted
  }

  private shiftBook(payload: JsonObject, shifted: Record<string, unknown>): void {
    const floor = (key: string, least: number): void => {
      const value = numberField(payload, key)
      if (value !== undefined) shifted[key] = Math.max(value, least) + this.bookShift
    }
    floor('U', this.joinId + 1)
    floor('u', this.joinId + 1)
    floor('pu', this.joinId)
  }

  private shiftCandle(candle: JsonObject, timeShiftMs: number): JsonObject {
    const moved = (key: string, by: number): number => {
      const value = numberField(candle, key) ?? 0
      return value < 0 ? value : value + by
    }
    return {
      ...candle,
      t: moved('t', timeShiftMs),
      T: moved('T', timeShiftMs),
      f: moved('f', this.tradeShift),
      L: moved('L', this.tradeShift),
    }
  }
}
