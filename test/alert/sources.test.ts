import { describe, expect, it } from 'vitest'
import { type AlertOutput, type Alerts, createAlerts, readAlerts } from '../../src/alert/index.ts'
import { SimFeed, until } from '../support/sim-feed.ts'

const BTC = 'binance-usdm:BTCUSDT'

function rulesOf(rules: readonly Record<string, unknown>[]): ReturnType<typeof readAlerts> {
  return readAlerts({ rules: rules.map((rule, at) => ({ id: `r${at}`, instrument: BTC, fireOnStart: true, ...rule })) })
}

async function firesOf(alerts: Alerts, count: number): Promise<readonly AlertOutput[]> {
  await alerts.ready
  await until(`${count} rules`, () => new Set(alerts.fires().map(({ rule }) => rule)).size >= count, 15_000)
  return alerts.fires()
}

describe('alert: sources on the simulated exchange', () => {
  it('market data, signals, candle indicators, health and silence are read in the same way', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'], rate: 4 })
    const config = rulesOf([
      { source: 'trade.price', condition: { above: 1 } },
      { source: 'trade.notional', condition: { above: 0.0001 } },
      { source: 'quote.spreadBps', condition: { above: 0 } },
      { source: 'mark.price', condition: { above: 1 } },
      { source: 'ticker.changePct', condition: { outside: [900, 901] } },
      { source: 'book.imbalance', condition: { outside: [8, 9] } },
      { source: 'flow.volume', condition: { above: 0 } },
      { source: 'candle@1m.volume', condition: { above: 0 }, frequency: 'everyTime' },
      { source: 'rsi(14)@1m', condition: { above: 0 }, frequency: 'everyTime' },
      { source: 'health.messageAgeMs(trade)', condition: { above: 0 } },
      { source: 'health.rateLimitUsed', condition: { below: 1 } },
      { source: 'kline:1m', condition: { noDataFor: '30m' } },
      { source: 'trade.price', condition: { all: [{ above: 1 }, { source: 'quote.mid', crossUp: 'mark.price' }] } },
    ])
    const problems: string[] = []
    await using alerts = createAlerts({
      feed: on.feed,
      config,
      clock: on.clock,
      onProblem: told => problems.push(told),
    })
    await firesOf(alerts, 11)
    expect(problems).toEqual([])
    const states = new Map(alerts.rules().map(({ rule, state }) => [rule.id, state]))
    expect(states.get('r11')).toBe('armed')
    expect(alerts.fires().find(({ rule }) => rule === 'r2')?.message).toMatch(/^r2: BTCUSDT quote.spreadBps is [\d.]+$/)
  })

  it('a gap of a stream is an event', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'], rate: 4 })
    const config = rulesOf([{ source: 'connection(trade)', condition: { event: 'any' } }])
    await using alerts = createAlerts({ feed: on.feed, config, clock: on.clock })
    await firesOf(alerts, 1)
  })

  it('a rule on the micro-price does not read the weighted mid that is told until there is one', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'], rate: 4 })
    const always = { condition: { above: 0 }, frequency: 'everyTime', fireOnStart: true }
    const config = rulesOf([
      { source: 'book.microprice', ...always },
      { source: 'book.wmid', ...always },
    ])
    await using alerts = createAlerts({ feed: on.feed, config, clock: on.clock })
    await firesOf(alerts, 1)
    await alerts.ready
    const told = alerts.rules().map(({ rule, value }) => [rule.source.text, value !== undefined])
    expect(told).toEqual([
      ['book.microprice', false],
      ['book.wmid', true],
    ])
  })

  it('an instrument, a channel or accounts that are not there are refused', async () => {
    await using on = await SimFeed.open({ venues: ['binance-usdm'] })
    const refusal = async (rule: Record<string, unknown>): Promise<string> => {
      await using alerts = createAlerts({ feed: on.feed, config: rulesOf([rule]), clock: on.clock })
      return await alerts.ready.then(
        () => 'none',
        (error: unknown) => String(error),
      )
    }
    const above = { above: 1 }
    expect(await refusal({ source: 'trade.price', condition: above, instrument: 'binance-usdm:NOSUCH' })).toContain(
      'NOSUCH',
    )
    expect(await refusal({ source: 'flow.cvd', condition: above, instrument: 'binance-usdm:NOSUCH' })).toContain(
      'NOSUCH',
    )
    expect(await refusal({ source: 'account.fill', condition: { event: 'any' } })).toContain(
      'there are no accounts here',
    )
    const bare = readAlerts({ rules: [{ id: 'x', source: 'trade.price', condition: above }] })
    expect(() => createAlerts({ feed: on.feed, config: bare })).toThrow('rule "x": instrument: expected one')
  })
})
