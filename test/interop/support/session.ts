import { expect } from 'vitest'
import type { SimAccount } from '../../../src/sim/index.ts'
import { decimal, positionOf } from './decimal.ts'
import type { Exchange } from './exchange.ts'
import { priceText } from './product.ts'
import type { Balance, Fill, Order, Position, Trader } from './trader.ts'
import { until } from './until.ts'

/**
 * A trading session of a stranger: an order that rests and is filled in parts, one that is cancelled, market orders both
 * ways, one that is filled in full. After each step, and at the end, everything the client was told and everything it
 * reads equals what the exchange knows.
 */
export async function tradeAndCompare(exchange: Exchange, trader: Trader): Promise<void> {
  const { account, product } = exchange
  await trader.listen()
  const { bid } = await exchange.touch()
  const low = priceText(product, bid * 0.98)
  const resting = await trader.limit('BUY', product.quantity, low)
  await expectOrder(exchange, trader, resting, 'NEW')
  if (product.venue === 'binance-spot') await expectBalances(exchange, trader)
  account.fill(resting, product.part)
  await expectOrder(exchange, trader, resting, 'PARTIALLY_FILLED')
  account.fill(resting, product.part)
  await expectFills(account, trader)
  await expectPositions(account, trader)
  await trader.cancel(resting)
  await expectOrder(exchange, trader, resting, 'CANCELED')

  const bought = await trader.market('BUY', product.lump)
  await expectOrder(exchange, trader, bought, 'FILLED')
  await expectPositions(account, trader)
  const { ask } = await exchange.touch()
  const high = await trader.limit('SELL', product.part, priceText(product, ask * 1.02))
  account.fill(high)
  await expectOrder(exchange, trader, high, 'FILLED')
  const rest = account
    .fills()
    .reduce((sum, { side, quantity }) => sum + (side === 'BUY' ? 1 : -1) * Number(quantity), 0)
  const sold = await trader.market('SELL', rest.toFixed(product.quantity.split('.')[1]?.length ?? 0))
  await expectOrder(exchange, trader, sold, 'FILLED')
  await expectWhole(exchange, trader)
}

/** All that a client knows, against all there is. */
export async function expectWhole(exchange: Exchange, trader: Trader): Promise<void> {
  const { account, stats } = exchange
  // What it was told came over sockets of its own.
  expect(stats.connectionsAccepted).toBeGreaterThan(0)
  expect(stats.messagesSent).toBeGreaterThanOrEqual(account.events().length)
  await expectFills(account, trader)
  const truth = trueOrders(account)
  await until(
    'the last states of all orders',
    () => same(trader.told.orders, truth),
    () => [...trader.told.orders],
  )
  expect(new Map(await trader.orders())).toEqual(new Map(truth))
  expect(sorted(await trader.fills())).toEqual(trueFills(account))
  await expectPositions(account, trader)
  await expectBalances(exchange, trader)
}

async function expectOrder(exchange: Exchange, trader: Trader, id: string, status: string): Promise<void> {
  const order = trueOrders(exchange.account).get(id)
  expect([id, order?.status]).toEqual([id, status])
  await until(
    `the client to be told ${status} of order ${id}`,
    () => same(trader.told.orders.get(id), order),
    () => ({ told: trader.told.orders.get(id), truth: order, notices: trader.told.notices }),
  )
}

async function expectFills(account: SimAccount, trader: Trader): Promise<void> {
  const truth = trueFills(account)
  await until(
    'all fills',
    () => trader.told.fills.length >= truth.length,
    () => [trader.told.fills, truth],
  )
  expect(sorted(trader.told.fills)).toEqual(truth)
}

async function expectPositions(account: SimAccount, trader: Trader): Promise<void> {
  if (trader.positions === undefined) return
  const truth = new Map(account.positions().map(row => [row.symbol, positionOf(row.quantity, row.entryPrice)]))
  const open = (all: ReadonlyMap<string, Position>): Map<string, Position> =>
    new Map([...all].filter(([, { quantity }]) => Number(quantity) !== 0))
  if (trader.tells.positions) {
    await until(
      'the position',
      () => same(open(trader.told.positions), truth),
      () => [[...trader.told.positions], [...truth], trader.told.notices],
    )
  }
  expect(open(await trader.positions())).toEqual(truth)
}

async function expectBalances({ account, product }: Exchange, trader: Trader): Promise<void> {
  const isSpot = product.venue === 'binance-spot'
  const isTraded = (asset: string): boolean => asset in product.balances
  const truth = new Map(
    account
      .balances()
      .filter(({ asset }) => isTraded(asset))
      .map(({ asset, free, locked }) => [
        asset,
        isSpot ? { free: decimal(free), locked: decimal(locked) } : { free: decimal(free) },
      ]),
  )
  const known = (all: ReadonlyMap<string, Balance>): Map<string, Balance> =>
    new Map([...all].filter(([asset]) => isTraded(asset)))
  if (trader.tells.balances) {
    // The stream only names what changed: those must be right.
    const isRight = ([asset, balance]: readonly [string, Balance]): boolean => same(balance, truth.get(asset))
    const told = (): readonly (readonly [string, Balance])[] => [...known(trader.told.balances)]
    await until(
      'the balances',
      () => told().length > 0 && told().every(isRight),
      () => [told(), [...truth]],
    )
  }
  expect(known(await trader.balances())).toEqual(truth)
}

function trueOrders(account: SimAccount): ReadonlyMap<string, Order> {
  return new Map(
    account
      .orders()
      .map(({ id, side, status, quantity, executed }) => [
        id,
        { side, status, quantity: decimal(quantity), executed: decimal(executed) },
      ]),
  )
}

export function trueFills(account: SimAccount): readonly Fill[] {
  return sorted(
    account.fills().map(({ tradeId, orderId, side, price, quantity, fee, feeAsset, isMaker }) => ({
      tradeId,
      orderId,
      side,
      price: decimal(price),
      quantity: decimal(quantity),
      fee: decimal(fee),
      feeAsset,
      isMaker,
    })),
  )
}

/** By trade id; one order's fills may share nothing else. */
function sorted(fills: readonly Fill[]): readonly Fill[] {
  return [...fills].sort((a, b) => Number(a.tradeId) - Number(b.tradeId))
}

function same(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b)
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}
