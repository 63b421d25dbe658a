import { generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccountDataEvent } from '../../src/model/account-event.ts'
import { symbolOf } from '../../src/model/instrument.ts'
import type { EpochUs } from '../../src/model/time.ts'
import { epochUs } from '../../src/model/time.ts'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import type {
  AccountAdapter,
  AccountUpdate,
  CallAuth,
  PrivateEndpoint,
  UserMessage,
} from '../../src/venue/account-adapter.ts'
import { exactOf } from '../../src/venue/binance/account/exact-decimal.ts'
import {
  binanceCoinmAccount,
  binanceMarginAccount,
  binanceSpotAccount,
  binanceUsdmAccount,
} from '../../src/venue/binance/index.ts'
import type { SignedParams } from '../../src/venue/binance/signed-request.ts'
import { aliceKey, field, hmac, secret, TradingClient } from '../sim/trading-client.ts'
import { SimClient } from '../support/sim-client.ts'
import { NOW, toldIn } from './binance-account-fixtures.ts'

const ed25519 = generateKeyPairSync('ed25519')
const edKey = 'ed'.padEnd(64, 'E')
const usdmKey = 'usdm'.padEnd(64, 'U')
const coinmKey = 'coinm'.padEnd(64, 'C')
let clock: FakeClock
let sim: Simulator

beforeEach(async () => {
  clock = new FakeClock()
  const pem = String(ed25519.publicKey.export({ type: 'spki', format: 'pem' }))
  sim = await createSimulator({
    venues: ['binance-spot', 'binance-usdm', 'binance-coinm'],
    clock,
    accounts: [
      { venue: 'binance-spot', key: aliceKey, secret, balances: { USDT: '500000', BTC: '2.5' } },
      { venue: 'binance-spot', key: edKey, publicKey: pem, account: aliceKey },
      { venue: 'binance-usdm', key: usdmKey, secret, balances: { USDT: '500000' } },
      { venue: 'binance-coinm', key: coinmKey, secret, balances: { BTC: '30' } },
    ],
  })
})
afterEach(() => sim[Symbol.asyncDispose]())

function endpoints(venue: string): { readonly rest: string; readonly stream: string; readonly wsApi: string } {
  const { rest = '', stream = '', wsApi = stream } = sim.endpoints[venue] ?? {}
  return { rest, stream, wsApi }
}

function auth(algorithm: 'hmac' | 'ed25519' = 'hmac', key = aliceKey): CallAuth {
  const sign =
    algorithm === 'hmac'
      ? hmac(secret)
      : (payload: string): string => signBytes(null, Buffer.from(payload), ed25519.privateKey).toString('base64')
  const apiKey = algorithm === 'hmac' ? key : edKey
  return { apiKey, algorithm, timestampMs: Math.floor(clock.nowUs() / 1000), sign }
}

/** One private call, as the engine would make it. */
async function call<A, R>(endpoint: PrivateEndpoint<A, R>, args: A, key = aliceKey): Promise<R> {
  const { method, url, headers } = endpoint.request(args, auth('hmac', key))
  const response = await fetch(url, { method, ...(headers === undefined ? {} : { headers }) })
  const body = await response.text()
  expect([response.status, body]).toEqual([200, body])
  return endpoint.parse(body, NOW, args)
}

/** Goes through the steps of a session; resolves with its socket and the name of its subscription. */
async function subscribe(adapter: AccountAdapter, algorithm: 'hmac' | 'ed25519') {
  const { access } = adapter
  if (access.kind !== 'session') throw new Error('expected a session')
  const client = await SimClient.open(access.url)
  const token = access.token === undefined ? undefined : (await call(access.token, undefined)).token
  let id = 0
  let result: unknown
  for (const step of access.steps(token, algorithm)) {
    const answer = await client.ask(JSON.parse(step.frame(++id, auth(algorithm))))
    const message = adapter.decode(JSON.stringify(answer), NOW)
    if (message.kind !== 'reply') throw new Error(`step ${step.method} was not answered: ${JSON.stringify(answer)}`)
    result = message.result
  }
  const { source } = access.readSubscription(result)
  const probe = adapter.decode(JSON.stringify(await client.ask(JSON.parse(access.probe(++id, auth(algorithm))))), NOW)
  expect(probe.kind === 'reply' && access.readsAlive(probe.result, source)).toBe(true)
  return { client, access, source }
}

function messagesOf(adapter: AccountAdapter, client: SimClient): readonly Extract<UserMessage, { kind: 'updates' }>[] {
  return client.messages.map(text => adapter.decode(text, NOW)).filter(message => message.kind === 'updates')
}

