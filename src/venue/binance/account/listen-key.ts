import type { ListenKey, ListenKeyAccess, PrivateEndpoint } from '../../account-adapter.ts'
import { controlFrame } from '../control.ts'
import { keyedCall } from './private-call.ts'
import { parseSecretJson, secretTextOf } from './secret-body.ts'

const LIFETIME_MS = 3_600_000

/** Every kind of event that USD-M has; whether leaving the list out means all of them is disputed. Source: notice 2026-03-06. */
export const USDM_USER_EVENTS = [
  'ORDER_TRADE_UPDATE',
  'ACCOUNT_UPDATE',
  'MARGIN_CALL',
  'ACCOUNT_CONFIG_UPDATE',
  'TRADE_LITE',
  'ALGO_UPDATE',
  'STRATEGY_UPDATE',
  'GRID_UPDATE',
  'CONDITIONAL_ORDER_TRIGGER_REJECT',
  'listenKeyExpired',
] as const

/** A URL of the user stream; with `frame`, it only delivers after a control frame that names the key. */
interface KeyUrl {
  url(key: string): string
  readonly needsFrame?: boolean
}

/** USD-M: the key in the query with its events; the SUBSCRIBE form is the fallback. */
export function usdmKeyAccess(rest: string, stream: string): ListenKeyAccess {
  const events = USDM_USER_EVENTS.join('/')
  return keyAccess(`${rest}/fapi/v1/listenKey`, [
    { url: key => `${stream}/private/ws?listenKey=${encodeURIComponent(key)}&events=${events}` },
    { url: () => `${stream}/private/stream`, needsFrame: true },
  ])
}

/** COIN-M: not split into classes; the key in the path, raw or combined. */
export function coinmKeyAccess(rest: string, stream: string): ListenKeyAccess {
  return keyAccess(`${rest}/dapi/v1/listenKey`, [
    { url: key => `${stream}/ws/${encodeURIComponent(key)}` },
    { url: key => `${stream}/stream?streams=${encodeURIComponent(key)}` },
  ])
}

/** Options: the key in the path of the private class; the SUBSCRIBE form of USD-M's host is the fallback. */
export function optionsKeyAccess(rest: string, stream: string): ListenKeyAccess {
  return keyAccess(`${rest}/eapi/v1/listenKey`, [
    { url: key => `${stream}/private/ws/${encodeURIComponent(key)}` },
    { url: () => `${stream}/private/stream`, needsFrame: true },
  ])
}

/** Portfolio margin has a path of its own on the futures host. */
export function portfolioKeyAccess(rest: string, stream: string): ListenKeyAccess {
  return keyAccess(`${rest}/papi/v1/listenKey`, [{ url: key => `${stream}/pm/ws/${encodeURIComponent(key)}` }])
}

/** POST returns the key that is active, if any, and every call but DELETE extends it to an hour. Weight 1 each. */
function keyAccess(path: string, forms: readonly KeyUrl[]): ListenKeyAccess {
  const call = (method: 'POST' | 'PUT' | 'DELETE'): PrivateEndpoint<unknown, ListenKey>['request'] => {
    return (_args, auth) => keyedCall(method, path, [], auth)
  }
  return {
    kind: 'listenKey',
    create: { request: call('POST'), parse: body => readKey(body, undefined) },
    // Older answers to PUT are empty: the key stays what it was.
    extend: { request: call('PUT'), parse: (body, _receiveTimeUs, key) => readKey(body, key) },
    remove: { request: call('DELETE'), parse: () => undefined },
    lifetimeMs: LIFETIME_MS,
    urls: key => forms.map(form => form.url(key)),
    subscribeFrame: (key, urlIndex) =>
      forms[urlIndex]?.needsFrame === true ? controlFrame('subscribe', [key], 1) : undefined,
  }
}

function readKey(body: string, known: ListenKey | undefined): ListenKey {
  const row = parseSecretJson(body, 'the answer about a listen key')
  const isEmpty = row['listenKey'] === undefined && known !== undefined
  const key = isEmpty ? known.key : secretTextOf(row, 'listenKey', 'the answer about a listen key')
  const expiresMs = row['expiration']
  return typeof expiresMs === 'number' ? { key, expiresMs } : { key }
}
