export type {
  BestQuote,
  BookLevelsView,
  BookState,
  BookStats,
  CostOf,
  DepthTo,
  ReadableBook,
} from './book/readable-book.ts'
export { createFeed } from './feed/create-feed.ts'
export type {
  BookHandle,
  BookOptions,
  BookStatus,
  ConnectionStatus,
  Feed,
  FeedStatus,
  StreamState,
  StreamStatus,
  VenueStatus,
} from './feed/feed.ts'
export type { FeedOptions, Log } from './feed/feed-options.ts'
export type { HealingRules } from './feed/healing.ts'
export type { RotationRules } from './feed/rotation.ts'
export type { Channel, PlainChannel } from './model/channel.ts'
export { channel } from './model/channel.ts'
export * from './model/error.ts'
export type * from './model/event.ts'
export type { Environment, Instrument, InstrumentId, InstrumentKind } from './model/instrument.ts'
export { baseQuantity, instrumentId, quoteQuantity, symbolOf, venueOf } from './model/instrument.ts'
export { decimalText, parseDecimal } from './model/number.ts'
export type {
  Observation,
  OverflowPolicy,
  StreamRequest,
  SubscribeRequest,
  Subscription,
  SubscriptionStats,
} from './model/subscribe.ts'
export type { DurationMs, EpochUs } from './model/time.ts'
export type { BudgetRecord, BudgetStore } from './net/budget-store.ts'
export { memoryBudgets } from './net/budget-store.ts'
export type { FileBudgetsOptions } from './net/file-budgets.ts'
export { fileBudgets } from './net/file-budgets.ts'
export type { VenueAdapter } from './venue/adapter.ts'
