import { request } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator, type SimulatorOptions, type StepEvent } from '../../src/sim/index.ts'
import { SimClient } from '../support/sim-client.ts'
import { aliceKey, bobKey, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-usdm'
let sim: Simulator

async function open(options: SimulatorOptions = {}): Promise<string> {
  sim = await createSimulator({ venues: [venue], controlPort: 0, ...options })
  if (sim.controlUrl === undefined) throw new Error('no control API')
  return sim.controlUrl
}
afterEach(() => sim[Symbol.asyncDispose]())

const json = { 'Content-Type': 'application/json' }

function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = json): Promise<Response> {
  return fetch(url, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
}

async function objectOf(response: Response): Promise<Record<string, unknown>> {
  return Object(await response.json())
}

async function errorOf(response: Response): Promise<readonly [number, string]> {
  const { error } = await objectOf(response)
  return [response.status, String(Object(error).message)]
}

async function eventually(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition() && tries < 500; tries++) await new Promise(resolve => setTimeout(resolve, 10))
  expect(condition()).toBe(true)
}

/** With headers that fetch does not let through. */
function statusWith(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, response => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

describe('control API', () => {
  it('says what there is, and counts', async () => {
    const url = await open()
    const about = await objectOf(await fetch(url))
    expect(about).toMatchObject({ source: { kind: 'generated', seed: 1 }, endpoints: sim.endpoints })
    expect(Object.keys(Object(about['routes']))).toContain('DELETE /faults')
    await fetch(`${sim.endpoints[venue]?.rest}/fapi/v1/ping`)
    const stats = await objectOf(await fetch(`${url}/stats`))
    expect(stats[venue]).toMatchObject({ restRequests: 1, restByPath: { '/fapi/v1/ping': 1 } })
    expect(await errorOf(await fetch(`${url}/nothing`))).toEqual([
      404,
      expect.stringContaining('There is no GET /nothing'),
    ])
  })

  it('opens accounts, and tells the truth about them', async () => {
    const url = await open()
    const account = { venue, key: aliceKey, secret, balances: { USDT: 1000 }, leverage: 7 }
    const opened = await post(`${url}/accounts`, [account, { ...account, key: bobKey }])
    expect([opened.status, await opened.json()]).toEqual([
      201,
      {
        accounts: [
          { venue, key: 'aliceA…' },
          { venue, key: 'bobBBB…' },
        ],
      },
    ])
    const alice = new TradingClient(sim, venue, { key: aliceKey })
    const answer = await alice.call('POST', '/fapi/v1/order', [
      ['symbol', 'BTCUSDT'],
      ['side', 'BUY'],
      ['type', 'MARKET'],
      ['quantity', '0.010'],
    ])
    expect(answer.status).toBe(200)
    const truth = await objectOf(await fetch(`${url}/truth/${venue}/${aliceKey}`))
    expect(truth).toMatchObject({
      venue,
      orders: [{ symbol: 'BTCUSDT', status: 'FILLED', executed: '0.010' }],
      positions: [{ symbol: 'BTCUSDT', quantity: '0.010' }],
      balances: [{ asset: 'USDT' }],
    })
    expect(truth['fills']).not.toEqual([])
    expect(truth['events']).toContainEqual(expect.objectContaining({ kind: 'ORDER_TRADE_UPDATE' }))
    const { rows } = await alice.call('GET', '/fapi/v1/symbolConfig', [['symbol', 'BTCUSDT']])
    expect(rows[0]?.['leverage']).toBe(7)
    const [status, message] = await errorOf(await fetch(`${url}/truth/${venue}/${'x'.repeat(64)}`))
    expect([status, message]).toEqual([400, 'there is no account with the key "xxxxxx…" on binance-usdm'])
  })

  it('all of a list of accounts are opened, or none', async () => {
    const url = await open()
    const good = { venue, key: aliceKey, secret }
    const bad: readonly (readonly [unknown, string])[] = [
      [[good, good], 'accounts: "aliceA…" stands twice for binance-usdm'],
      [[good, { ...good, venue: 'binance-spot' }], 'accounts: binance-spot is not among venues (binance-usdm)'],
      [
        [good, { ...good, key: bobKey, balance: {} }],
        'body: account 2: "balance" means nothing here; an account takes',
      ],
      [
        [good, { ...good, key: bobKey, balances: { USDT: 0.5 } }],
        'body: account 2: "balances.USDT": expected decimal text',
      ],
      [[{ ...good, secret: 5 }], 'body: account 1: "secret": expected a text, was 5.'],
      [[{ ...good, leverage: 200 }], 'accounts: leverage must be a whole number from 1 to 125, was 200'],
      [[], 'body: expected at least one account, received none.'],
      ['text', 'body: account 1: expected an object, was "text".'],
    ]
    for (const [body, message] of bad) {
      const [status, said] = await errorOf(await post(`${url}/accounts`, JSON.stringify(body)))
      expect([status, said]).toEqual([400, expect.stringContaining(message)])
      expect(said).not.toContain(secret)
    }
    expect(() => sim.account(aliceKey)).toThrow('there is no account')
  })

  it('takes a step or a plan, tells of it, and takes back what lasts', async () => {
    const url = await open()
    const client = await SimClient.open(`${sim.endpoints[venue]?.stream}/public/stream?streams=btcusdt@bookTicker`)
    await client.until(() => client.messages.length > 2)
    const accepted = await post(`${url}/faults`, { fault: 'mute', stream: 'btcusdt@*' })
    expect([accepted.status, await accepted.json()]).toEqual([202, { steps: 1 }])
    const response = await fetch(`${url}/events`)
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const events: StepEvent[] = []
    const reader = response.body?.getReader()
    const reading = (async () => {
      const decoder = new TextDecoder()
      for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read()) {
        for (const line of decoder.decode(chunk.value).trim().split('\n')) events.push(JSON.parse(line))
      }
    })()
    await eventually(() => events.length === 1)
    expect(events[0]).toMatchObject({ sequence: 1, plan: 1, step: 1, fault: 'mute', state: 'taken' })
    const heard = client.messages.length
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(client.messages.length).toBe(heard)
    await post(`${url}/faults`, {
      steps: [
        { fault: 'ping', atMs: 0 },
        { fault: 'weights', atMs: 10, forMs: 20, factor: 2 },
      ],
    })
    await eventually(() => events.length === 4)
    expect(events.map(({ plan, fault, state }) => `${plan} ${fault} ${state}`)).toEqual([
      '1 mute taken',
      '2 ping taken',
      '2 weights taken',
      '2 weights over',
    ])
    expect(await (await fetch(`${url}/faults`, { method: 'DELETE' })).json()).toEqual({ ended: 1 })
    await client.until(() => client.messages.length > heard + 2)
    const later = await fetch(`${url}/events?since=3`, { headers: { Accept: 'text/event-stream' } })
    const first = await later.body?.getReader().read()
    expect(new TextDecoder().decode(first?.value)).toMatch(/^id: 4\ndata: \{"sequence":4,.*\}\n\n$/)
    client.close()
    await reader?.cancel()
    await reading
  })

  it('is as strict about plans as the file is', async () => {
    const url = await open()
    expect(await errorOf(await post(`${url}/faults`, { fault: 'dorp' }))).toEqual([
      400,
      expect.stringContaining('Did you mean "drop" or "dup"?'),
    ])
    expect(await errorOf(await post(`${url}/faults`, { steps: [] }))).toEqual([
      400,
      expect.stringContaining('at least one step'),
    ])
    expect(await errorOf(await post(`${url}/faults`, { fault: 'liquidate' }))).toEqual([
      400,
      'faults: step 1 ("liquidate"): there is no account that it could happen to.',
    ])
    expect(await errorOf(await post(`${url}/faults`, '{'))).toEqual([
      400,
      expect.stringContaining('body: expected JSON'),
    ])
    expect(await errorOf(await post(`${url}/faults`, {}, { 'Content-Type': 'text/plain' }))).toEqual([
      400,
      'Content-Type: expected application/json, was "text/plain".',
    ])
    expect((await post(`${url}/faults`, ' '.repeat(2_000_000))).status).toBe(413)
    expect((await fetch(`${url}/events?since=x`)).status).toBe(400)
  })

  it('web pages stay out: no foreign Host, no Origin', async () => {
    const url = await open()
    const { host, port } = new URL(url)
    expect(await statusWith(url, { host })).toBe(200)
    expect(await statusWith(url, { host: `localhost:${port}` })).toBe(200)
    expect(await statusWith(url, { host: `evil.example:${port}` })).toBe(403)
    expect(await statusWith(url, { host: '127.0.0.1' })).toBe(403)
    expect(await statusWith(url, { host, origin: 'https://evil.example' })).toBe(403)
    expect(await statusWith(url, { host, origin: `http://${host}` })).toBe(403)
    expect(await statusWith(url, { host, 'sec-fetch-site': 'cross-site' })).toBe(403)
  })

  it('a library user has the same levers', async () => {
    await open()
    sim.addAccounts([{ venue, key: aliceKey, secret, balances: { USDT: '5' } }])
    expect(sim.account(aliceKey).balances()).toMatchObject([{ asset: 'USDT', free: '5.00000000' }])
    const plan = await sim.run({ steps: [{ fault: 'refuse', atMs: 0, status: 503 }] })
    await new Promise(resolve => setTimeout(resolve, 30))
    const path = `${sim.endpoints[venue]?.stream}/public/ws/btcusdt@bookTicker`
    await expect(SimClient.open(path)).rejects.toMatchObject({ status: 503 })
    plan[Symbol.dispose]()
    ;(await SimClient.open(path)).close()
    await expect(sim.run({ steps: [] })).rejects.toThrow('faults: "steps": expected a list of at least one step')
  })
})
