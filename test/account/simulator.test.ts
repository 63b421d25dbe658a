import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createFeed } from '../../src/account/create-feed.ts'
import { type Credentials, hmacCredentials, privateKeyCredentials } from '../../src/account/credentials.ts'
import type { FillEvent } from '../../src/model/account-event.ts'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import {
  binanceCoinm,
  binanceCoinmAccount,
  binanceMarginAccount,
  binanceSpot,
  binanceSpotAccount,
  binanceUsdm,
  binanceUsdmAccount,
} from '../../src/venue/binance/index.ts'
import { field, secret, TradingClient } from '../sim/trading-client.ts'

const KEY = 'whole'.padEnd(64, 'W')

interface Case {
  readonly name: string
  readonly venue: 'binance-spot' | 'binance-usdm' | 'binance-coinm'
  readonly algorithm: 'hmac' | 'rsa' | 'ed25519'
  readonly isMargin?: true
}

const CASES: readonly Case[] = [
  { name: 'spot, signed subscription by HMAC', venue: 'binance-spot', algorithm: 'hmac' },
  { name: 'spot, signed subscription by RSA', venue: 'binance-spot', algorithm: 'rsa' },
  { name: 'spot, session.logon by Ed25519', venue: 'binance-spot', algorithm: 'ed25519' },
  { name: 'margin, listenToken', venue: 'binance-spot', algorithm: 'hmac', isMargin: true },
  { name: 'USD-M, listenKey', venue: 'binance-usdm', algorithm: 'ed25519' },
  { name: 'COIN-M, listenKey', venue: 'binance-coinm', algorithm: 'hmac' },
]

/** What the venue knows of the key, and what the client signs with. */
function keyOf(algorithm: Case['algorithm']): { readonly credentials: Credentials; readonly publicKey?: string } {
  if (algorithm === 'hmac') return { credentials: hmacCredentials(KEY, secret) }
  const { publicKey, privateKey } =
    algorithm === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519')
  const pem = (key: KeyObject, type: 'spki' | 'pkcs8'): string => String(key.export({ type, format: 'pem' }))
  return { credentials: privateKeyCredentials(KEY, pem(privateKey, 'pkcs8')), publicKey: pem(publicKey, 'spki') }
}

function adapters({ venue, isMargin }: Case, sim: Simulator) {
  const options = { endpoints: sim.endpoints[venue] ?? {} }
  if (venue === 'binance-usdm') return { market: binanceUsdm(options), adapter: binanceUsdmAccount(options) }
  if (venue === 'binance-coinm') return { market: binanceCoinm(options), adapter: binanceCoinmAccount(options) }
  return {
    market: binanceSpot(options),
    adapter: isMargin ? binanceMarginAccount(options) : binanceSpotAccount(options),
  }
}

const SPOT = { quantity: '0.01', symbol: 'BTCUSDT' }
const MARKETS = {
  'binance-spot': { ...SPOT, path: '/api/v3/order', trades: '/api/v3/myTrades' },
  margin: { ...SPOT, path: '/sapi/v1/margin/order', trades: '/sapi/v1/margin/myTrades' },
  'binance-usdm': {
    path: '/fapi/v1/order',
    trades: '/fapi/v1/userTrades',
    quantity: '0.010',
    symbol: 'BTCUSDT',
  },
  'binance-coinm': { path: '/dapi/v1/order', trades: '/dapi/v1/userTrades', quantity: '2', symbol: 'BTCUSD_PERP' },
}

/** Market orders of another program on the same account; each gives the ids of its fills. */
function trader(one: Case, sim: Simulator, credentials: Credentials): () => Promise<readonly string[]> {
  const client = new TradingClient(sim, one.venue, { key: KEY, sign: payload => credentials.sign(payload) })
  const { path, trades, quantity, symbol } = MARKETS[one.isMargin ? 'margin' : one.venue]
  return async () => {
    const order = [
      ['symbol', symbol],
      ['side', 'BUY'],
      ['type', 'MARKET'],
      ['quantity', quantity],
    ] as const
    const placed = await client.call('POST', path, order)
    expect(placed.status, JSON.stringify(placed.body)).toBe(200)
    const { rows } = await client.call('GET', trades, [['symbol', symbol]])
    const orderId = field(placed.body, 'orderId')
    return rows.filter(row => field(row, 'orderId') === orderId).map(row => field(row, 'id'))
  }
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 20) {
    if (isSo()) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new Error(`${what} never came`)
}

describe('accounts on the simulated exchange, over real sockets', () => {
  it.each(CASES)(
    'F:F10 F:F11 $name: each fill once, also those made while nothing was connected',
    {
      timeout: 60_000,
    },
    async one => {
      const { credentials, publicKey } = keyOf(one.algorithm)
      const balances = one.venue === 'binance-coinm' ? { BTC: '30' } : { USDT: '500000' }
      const access = publicKey === undefined ? { secret } : { publicKey }
      await using sim = await createSimulator({
        venues: [one.venue],
        scenario: 'calm',
        accounts: [{ venue: one.venue, key: KEY, ...access, balances }],
      })
      if (one.isMargin) {
        const client = new TradingClient(sim, one.venue, { key: KEY })
        const transfer = [
          ['type', 'MAIN_MARGIN'],
          ['asset', 'USDT'],
          ['amount', '100000'],
        ] as const
        expect((await client.call('POST', '/sapi/v1/asset/transfer', transfer)).status).toBe(200)
      }
      const { market, adapter } = adapters(one, sim)
      await using feed = createFeed({ venues: [market], accounts: [{ adapter, credentials }] })
      const account = feed.account()
      const fills: FillEvent[] = []
      account.observe(event => {
        if (event.kind === 'fill') fills.push(event)
      })
      await account.ready
      const trade = trader(one, sim, credentials)
      const told = [...(await trade())]
      await until('the first fill', () => fills.length >= told.length)
      await sim.run({
        steps: [
          { fault: 'refuse', status: 503, atMs: 0, forMs: 1500 },
          { fault: 'drop', atMs: 0 },
        ],
      })
      await until('the loss of the socket', () => !account.synced)
      told.push(...(await trade()))
      await until('the end of the outage', () => account.synced)
      told.push(...(await trade()))
      await until('the last fill', () => fills.length >= told.length)
      await new Promise(resolve => setTimeout(resolve, 500))
      expect(told.length).toBeGreaterThanOrEqual(3)
      expect(fills.map(({ tradeId }) => tradeId).sort()).toEqual(told.sort())
      expect(new Set(fills.map(({ origin }) => origin))).toEqual(new Set(['stream', 'reconcile']))
    },
  )
})
