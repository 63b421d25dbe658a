import { ConfigError } from '../../../model/error.ts'
import type { HttpRequest } from '../../../model/http.ts'
import type { InstrumentId } from '../../../model/instrument.ts'
import { symbolOf } from '../../../model/instrument.ts'
import type { CallAuth, FillRange } from '../../account-adapter.ts'
import type { SignedParams, SignedValue } from '../signed-request.ts'
import { restPayload, signedQuery } from '../signed-request.ts'

type Optional = readonly (readonly [name: string, value: SignedValue | undefined])[]

/** The parameters that have a value, in the same order. */
export function given(params: Optional): SignedParams {
  return params.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
}

/** A GET that needs a key and its signature. What is signed is exactly what is sent. */
export function signedGet(url: string, params: SignedParams, auth: CallAuth, weight: number): HttpRequest {
  const query = signedQuery([...params, ['timestamp', Math.floor(auth.timestampMs)]], auth.sign)
  return { method: 'GET', url: `${url}?${query}`, headers: keyHeader(auth), weight }
}

/** A call that needs the key alone, such as those about listen keys. */
export function keyedCall(
  method: HttpRequest['method'],
  url: string,
  params: SignedParams,
  auth: CallAuth,
): HttpRequest {
  const query = restPayload(params)
  return { method, url: query === '' ? url : `${url}?${query}`, headers: keyHeader(auth), weight: 1 }
}

/** Where to go on reading fills: by id, or by time, never by both. @throws ConfigError for an id that is no number */
export function rangeParams(range: FillRange, most: number): SignedParams {
  const { fromId, startTimeUs, endTimeUs } = range
  const limit = Math.max(1, Math.min(range.limit, most))
  if (fromId !== undefined) {
    if (!/^\d+$/.test(fromId)) throw new ConfigError(`fills begin at a trade id in digits, was "${fromId}".`)
    return [
      ['fromId', fromId],
      ['limit', limit],
    ]
  }
  return given([
    ['startTime', startTimeUs === undefined ? undefined : Math.floor(startTimeUs / 1000)],
    ['endTime', endTimeUs === undefined ? undefined : Math.floor(endTimeUs / 1000)],
    ['limit', limit],
  ])
}

export function symbolParam(instrument: InstrumentId | undefined): readonly (readonly [string, SignedValue])[] {
  return instrument === undefined ? [] : [['symbol', symbolOf(instrument)]]
}

function keyHeader(auth: CallAuth): Readonly<Record<string, string>> {
  return { 'X-MBX-APIKEY': auth.apiKey }
}
