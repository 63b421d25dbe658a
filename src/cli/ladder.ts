import { styleText } from 'node:util'
import type { ReadableBook } from '../book/readable-book.ts'
import type { Level } from '../model/event.ts'
import type { Instrument } from '../model/instrument.ts'
import { decimalsOf, fromUnits, toUnits } from '../model/number.ts'

const BAR = '▏▎▍▌▋▊▉█'
const BAR_WIDTH = 16

export interface LadderFormat {
  readonly priceDecimals: number
  readonly quantityDecimals: number
}

/** Decimals from the instrument's steps; 8 where it has none. */
export function ladderFormat(instrument: Instrument | undefined): LadderFormat {
  return {
    priceDecimals: instrument?.tickSize === undefined ? 8 : decimalsOf(instrument.tickSize),
    quantityDecimals: instrument?.lotSize === undefined ? 8 : decimalsOf(instrument.lotSize),
  }
}

/**
 * The book as lines of a terminal: asks above, the spread, bids below; always the same number of lines. `hindrance` says why
 * a book is not synced.
 */
export function ladderLines(
  book: ReadableBook,
  levels: number,
  format: LadderFormat,
  nowUs: number,
  hindrance: string | undefined,
): readonly string[] {
  const head = `${styleText('bold', book.instrument)}  ${stateText(book, nowUs, hindrance)}`
  const view = book.levels(levels)
  if (view === undefined) return [head, ...Array.from({ length: 2 * levels + 1 }, () => styleText('dim', '  ·'))]
  const most = Math.max(...view.bids.map(level => level[1]), ...view.asks.map(level => level[1]), 0)
  const row = (level: Level | undefined, color: 'green' | 'red'): string => {
    if (level === undefined) return styleText('dim', '  ·')
    const price = level[0].toFixed(format.priceDecimals).padStart(14)
    const quantity = level[1].toFixed(format.quantityDecimals).padStart(16)
    return `${styleText(color, price)} ${quantity}  ${styleText(color, bar(level[1], most))}`
  }
  const asks = Array.from({ length: levels }, (_, index) => row(view.asks[levels - 1 - index], 'red'))
  const bids = Array.from({ length: levels }, (_, index) => row(view.bids[index], 'green'))
  return [head, ...asks, spreadLine(view.bids[0], view.asks[0], format), ...bids]
}

function stateText(book: ReadableBook, nowUs: number, hindrance: string | undefined): string {
  if (book.state !== 'synced') return styleText('yellow', `${book.state}: ${hindrance ?? 'waiting for the snapshot'}`)
  const ageMs = Math.max(0, (nowUs - book.receiveTimeUs) / 1000)
  const age = ageMs > 2000 ? styleText('yellow', `no update for ${(ageMs / 1000).toFixed(1)} s`) : 'live'
  return `${styleText('green', 'synced')} ${age}  seq ${book.sequence}  gaps ${book.stats.gaps}`
}

function spreadLine(bid: Level | undefined, ask: Level | undefined, format: LadderFormat): string {
  if (bid === undefined || ask === undefined) return styleText('dim', '  one side is empty')
  const units = toUnits(ask[0], format.priceDecimals) - toUnits(bid[0], format.priceDecimals)
  const spread = fromUnits(units, format.priceDecimals)
  const bps = (spread / ((ask[0] + bid[0]) / 2)) * 10_000
  return styleText('dim', `  spread ${spread.toFixed(format.priceDecimals)}  (${bps.toFixed(2)} bps)`)
}

function bar(quantity: number, most: number): string {
  const eighths = most === 0 ? 0 : Math.round((quantity / most) * BAR_WIDTH * 8)
  const rest = eighths % 8
  return '█'.repeat(Math.floor(eighths / 8)) + (rest === 0 ? '' : (BAR[rest - 1] ?? ''))
}