/** What stream and REST say of the same thing, without what only one of them knows. */
async function compare(adapter: AccountAdapter, updates: readonly AccountUpdate[], key = aliceKey): Promise<void> {
  const orders = lastBy(toldIn(updates, 'order'), order => order.orderId)
  const fills = toldIn(updates, 'fill')
  expect(orders.size).toBeGreaterThan(0)
  expect(fills.length).toBeGreaterThan(0)
  for (const order of orders.values()) {
    const { instrument, orderId } = order
    const asked = await call(adapter.reads.order, { instrument, orderId }, key)
    expect(asked.timeUs).toBe(order.exchangeTimeUs)
    for (const name of ['status', 'side', 'clientOrderId', 'type', 'positionSide'] as const)
      expect([name, asked.order[name]]).toEqual([name, order[name]])
    for (const name of ['filledQuantity', 'price', 'quantity', 'averagePrice'] as const)
      expect([name, amount(asked.order[name])]).toEqual([name, amount(order[name])])
    const listed = await call(adapter.reads.fills, { instrument, startTimeUs: aMinuteAgo(), limit: 1000 }, key)
    const own = fills.filter(fill => fill.orderId === orderId)
    expect(listed.filter(fill => fill.orderId === orderId).map(comparable)).toEqual(own.map(comparable))
  }
  const open = await call(adapter.reads.openOrders, {}, key)
  const resting = [...orders.values()].filter(({ status }) => status === 'new').map(({ orderId }) => orderId)
  expect(open.map(({ order }) => order.orderId)).toEqual(resting)
  await compareHoldings(adapter, updates, key)
}

async function compareHoldings(adapter: AccountAdapter, updates: readonly AccountUpdate[], key: string): Promise<void> {
  const state: AccountUpdate[] = []
  for (const { endpoint } of adapter.reads.state) state.push(...(await call(endpoint, undefined, key)))
  const balances = lastBy(toldIn(state, 'balance'), ({ asset }) => asset)
  for (const [asset, told] of lastBy(toldIn(updates, 'balance'), ({ asset }) => asset)) {
    const listed = balances.get(asset)
    expect([asset, amount(listed?.free), amount(listed?.locked)]).toEqual([
      asset,
      amount(told.free),
      amount(told.locked),
    ])
  }
  const positions = lastBy(toldIn(state, 'position'), ({ instrument }) => instrument)
  for (const [instrument, told] of lastBy(toldIn(updates, 'position'), ({ instrument }) => instrument)) {
    const listed = positions.get(instrument)
    expect([instrument, amount(listed?.quantity)]).toEqual([instrument, amount(told.quantity)])
    expect(amount(listed?.entryPrice)).toBe(amount(told.entryPrice))
  }
}

function aMinuteAgo(): EpochUs {
  return epochUs(clock.nowUs() - 60_000_000)
}

function comparable(fill: Omit<Extract<AccountDataEvent, { kind: 'fill' }>, 'account' | 'origin'>): unknown {
  const { clientOrderId: _own, ...rest } = fill
  return { ...rest, fee: amount(fill.fee), realizedPnl: amount(fill.realizedPnl) }
}

function amount(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const { units, scale } = exactOf(text)
  return String(units * 10n ** BigInt(24 - scale))
}

function lastBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, T> {
  return new Map(items.map(item => [key(item), item]))
}

/** A filled order, one that is filled in part, one that is cancelled and one that rests. */
async function trade(
  trader: TradingClient,
  path: string,
  symbol: string,
  quantities: readonly [string, string],
  step: number,
) {
  const order = async (side: string, values: SignedParams) =>
    field((await trader.call('POST', path, [['symbol', symbol], ['side', side], ...values])).body, 'orderId')
  const price = async (share: number): Promise<string> => {
    const market = path.startsWith('/sapi') ? '/api/v3' : path.slice(0, path.lastIndexOf('/'))
    const { body, rows } = await trader.raw('GET', `${market}/ticker/bookTicker?symbol=${symbol}`)
    return (Number(field(rows[0] ?? body, 'bidPrice')) * share).toFixed(step)
  }
  const limit = async (share: number): Promise<string> =>
    await order('BUY', [
      ['quantity', quantities[0]],
      ['type', 'LIMIT'],
      ['timeInForce', 'GTC'],
      ['price', await price(share)],
    ])
  await order('BUY', [
    ['quantity', quantities[0]],
    ['type', 'MARKET'],
  ])
  await clock.advance(5)
  const cancelled = await limit(0.95)
  await clock.advance(5)
  await trader.call('DELETE', path, [
    ['symbol', symbol],
    ['orderId', cancelled],
  ])
  await clock.advance(5)
  await limit(0.96)
  await clock.advance(5)
  await order('SELL', [
    ['quantity', quantities[1]],
    ['type', 'MARKET'],
  ])
}

