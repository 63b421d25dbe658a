import { describe, expect, it } from 'vitest'
import { ConfigError, DecodeError } from '../../src/model/error.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import type { AccountAdapter, PrivateEndpoint, StateRead } from '../../src/venue/account-adapter.ts'
import { binanceMarginAccount, binanceUsdmAccount } from '../../src/venue/binance/index.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'
import { accounts, DOC_KEY, filesBelow, hmac, hmacAuth, NOW, readText } from './binance-account-fixtures.ts'

const BTC = instrumentId('binance-usdm:BTCUSDT')
const PERP = instrumentId('binance-coinm:BTCUSD_PERP')
const SPOT = instrumentId('binance-spot:LTCBTC')
const CALL = instrumentId('binance-options:BTC-200730-9000-C')
const FROM = epochUs(1_789_480_000_000_999)
const TO = epochUs(1_789_480_100_000_000)

/** `GET <origin and path>?<parameters but time and signature> <weight>`, after its signature was checked. */
function asked<A>(endpoint: PrivateEndpoint<A, unknown>, args: A): string {
  const auth = hmacAuth()
  const { method, url, headers, weight } = endpoint.request(args, auth)
  expect(headers).toEqual({ 'X-MBX-APIKEY': DOC_KEY })
  const [path = '', query = ''] = url.split('?')
  const payload = query.replace(/&?signature=[0-9a-f]{64}$/, '')
  expect(auth.signed).toEqual([payload])
  expect(query).toBe(`${payload}&signature=${hmac(payload)}`)
  const shown = payload.replace(/&?timestamp=1747385641636$/, '')
  expect(shown).not.toContain('timestamp')
  return `${method} ${path}${shown === '' ? '' : `?${shown}`} ${weight}`
}

function states(adapter: AccountAdapter): readonly string[] {
  return adapter.reads.state.map(
    read => `${asked(read.endpoint, undefined)} [${read.complete.join()}]${read.isSetting === true ? ' setting' : ''}`,
  )
}

