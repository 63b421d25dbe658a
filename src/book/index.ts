export { type BookDelta, BookLevels, type BookSnapshot } from '../model/book-levels.ts'
export type { BookEffect, BookGapCause } from './book-effect.ts'
export { BookSync, type BookSyncOptions } from './book-sync.ts'
export { OrderBook, type OrderBookOptions } from './order-book.ts'
export type {
  BestQuote,
  BookLevelsView,
  BookState,
  BookStats,
  CostOf,
  DepthTo,
  ReadableBook,
} from './readable-book.ts'
export type { JoinRules } from './snapshot-join.ts'
