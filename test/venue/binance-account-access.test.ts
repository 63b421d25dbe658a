import { verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ConfigError, DecodeError, errorLine } from '../../src/model/error.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import type { AccountAdapter, ListenKeyAccess, SessionAccess } from '../../src/venue/account-adapter.ts'
import {
  binanceCoinmAccount,
  binanceMarginAccount,
  binanceOptionsAccount,
  binancePortfolioAccount,
  binanceSpotAccount,
  binanceUsdmAccount,
} from '../../src/venue/binance/index.ts'
import { isRecord } from '../../src/venue/binance/json-exact.ts'
import { restPayload, signedWsRequest, wsApiPayload } from '../../src/venue/binance/signed-request.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'
import {
  accounts,
  DOC_KEY,
  ed25519Auth,
  filesBelow,
  hmac,
  hmacAuth,
  NOW,
  readText,
} from './binance-account-fixtures.ts'

const KEY = 'pqia91ma19a5s61cv6a81va65sdf19v8a65a1'
const EVENTS =
  'ORDER_TRADE_UPDATE/ACCOUNT_UPDATE/MARGIN_CALL/ACCOUNT_CONFIG_UPDATE/TRADE_LITE/ALGO_UPDATE/STRATEGY_UPDATE/GRID_UPDATE/CONDITIONAL_ORDER_TRIGGER_REJECT/listenKeyExpired'

function keyed({ access }: AccountAdapter): ListenKeyAccess {
  if (access.kind !== 'listenKey') throw new Error('expected a listen key')
  return access
}

function session({ access }: AccountAdapter): SessionAccess {
  if (access.kind !== 'session') throw new Error('expected a session')
  return access
}

describe('listen keys', () => {
  it('F:F08 the key stands in the URL as the venue wants it today, best form first', () => {
    const urls = (adapter: AccountAdapter) => keyed(adapter).urls(KEY)
    expect(urls(accounts.usdm)).toEqual([
      `wss://fstream.binance.com/private/ws?listenKey=${KEY}&events=${EVENTS}`,
      'wss://fstream.binance.com/private/stream',
    ])
    expect(urls(accounts.coinm)).toEqual([
      `wss://dstream.binance.com/ws/${KEY}`,
      `wss://dstream.binance.com/stream?streams=${KEY}`,
    ])
    expect(urls(accounts.options)[0]).toBe(`wss://fstream.binance.com/private/ws/${KEY}`)
    expect(urls(accounts.portfolio)).toEqual([`wss://fstream.binance.com/pm/ws/${KEY}`])
    expect(urls(binanceUsdmAccount({ environment: 'testnet' }))[0]).toMatch(
      /^wss:\/\/fstream\.binancefuture\.com\/private\/ws\?/,
    )
    expect(urls(binanceUsdmAccount({ environment: 'demo' }))[0]).toMatch(
      /^wss:\/\/demo-fstream\.binance\.com\/private\/ws\?/,
    )
    expect(urls(binanceCoinmAccount({ environment: 'testnet' }))[0]).toBe(`wss://dstream.binancefuture.com/ws/${KEY}`)
    expect(urls(binanceOptionsAccount({ environment: 'demo' }))[0]).toBe(
      `wss://demo-fstream.binance.com/private/ws/${KEY}`,
    )
  })

  it('only the fallback form needs a frame', () => {
    const frames = (adapter: AccountAdapter) =>
      keyed(adapter)
        .urls(KEY)
        .map((_url, index) => keyed(adapter).subscribeFrame?.(KEY, index))
    expect(frames(accounts.usdm)).toEqual([undefined, `{"method":"SUBSCRIBE","params":["${KEY}"],"id":1}`])
    expect(frames(accounts.coinm)).toEqual([undefined, undefined])
    expect(frames(accounts.portfolio)).toEqual([undefined])
  })

  it('F:F01 are made, kept alive and removed with the key alone, unsigned', () => {
    const auth = hmacAuth()
    for (const [adapter, path] of [
      [accounts.usdm, 'https://fapi.binance.com/fapi/v1/listenKey'],
      [accounts.coinm, 'https://dapi.binance.com/dapi/v1/listenKey'],
      [accounts.options, 'https://eapi.binance.com/eapi/v1/listenKey'],
      [accounts.portfolio, 'https://papi.binance.com/papi/v1/listenKey'],
      [binanceUsdmAccount({ environment: 'testnet' }), 'https://testnet.binancefuture.com/fapi/v1/listenKey'],
    ] as const) {
      const { create, extend, remove, lifetimeMs } = keyed(adapter)
      const call = { url: path, headers: { 'X-MBX-APIKEY': DOC_KEY }, weight: 1 }
      expect(create.request(undefined, auth)).toEqual({ ...call, method: 'POST' })
      expect(extend.request({ key: KEY }, auth)).toEqual({ ...call, method: 'PUT' })
      expect(remove.request({ key: KEY }, auth)).toEqual({ ...call, method: 'DELETE' })
      expect(lifetimeMs).toBe(3_600_000)
    }
    expect(auth.signed).toEqual([])
  })

  it('answers about keys are read, and never quoted when they are broken', () => {
    const { create, extend, remove } = keyed(accounts.options)
    const body = JSON.stringify({ listenKey: KEY, expiration: 1_762_855_900_452 })
    expect(create.parse(body, NOW, undefined)).toEqual({ key: KEY, expiresMs: 1_762_855_900_452 })
    expect(extend.parse('{}', NOW, { key: KEY })).toEqual({ key: KEY })
    expect(remove.parse('{}', NOW, { key: KEY })).toBeUndefined()
    for (const broken of [body.slice(0, -5), `{"listenKey":5,"x":"${KEY}"}`, `["${KEY}"]`, '<html>']) {
      let caught: unknown
      try {
        create.parse(broken, NOW, undefined)
      } catch (error) {
        caught = error
      }
      expect(caught).toBeInstanceOf(DecodeError)
      expect(errorLine(caught)).not.toContain(KEY.slice(0, 6))
    }
  })
})