describe('questions', () => {
  it('spot: by REST, with their weights', () => {
    const { reads } = accounts.spot
    expect(states(accounts.spot)).toEqual([
      'GET https://api.binance.com/api/v3/account?omitZeroBalances=true 20 [balances]',
    ])
    expect(asked(reads.openOrders, {})).toBe('GET https://api.binance.com/api/v3/openOrders 80')
    expect(asked(reads.openOrders, { instrument: SPOT })).toBe(
      'GET https://api.binance.com/api/v3/openOrders?symbol=LTCBTC 6',
    )
    expect(asked(reads.order, { instrument: SPOT, orderId: '9007199254740993' })).toBe(
      'GET https://api.binance.com/api/v3/order?symbol=LTCBTC&orderId=9007199254740993 4',
    )
    expect(asked(reads.order, { instrument: SPOT, clientOrderId: 'a b!' })).toContain('&origClientOrderId=a%20b%21 4')
    expect(reads.openAlgoOrders).toBeUndefined()
    expect(reads.traded).toBeUndefined()
    expect(reads.fillWindowMs).toBe(86_400_000)
  })

  it('fills are asked for by id or by time, never by both', () => {
    const fills = (range: object) => asked(accounts.usdm.reads.fills, { instrument: BTC, limit: 5000, ...range })
    expect(fills({ fromId: '12', startTimeUs: FROM, endTimeUs: TO })).toBe(
      'GET https://fapi.binance.com/fapi/v1/userTrades?symbol=BTCUSDT&fromId=12&limit=1000 5',
    )
    expect(fills({ startTimeUs: FROM, endTimeUs: TO })).toContain(
      'symbol=BTCUSDT&startTime=1789480000000&endTime=1789480100000&limit=1000 5',
    )
    expect(fills({})).toContain('?symbol=BTCUSDT&limit=1000 5')
    expect(() => fills({ fromId: 'allocation:1' })).toThrow(ConfigError)
    expect(accounts.usdm.reads).toMatchObject({
      fillWindowMs: 604_800_000,
      fillsKeptMs: 7_776_000_000,
      fillsPerPage: 1000,
    })
    expect(asked(accounts.spot.reads.fills, { instrument: SPOT, fromId: '1', limit: 10 })).toBe(
      'GET https://api.binance.com/api/v3/myTrades?symbol=LTCBTC&fromId=1&limit=10 20',
    )
    expect(accounts.options.reads.fillsBy).toBe('time')
    expect(asked(accounts.options.reads.fills, { instrument: CALL, fromId: '239', startTimeUs: FROM, limit: 9 })).toBe(
      'GET https://eapi.binance.com/eapi/v1/userTrades?symbol=BTC-200730-9000-C&startTime=1789480000000&limit=9 5',
    )
  })

  it('USD-M', () => {
    const root = 'GET https://fapi.binance.com/fapi'
    const { reads } = accounts.usdm
    expect(states(accounts.usdm)).toEqual([
      `${root}/v3/account 5 [balances]`,
      `${root}/v3/positionRisk 5 [positions]`,
      `${root}/v1/positionSide/dual 30 [] setting`,
      `${root}/v1/multiAssetsMargin 30 [] setting`,
      `${root}/v1/symbolConfig 5 [] setting`,
    ])
    expect(asked(reads.openOrders, {})).toBe(`${root}/v1/openOrders 40`)
    expect(asked(reads.openOrders, { instrument: BTC })).toBe(`${root}/v1/openOrders?symbol=BTCUSDT 1`)
    expect(asked(required(reads.openAlgoOrders), {})).toBe(`${root}/v1/openAlgoOrders 40`)
    expect(asked(reads.order, { instrument: BTC, orderId: '5' })).toBe(`${root}/v1/order?symbol=BTCUSDT&orderId=5 1`)
    expect(asked(reads.order, { instrument: BTC, orderId: 'algo:7' })).toBe(`${root}/v1/algoOrder?algoId=7 1`)
    expect(() => asked(reads.order, { instrument: BTC })).toThrow(ConfigError)
    const window = { startTimeUs: FROM, endTimeUs: TO }
    expect(asked(required(reads.traded), window)).toBe(
      `${root}/v1/income?startTime=1789480000000&endTime=1789480100000&limit=1000 30`,
    )
    expect(asked(required(reads.traded), { ...window, page: 2 })).toContain('&page=2&limit=1000')
  })

  it('COIN-M and options', () => {
    const root = 'GET https://dapi.binance.com/dapi/v1'
    expect(states(accounts.coinm)).toEqual([
      `${root}/account 5 [balances]`,
      `${root}/positionRisk 1 [positions]`,
      `${root}/positionSide/dual 30 [] setting`,
    ])
    expect(asked(accounts.coinm.reads.fills, { instrument: PERP, limit: 3 })).toBe(
      `${root}/userTrades?symbol=BTCUSD_PERP&limit=3 5`,
    )
    expect(asked(accounts.coinm.reads.order, { instrument: PERP, orderId: 'algo:1' })).toBe(
      `${root}/algoOrder?algoId=1 1`,
    )
    const options = 'GET https://eapi.binance.com/eapi/v1'
    expect(states(accounts.options)).toEqual([
      `${options}/marginAccount 3 [balances]`,
      `${options}/position 5 [positions]`,
    ])
    expect(asked(accounts.options.reads.order, { instrument: CALL, clientOrderId: 'x' })).toBe(
      `${options}/order?symbol=BTC-200730-9000-C&clientOrderId=x 1`,
    )
  })

  it('margin: cross, and isolated by its symbol', () => {
    const root = 'GET https://api.binance.com/sapi/v1/margin'
    expect(states(accounts.margin)).toEqual([`${root}/account 10 [balances]`])
    expect(asked(accounts.margin.reads.openOrders, {})).toBe(`${root}/openOrders 10`)
    const isolated = binanceMarginAccount({ isolatedSymbol: 'LTCBTC' })
    expect([isolated.venue, isolated.product]).toEqual(['binance-spot', 'margin:LTCBTC'])
    expect(states(isolated)).toEqual([`${root}/isolated/account?symbols=LTCBTC 10 [balances]`])
    expect(asked(isolated.reads.openOrders, {})).toBe(`${root}/openOrders?symbol=LTCBTC&isIsolated=TRUE 10`)
    expect(asked(isolated.reads.fills, { instrument: SPOT, limit: 5 })).toBe(
      `${root}/myTrades?symbol=LTCBTC&isIsolated=TRUE&limit=5 10`,
    )
    const other = { instrument: instrumentId('binance-spot:BTCUSDT'), limit: 5 }
    expect(() => asked(isolated.reads.fills, other)).toThrow(/does not trade/)
  })

  it('portfolio margin: three businesses', () => {
    const root = 'GET https://papi.binance.com/papi/v1'
    const { reads } = accounts.portfolio
    expect(states(accounts.portfolio)).toEqual([
      `${root}/balance 20 [balances]`,
      `${root}/um/positionRisk 5 [positions]`,
      `${root}/cm/positionRisk 1 [positions]`,
      `${root}/um/positionSide/dual 30 [] setting`,
    ])
    expect(reads.state.map(({ venue }: StateRead) => venue)).toEqual([
      undefined,
      'binance-usdm',
      'binance-coinm',
      undefined,
    ])
    expect(asked(reads.openOrders, {})).toBe(`${root}/um/openOrders 40`)
    expect(reads.furtherOpenOrders?.map(endpoint => asked(endpoint, {}))).toEqual([
      `${root}/cm/openOrders 40`,
      `${root}/margin/openOrders 5`,
      `${root}/cm/conditional/openOrders 40`,
    ])
    expect(asked(reads.openOrders, { instrument: PERP })).toBe(`${root}/cm/openOrders?symbol=BTCUSD_PERP 1`)
    expect(asked(reads.openOrders, { instrument: SPOT })).toBe(`${root}/margin/openOrders?symbol=LTCBTC 5`)
    expect(asked(required(reads.openAlgoOrders), {})).toBe(`${root}/um/algo/openAlgoOrders 40`)
    expect(asked(required(reads.openAlgoOrders), { instrument: PERP })).toBe(
      `${root}/cm/conditional/openOrders?symbol=BTCUSD_PERP 1`,
    )
    expect(asked(reads.order, { instrument: SPOT, orderId: '4' })).toBe(
      `${root}/margin/order?symbol=LTCBTC&orderId=4 10`,
    )
    expect(asked(reads.order, { instrument: BTC, orderId: 'algo:4' })).toBe(`${root}/um/algo/algoOrder?algoId=4 1`)
    expect(asked(reads.order, { instrument: PERP, orderId: 'algo:4' })).toBe(
      `${root}/cm/conditional/orderHistory?symbol=BTCUSD_PERP&strategyId=4 1`,
    )
    expect(asked(reads.fills, { instrument: SPOT, limit: 4 })).toBe(`${root}/margin/myTrades?symbol=LTCBTC&limit=4 5`)
    expect(asked(reads.fills, { instrument: PERP, limit: 4 })).toBe(
      `${root}/cm/userTrades?symbol=BTCUSD_PERP&limit=4 20`,
    )
    expect(asked(required(reads.furtherTraded?.[0]), { startTimeUs: FROM, endTimeUs: TO })).toContain('/cm/income?')
    expect(() => asked(reads.openOrders, { instrument: CALL })).toThrow(ConfigError)
  })

  it('F:F06 an instrument of another venue is refused before anything is sent', () => {
    expect(() => asked(accounts.coinm.reads.openOrders, { instrument: BTC })).toThrow(ConfigError)
    expect(() => asked(accounts.spot.reads.fills, { instrument: BTC, limit: 1 })).toThrow(/binance-spot only/)
    expect(() => asked(accounts.usdm.reads.order, { instrument: PERP, orderId: '1' })).toThrow(ConfigError)
  })
})

