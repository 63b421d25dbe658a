import net from 'node:net'
import { describe, expect, it } from 'vitest'
import { binanceTrader, binanceWatcher } from './clients/binance.ts'
import { openExchange } from './support/exchange.ts'
import { takeStrays } from './support/loopback-only.ts'
import type { PublicTrade } from './support/market.ts'
import { Market } from './support/market.ts'
import { spot, usdm } from './support/product.ts'
import { tradeAndCompare } from './support/session.ts'
import { isAbsent } from './support/stranger.ts'
import type { Trader } from './support/trader.ts'
import type { Watcher } from './support/watch.ts'
import { watchAndCompare } from './support/watch.ts'

describe('the guard', () => {
  it('names the host that somebody tried to reach', async () => {
    const failure = new Promise<Error>(resolve => net.connect(443, 'example.com').once('error', resolve))
    expect((await failure).message).toContain('example.com')
    await expect(fetch('https://example.org/')).rejects.toThrow()
    expect(takeStrays()).toEqual(['example.com', 'example.org'])
  })
})

/** A comparison that cannot fail proves nothing. */
describe.skipIf(isAbsent('binance'))('the comparisons', () => {
  it('fail when one trade is lost, and when one comes twice', async () => {
    for (const spoil of [
      (trades: PublicTrade[]) => trades.splice(30, 1),
      (trades: PublicTrade[]) => trades.splice(30, 0, ...trades.slice(30, 31)),
    ]) {
      await using market = await Market.open(usdm)
      const start = async (): Promise<Watcher> => {
        const watcher = await binanceWatcher(usdm, market.endpoints)
        const spoiled = (): readonly PublicTrade[] => {
          const trades = [...watcher.trades]
          spoil(trades)
          return trades
        }
        return {
          ...watcher,
          get trades() {
            return spoiled()
          },
        }
      }
      await expect(watchAndCompare(market, start)).rejects.toThrow('to deeply equal')
    }
  })

  it('fail when an event of the account is lost', async () => {
    await using exchange = await openExchange(spot)
    const trader = await binanceTrader(exchange)
    const losing: Trader = {
      ...trader,
      limit: (side, quantity, price) => {
        exchange.account.deliver({ lose: 1, kinds: ['executionReport'] })
        return trader.limit(side, quantity, price)
      },
    }
    await expect(tradeAndCompare(exchange, losing)).rejects.toThrow('waited')
    await trader.close()
  })
})
