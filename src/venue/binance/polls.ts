import { DecodeError } from '../../model/error.ts'
import type { OpenInterestEvent, StatusEvent } from '../../model/event.ts'
import type { InstrumentId } from '../../model/instrument.ts'
import { symbolOf } from '../../model/instrument.ts'
import type { SourceSpec } from '../adapter.ts'
import { amountOf, listOf, textOf, timeOf } from './fields.ts'
import { isRecord } from './json-exact.ts'
import type { Venue } from './resolve.ts'
import { getRequest, parseObject } from './rest-call.ts'

/** Futures have no stream of open interest; the REST figure changes every few seconds. */
const OPEN_INTEREST_EVERY_MS = 10_000
/** Spot has no stream of symbol status; one symbol costs 20 weight. */
const STATUS_EVERY_MS = 60_000

export function openInterestPoll(venue: Venue, instrument: InstrumentId): SourceSpec {
  const base = venue.settings.endpoints.rest + venue.market.restPath
  return {
    kind: 'poll',
    poll: {
      channel: 'openInterest',
      instrument,
      everyMs: OPEN_INTEREST_EVERY_MS,
      endpoint: {
        request: () => getRequest(base, 'openInterest', { symbol: symbolOf(instrument) }, 1),
        parse(body, receiveTimeUs): readonly OpenInterestEvent[] {
          const row = parseObject(body, 'openInterest')
          return [
            {
              kind: 'openInterest',
              instrument,
              exchangeTimeUs: timeOf(row, 'time', 'millisecond'),
              receiveTimeUs,
              recovered: undefined,
              quantity: amountOf(row, 'openInterest'),
            },
          ]
        },
      },
    },
  }
}

export function statusPoll(venue: Venue, instrument: InstrumentId): SourceSpec {
  const base = venue.settings.endpoints.rest + venue.market.restPath
  const symbol = symbolOf(instrument)
  return {
    kind: 'poll',
    poll: {
      channel: 'status',
      instrument,
      everyMs: STATUS_EVERY_MS,
      endpoint: {
        request: () => getRequest(base, 'exchangeInfo', { symbol }, venue.market.instrumentsWeight),
        parse(body, receiveTimeUs): readonly StatusEvent[] {
          const answer = parseObject(body, 'exchangeInfo')
          const row = listOf(answer, 'symbols').find(entry => isRecord(entry) && entry['symbol'] === symbol)
          if (!isRecord(row)) throw new DecodeError(`exchangeInfo of "${symbol}" does not name it`)
          const status = textOf(row, 'status')
          return [
            {
              kind: 'status',
              instrument,
              exchangeTimeUs: timeOf(answer, 'serverTime', 'millisecond'),
              receiveTimeUs,
              recovered: undefined,
              status,
              isTrading: status === 'TRADING',
            },
          ]
        },
      },
    },
  }
}