describe('rights of the key', () => {
  const body = (rights: object): string => JSON.stringify({ ipRestrict: true, enableReading: true, ...rights })

  it('are asked at the live spot host only, never where the key was meant for another host', () => {
    const question = 'GET https://api.binance.com/sapi/v1/account/apiRestrictions 1'
    for (const { reads } of Object.values(accounts))
      expect(asked(required(reads.permissions), undefined)).toBe(question)
    const own = { rest: 'http://127.0.0.1:9001', stream: 'ws://127.0.0.1:9002' }
    expect(binanceUsdmAccount({ endpoints: own }).reads.permissions).toBeUndefined()
    expect(binanceUsdmAccount({ endpoints: { rest: 'https://evilbinance.com' } }).reads.permissions).toBeUndefined()
    expect(binanceUsdmAccount({ environment: 'testnet' }).reads.permissions).toBeUndefined()
    expect(binanceUsdmAccount({ environment: 'demo' }).reads.permissions).toBeUndefined()
    const wallet = binanceUsdmAccount({ endpoints: own, walletEndpoint: 'http://127.0.0.1:9009/' }).reads.permissions
    expect(asked(required(wallet), undefined)).toBe('GET http://127.0.0.1:9009/sapi/v1/account/apiRestrictions 1')
    expect(() => binanceUsdmAccount({ walletEndpoint: 'nowhere' })).toThrow(ConfigError)
  })

  it('are read; a right to withdraw that is not spoken of is assumed', () => {
    const read = (rights: object) => required(accounts.usdm.reads.permissions).parse(body(rights), NOW, undefined)
    expect(read({ enableWithdrawals: false, enableFutures: false })).toEqual({
      canRead: true,
      canTrade: false,
      canWithdraw: false,
      isBoundToAddresses: true,
    })
    expect(read({ enableWithdrawals: true, enableVanillaOptions: true })).toMatchObject({
      canTrade: true,
      canWithdraw: true,
    })
    expect(read({})).toMatchObject({ canWithdraw: true })
  })
})

