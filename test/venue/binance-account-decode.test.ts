import { describe, expect, it } from 'vitest'
import { DecodeError, errorLine } from '../../src/model/error.ts'
import { binanceUsdmAccount, userPayload } from '../../src/venue/binance/index.ts'
import { accounts, NOW, outline, toldIn, updatesIn } from './binance-account-fixtures.ts'

const KEY = 'wsCMN0a4KHUPTQuX6IUnqEZfB1inxmv1qR4kbf1LuEjur5VdbzqvyxqG9TSjVVxv'
const T = 1_789_480_000_123

const report = {
  e: 'executionReport',
  E: T,
  s: 'ETHUSDT',
  c: 'mine',
  S: 'BUY',
  o: 'LIMIT',
  f: 'GTC',
  q: '1.50000000',
  p: '2500.00000000',
  P: '0.00000000',
  F: '0.00000000',
  g: -1,
  C: '',
  x: 'NEW',
  X: 'NEW',
  r: 'NONE',
  i: 77,
  l: '0.00000000',
  z: '0.00000000',
  L: '0.00000000',
  n: '0',
  N: null,
  T,
  t: -1,
  I: 901,
  w: true,
  m: false,
  M: false,
  O: T,
  Z: '0.00000000',
  Y: '0.00000000',
  Q: '0.00000000',
  V: 'NONE',
}
const spotTrade = {
  ...report,
  x: 'TRADE',
  X: 'PARTIALLY_FILLED',
  l: '0.60000000',
  z: '0.90000000',
  L: '2500.10000000',
  m: true,
  n: '-0.00001000',
  N: 'BNB',
  t: 4242,
  I: 905,
  Z: '2250.07000000',
}
const futuresOrder = {
  s: 'BTCUSDT',
  c: 'TEST',
  S: 'SELL',
  o: 'LIMIT',
  f: 'GTC',
  q: '0.010',
  p: '60000.10',
  ap: '0',
  sp: '0',
  x: 'NEW',
  X: 'NEW',
  i: 88,
  l: '0',
  z: '0',
  L: '0',
  T,
  t: 0,
  m: false,
  R: true,
  ps: 'SHORT',
  ot: 'LIMIT',
  rp: '0',
  er: '0',
}
const futures = (order: object, rest: object = {}): object => ({
  e: 'ORDER_TRADE_UPDATE',
  E: T + 1,
  T,
  ...rest,
  o: { ...futuresOrder, ...order },
})

