import type { Feed } from '../feed/feed.ts'

/**
 * What can be read, wherever it comes from: a live feed or a recording. Whoever reads through this cannot tell them apart.
 * Events come in receive order; `observe` calls in the same tick.
 */
export type EventSource = Pick<Feed, 'observe' | 'subscribe' | 'book' | 'status' | 'instruments'> & AsyncDisposable