/** Answers of the private side in the samples, and who reads them. */
const READ_BY: Readonly<Record<string, (body: string) => unknown>> = {
  'spot/rest/account': body => read(accounts.spot, 0, body),
  'spot/rest/allOrders': body => accounts.spot.reads.openOrders.parse(body, NOW, {}),
  'spot/rest/myTrades': body => accounts.spot.reads.fills.parse(body, NOW, { instrument: SPOT, limit: 1 }),
  'spot/rest/openOrders': body => accounts.spot.reads.openOrders.parse(body, NOW, {}),
  'spot/rest/order': body => accounts.spot.reads.order.parse(body, NOW, { instrument: SPOT }),
  'usdm/rest/account_v3': body => read(accounts.usdm, 0, body),
  'usdm/rest/allOrders': body => accounts.usdm.reads.openOrders.parse(body, NOW, {}),
  'usdm/rest/openAlgoOrders': body => required(accounts.usdm.reads.openAlgoOrders).parse(body, NOW, {}),
  'usdm/rest/openOrders': body => accounts.usdm.reads.openOrders.parse(body, NOW, {}),
  'usdm/rest/order_get': body => accounts.usdm.reads.order.parse(body, NOW, { instrument: BTC }),
  'usdm/rest/algoOrder_post': body => accounts.usdm.reads.order.parse(body, NOW, { instrument: BTC }),
  'usdm/rest/positionRisk_v3': body => read(accounts.usdm, 1, body),
  'usdm/rest/positionSideDual': body => read(accounts.usdm, 2, body),
  'usdm/rest/symbolConfig': body => read(accounts.usdm, 4, body),
  'usdm/rest/userTrades': body => accounts.usdm.reads.fills.parse(body, NOW, { instrument: BTC, limit: 1 }),
  'coinm/rest/account': body => read(accounts.coinm, 0, body),
  'coinm/rest/allOrders': body => accounts.coinm.reads.openOrders.parse(body, NOW, {}),
  'coinm/rest/openOrders': body => accounts.coinm.reads.openOrders.parse(body, NOW, {}),
  'coinm/rest/order_get': body => accounts.coinm.reads.order.parse(body, NOW, { instrument: PERP }),
  'coinm/rest/positionRisk': body => read(accounts.coinm, 1, body),
  'coinm/rest/positionSideDual': body => read(accounts.coinm, 2, body),
  'coinm/rest/userTrades': body => accounts.coinm.reads.fills.parse(body, NOW, { instrument: PERP, limit: 1 }),
  'options/rest/historyOrders': body => accounts.options.reads.openOrders.parse(body, NOW, {}),
  'options/rest/marginAccount': body => read(accounts.options, 0, body),
  'options/rest/openOrders': body => accounts.options.reads.openOrders.parse(body, NOW, {}),
  'options/rest/order_get': body => accounts.options.reads.order.parse(body, NOW, { instrument: CALL }),
  'options/rest/position': body => read(accounts.options, 1, body),
  'options/rest/userTrades': body => accounts.options.reads.fills.parse(body, NOW, { instrument: CALL, limit: 1 }),
}

/** Private answers that nothing here asks for: placements, order lists, a shorter form of the account, the listen keys. */
const NOT_ASKED =
  /\/(order_post|openOrderList|rateLimitOrder|balance(_v3)?|listenKey_(post|put|delete)|forceOrders)$|^(spot\/wsapi|usdm\/wsapi)\//

