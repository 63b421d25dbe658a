import { styleText } from 'node:util'
import type { MarketEvent } from '../model/event.ts'
import { decimalText } from '../model/number.ts'
import { padColumns } from './columns.ts'
import { oneLine } from './one-line.ts'

/** One event as one line for a terminal: time, instrument, kind, and what matters of the kind. */
export function eventLine(event: MarketEvent, decimals: PriceDecimals): string {
  const timeUs = event.exchangeTimeUs ?? event.receiveTimeUs
  const time = new Date(timeUs / 1000).toISOString().slice(11, 23)
  return `${styleText('dim', time)}  ${padColumns(event.instrument, 24)} ${event.kind.padEnd(11)} ${details(event, decimals)}`
}

function details(event: MarketEvent, decimals: PriceDecimals): string {
  const number = (value: number): string => decimals.text(event.instrument, value).padStart(12)
  switch (event.kind) {
    case 'trade':
      return `${sided(event.side)} ${number(event.price)} × ${decimalText(event.quantity)}  id ${event.id}`
    case 'quote':
      return `${number(event.bidPrice)} × ${decimalText(event.bidQuantity)}  |  ${number(event.askPrice)} × ${decimalText(event.askQuantity)}`
    case 'book':
    case 'depth': {
      const [bid, ask] = [event.bids[0], event.asks[0]]
      return `${bid === undefined ? '—' : number(bid[0])}  |  ${ask === undefined ? '—' : number(ask[0])}  seq ${event.sequence}`
    }
    case 'bookDelta':
      return `${event.bids.length} bids, ${event.asks.length} asks  ${event.first}…${event.last}`
    case 'kline':
      return `${event.interval} o ${decimalText(event.open)} h ${decimalText(event.high)} l ${decimalText(event.low)} c ${decimalText(event.close)} v ${decimalText(event.volume)}${event.closed ? ' closed' : ''}`
    case 'ticker':
      return `last ${decimalText(event.last)} open ${decimalText(event.open)} high ${decimalText(event.high)} low ${decimalText(event.low)} volume ${decimalText(event.volume)}`
    case 'markPrice':
      return `mark ${decimalText(event.markPrice)} index ${optional(event.indexPrice)} funding ${optional(event.fundingRate)}`
    case 'liquidation':
      return `${sided(event.side)} ${number(event.price)} × ${decimalText(event.quantity)}  (${event.coverage})`
    case 'openInterest':
      return decimalText(event.quantity)
    case 'status':
      return event.status
    case 'raw':
      return `${event.stream} ${JSON.stringify(event.payload)}`
    case 'gap':
      return styleText(
        'yellow',
        `${event.channel} ${event.reason} missing ${event.from ?? '?'}…${event.to ?? '?'} ${event.healed ? 'healed' : 'not healed'}`,
      )
    case 'resync':
      return `${event.channel} continuous again${event.sequence === undefined ? '' : ` at ${event.sequence}`}`
    case 'connection':
      return styleText(
        'dim',
        `${event.connectionId} ${event.state}${event.cause === undefined ? '' : `: ${oneLine(event.cause)}`}`,
      )
  }
}

function sided(side: 'buy' | 'sell'): string {
  return side === 'buy' ? styleText('green', '▲ buy ') : styleText('red', '▼ sell')
}

function optional(value: number | undefined): string {
  return value === undefined ? '—' : decimalText(value)
}

/** Prices of one instrument stand with the same digits behind the point: the most that it has shown so far. */
export class PriceDecimals {
  private readonly most = new Map<string, number>()

  text(instrument: string, price: number): string {
    const text = decimalText(price)
    const point = text.indexOf('.')
    const own = point < 0 ? 0 : text.length - point - 1
    const most = Math.max(own, this.most.get(instrument) ?? 0)
    this.most.set(instrument, most)
    return own === most ? text : `${own === 0 ? `${text}.` : text}${'0'.repeat(most - own)}`
  }
}