describe('spot orders and fills', () => {
  it('a trade gives its fill, then the order, each with its own id', () => {
    const updates = updatesIn(accounts.spot, { subscriptionId: 3, event: spotTrade })
    expect(updates).toMatchObject([
      { kind: 'told', timeUs: T * 1000, executionId: '4242', event: { kind: 'fill', tradeId: '4242' } },
      { kind: 'told', timeUs: T * 1000, executionId: '905', event: { kind: 'order' } },
    ])
    const [fill] = toldIn(updates, 'fill')
    expect(fill).toEqual({
      kind: 'fill',
      instrument: 'binance-spot:ETHUSDT',
      orderId: '77',
      clientOrderId: 'mine',
      tradeId: '4242',
      side: 'buy',
      price: '2500.10000000',
      quantity: '0.60000000',
      fee: '-0.00001000',
      feeAsset: 'BNB',
      liquidity: 'maker',
      exchangeTimeUs: T * 1000,
      receiveTimeUs: NOW,
    })
    const [order] = toldIn(updates, 'order')
    expect(order).toMatchObject({
      status: 'partiallyFilled',
      nativeStatus: 'PARTIALLY_FILLED',
      filledQuantity: '0.90000000',
      averagePrice: '2500.077777777778',
      price: '2500.00000000',
      stopPrice: undefined,
      forced: undefined,
      reason: undefined,
    })
  })

  it('a cancelled order keeps its own client id; why it ended is told', () => {
    const cancelled = { ...report, x: 'CANCELED', X: 'CANCELED', c: 'cancel-request', C: 'mine', w: false }
    expect(updatesIn(accounts.spot, cancelled)).toMatchObject([
      { event: { clientOrderId: 'mine', status: 'canceled' } },
    ])
    const replaced = { ...report, x: 'REPLACED', c: 'new-name', C: 'mine' }
    expect(updatesIn(accounts.spot, replaced)).toMatchObject([{ event: { clientOrderId: 'new-name', status: 'new' } }])
    const expired = { ...report, x: 'EXPIRED', X: 'EXPIRED_IN_MATCH', w: false, eR: 'UNFILLED_IOC_QUANTITY_EXPIRED' }
    expect(updatesIn(accounts.spot, expired)).toMatchObject([
      { event: { status: 'expired', nativeStatus: 'EXPIRED_IN_MATCH', reason: 'UNFILLED_IOC_QUANTITY_EXPIRED' } },
    ])
    const refused = { ...report, x: 'REJECTED', X: 'REJECTED', r: 'INSUFFICIENT_BALANCES', w: false }
    expect(updatesIn(accounts.spot, refused)).toMatchObject([
      { event: { status: 'rejected', reason: 'INSUFFICIENT_BALANCES' } },
    ])
  })

  it('an order that is new and not on the book waits for its trigger', () => {
    const stop = { ...report, o: 'STOP_LOSS_LIMIT', P: '2400.00000000', w: false }
    expect(updatesIn(accounts.spot, stop)).toMatchObject([{ event: { status: 'pending', stopPrice: '2400.00000000' } }])
    expect(updatesIn(accounts.spot, { ...report, X: 'PENDING_NEW', w: false })).toMatchObject([
      { event: { status: 'pending' } },
    ])
  })

  it('ids beyond 2^53 lose no digit, and a fill by allocation has an id, too', () => {
    const text = JSON.stringify(spotTrade)
      .replace('"i":77', '"i":9223372036854775807')
      .replace('4242', '9007199254740993')
    const message = accounts.spot.decode(`{"subscriptionId":0,"event":${text}}`, NOW)
    expect(message).toMatchObject({
      updates: [{ event: { orderId: '9223372036854775807', tradeId: '9007199254740993' } }, {}],
    })
    const allocated = { ...spotTrade, t: -1, a: 1234, b: 'ONE_PARTY_TRADE_REPORT' }
    expect(toldIn(updatesIn(accounts.spot, allocated), 'fill')).toMatchObject([{ tradeId: 'allocation:1234' }])
    expect(() => updatesIn(accounts.spot, { ...spotTrade, t: -1 })).toThrow(DecodeError)
  })

  it('symbols outside of ASCII stay what they are', () => {
    expect(updatesIn(accounts.spot, { ...report, s: '币安人生USDT' })).toMatchObject([
      { event: { instrument: 'binance-spot:币安人生USDT' } },
    ])
  })
})