describe('the simulated exchange, by stream and by REST', () => {
  for (const algorithm of ['hmac', 'ed25519'] as const) {
    it(`spot tells the same either way (${algorithm})`, async () => {
      const adapter = binanceSpotAccount({ endpoints: endpoints('binance-spot') })
      const { client, access, source } = await subscribe(adapter, algorithm)
      const trader = new TradingClient(sim, 'binance-spot', { key: aliceKey, clock })
      await trade(trader, '/api/v3/order', 'BTCUSDT', ['0.01', '0.005'], 2)
      const sent = (): number => client.messages.filter(text => text.includes('"event":{')).length
      await client.until(() => sent() === sim.account(aliceKey).events().length)
      const messages = messagesOf(adapter, client)
      expect(new Set(messages.map(message => message.source))).toEqual(new Set([source]))
      await compare(
        adapter,
        messages.flatMap(({ updates }) => updates),
      )
      client.send(access.unsubscribe(99, source))
      await client.next(message => JSON.stringify(message).includes('eventStreamTerminated'))
      expect(client.messages.map(text => adapter.decode(text, NOW).kind)).toContain('terminated')
      client.close()
    })
  }

  it('margin, by a token', async () => {
    const adapter = binanceMarginAccount({ endpoints: endpoints('binance-spot') })
    const trader = new TradingClient(sim, 'binance-spot', { key: aliceKey, clock })
    await trader.call('POST', '/sapi/v1/asset/transfer', [
      ['type', 'MAIN_MARGIN'],
      ['asset', 'USDT'],
      ['amount', '200000'],
    ])
    const { client } = await subscribe(adapter, 'hmac')
    await trade(trader, '/sapi/v1/margin/order', 'BTCUSDT', ['0.01', '0.005'], 2)
    await client.until(() => client.messages.filter(text => text.includes('"x":"TRADE"')).length >= 2)
    await client.until(() => (client.messages.at(-1) ?? '').includes('outboundAccountPosition'))
    await compare(
      adapter,
      messagesOf(adapter, client).flatMap(({ updates }) => updates),
    )
    client.close()
  })

  for (const [venue, make, symbol, quantities, path, apiKey] of [
    ['binance-usdm', binanceUsdmAccount, 'BTCUSDT', ['0.010', '0.004'], '/fapi/v1/order', usdmKey],
    ['binance-coinm', binanceCoinmAccount, 'BTCUSD_PERP', ['5', '3'], '/dapi/v1/order', coinmKey],
  ] as const) {
    it(`${venue}, by a listen key in each form of its URL`, async () => {
      const adapter = make({ endpoints: endpoints(venue) })
      const { access } = adapter
      if (access.kind !== 'listenKey') throw new Error('expected a listen key')
      const key = await call(access.create, undefined, apiKey)
      expect(await call(access.extend, key, apiKey)).toEqual(key)
      const clients = await Promise.all(access.urls(key.key).map(url => SimClient.open(url)))
      for (const [index, client] of clients.entries()) {
        const frame = access.subscribeFrame?.(key.key, index)
        if (frame !== undefined) await client.ask(JSON.parse(frame))
      }
      const trader = new TradingClient(sim, venue, { key: apiKey, clock })
      await trade(trader, path, symbol, quantities, 1)
      for (const client of clients) {
        const sent = (): number => client.messages.filter(text => text.includes('"e":"')).length
        await client.until(() => sent() === sim.account(apiKey).events().length)
        const updates = messagesOf(adapter, client).flatMap(message => message.updates)
        await compare(adapter, updates, apiKey)
        const ahead = updates.flatMap(update => (update.kind === 'fillAhead' ? [update.tradeId] : []))
        const fills = toldIn(updates, 'fill').map(({ tradeId }) => tradeId)
        expect(ahead).toEqual(venue === 'binance-usdm' ? fills : [])
        client.close()
      }
      const window = { startTimeUs: aMinuteAgo(), endTimeUs: epochUs(clock.nowUs()) }
      const { traded } = adapter.reads
      if (traded === undefined) throw new Error('futures tell what traded')
      expect((await call(traded, window, apiKey)).map(symbolOf)).toEqual([symbol])
    })
  }

  it('a conditional order is the same order by stream, in the list of those that wait, and by its id', async () => {
    const adapter = binanceUsdmAccount({ endpoints: endpoints('binance-usdm') })
    const trader = new TradingClient(sim, 'binance-usdm', { key: usdmKey, clock })
    const placed = await trader.call('POST', '/fapi/v1/algoOrder', [
      ['algoType', 'CONDITIONAL'],
      ['symbol', 'BTCUSDT'],
      ['side', 'SELL'],
      ['type', 'STOP_MARKET'],
      ['quantity', '0.010'],
      ['triggerPrice', '1000.0'],
    ])
    const orderId = `algo:${field(placed.body, 'algoId')}`
    const [told] = sim
      .account(usdmKey)
      .events()
      .flatMap(event => {
        const message = adapter.decode(event.payload, NOW)
        return message.kind === 'updates' ? toldIn(message.updates, 'order') : []
      })
    expect(told).toMatchObject({ orderId, status: 'pending', stopPrice: '1000.00', side: 'sell' })
    const { openAlgoOrders, order } = adapter.reads
    if (openAlgoOrders === undefined || told === undefined) throw new Error('USD-M has an algo service')
    const listed = await call(openAlgoOrders, {}, usdmKey)
    const asked = await call(order, { instrument: told.instrument, orderId }, usdmKey)
    const { instrument, clientOrderId, status, type, side, quantity, stopPrice, exchangeTimeUs } = told
    const same = { orderId, instrument, clientOrderId, status, type, side, quantity, stopPrice, exchangeTimeUs }
    expect(listed.map(entry => entry.order)).toMatchObject([same])
    expect(asked.order).toMatchObject(same)
  })
})