describe('sessions', () => {
  it('F:F07 spot subscribes on the socket of the WebSocket API, signed, whatever the kind of key', () => {
    const access = session(accounts.spot)
    expect(access.url).toBe('wss://ws-api.binance.com:443/ws-api/v3?returnRateLimits=false')
    expect(session(binanceSpotAccount({ environment: 'testnet' })).url).toMatch(
      /^wss:\/\/ws-api\.testnet\.binance\.vision\//,
    )
    expect(session(binanceSpotAccount({ environment: 'demo' })).url).toMatch(/^wss:\/\/demo-ws-api\.binance\.com\//)
    for (const algorithm of [undefined, 'hmac', 'rsa'] as const) {
      const steps = access.steps(undefined, algorithm)
      expect(steps.map(({ method }) => method)).toEqual(['userDataStream.subscribe.signature'])
      expect(JSON.parse(steps[0]?.frame(4, hmacAuth()) ?? '')).toEqual({
        id: 4,
        method: 'userDataStream.subscribe.signature',
        params: {
          apiKey: DOC_KEY,
          timestamp: 1_747_385_641_636,
          signature: '681110a6057ad58657af22f5640fab9dd17418834cdfccdc81be8b0f7b2cde3e',
        },
      })
    }
  })

  it('with an Ed25519 key the session is logged on first', () => {
    const auth = ed25519Auth()
    const steps = session(accounts.spot).steps(undefined, 'ed25519')
    const frames = steps.map((step, index): unknown => JSON.parse(step.frame(index + 1, auth)))
    expect(frames).toEqual([
      { id: 1, method: 'session.logon', params: expect.objectContaining({ apiKey: 'an-ed25519-key' }) },
      { id: 2, method: 'userDataStream.subscribe' },
    ])
    const [logon] = frames
    const params = isRecord(logon) && isRecord(logon['params']) ? logon['params'] : {}
    const payload = Buffer.from(`apiKey=an-ed25519-key&timestamp=${auth.timestampMs}`, 'utf8')
    const signature = Buffer.from(String(params['signature']), 'base64')
    expect(verify(null, payload, auth.publicKey, signature)).toBe(true)
  })

  it('margin subscribes with a token that ends by itself', () => {
    const access = session(accounts.margin)
    const request = access.token?.request(undefined, hmacAuth())
    expect(request).toEqual({
      method: 'POST',
      url: 'https://api.binance.com/sapi/v1/userListenToken',
      weight: 1,
      headers: { 'X-MBX-APIKEY': DOC_KEY },
    })
    const isolated = session(binanceMarginAccount({ isolatedSymbol: '币安人生USDT' }))
    expect(isolated.token?.request(undefined, hmacAuth()).url).toBe(
      'https://api.binance.com/sapi/v1/userListenToken?isIsolated=true&symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT',
    )
    expect(access.token?.parse('{"token":"t0ken","expirationTime":1758792204196}', NOW, undefined)).toEqual({
      token: 't0ken',
      expiresMs: 1_758_792_204_196,
    })
    expect(access.steps('t0ken').map((step): unknown => JSON.parse(step.frame(9, hmacAuth())))).toEqual([
      { id: 9, method: 'userDataStream.subscribe.listenToken', params: { listenToken: 't0ken' } },
    ])
    expect(() => access.steps(undefined)).toThrow(ConfigError)
    expect(() => access.token?.parse('{"token":"t0ken"}', NOW, undefined)).toThrow(DecodeError)
  })

  it('subscriptions are named, ended and probed', () => {
    const access = session(accounts.spot)
    expect(access.readSubscription({ subscriptionId: 0 })).toEqual({ source: '0' })
    expect(access.readSubscription({ subscriptionId: 1, expirationTime: 7 })).toEqual({ source: '1', expiresMs: 7 })
    expect(() => access.readSubscription({})).toThrow(DecodeError)
    expect(() => access.readSubscription(null)).toThrow(DecodeError)
    expect(JSON.parse(access.unsubscribe(3, '1'))).toEqual({
      id: 3,
      method: 'userDataStream.unsubscribe',
      params: { subscriptionId: 1 },
    })
    expect(JSON.parse(access.probe(4, hmacAuth()))).toEqual({ id: 4, method: 'session.subscriptions' })
    expect(access.readsAlive([{ subscriptionId: 0 }, { subscriptionId: 1 }], '1')).toBe(true)
    expect(access.readsAlive([{ subscriptionId: 0 }], '1')).toBe(false)
    expect(access.readsAlive({}, '0')).toBe(false)
  })

  it.skipIf(isMissing(protocolFolder))('every sample of a session is read (needs the protocol folder)', () => {
    const folder = `${protocolFolder}/binance/spot/wsapi`
    const kinds = filesBelow(folder)
      .filter(name => !name.includes('request'))
      .map(name => {
        // Samples have text ids; ours are numbers.
        const text = readText(`${folder}/${name}`).replace(/"id": "[^"]*"/, '"id": 5')
        return `${name.replace(/(\.response)?\.json$/, '')} ${accounts.spot.decode(text, NOW).kind}`
      })
    const other = kinds.filter(line => !line.endsWith(' reply'))
    expect(other.sort()).toEqual([
      'key_revoked_401 refused',
      'response_banned_418 refused',
      'response_error refused',
      'serverShutdown goingAway',
    ])
  })
})

describe('where accounts exist', () => {
  it('F:F06 margin and portfolio margin are live only, options are named when they are wrong', () => {
    expect(() => binanceMarginAccount({ environment: 'testnet' })).toThrow(/live environment only/)
    expect(() => binancePortfolioAccount({ environment: 'demo' })).toThrow(/live environment only/)
    expect(() => binanceMarginAccount({ isolatedSymbol: '' })).toThrow(ConfigError)
    expect(() => binanceSpotAccount({ endpoints: { wsApi: 'http://localhost' } })).toThrow(/"wsApi"/)
    const spot = binanceSpotAccount({ endpoints: { wsApi: 'ws://127.0.0.1:9/', rest: 'http://127.0.0.1:8' } })
    expect(session(spot).url).toBe('ws://127.0.0.1:9/ws-api/v3?returnRateLimits=false')
    expect(Object.values(accounts).map(({ venue, product, environment }) => [venue, product, environment])).toEqual([
      ['binance-spot', 'spot', 'live'],
      ['binance-spot', 'margin', 'live'],
      ['binance-usdm', 'usdm', 'live'],
      ['binance-coinm', 'coinm', 'live'],
      ['binance-options', 'options', 'live'],
      ['binance-usdm', 'portfolio', 'live'],
    ])
  })
})

describe('refusals', () => {
  const classify = (status: number | undefined, code: number | undefined, message = '') =>
    accounts.usdm.classify({
      message,
      ...(status === undefined ? {} : { status }),
      ...(code === undefined ? {} : { code }),
    })

  it('are sorted by code, by words, by status', () => {
    expect(classify(400, -1125)).toBe('keyGone')
    expect(classify(undefined, -1209)).toBe('keyGone')
    expect(classify(400, undefined, 'This listenKey does not exist.')).toBe('keyGone')
    expect(classify(400, -1021)).toBe('timestamp')
    expect(classify(400, -1022)).toBe('signature')
    expect(classify(401, -2015)).toBe('keyRefused')
    expect(classify(401, -2014)).toBe('keyRefused')
    expect(classify(undefined, -1099)).toBe('keyRefused')
    expect(classify(401, undefined)).toBe('keyRefused')
    expect(classify(400, -2013)).toBe('unknownOrder')
    expect(classify(400, -2011, 'Unknown order sent.')).toBe('unknownOrder')
    expect(classify(400, -2011, 'Order was not canceled.')).toBe('failed')
    expect(classify(undefined, -2035)).toBe('alreadySubscribed')
    expect(classify(undefined, -2036)).toBe('retry')
    expect(classify(503, -1000, 'Unknown error, please check your request or try again later.')).toBe('unknownState')
    expect(classify(undefined, -1007)).toBe('unknownState')
    expect(classify(503, undefined, 'Service Unavailable.')).toBe('retry')
    expect(classify(503, -1008)).toBe('retry')
    expect(classify(502, undefined, '<html>')).toBe('unknownState')
    expect(classify(0, undefined, 'no answer')).toBe('unknownState')
    expect(classify(429, -1003)).toBe('retry')
    expect(classify(418, undefined)).toBe('retry')
    expect(classify(400, -1121, 'Invalid symbol.')).toBe('failed')
    expect(classify(410, undefined)).toBe('failed')
    expect(classify(undefined, undefined)).toBe('failed')
  })

  it('F:G08 a firewall’s 403 is no word about the key', () => {
    expect(classify(403, undefined, '<html><title>403 Forbidden</title></html>')).toBe('retry')
    expect(classify(403, -2000)).toBe('keyRefused')
  })
})

describe.skipIf(isMissing(protocolFolder))('published signatures (needs the protocol folder)', () => {
  interface Vector {
    readonly kind: string
    readonly apiKey: string
    readonly secret: string
    readonly payload: string
    readonly signature: string
  }
  const vectors = readVectors()

  it('F:G04 REST signs what is percent-encoded, symbols outside of ASCII included', () => {
    const rest = vectors.filter(({ kind }) => kind.includes('REST'))
    expect(rest).toHaveLength(2)
    for (const { payload, signature, secret } of rest) {
      // The values as a caller has them: the builder encodes them anew.
      const params = pairsOf(payload).map(([name, value]) => [name, decodeURIComponent(value)] as const)
      expect(restPayload(params)).toBe(payload)
      expect(hmac(restPayload(params), secret)).toBe(signature)
    }
  })

  it('F:G04 the WebSocket API signs sorted raw text', () => {
    const session = vectors.filter(({ kind }) => kind.includes('WS API'))
    expect(session).toHaveLength(3)
    for (const { payload, signature, secret } of session) {
      const shuffled = pairsOf(payload).reverse()
      expect(wsApiPayload(shuffled)).toBe(payload)
      const frame: unknown = JSON.parse(signedWsRequest(1, 'a.method', shuffled, text => hmac(text, secret)))
      expect(frame).toMatchObject({ params: { signature } })
    }
  })

  it('F:G04 the account’s own questions sign exactly what they send', () => {
    const instrument = instrumentId('binance-spot:这是测试币456')
    const auth = hmacAuth(1_499_827_319_559)
    const { url } = accounts.spot.reads.openOrders.request({ instrument }, auth)
    const payload = 'symbol=%E8%BF%99%E6%98%AF%E6%B5%8B%E8%AF%95%E5%B8%81456&timestamp=1499827319559'
    expect(auth.signed).toEqual([payload])
    expect(url).toBe(`https://api.binance.com/api/v3/openOrders?${payload}&signature=${hmac(payload)}`)
    const vector = vectors.find(({ kind }) => kind.includes('userDataStream.subscribe.signature'))
    const [step] = session(accounts.spot).steps(undefined)
    expect(step?.frame(1, hmacAuth())).toContain(`"signature":"${vector?.signature}"`)
  })

  function readVectors(): readonly Vector[] {
    const value: unknown = JSON.parse(readText(`${protocolFolder}/binance/signing_vectors.json`))
    return Array.isArray(value) ? value.filter(isVector) : []
  }

  function isVector(value: unknown): value is Vector {
    return isRecord(value) && typeof value['payload'] === 'string' && typeof value['signature'] === 'string'
  }

  function pairsOf(payload: string): (readonly [string, string])[] {
    return payload
      .split('&')
      .map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const)
  }
})