describe('futures', () => {
  it('F:F12 the id of an execution is a function of its content alone', () => {
    const ids = (payload: object) => updatesIn(accounts.usdm, payload).map(update => Reflect.get(update, 'executionId'))
    const amended = futures({ x: 'AMENDMENT', p: '60001.00' })
    expect(ids(futures({}))).toEqual([`88:NEW:0:${T}`])
    expect(ids(futures({}))).toEqual(ids(futures({}, { E: T + 99 })))
    expect(ids(amended)).toEqual([`88:NEW:0:${T}:60001.00:0.010`])
    expect(ids(futures({ x: 'TRADE', X: 'FILLED', l: '0.010', z: '0.010', L: '60000.20', t: 5, n: '0.1' }))).toEqual([
      '5',
      `88:FILLED:0.010:${T}`,
    ])
  })

  it('orders of the venue itself are known by their client ids', () => {
    const forced = (c: string, o = 'LIMIT') => toldIn(updatesIn(accounts.usdm, futures({ c, o })), 'order')[0]?.forced
    expect(forced('autoclose-1596107620040000020')).toBe('liquidation')
    expect(forced('adl_autoclose')).toBe('deleveraging')
    expect(forced('settlement_autoclose-7')).toBe('settlement')
    expect(forced('delivery_autoclose-7')).toBe('settlement')
    expect(forced('x', 'LIQUIDATION')).toBe('liquidation')
    expect(forced('my-autoclose-1')).toBeUndefined()
  })

  it('a liquidation fills like a trade, a fee that is missing is none', () => {
    const calculated = futures({ x: 'CALCULATED', X: 'FILLED', l: '0.010', z: '0.010', L: '59000', t: 9, er: '5' })
    const updates = updatesIn(accounts.usdm, calculated)
    expect(toldIn(updates, 'fill')).toMatchObject([{ tradeId: '9', fee: '0', feeAsset: '', positionSide: 'short' }])
    expect(toldIn(updates, 'order')).toMatchObject([{ reason: 'liquidation', reduceOnly: true }])
    expect(() => updatesIn(accounts.usdm, futures({ x: 'TRADE', l: '1', t: 0 }))).toThrow(/must have an id/)
  })

  it('statuses, types and reasons that are newer than this version are told natively', () => {
    const strange = futures({ X: 'PAUSED', o: 'MOON', er: '42', f: 'GTX', wt: 'ORACLE', ps: 'SIDEWAYS', zz: [1] })
    expect(toldIn(updatesIn(accounts.usdm, strange), 'order')).toMatchObject([
      { status: 'unknown', nativeStatus: 'PAUSED', type: 'MOON', reason: 'expiry reason 42', positionSide: undefined },
    ])
    expect(() => updatesIn(accounts.usdm, futures({ S: 'SIDEWAYS' }))).toThrow(DecodeError)
  })

  it('a conditional order goes from waiting to triggered to what its order came to', () => {
    const algo = (order: object) =>
      toldIn(
        updatesIn(accounts.coinm, {
          e: 'ALGO_UPDATE',
          E: T,
          T,
          o: {
            caid: 'c',
            aid: 3000000000003505,
            at: 'CONDITIONAL',
            o: 'STOP_MARKET',
            s: 'BTCUSD_PERP',
            S: 'SELL',
            ps: 'BOTH',
            f: 'GTC',
            q: '3',
            X: 'NEW',
            ai: '',
            tp: '60000',
            p: '0',
            R: false,
            rm: '',
            ...order,
          },
        }),
        'order',
      )[0]
    expect(algo({})).toMatchObject({ orderId: 'algo:3000000000003505', status: 'pending', stopPrice: '60000' })
    expect(algo({ X: 'TRIGGERING' })).toMatchObject({ status: 'pending', triggeredOrderId: undefined })
    expect(algo({ X: 'TRIGGERED', ai: '88937381063' })).toMatchObject({
      status: 'triggered',
      triggeredOrderId: '88937381063',
    })
    expect(algo({ X: 'FINISHED', ai: '1', aq: '3.0', ap: '60001' })).toMatchObject({
      status: 'filled',
      filledQuantity: '3.0',
      averagePrice: '60001',
    })
    expect(algo({ X: 'FINISHED', ai: '1', aq: '0' })).toMatchObject({ status: 'canceled' })
    expect(algo({ X: 'FINISHED', ai: '1', q: '0', aq: '2' })).toMatchObject({ status: 'filled' })
    expect(algo({ X: 'FINISHED', ai: '1' })).toMatchObject({ status: 'triggered' })
    expect(algo({ X: 'REJECTED', rm: 'Reduce Only reject' })).toMatchObject({
      status: 'rejected',
      reason: 'Reduce Only reject',
    })
  })

  it('a trailing order tells twice that it is new, and neither hides the other', () => {
    const ids = [false, true].flatMap(ia => {
      const o = { caid: 'c', aid: 7, o: 'TRAILING_STOP_MARKET', s: 'BTCUSDT', S: 'SELL', q: '1', X: 'NEW', ia }
      return updatesIn(accounts.usdm, { e: 'ALGO_UPDATE', E: T, T, o }).map(told => Reflect.get(told, 'executionId'))
    })
    expect(ids).toEqual([`algo:7:NEW::${T}`, `algo:7:NEW::${T}:activated`])
  })

  it('balances are told exactly: what is crossed is free, what is isolated is locked', () => {
    const updates = updatesIn(accounts.usdm, {
      e: 'ACCOUNT_UPDATE',
      E: T + 5,
      T,
      a: {
        m: 'MARGIN_TYPE_CHANGE',
        B: [{ a: 'USDT', wb: '122624.12345678', cw: '100.1', bc: '-0.5' }],
        P: [{ s: 'BTCUSDT', pa: '0', ep: '0.0', bep: '0', cr: '0', up: '0', mt: 'isolated', iw: '0', ps: 'BOTH' }],
      },
    })
    expect(updates).toMatchObject([
      {
        timeUs: T * 1000,
        event: {
          kind: 'balance',
          free: '100.1',
          locked: '122524.02345678',
          wallet: '122624.12345678',
          crossWallet: '100.1',
          change: '-0.5',
          reason: 'MARGIN_TYPE_CHANGE',
          exchangeTimeUs: T * 1000,
        },
      },
      { event: { kind: 'position', quantity: '0', marginType: 'isolated', breakEvenPrice: undefined } },
      {
        event: { kind: 'accountConfig', setting: 'marginType', value: 'isolated', instrument: 'binance-usdm:BTCUSDT' },
      },
    ])
  })

  it('a warning of positions, and a setting', () => {
    const p = [{ s: 'ETHUSDT', ps: 'LONG', pa: '1.3', mt: 'CROSSED', iw: '0', mp: '187.1', up: '-1.1', mm: '1.6' }]
    expect(updatesIn(accounts.usdm, { e: 'MARGIN_CALL', E: T, cw: '3.1', p })).toMatchObject([
      {
        event: {
          crossWallet: '3.1',
          positions: [{ marginType: 'cross', maintenanceMargin: '1.6', positionSide: 'long' }],
        },
      },
    ])
    expect(updatesIn(accounts.usdm, { e: 'ACCOUNT_CONFIG_UPDATE', E: T, T, ai: { j: false } })).toMatchObject([
      { event: { setting: 'multiAssets', value: 'false' } },
    ])
    const unknown = { e: 'ACCOUNT_CONFIG_UPDATE', E: T, T, az: { q: 1 } }
    expect(outline(accounts.usdm.decode(JSON.stringify(unknown), NOW))).toBe('accountRaw')
  })
})

