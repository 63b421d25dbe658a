import type { Caller, KeyRing } from '../trading/key-ring.ts'
import type { Params } from '../trading/params.ts'
import { badRequest, missing, RestError } from './rest-error.ts'

/** What a call needs: a key that exists, a signature by it, and for some the permission to trade. */
export type Security = 'key' | 'read' | 'trade'

const standardWindowMs = 5000
const longestWindowMs = 60_000
/** How far a client's clock may be ahead. */
const aheadMs = 1000

export function unknownKey(): RestError {
  return new RestError(401, -2015, 'Invalid API-key, IP, or permissions for action.')
}

/** @throws RestError -2014 for no key or one that cannot be, -2015 for one that is not known or may not */
export function checkKey(ring: KeyRing, key: string | undefined, security: Security): Caller {
  if (key === undefined || !/^[A-Za-z0-9]{8,128}$/.test(key)) throw new RestError(401, -2014, 'API-key format invalid.')
  const caller = ring.find(key)
  if (caller === undefined) throw unknownKey()
  if (security === 'trade' && !caller.apiKey.permissions.has('trade')) throw unknownKey()
  if (security === 'read' && !caller.apiKey.permissions.has('read')) throw unknownKey()
  return caller
}

/**
 * Time first, then the signature, as the venue does. Spot also takes microseconds.
 * @throws RestError -1102, -1021, -1131
 */
export function checkTime(params: Params, nowMs: number, takesMicroseconds: boolean): void {
  const timestamp = params.integer('timestamp')
  if (timestamp === undefined) throw missing('timestamp')
  const sentMs = takesMicroseconds && timestamp > 1e14 ? timestamp / 1000 : timestamp
  const windowMs = readWindow(params.text('recvWindow'))
  if (sentMs >= nowMs + aheadMs) {
    throw badRequest(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
  }
  if (nowMs - sentMs > windowMs) throw badRequest(-1021, 'Timestamp for this request is outside of the recvWindow.')
}

/** @throws RestError -1102 without a signature, -1022 for one that is not the key's own over these bytes */
export function checkSignature(caller: Caller, payload: string, signature: string | undefined): void {
  if (signature === undefined || signature === '') throw missing('signature')
  if (!caller.apiKey.verifies(payload, signature)) throw badRequest(-1022, 'Signature for this request is not valid.')
}

function readWindow(text: string | undefined): number {
  if (text === undefined) return standardWindowMs
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(text)) throw badRequest(-1130, "Data sent for parameter 'recvWindow' is not valid.")
  const windowMs = Number(text)
  if (windowMs > longestWindowMs) throw badRequest(-1131, 'recvWindow must be less than 60000.')
  return windowMs
}
