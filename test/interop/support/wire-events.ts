import { decimal, positionOf } from './decimal.ts'
import type { Told } from './trader.ts'

type Event = Readonly<Record<string, unknown>>

/** Takes in an event of a user stream that a client hands on with the venue's own letters. */
export function tell(told: Told, event: Event): void {
  switch (event['e']) {
    case 'executionReport':
      tellOrder(told, event, String(event['x']))
      return
    case 'ORDER_TRADE_UPDATE': {
      const order: Event = Object(event['o'])
      tellOrder(told, order, String(order['x']))
      return
    }
    case 'outboundAccountPosition':
      for (const row of list(event['B']))
        told.balances.set(String(row['a']), { free: decimal(row['f']), locked: decimal(row['l']) })
      return
    case 'ACCOUNT_UPDATE': {
      const account: Event = Object(event['a'])
      for (const row of list(account['B'])) told.balances.set(String(row['a']), { free: decimal(row['wb']) })
      for (const row of list(account['P'])) told.positions.set(String(row['s']), positionOf(row['pa'], row['ep']))
      return
    }
    case 'TRADE_LITE':
      // A full report of the same fill follows.
      return
    default:
      told.notices.push(String(event['e']))
  }
}

/** Spot and futures name these alike. */
function tellOrder(told: Told, order: Event, execution: string): void {
  const id = String(order['i'])
  told.orders.set(id, {
    side: String(order['S']),
    status: String(order['X']),
    quantity: decimal(order['q']),
    executed: decimal(order['z']),
  })
  if (execution !== 'TRADE') return
  told.fills.push({
    tradeId: String(order['t']),
    orderId: id,
    side: String(order['S']),
    price: decimal(order['L']),
    quantity: decimal(order['l']),
    fee: decimal(order['n']),
    feeAsset: String(order['N']),
    isMaker: order['m'] === true,
  })
}

function list(value: unknown): readonly Event[] {
  if (Array.isArray(value)) return value
  throw new Error(`expected an array, was ${JSON.stringify(value)}`)
}
