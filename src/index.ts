export type { Account, AccountSetup, PositionView, ReconcileReport } from './account/account.ts'
export type { AccountMemory, AccountRecord, DeliveredFill } from './account/account-memory.ts'
export { memoryInProcess } from './account/account-memory.ts'
export type { AccountFeed, AccountFeedOptions } from './account/create-feed.ts'
export { createFeed } from './account/create-feed.ts'
export type { Credentials } from './account/credentials.ts'
export { hmacCredentials, privateKeyCredentials, Secret } from './account/credentials.ts'
export { fileMemory } from './account/file-memory.ts'
export type {
  BestQuote,
  BookLevelsView,
  BookState,
  BookStats,
  CostOf,
  DepthTo,
  ReadableBook,
} from './book/readable-book.ts'
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
export { type LiveSignals, type LiveSignalsOptions, liveSignals } from './feed/live-signals.ts'
export type { RotationRules } from './feed/rotation.ts'
export type * from './model/account-event.ts'
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
export type { ProxyOptions } from './net/http-proxy.ts'
export { throughProxy } from './net/through-proxy.ts'
export type { AccountAdapter } from './venue/account-adapter.ts'
export type { VenueAdapter } from './venue/adapter.ts'