describe('options', () => {
  it('a negative fee is paid, and the balance is equity without open profit', () => {
    const trade = futures({ x: 'TRADE', X: 'FILLED', l: '1', z: '1', L: '100', t: 239, n: '-1.04378629', N: 'USDT' })
    expect(toldIn(updatesIn(accounts.options, trade), 'fill')).toMatchObject([{ fee: '1.04378629', tradeId: '239' }])
    const account = { e: 'ACCOUNT_UPDATE', E: T, T, eq: '100.5', aeq: '1', b: '1', m: '1', u: '-0.25', i: '3', M: '2' }
    expect(updatesIn(accounts.options, account)).toMatchObject([
      { event: { asset: 'USDT', free: '100.75', locked: '0', marginBalance: '100.5', maintenanceMargin: '2' } },
    ])
  })

  it('positions are signed; a deposit is told as a change', () => {
    const update = {
      e: 'BALANCE_POSITION_UPDATE',
      E: T,
      T,
      m: 'DEPOSIT',
      B: [{ a: 'USDT', b: '1000', bc: '25.5' }],
      P: [{ s: 'BTC-251123-126000-C', c: '-0.1000', p: '-120', a: '1200' }],
    }
    expect(updatesIn(accounts.options, update)).toEqual([
      { kind: 'balanceChange', asset: 'USDT', change: '25.5', timeUs: T * 1000, reason: 'DEPOSIT' },
      expect.objectContaining({ event: expect.objectContaining({ quantity: '-0.1000', entryPrice: '1200' }) }),
    ])
  })

  it('the list form until 2025-12 gives every fill of every order', () => {
    const fills = [1, 2].map(n => ({ t: String(n), p: '10', q: '-0.5', T, m: n === 1 ? 'MAKER' : 'TAKER', f: '0.1' }))
    const order = {
      T,
      t: T,
      s: 'BTC-220930-18000-C',
      c: '',
      oid: '4611869636869226548',
      p: '10',
      q: '-1',
      stp: 0,
      r: false,
      po: true,
      S: 'FILLED',
      e: '1',
      ec: '10',
      f: '0.2',
      tif: 'GTC',
      oty: 'LIMIT',
      fi: fills,
    }
    const updates = updatesIn(accounts.options, { e: 'ORDER_TRADE_UPDATE', E: T, o: [order, order] })
    expect(toldIn(updates, 'fill')).toHaveLength(4)
    expect(toldIn(updates, 'fill')[0]).toMatchObject({
      side: 'sell',
      quantity: '0.5',
      liquidity: 'maker',
      feeAsset: 'USDT',
    })
    expect(toldIn(updates, 'order')[0]).toMatchObject({
      orderId: '4611869636869226548',
      status: 'filled',
      side: 'sell',
      quantity: '1',
      averagePrice: '10',
    })
  })
})

