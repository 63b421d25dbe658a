import { ConfigError, DecodeError } from '../../../model/error.ts'
import type { CallAuth, SessionAccess, SessionStep } from '../../account-adapter.ts'
import { shown } from '../fields.ts'
import { isRecord } from '../json-exact.ts'
import type { SignedParams } from '../signed-request.ts'
import { signedWsRequest } from '../signed-request.ts'
import { given, keyedCall } from './private-call.ts'
import { parseSecretJson, secretTextOf } from './secret-body.ts'

/** Answers about what was used are left out: nothing here is near the limit. */
const PATH = '/ws-api/v3?returnRateLimits=false'

/**
 * Spot: the key itself subscribes, on the socket of the WebSocket API; nothing has to be renewed. With an Ed25519 key the
 * session is logged on, so that a revoked key shows at the next question; every other key signs the subscription.
 */
export function spotSession(wsApi: string): SessionAccess {
  return {
    kind: 'session',
    url: wsApi + PATH,
    steps: (_token, algorithm) => (algorithm === 'ed25519' ? LOGGED_ON : SIGNED),
    ...subscription,
  }
}

/** Margin: a token, fetched by REST and good for a day, subscribes on the spot socket. */
export function marginSession(wsApi: string, rest: string, isolatedSymbol: string | undefined): SessionAccess {
  const isIsolated = isolatedSymbol === undefined ? undefined : true
  const params = given([
    ['isIsolated', isIsolated],
    ['symbol', isolatedSymbol],
  ])
  return {
    kind: 'session',
    url: wsApi + PATH,
    token: {
      request: (_args, auth) => keyedCall('POST', `${rest}/sapi/v1/userListenToken`, params, auth),
      parse: readToken,
    },
    steps: token => {
      if (token === undefined) throw new ConfigError('a margin account subscribes with a token, but none was given.')
      return [{ method: 'userDataStream.subscribe.listenToken', frame: id => tokenFrame(id, token) }]
    },
    ...subscription,
  }
}

const SIGNED: readonly SessionStep[] = [signedStep('userDataStream.subscribe.signature')]
const LOGGED_ON: readonly SessionStep[] = [
  signedStep('session.logon'),
  { method: 'userDataStream.subscribe', frame: id => request(id, 'userDataStream.subscribe') },
]

/** What both kinds have in common once they are subscribed. */
const subscription: Pick<SessionAccess, 'readSubscription' | 'unsubscribe' | 'probe' | 'readsAlive'> = {
  readSubscription: result => {
    const id = isRecord(result) ? result['subscriptionId'] : undefined
    if (typeof id !== 'number' || !isRecord(result)) {
      throw new DecodeError(`a subscription must have a number in "subscriptionId", was ${shown(id)}`)
    }
    const expiresMs = result['expirationTime']
    return typeof expiresMs === 'number' ? { source: String(id), expiresMs } : { source: String(id) }
  },
  unsubscribe: (id, source) => request(id, 'userDataStream.unsubscribe', { subscriptionId: Number(source) }),
  probe: id => request(id, 'session.subscriptions'),
  readsAlive: (result, source) =>
    Array.isArray(result) && result.some(row => isRecord(row) && String(row['subscriptionId']) === source),
}

function signedStep(method: string): SessionStep {
  return { method, frame: (id, auth) => signedWsRequest(id, method, keyParams(auth), auth.sign) }
}

/** The key is part of what is signed here, unlike in REST. */
function keyParams(auth: CallAuth): SignedParams {
  return [
    ['apiKey', auth.apiKey],
    ['timestamp', Math.floor(auth.timestampMs)],
  ]
}

function tokenFrame(id: number, listenToken: string): string {
  return request(id, 'userDataStream.subscribe.listenToken', { listenToken })
}

function request(id: number, method: string, params?: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ id, method, params })
}

function readToken(body: string): { readonly token: string; readonly expiresMs: number } {
  const row = parseSecretJson(body, 'the answer about a listen token')
  const expiresMs = row['expirationTime']
  if (typeof expiresMs !== 'number') throw new DecodeError('the answer about a listen token has no "expirationTime"')
  return { token: secretTextOf(row, 'token', 'the answer about a listen token'), expiresMs }
}
