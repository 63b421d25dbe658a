import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { SimulatorOptions } from '../../../src/sim/index.ts'
import type { Exchange } from './exchange.ts'
import { aheadBy, openExchange } from './exchange.ts'
import type { Product } from './product.ts'
import { priceText, usdm } from './product.ts'
import { trueFills } from './session.ts'
import { versionOf } from './stranger.ts'
import type { Trader } from './trader.ts'
import { comes } from './until.ts'

/** How a client is opened on an exchange. */
export type Open = (exchange: Exchange) => Promise<Trader>

const readme = new URL('../README.md', import.meta.url)

/**
 * Holds a measured row against the README, so that its tables always say what was measured.
 * @throws Error with the row as it should stand there
 */
function expectRow(cells: readonly string[]): void {
  const row = cells.join(' | ')
  const rows = readFileSync(readme, 'utf8').split('\n').map(cellsOf)
  if (!rows.includes(row)) throw new Error(`test/interop/README.md does not say: | ${row} |`)
}

/** A line of a table without the blanks that align it. */
function cellsOf(line: string): string {
  return line
    .split('|')
    .slice(1, -1)
    .map(cell => cell.trim())
    .join(' | ')
}

/** What it made known, each kind once, without addresses and times. */
function noticesOf({ told }: Trader): string {
  const kinds = told.notices.map(notice => notice.replace(/( at \d|[:({]).*$/s, '').trim())
  return [...new Set(kinds)].sort().join(', ') || 'nothing'
}

async function withClient(
  product: Product,
  open: Open,
  act: (exchange: Exchange, trader: Trader) => Promise<void>,
  options: SimulatorOptions = {},
): Promise<void> {
  await using exchange = await openExchange(product, options)
  const trader = await open(exchange)
  try {
    await act(exchange, trader)
  } finally {
    await trader.close()
  }
}

/** Somebody else trades with the same account: the client has to hear of it. @returns how many fills there are now */
async function tradeElsewhere({ direct, product, account }: Exchange): Promise<number> {
  const order = { symbol: product.symbol, side: 'BUY', type: 'MARKET', quantity: product.part }
  const { status } = await direct.call('POST', `${product.rest}/order`, Object.entries(order))
  expect(status).toBe(200)
  return account.fills().length
}

/** An order of the same account that rests far below the market. @returns its id */
async function restElsewhere(exchange: Exchange): Promise<string> {
  const { direct, product } = exchange
  const price = priceText(product, (await exchange.touch()).bid * 0.98)
  const order = {
    symbol: product.symbol,
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: product.part,
    price,
  }
  const { body } = await direct.call('POST', `${product.rest}/order`, Object.entries(order))
  return String(body['orderId'])
}

/** The listen key ends after an hour without renewal; on spot the venue ends the subscription. */
export async function measureExpiry(library: string, product: Product, open: Open): Promise<void> {
  await withClient(product, open, async (exchange, trader) => {
    const { account, stats } = exchange
    await trader.listen()
    await tradeElsewhere(exchange)
    expect(await comes(() => trader.told.fills.length === account.fills().length, 5000)).toBe(true)
    const { connections } = stats
    account.expireStream()
    // The venue does not hang up, and it says so once.
    expect(stats.connections).toBe(connections)
    if (product.venue !== 'binance-spot')
      expect(account.events().filter(({ kind }) => kind === 'listenKeyExpired').length).toBe(1)
    const isTold = await hearsAgain(exchange, trader, 2500)
    expectRow([label(library), place(product), 'stream expires', noticesOf(trader), later(isTold)])
  })
}

/** The user socket is cut, and a trade happens meanwhile. */
export async function measureCut(library: string, product: Product, open: Open): Promise<void> {
  await withClient(product, open, async (exchange, trader) => {
    await trader.listen()
    const { account } = exchange
    const resting = await restElsewhere(exchange)
    expect(await comes(() => trader.told.orders.has(resting), 5000)).toBe(true)
    const before = new Set(trueFills(account).map(({ tradeId }) => tradeId))
    exchange.sim.faults.dropAll()
    // In the same turn: nobody can have come back yet.
    account.fill(resting)
    const away = trueFills(account).filter(({ tradeId }) => !before.has(tradeId))
    const isTold = await hearsAgain(exchange, trader, 6000)
    const known = new Set(trader.told.fills.map(({ tradeId }) => tradeId))
    const isMissing = away.some(({ tradeId }) => !known.has(tradeId))
    const meanwhile = `trade meanwhile ${isMissing ? 'lost' : 'told'}`
    expectRow([label(library), place(product), 'socket is cut', noticesOf(trader), `${meanwhile}; ${later(isTold)}`])
  })
}

/** Trades on until the client hears of one of these trades, or the time is over. */
async function hearsAgain(exchange: Exchange, trader: Trader, withinMs: number): Promise<boolean> {
  const failAt = Date.now() + withinMs
  const before = new Set(trueFills(exchange.account).map(({ tradeId }) => tradeId))
  const isHeard = (): boolean => trader.told.fills.some(({ tradeId }) => !before.has(tradeId))
  while (Date.now() < failAt) {
    await tradeElsewhere(exchange)
    if (await comes(isHeard, 400)) return true
  }
  return false
}

/** Reports disagree whether a listen key in the path itself delivers: here it does not. */
export async function measureSilentPath(library: string, open: Open): Promise<void> {
  await withClient(
    usdm,
    open,
    async (exchange, trader) => {
      await trader.listen()
      const isTold = await hearsAgain(exchange, trader, 2500)
      expectRow([
        label(library),
        'USD-M',
        'keys in the path are silent',
        noticesOf(trader),
        isTold ? 'hears trades' : 'hears nothing',
      ])
    },
    { listenKeysInPath: 'silent' },
  )
}

/** The venue refuses every call with 429 and tells to wait two seconds. */
export async function measureLimit(library: string, open: Open): Promise<void> {
  await withClient(usdm, open, async ({ sim, stats }, trader) => {
    await trader.balances()
    const before = stats.restRequests
    const body = '{"code":-1003,"msg":"Too many requests; current limit is 2400 requests per minute."}'
    sim.faults.rest({ status: 429, headers: { 'Retry-After': '2' }, body, isLost: true })
    const failure = await failureOf(trader)
    const asked = stats.restRequests - before
    sim.faults.clear()
    const afterwards = (await failureOf(trader)) === undefined ? 'works' : 'fails'
    expectRow([
      label(library),
      'USD-M',
      '429, Retry-After 2',
      `${failure ?? 'nothing'} after ${asked} request${asked === 1 ? '' : 's'}`,
      `the next call, at once, ${afterwards}`,
    ])
  })
}

/** The client's clock is half a minute slow; `cure` names what was set against it. */
export async function measureSkew(library: string, product: Product, open: Open, cure = ''): Promise<void> {
  await withClient(
    product,
    open,
    async (exchange, trader) => {
      const refused = await exchange.direct.call('GET', `${product.rest}/openOrders`)
      expect([refused.status, refused.body['code']]).toEqual([400, -1021])
      const first = await failureOf(trader)
      const second = await failureOf(trader)
      const asksTime = exchange.stats.restByPath.has(`${product.rest}/time`)
        ? 'asks for the time'
        : 'does not ask for the time'
      expectRow([
        label(library),
        place(product),
        `clock 30 s slow${cure === '' ? '' : `, ${cure}`}`,
        first ?? 'nothing',
        `${asksTime}; the second call ${second === undefined ? 'works' : 'fails'}`,
      ])
    },
    { clock: aheadBy(30_000) },
  )
}

/** The name or the code by which a caller can tell what went wrong. */
async function failureOf(trader: Trader): Promise<string | undefined> {
  try {
    await trader.balances()
    return undefined
  } catch (error) {
    const { code, message } = Object(error)
    // Some throw plain objects, and some errors whose class says more than their name.
    const kind = error instanceof Error ? error.constructor.name : typeof error
    const number = /-\d{4}/.exec(String(code ?? '') + String(message ?? ''))?.[0]
    return number === undefined ? kind : `${kind} ${number}`
  }
}

function later(isTold: boolean): string {
  return isTold ? 'hears later trades' : 'hears nothing any more'
}

function place({ venue }: Product): string {
  return { 'binance-spot': 'spot', 'binance-usdm': 'USD-M', 'binance-coinm': 'COIN-M' }[venue]
}

function label(library: string): string {
  return `${library} ${versionOf(library)}`
}