const PUBLIC =
  /\/(aggTrades|avgPrice|bookTicker|depth|rpiDepth|error_1121|exchangeInfo(_shape)?|klines|ticker(24hr)?|time|trades|fundingInfo|fundingRate|openInterest(Hist)?|premiumIndex|index|mark)$/

describe.skipIf(isMissing(protocolFolder))('answers of the protocol samples (needs the protocol folder)', () => {
  const folder = `${protocolFolder}/binance`
  const answer = (name: string): unknown => READ_BY[name]?.(readText(`${folder}/${name}.json`))

  it('no answer of the private side is left out', () => {
    const files = filesBelow(folder).filter(path => /\/(rest|wsapi)\//.test(path))
    const names = files
      .map(path => path.replace('.json', ''))
      .filter(name => !PUBLIC.test(name) && !NOT_ASKED.test(name))
    expect(names.sort()).toEqual(Object.keys(READ_BY).sort())
    for (const name of names) expect(answer(name), name).not.toEqual([])
  })

  it('spot', () => {
    expect(answer('spot/rest/account')).toMatchObject([
      { timeUs: 123_456_789_000, event: { asset: 'BTC', free: '4723846.89208129', locked: '0.00000000' } },
      { event: { asset: 'LTC' } },
    ])
    expect(answer('spot/rest/order')).toMatchObject({
      timeUs: 1_499_827_319_559_000,
      order: { orderId: '1', status: 'new', price: '0.1', quantity: '1.0', side: 'buy', averagePrice: undefined },
    })
    expect(answer('spot/rest/myTrades')).toMatchObject([
      {
        tradeId: '28457',
        orderId: '100234',
        side: 'buy',
        fee: '10.10000000',
        feeAsset: 'BNB',
        liquidity: 'taker',
        instrument: 'binance-spot:BNBBTC',
        price: '4.00000100',
        exchangeTimeUs: 1_499_865_549_590_000,
      },
    ])
  })

  it('futures', () => {
    expect(answer('usdm/rest/account_v3')).toMatchObject([
      {
        event: {
          asset: 'USDT',
          free: '23.72469206',
          locked: '0.00000000',
          wallet: '23.72469206',
          available: '23.72469206',
          maintenanceMargin: '0.00000000',
          marginBalance: '23.72469206',
        },
      },
    ])
    expect(answer('usdm/rest/positionRisk_v3')).toMatchObject([
      {
        event: {
          quantity: '30',
          entryPrice: '0.385',
          unrealizedPnl: '0.76427700',
          marginType: 'cross',
          liquidationPrice: undefined,
          positionSide: 'both',
          exchangeTimeUs: 1_720_736_417_660_000,
        },
      },
    ])
    expect(answer('coinm/rest/positionRisk')).toMatchObject([
      { timeUs: 0, event: { leverage: 125, marginType: 'cross', exchangeTimeUs: undefined } },
    ])
    expect(answer('usdm/rest/openOrders')).toMatchObject([
      {
        order: { status: 'pending', nativeStatus: 'NEW', stopPrice: '9300', positionSide: 'short', reduceOnly: false },
      },
    ])
    expect(answer('usdm/rest/openAlgoOrders')).toMatchObject([
      {
        timeUs: 1_750_514_941_540_000,
        order: { orderId: 'algo:2148627', status: 'pending', stopPrice: '750.000', triggeredOrderId: undefined },
      },
    ])
    expect(answer('usdm/rest/algoOrder_post')).toMatchObject({ order: { orderId: 'algo:2146760' } })
    expect(answer('usdm/rest/symbolConfig')).toMatchObject([
      { event: { setting: 'leverage', value: '21', instrument: 'binance-usdm:BTCUSDT' } },
      { event: { setting: 'marginType', value: 'cross' } },
    ])
    expect(answer('coinm/rest/positionSideDual')).toMatchObject([
      { event: { setting: 'positionMode', value: 'hedge' } },
    ])
    expect(answer('coinm/rest/userTrades')).toMatchObject([
      { tradeId: '6', fee: '0.00000454', feeAsset: 'BTC', realizedPnl: '0', liquidity: 'taker', side: 'sell' },
    ])
  })

  it('options: ids beyond 2^53 are exact, fees are positive when paid', () => {
    expect(answer('options/rest/userTrades')).toMatchObject([
      {
        orderId: '4611875134427365377',
        tradeId: '239',
        fee: '1.04378629',
        feeAsset: 'USDT',
        realizedPnl: '0.00000000',
      },
    ])
    expect(answer('options/rest/order_get')).toMatchObject({ order: { orderId: '4611875134427365377', status: 'new' } })
    expect(answer('options/rest/historyOrders')).toMatchObject([{ order: { status: 'new', nativeStatus: 'ACCEPTED' } }])
    expect(answer('options/rest/position')).toMatchObject([{ event: { quantity: '-0.1', unrealizedPnl: '-5.00138' } }])
    expect(answer('options/rest/marginAccount')).toMatchObject([
      { event: { asset: 'USDT', free: '10099.448', available: '8725.92524', marginBalance: '10094.44662' } },
    ])
  })
})

describe('answers', () => {
  it('what traded is told by income with a trade behind it, each symbol once', () => {
    const row = (symbol: string, tradeId: string) => ({ symbol, incomeType: 'COMMISSION', tradeId, time: 1 })
    const rows = [row('BTCUSDT', '5'), row('BTCUSDT', '6'), row('ETHUSDT', ''), row('', ''), row('BNBUSDT', '7')]
    const window = { startTimeUs: FROM, endTimeUs: TO }
    expect(required(accounts.usdm.reads.traded).parse(JSON.stringify(rows), NOW, window)).toEqual([
      'binance-usdm:BTCUSDT',
      'binance-usdm:BNBUSDT',
    ])
  })

  it('margin: nothing says when it was true', () => {
    const asset = { asset: 'BTC', borrowed: '1', free: '0.5', interest: '0', locked: '0.1', netAsset: '-0.4' }
    expect(read(accounts.margin, 0, JSON.stringify({ userAssets: [asset] }))).toMatchObject([
      { timeUs: NOW, event: { asset: 'BTC', free: '0.5', locked: '0.1', exchangeTimeUs: undefined } },
    ])
    const pair = { symbol: 'LTCBTC', baseAsset: { ...asset, asset: 'LTC' }, quoteAsset: asset }
    const isolated = binanceMarginAccount({ isolatedSymbol: 'LTCBTC' })
    expect(read(isolated, 0, JSON.stringify({ assets: [pair] }))).toMatchObject([
      { event: { asset: 'LTC' } },
      { event: { asset: 'BTC' } },
    ])
  })

  it('portfolio margin: every wallet apart, and rows of each business', () => {
    const balance = {
      asset: 'USDT',
      crossMarginFree: '100.0',
      crossMarginLocked: '3',
      umWalletBalance: '-7.5',
      cmWalletBalance: '0',
      updateTime: 1_617_939_110_373,
      cmUnrealizedPNL: '',
    }
    expect(read(accounts.portfolio, 0, JSON.stringify([balance]))).toMatchObject([
      { event: { asset: 'USDT', free: '100.0', locked: '3' }, timeUs: 1_617_939_110_373_000 },
      { event: { asset: 'USDT@UM', free: '-7.5', locked: '0' } },
    ])
    const strategy = {
      newClientStrategyId: 'n',
      strategyId: 5,
      strategyStatus: 'NEW',
      strategyType: 'STOP',
      origQty: '2',
      price: '1',
      side: 'BUY',
      positionSide: 'BOTH',
      stopPrice: '9',
      symbol: 'BTCUSD_PERP',
      bookTime: 1,
      updateTime: 2,
    }
    const order = accounts.portfolio.reads.order.parse(JSON.stringify(strategy), NOW, { instrument: PERP })
    expect(order).toMatchObject({
      timeUs: 2000,
      order: { orderId: 'algo:5', status: 'pending', instrument: 'binance-coinm:BTCUSD_PERP', stopPrice: '9' },
    })
  })

  it('bodies that are not what was promised are a DecodeError', () => {
    const { fills, openOrders, order } = accounts.usdm.reads
    for (const body of ['', '<html></html>', '{}', '[1]', '[{"symbol":"BTCUSDT"}]', '[{"symbol":"a:b","orderId":1}]']) {
      expect(() => openOrders.parse(body, NOW, {}), body).toThrow(DecodeError)
      expect(() => fills.parse(body, NOW, { instrument: BTC, limit: 1 }), body).toThrow(DecodeError)
      expect(() => order.parse(body, NOW, { instrument: BTC }), body).toThrow(DecodeError)
    }
  })
})

function read(adapter: AccountAdapter, index: number, body: string): unknown {
  return required(adapter.reads.state[index]).endpoint.parse(body, NOW, undefined)
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it should be there')
  return value
}
