import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OrderStatus } from '../model/account-event.ts'
import { instrumentId } from '../model/instrument.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import { applyView } from './compare.ts'
import { Ledger, type ToldUpdate } from './ledger.ts'
import type { RestView } from './rest-view.ts'

const BTC = instrumentId('venue:BTCUSDT')
const at = (ms: number): EpochUs => epochUs(1_795_000_000_000_000 + ms * 1000)
const times = (ms: number) => ({ exchangeTimeUs: at(ms), receiveTimeUs: at(ms) })

function order(
  ms: number,
  status: OrderStatus,
  filledQuantity: string,
  executionId: string,
  orderId = '7',
): ToldUpdate {
  const shared = { clientOrderId: 'c', nativeStatus: '', type: 'LIMIT', timeInForce: 'GTC', side: 'buy' } as const
  const amounts = { price: '100', quantity: '1', filledQuantity }
  const event = { kind: 'order', instrument: BTC, orderId, status, ...shared, ...amounts, ...times(ms) } as const
  return { kind: 'told', event, timeUs: at(ms), executionId }
}

function fill(ms: number, tradeId: string, quantity: string, orderId = '7'): ToldUpdate {
  const shared = { side: 'buy', price: '100', fee: '0.1', feeAsset: 'USDT', liquidity: 'maker' } as const
  const event = { kind: 'fill', instrument: BTC, orderId, tradeId, quantity, ...shared, ...times(ms) } as const
  return { kind: 'told', event, timeUs: at(ms), executionId: tradeId }
}

function balance(ms: number, free: string): ToldUpdate {
  return { kind: 'told', event: { kind: 'balance', asset: 'USDT', free, locked: '0', ...times(ms) }, timeUs: at(ms) }
}

function position(ms: number, quantity: string): ToldUpdate {
  const event = {
    kind: 'position',
    instrument: BTC,
    positionSide: 'both',
    quantity,
    entryPrice: '100',
    ...times(ms),
  } as const
  return { kind: 'told', event, timeUs: at(ms) }
}

/** One order that is filled in three parts, with all that a venue tells of it. */
const STORY: readonly ToldUpdate[] = [
  order(1, 'new', '0', '1'),
  balance(5, '990'),
  fill(5, '11', '0.2'),
  order(5, 'partiallyFilled', '0.2', '2'),
  position(5, '0.2'),
  fill(9, '12', '0.3'),
  order(9, 'partiallyFilled', '0.5', '3'),
  balance(9, '980'),
  position(9, '0.5'),
  fill(12, '13', '0.5'),
  order(12, 'filled', '1.0', '4'),
  balance(12, '950'),
  position(12, '1.0'),
]

function stateOf(ledger: Ledger): unknown {
  return {
    order: ledger.orders.find(BTC, '7')?.event.status,
    filled: ledger.orders.find(BTC, '7')?.event.filledQuantity,
    isComplete: ledger.orders.lacking().length === 0,
    balance: ledger.balances.get('USDT')?.event.free,
    position: ledger.positions.get(BTC)?.event.quantity,
    fills: ledger.fills
      .fills(100)
      .map(({ tradeId }) => tradeId)
      .sort(),
  }
}

function told(updates: readonly ToldUpdate[]): Ledger {
  const ledger = new Ledger('account', at(0))
  ledger.firstLookUs = 0
  for (const update of updates) ledger.tell(update, { origin: 'stream', sentUs: update.timeUs })
  return ledger
}

const END = {
  order: 'filled',
  filled: '1.0',
  isComplete: true,
  balance: '950',
  position: '1.0',
  fills: ['11', '12', '13'],
}

