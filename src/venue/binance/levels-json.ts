import type { BookDelta, BookLevels, BookSnapshot } from '../../model/book-levels.ts'
import { BookLevels as Levels } from '../../model/book-levels.ts'
import { DecodeError } from '../../model/error.ts'
import type { Level } from '../../model/event.ts'
import { POWERS_OF_TEN } from '../../model/number.ts'
import { exactDecimal, finiteAmount, shown } from './fields.ts'

/** A fresh, empty delta. */
export function emptyDelta(): BookDelta {
  return {
    first: 0,
    last: 0,
    previous: -1,
    scale: 0,
    exchangeTimeUs: 0,
    bids: new Levels(),
    asks: new Levels(),
  }
}

interface TextLevel {
  readonly price: string
  readonly quantity: number
}

/**
 * Fills both sides from `[["price","quantity"], …]` and answers the digits behind the point of all prices: as many as
 * the longest text has, or as many as count when zeros would push the integers beyond 2^53.
 * @throws DecodeError
 */
export function readLevels(bids: unknown, asks: unknown, intoBids: BookLevels, intoAsks: BookLevels): number {
  const bidTexts = textLevels(bids)
  const askTexts = textLevels(asks)
  let scale = 0
  for (const level of bidTexts) scale = Math.max(scale, fractionOf(level.price).length)
  for (const level of askTexts) scale = Math.max(scale, fractionOf(level.price).length)
  if (fill(bidTexts, intoBids, scale) && fill(askTexts, intoAsks, scale)) return scale
  scale = 0
  for (const level of bidTexts) scale = Math.max(scale, countingFractionOf(level.price).length)
  for (const level of askTexts) scale = Math.max(scale, countingFractionOf(level.price).length)
  if (fill(bidTexts, intoBids, scale) && fill(askTexts, intoAsks, scale)) return scale
  throw new DecodeError('prices of one message differ by more than 15 digits')
}

/** Levels as the pairs of an event. @throws DecodeError */
export function levelPairs(list: unknown): readonly Level[] {
  return textLevels(list).map(({ price, quantity }): Level => [exactDecimal(price, 'price'), quantity])
}

/** A REST snapshot of a book asked for with `limit` levels per side. @throws DecodeError */
export function snapshotOf(
  sequence: number,
  exchangeTimeUs: number,
  bids: unknown,
  asks: unknown,
  limit: number,
): BookSnapshot {
  const bidLevels = new Levels()
  const askLevels = new Levels()
  const scale = readLevels(bids, asks, bidLevels, askLevels)
  return {
    sequence,
    scale,
    exchangeTimeUs,
    bids: bidLevels,
    asks: askLevels,
    isBidComplete: bidLevels.count < limit,
    isAskComplete: askLevels.count < limit,
  }
}

function textLevels(list: unknown): readonly TextLevel[] {
  if (!Array.isArray(list)) throw new DecodeError(`levels must be a list, were ${shown(list)}`)
  return list.map((level: unknown): TextLevel => {
    if (!Array.isArray(level)) throw new DecodeError(`a level must be [price, quantity], was ${shown(level)}`)
    const [price, quantity]: readonly unknown[] = level
    if (typeof price !== 'string' || typeof quantity !== 'string') {
      throw new DecodeError(`a level must be two texts, was ${shown(level)}`)
    }
    exactDecimal(price, 'price')
    return { price, quantity: exactQuantity(quantity) }
  })
}

/** Zero in any notation removes a level, so that a quantity may have an exponent; a price may not. */
function exactQuantity(text: string): number {
  const exponent = text.search(/[eE]/)
  if (exponent < 0) return exactDecimal(text, 'quantity')
  exactDecimal(text.slice(0, exponent), 'quantity')
  return finiteAmount(text, 'quantity')
}

function fill(levels: readonly TextLevel[], into: BookLevels, scale: number): boolean {
  if (scale >= POWERS_OF_TEN.length) return false
  into.clear()
  for (const { price, quantity } of levels) {
    const point = price.indexOf('.')
    const whole = point < 0 ? price : price.slice(0, point)
    const units = Number(whole + fractionOf(price).slice(0, scale).padEnd(scale, '0'))
    if (!Number.isSafeInteger(units)) return false
    into.push(units, quantity)
  }
  return true
}

function fractionOf(price: string): string {
  const point = price.indexOf('.')
  return point < 0 ? '' : price.slice(point + 1)
}

function countingFractionOf(price: string): string {
  return fractionOf(price).replace(/0+$/, '')
}
