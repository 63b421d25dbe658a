import type { ReadableBook } from '../book/readable-book.ts'
import type { MarketEvent } from '../model/event.ts'
import type { SignalInput } from './signal.ts'

/**
 * What signals are fed with when an event comes; undefined for one that none of them reads. Of a change of the book they get
 * the maintained book itself, which they read in place: nothing while there is none.
 */
export function signalInput(event: MarketEvent, book: ReadableBook | undefined): SignalInput | undefined {
  switch (event.kind) {
    case 'trade':
    case 'quote':
    case 'kline':
    case 'markPrice':
    case 'openInterest':
    case 'liquidation':
    case 'gap':
    case 'resync':
      return event
    case 'book': {
      if (book === undefined) return undefined
      const { instrument, exchangeTimeUs, receiveTimeUs } = book
      return { kind: 'bookState', instrument, exchangeTimeUs, receiveTimeUs, book }
    }
    case 'bookDelta':
    case 'depth':
    case 'ticker':
    case 'status':
    case 'raw':
    case 'connection':
      return undefined
  }
}