describe('the ledger', () => {
  it('F:F13 ends in the same state in whatever order messages come, and however often', () => {
    const shuffled = fc.shuffledSubarray([...STORY], { minLength: STORY.length })
    const doubled = fc.shuffledSubarray([...STORY])
    fc.assert(
      fc.property(shuffled, doubled, (messages, again) => {
        expect(stateOf(told([...messages, ...again]))).toEqual(END)
      }),
      { numRuns: 500 },
    )
  })

  it('F:F13 F:F10 whatever was lost, a comparison completes it; each fill once, and a second one finds nothing', () => {
    const view = restView()
    fc.assert(
      fc.property(fc.shuffledSubarray([...STORY]), fc.shuffledSubarray([...STORY]), (before, after) => {
        const ledger = told(before)
        const options = { receiveTimeUs: at(30_000), isFirstLook: false }
        const first = applyView(ledger, { ...view, vanished: vanishedOf(ledger) }, options)
        for (const update of after) ledger.tell(update, { origin: 'stream', sentUs: update.timeUs })
        const fills = first.events.filter(({ kind }) => kind === 'fill').length
        const streamed = before.filter(({ event }) => event.kind === 'fill').length
        expect(fills + streamed).toBe(3)
        // An order that REST did not list is opened by a late message, and closed by the next look at it.
        const second = applyView(ledger, { ...view, vanished: vanishedOf(ledger) }, options)
        expect(second.events.filter(({ kind }) => kind !== 'order')).toEqual([])
        const { order: status, ...state } = Object(stateOf(ledger))
        expect([undefined, 'filled']).toContain(status)
        expect(state).toMatchObject({ balance: '950', position: '1.0', fills: ['11', '12', '13'] })
        expect(applyView(ledger, { ...view, vanished: vanishedOf(ledger) }, options).events).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('F:F12 REST that lags behind the stream steps nothing back', () => {
    const ledger = told(STORY)
    const old: RestView = {
      askedUs: at(13),
      openOrders: [orderRow(order(5, 'partiallyFilled', '0.2', '2'))],
      states: [
        { complete: ['balances'], venue: undefined, updates: [balance(5, '990')] },
        { complete: ['positions'], venue: undefined, updates: [] },
      ],
      vanished: [],
      fills: [],
    }
    const { events, disputed } = applyView(ledger, old, { receiveTimeUs: at(14), isFirstLook: false })
    expect(events).toEqual([])
    expect(disputed).toEqual([`position ${BTC}`])
    expect(stateOf(ledger)).toEqual(END)
  })

  it('F:F11 fills before the beginning belong to nobody', () => {
    const ledger = new Ledger('account', at(10))
    expect(ledger.tell(fill(5, '11', '0.2'), { origin: 'reconcile' })).toEqual([])
    expect(ledger.tell(fill(12, '13', '0.5'), { origin: 'reconcile' }).length).toBe(1)
  })

  it('a trade of the account with itself is two fills', () => {
    const ledger = told([fill(5, '11', '0.2', '7'), fill(5, '11', '0.2', '8')])
    expect(ledger.fills.fills(10).length).toBe(2)
  })

  it('an amount that moved is told with the total that has it', () => {
    const ledger = told([balance(1, '100')])
    expect(ledger.balanceChanged('USDT', { change: '5', reason: 'deposit', timeUs: at(10) })).toEqual([])
    expect(ledger.tell(balance(10, '105'), { origin: 'reconcile' })).toMatchObject([{ free: '105', change: '5' }])
    // When the total was there first, it is told again with its reason.
    const late = ledger.balanceChanged('USDT', { change: '5', reason: 'deposit', timeUs: at(10) })
    expect(late).toMatchObject([{ free: '105', change: '5', reason: 'deposit' }])
  })
})

function orderRow(update: ToldUpdate): RestView['openOrders'][number] {
  if (update.event.kind !== 'order') throw new Error('no order')
  return { order: update.event, timeUs: update.timeUs }
}

function vanishedOf(ledger: Ledger): RestView['vanished'] {
  const found = orderRow(order(12, 'filled', '1.0', '4'))
  return [...ledger.orders.openOrders()].map(({ event }) => ({ order: event, found }))
}

function restView(): RestView {
  const fills = STORY.flatMap(({ event }) => (event.kind === 'fill' ? [event] : []))
  return {
    askedUs: at(30_000),
    openOrders: [],
    states: [
      { complete: ['balances'], venue: undefined, updates: [balance(12, '950')] },
      { complete: ['positions'], venue: undefined, updates: [position(12, '1.0')] },
    ],
    vanished: [],
    fills: [{ instrument: BTC, fills, untilUs: at(20), lostFromUs: undefined, lostToUs: undefined }],
  }
}
