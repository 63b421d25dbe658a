import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { createFeed } from 'tickwire'
import { createSimulator, type SimEndpoints } from 'tickwire/sim'
import { binanceUsdm } from 'tickwire/venues/binance'

const [key, secret] = ['bot'.padEnd(64, '0'), 'not a real secret']

/** A signed call, as every client of the venue makes it. */
async function call(rest: string, method: string, path: string, params: Record<string, string>): Promise<Response> {
  const query = new URLSearchParams({ ...params, timestamp: String(Date.now()) }).toString()
  const signature = createHmac('sha256', secret).update(query).digest('hex')
  return await fetch(`${rest}${path}?${query}&signature=${signature}`, { method, headers: { 'X-MBX-APIKEY': key } })
}

/** The bot under test: buys once when the spread is tight, and asks what became of an order whose answer was lost. */
async function buyOnce(endpoints: SimEndpoints): Promise<void> {
  await using feed = createFeed({ venues: [binanceUsdm({ endpoints })] })
  await using quotes = feed.subscribe({ instruments: ['binance-usdm:BTCUSDT'], channels: ['quote'] })
  for await (const batch of quotes) {
    const quote = batch.find(event => event.kind === 'quote')
    if (quote === undefined || quote.askPrice - quote.bidPrice > quote.bidPrice * 1e-4) continue
    const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.010', newClientOrderId: 'only-once' }
    const answer = await call(endpoints.rest, 'POST', '/fapi/v1/order', order)
    if (answer.ok) return
    const known = await call(endpoints.rest, 'GET', '/fapi/v1/order', {
      symbol: 'BTCUSDT',
      origClientOrderId: 'only-once',
    })
    assert.ok(known.ok, await known.text())
    return
  }
}

await test('buys exactly once, although its socket is cut and the answer to its order says nothing', async () => {
  const account = { venue: 'binance-usdm', key, secret, balances: { USDT: '10000' } }
  const steps = [
    { fault: 'answerUnknown', atMs: 0 },
    { fault: 'drop', atMs: 300 },
  ] as const
  await using exchange = await createSimulator({ venues: ['binance-usdm'], accounts: [account], faults: { steps } })
  const { 'binance-usdm': endpoints } = exchange.endpoints
  assert.ok(endpoints)
  await buyOnce(endpoints)
  const truth = exchange.account(key)
  assert.equal(truth.positions()[0]?.quantity, '0.010')
  assert.equal(truth.orders().length, 1)
})