describe('portfolio margin', () => {
  it('the business names the venue, and each wallet of an asset has a name of its own', () => {
    const account = { e: 'ACCOUNT_UPDATE', E: T, T, a: { m: 'ORDER', B: [{ a: 'USDT', wb: '1', cw: '1' }], P: [] } }
    const asset = (fs: string) => toldIn(updatesIn(accounts.portfolio, { ...account, fs }), 'balance')[0]?.asset
    expect([asset('UM'), asset('CM')]).toEqual(['USDT@UM', 'USDT@CM'])
    expect(toldIn(updatesIn(accounts.portfolio, futures({}, { fs: 'CM' })), 'order')[0]?.instrument).toBe(
      'binance-coinm:BTCUSDT',
    )
    expect(toldIn(updatesIn(accounts.portfolio, report), 'order')[0]?.instrument).toBe('binance-spot:ETHUSDT')
  })

  it('conditional orders in both of its forms', () => {
    const so = {
      s: 'BTCUSDT',
      c: 'TEST',
      si: 176057039,
      S: 'SELL',
      st: 'TRAILING_STOP_MARKET',
      f: 'GTC',
      q: '0.001',
      p: '0',
      sp: '7103.04',
      os: 'NEW',
      T,
      ut: T + 7,
      R: false,
      ps: 'LONG',
      i: 8886774,
    }
    const strategy = { e: 'CONDITIONAL_ORDER_TRADE_UPDATE', T, E: T, fs: 'UM', so }
    expect(updatesIn(accounts.portfolio, strategy)).toMatchObject([
      {
        timeUs: (T + 7) * 1000,
        event: { orderId: 'algo:176057039', status: 'pending', stopPrice: '7103.04', triggeredOrderId: undefined },
      },
    ])
    expect(updatesIn(accounts.portfolio, { ...strategy, so: { ...so, os: 'TRIGGERED' } })).toMatchObject([
      { event: { status: 'triggered', triggeredOrderId: '8886774' } },
    ])
    const ao = { caid: 'a', aid: 5, at: 'CONDITIONAL', o: 'STOP', s: 'BTCUSDT', S: 'BUY', ps: 'BOTH', q: '1', X: 'NEW' }
    expect(updatesIn(accounts.portfolio, { e: 'ALGO_ORDER_UPDATE', T, E: T, fs: 'UM', ao })).toMatchObject([
      { event: { orderId: 'algo:5', instrument: 'binance-usdm:BTCUSDT' } },
    ])
  })

  it('risk and liabilities', () => {
    const risk = { e: 'riskLevelChange', E: T, u: '1.9', s: 'REDUCE_ONLY', eq: '30', ae: '30', m: '15' }
    expect(updatesIn(accounts.portfolio, risk)).toMatchObject([{ event: { kind: 'marginCall', level: 'REDUCE_ONLY' } }])
    const liability = `{"e":"liabilityChange","E":${T},"a":"BTC","t":"BORROW","T":1352286576452864727,"p":"1","i":"0","l":"1"}`
    const message = accounts.portfolio.decode(liability, NOW)
    expect(outline(message)).toBe('accountRaw')
    if (message.kind !== 'updates') throw new Error('an event gives updates')
    expect(userPayload(message.payload, 'liabilityChange')?.T).toBe('1352286576452864727')
    expect(userPayload(message.payload, 'openOrderLoss')).toBeUndefined()
  })
})

