import { describe, expect, it } from 'vitest'
import { bookOf } from '../../test/signal/book-of.ts'
import type { MarketEvent } from '../model/event.ts'
import { instrumentId } from '../model/instrument.ts'
import { epochUs } from '../model/time.ts'
import { signalInput } from './signal-input.ts'

const instrument = instrumentId('test:BTCUSDT')
const receiveTimeUs = epochUs(5)

describe('what a market event is to signals', () => {
  it('is the event itself where signals read it, gaps and resyncs among them', () => {
    const trade: MarketEvent = {
      kind: 'trade',
      channel: 'trade',
      instrument,
      id: '1',
      price: 1,
      quantity: 1,
      side: 'buy',
      receiveTimeUs,
    }
    const gap: MarketEvent = {
      kind: 'gap',
      instrument,
      channel: 'trade',
      reason: 'sequence',
      healed: false,
      receiveTimeUs,
    }
    const resync: MarketEvent = { kind: 'resync', instrument, channel: 'book', receiveTimeUs }
    for (const event of [trade, gap, resync]) expect(signalInput(event, undefined)).toBe(event)
  })

  it('is the maintained book when a book changed, and nothing where none is kept', () => {
    const book = bookOf([[10, 1]], [[11, 1]])
    const event: MarketEvent = {
      kind: 'book',
      instrument,
      sequence: 1,
      bids: [],
      asks: [],
      synced: true,
      receiveTimeUs,
    }
    const input = signalInput(event, book)
    expect(input).toMatchObject({ kind: 'bookState', instrument, receiveTimeUs: book.receiveTimeUs })
    expect(input?.kind === 'bookState' && input.book).toBe(book)
    expect(signalInput(event, undefined)).toBeUndefined()
  })

  it('is nothing for what no signal reads', () => {
    const raw: MarketEvent = { kind: 'raw', instrument, stream: 'x', payload: 1, receiveTimeUs }
    const delta: MarketEvent = { kind: 'bookDelta', instrument, first: 1, last: 1, bids: [], asks: [], receiveTimeUs }
    for (const event of [raw, delta]) expect(signalInput(event, undefined)).toBeUndefined()
  })
})
