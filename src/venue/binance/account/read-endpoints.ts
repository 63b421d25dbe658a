import { ConfigError } from '../../../model/error.ts'
import type { InstrumentId } from '../../../model/instrument.ts'
import { venueOf } from '../../../model/instrument.ts'
import type { EpochUs } from '../../../model/time.ts'
import type { PrivateEndpoint, StateRead } from '../../account-adapter.ts'
import { asDecodeError } from '../fields.ts'
import type { JsonRecord } from '../json-exact.ts'
import { parseObject, parseRows } from '../rest-call.ts'
import type { SignedParams } from '../signed-request.ts'
import type { ToldUpdate } from './account-fields.ts'
import { signedGet } from './private-call.ts'

const DAY_MS = 86_400_000

/** 90 days: the venue speaks of three months, and a question for more is refused. */
export const THREE_MONTHS_MS = 90 * DAY_MS
export const WEEK_MS = 7 * DAY_MS
export const ONE_DAY_MS = DAY_MS
/** Spot keeps fills for as long as the account exists; what is older than ten years is not asked for. */
export const TEN_YEARS_MS = 3650 * DAY_MS
/** The longest page of fills on every market. */
export const FILLS_PER_PAGE = 1000

/** A read whose parameters do not depend on anything. */
export function stateRead(
  complete: StateRead['complete'],
  url: string,
  weight: number,
  read: (body: string, receiveTimeUs: EpochUs) => readonly ToldUpdate[],
  params: SignedParams = [],
): StateRead {
  return {
    complete,
    endpoint: {
      request: (_args, auth) => signedGet(url, params, auth, weight),
      parse: (body, receiveTimeUs) => decoded(() => read(body, receiveTimeUs)),
    },
  }
}

/** A setting: it changes by the user's own act only, so that it is enough to read it when the account starts. */
export function settingRead(
  url: string,
  weight: number,
  read: (body: string, receiveTimeUs: EpochUs) => readonly ToldUpdate[],
): StateRead {
  return { ...stateRead([], url, weight, read), isSetting: true }
}

/** Every row of a list. @throws DecodeError */
export function rowsOf<Args, Row>(
  what: string,
  read: (row: JsonRecord, receiveTimeUs: EpochUs) => Row,
): PrivateEndpoint<Args, readonly Row[]>['parse'] {
  return (body, receiveTimeUs) => decoded(() => parseRows(body, what).map(row => read(row, receiveTimeUs)))
}

/** One object. @throws DecodeError */
export function objectOf<Args, Row>(
  what: string,
  read: (row: JsonRecord, receiveTimeUs: EpochUs, args: Args) => Row,
): PrivateEndpoint<Args, Row>['parse'] {
  return (body, receiveTimeUs, args) => decoded(() => read(parseObject(body, what), receiveTimeUs, args))
}

/** @throws ConfigError for an instrument of another venue, before anything is sent */
export function proveVenue(venue: string, instrument: InstrumentId | undefined): void {
  if (instrument === undefined || venueOf(instrument) === venue) return
  throw new ConfigError(`this account has instruments of ${venue} only, not "${instrument}".`)
}

/** Which order to ask for. @throws ConfigError when neither id is given */
export function orderIdParams(
  args: { readonly orderId?: string | undefined; readonly clientOrderId?: string | undefined },
  clientName: string,
): SignedParams {
  if (args.orderId !== undefined) return [['orderId', args.orderId]]
  if (args.clientOrderId !== undefined) return [[clientName, args.clientOrderId]]
  throw new ConfigError('an order is asked for by its id or by its client id; neither was given.')
}

function decoded<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw asDecodeError(error)
  }
}