describe('the stream itself', () => {
  it('F:F02 an expired key is named, however it is wrapped', () => {
    const event = { e: 'listenKeyExpired', E: T, listenKey: KEY }
    for (const adapter of [accounts.usdm, accounts.coinm, accounts.options, accounts.portfolio]) {
      const expired = { kind: 'expired', source: KEY, reason: 'listenKeyExpired' }
      expect(adapter.decode(JSON.stringify(event), NOW)).toEqual(expired)
      expect(adapter.decode(JSON.stringify({ stream: KEY, data: event }), NOW)).toEqual(expired)
      expect(adapter.decode(JSON.stringify({ stream: KEY, data: { e: event.e, E: T } }), NOW)).toEqual(expired)
    }
  })

  it('F:F19 a subscription that ends on an open socket is told from a server that goes away', () => {
    const ended = { subscriptionId: 4, event: { e: 'eventStreamTerminated', E: T } }
    expect(accounts.margin.decode(JSON.stringify(ended), NOW)).toEqual({
      kind: 'terminated',
      source: '4',
      reason: 'eventStreamTerminated',
    })
    const shutdown = { event: { e: 'serverShutdown', E: T } }
    expect(accounts.spot.decode(JSON.stringify(shutdown), NOW)).toEqual({ kind: 'goingAway', reason: 'serverShutdown' })
    expect(accounts.usdm.decode('{"e":"error","m":"internal"}', NOW).kind).toBe('goingAway')
  })

  it('answers and refusals of a session', () => {
    const decode = (text: string) => accounts.spot.decode(text, NOW)
    expect(decode('{"id":7,"status":200,"result":{"subscriptionId":0},"rateLimits":[]}')).toEqual({
      kind: 'reply',
      id: 7,
      result: { subscriptionId: 0 },
    })
    expect(decode('{"result":null,"id":1}')).toEqual({ kind: 'reply', id: 1, result: null })
    expect(decode('{"id":null,"status":401,"error":{"code":-2015,"msg":"Invalid API-key"}}')).toEqual({
      kind: 'refused',
      id: undefined,
      code: -2015,
      message: 'Invalid API-key',
      retryAfterMs: undefined,
    })
    expect(decode('{"code":2,"msg":"Invalid request","id":3}')).toMatchObject({ kind: 'refused', id: 3, code: 2 })
    const banned = { code: -1003, msg: 'banned', data: { serverTime: T, retryAfter: T + 61_000 } }
    expect(decode(JSON.stringify({ id: 8, status: 418, error: banned }))).toMatchObject({ retryAfterMs: 61_000 })
    const until = { code: -1003, msg: `IP banned until ${NOW / 1000 + 5000}. Please` }
    expect(decode(JSON.stringify({ id: 8, status: 418, error: until }))).toMatchObject({ retryAfterMs: 5000 })
    expect(decode('{"hello":1}')).toMatchObject({ kind: 'ignored' })
  })

  it('events that are newer than this version are handed on natively, with the time they were sent', () => {
    const payload = { e: 'BRAND_NEW', E: T, x: { y: [1, 'z'] } }
    expect(accounts.usdm.decode(JSON.stringify({ stream: KEY, data: payload }), NOW)).toMatchObject({
      kind: 'updates',
      name: 'BRAND_NEW',
      eventTimeUs: T * 1000,
      source: KEY,
      payload,
      updates: [{ event: { kind: 'accountRaw', name: 'BRAND_NEW', payload } }],
    })
  })

  it('a frame that cannot be read is a DecodeError, and its message never holds the key', () => {
    const frames = [
      `{"stream":"${KEY}","data":{"e":"ORDER_TRADE`,
      `{"stream":"${KEY}","data":[]}`,
      `["${KEY}"]`,
      `{"stream":"${KEY}","data":{"e":"ACCOUNT_UPDATE","E":${T},"T":${T},"a":{"B":[{"a":"USDT","wb":"x","cw":"1"}]}}}`,
      'nonsense',
      '',
    ]
    for (const frame of frames) {
      let caught: unknown
      try {
        binanceUsdmAccount().decode(frame, NOW)
      } catch (error) {
        caught = error
      }
      expect(caught, frame).toBeInstanceOf(DecodeError)
      expect(errorLine(caught), frame).not.toContain(KEY.slice(0, 8))
    }
  })

  it('whatever is cut off or changed in a frame, only DecodeError is thrown', () => {
    const texts = [JSON.stringify(spotTrade), JSON.stringify(futures({ x: 'TRADE', l: '1', t: 5, n: '0.1' }))]
    for (const text of texts) {
      for (let at = 0; at < text.length; at += 3) {
        for (const changed of [text.slice(0, at), `${text.slice(0, at)}9${text.slice(at + 1)}`]) {
          for (const adapter of [accounts.portfolio, accounts.options, accounts.spot]) {
            try {
              adapter.decode(changed, NOW)
            } catch (error) {
              expect(error).toBeInstanceOf(DecodeError)
            }
          }
        }
      }
    }
  })
})
