import { generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { openApiKey } from '../../src/sim/trading/api-key.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'
import { aliceKey, bobKey, hmac, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-usdm'
const ed25519 = generateKeyPairSync('ed25519')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = (pair: { publicKey: { export(options: { type: 'spki'; format: 'pem' }): string | Buffer } }): string =>
  String(pair.publicKey.export({ type: 'spki', format: 'pem' }))
const edKey = 'ed'.padEnd(64, 'E')
const rsaKey = 'rsa'.padEnd(64, 'R')
const readKey = 'read'.padEnd(64, 'C')
let sim: Simulator
let clock: FakeClock

beforeAll(async () => {
  clock = new FakeClock()
  sim = await createSimulator({
    venues: [venue],
    clock,
    accounts: [
      { venue, key: aliceKey, secret, balances: { USDT: '1000' } },
      { venue, key: readKey, secret, account: aliceKey, permissions: ['read'] },
      { venue, key: edKey, publicKey: pem(ed25519), account: aliceKey },
      { venue, key: rsaKey, publicKey: pem(rsa), account: aliceKey },
    ],
  })
})
afterAll(() => sim[Symbol.asyncDispose]())

const balance = '/fapi/v3/balance'
const nowMs = (): number => Math.floor(clock.nowUs() / 1000)

async function code(answer: Promise<{ status: number; body: Readonly<Record<string, unknown>> }>): Promise<unknown> {
  const { status, body } = await answer
  return [status, body['code']]
}

describe('signatures', () => {
  it('takes HMAC, RSA and Ed25519, and keys of one account see the same money', async () => {
    const signers = [
      { key: aliceKey, sign: hmac(secret) },
      { key: edKey, sign: (text: string) => signBytes(null, Buffer.from(text), ed25519.privateKey).toString('base64') },
      {
        key: rsaKey,
        sign: (text: string) => signBytes('sha256', Buffer.from(text), rsa.privateKey).toString('base64'),
      },
    ]
    for (const { key, sign } of signers) {
      const answer = await new TradingClient(sim, venue, { key, sign, clock }).call('GET', balance)
      expect([answer.status, answer.rows[0]?.['balance']]).toEqual([200, '1000.00000000'])
    }
  })

  it('verifies the published vectors', () => {
    if (isMissing(protocolFolder)) return
    const vectors: readonly Record<string, string>[] = JSON.parse(
      readFileSync(`${protocolFolder}/binance/signing_vectors.json`, 'utf8'),
    )
    expect(vectors.length).toBeGreaterThan(3)
    for (const { apiKey = '', secret: hidden = '', payload = '', signature = '' } of vectors) {
      const key = openApiKey({ key: apiKey, secret: hidden })
      expect(key.verifies(payload, signature)).toBe(true)
      expect(key.verifies(payload, signature.toUpperCase())).toBe(true)
      expect(key.verifies(`${payload}0`, signature)).toBe(false)
      expect(key.verifies(payload, `${signature.slice(1)}0`)).toBe(false)
    }
  })

  it('signs what is sent: query and body together, percent-encoding and all', async () => {
    const client = new TradingClient(sim, venue, { key: aliceKey, clock })
    const sign = hmac(secret)
    const order = 'symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=1'
    const time = `timestamp=${nowMs()}`
    const path = '/fapi/v1/order'
    // Price 1 passes the signature and fails a filter.
    expect(await code(client.raw('POST', path, `${order}&${time}&signature=${sign(`${order}&${time}`)}`))).toEqual([
      400, -4164,
    ])
    expect(await code(client.raw('POST', `${path}?${order}`, `${time}&signature=${sign(`${order}${time}`)}`))).toEqual([
      400, -4164,
    ])
    expect(await code(client.raw('POST', `${path}?${order}`, `${time}&signature=${sign(`${order}&${time}`)}`))).toEqual(
      [400, -1022],
    )
    const plain = `newClientOrderId=a:b&${order}&${time}`
    const encoded = plain.replace('a:b', 'a%3Ab')
    expect(await code(client.raw('POST', `${path}?${encoded}&signature=${sign(encoded)}`))).toEqual([400, -4164])
    expect(await code(client.raw('POST', `${path}?${encoded}&signature=${sign(plain)}`))).toEqual([400, -1022])
  })

  it('refuses base64 that was not percent-encoded', async () => {
    const client = new TradingClient(sim, venue, { key: rsaKey, clock })
    // Among a hundred RSA signatures hardly one has no plus.
    let query = ''
    let signature = ''
    for (let window = 5000; !signature.includes('+'); window++) {
      query = `recvWindow=${window}&timestamp=${nowMs()}`
      signature = signBytes('sha256', Buffer.from(query), rsa.privateKey).toString('base64')
    }
    expect(await code(client.raw('GET', `${balance}?${query}&signature=${signature}`))).toEqual([400, -1022])
    const encoded = encodeURIComponent(signature)
    expect((await client.raw('GET', `${balance}?${query}&signature=${encoded}`)).status).toBe(200)
  })

  it('tells at once of accounts that cannot be', async () => {
    const account = { venue, key: aliceKey, secret }
    const wrong = [
      [{ ...account, venue: 'binance-options' }],
      [{ ...account, key: 'short' }],
      [{ venue, key: aliceKey }],
      [{ ...account, publicKey: pem(rsa) }],
      [{ venue, key: aliceKey, publicKey: 'no key' }],
      [{ ...account, balances: { USDT: '-1' } }],
      [{ ...account, balances: { USDT: '1e5' } }],
      [{ ...account, makerFee: 2 }],
      [account, account],
      [{ ...account, venue: 'binance-spot' }],
    ]
    for (const accounts of wrong) {
      await expect(createSimulator({ venues: [venue], accounts })).rejects.toMatchObject({ code: 'CONFIG' })
    }
    await expect(createSimulator({ captures: ['x.jsonl'], accounts: [account] })).rejects.toMatchObject({
      code: 'CONFIG',
    })
    expect(() => sim.account('nobody')).toThrow('no account')
  })

  it('refuses keys, times and signatures with the venue’s codes', async () => {
    const client = new TradingClient(sim, venue, { key: aliceKey, clock })
    const call = (key: string, query: string): Promise<unknown> =>
      code(new TradingClient(sim, venue, { key, clock }).raw('GET', `${balance}?${query}`))
    const signed = (query: string): string => `${query}&signature=${hmac(secret)(query)}`
    expect(await call('', signed(`timestamp=${nowMs()}`))).toEqual([401, -2014])
    expect(await call(bobKey, signed(`timestamp=${nowMs()}`))).toEqual([401, -2015])
    expect(await call(aliceKey, `timestamp=${nowMs()}`)).toEqual([400, -1102])
    expect(await call(aliceKey, signed('recvWindow=5000'))).toEqual([400, -1102])
    expect(await call(aliceKey, `timestamp=${nowMs()}&signature=00`)).toEqual([400, -1022])
    expect(await call(aliceKey, signed(`timestamp=${nowMs() - 5001}`))).toEqual([400, -1021])
    expect(await call(aliceKey, signed(`timestamp=${nowMs() + 1000}`))).toEqual([400, -1021])
    expect(await call(aliceKey, signed(`recvWindow=60001&timestamp=${nowMs()}`))).toEqual([400, -1131])
    expect(await call(aliceKey, signed(`recvWindow=6000&timestamp=${nowMs() - 5900}`))).toEqual([200, undefined])
    expect(await call(aliceKey, `%E0%A4%A&${signed(`timestamp=${nowMs()}`)}`)).toEqual([400, -1100])
    const reader = new TradingClient(sim, venue, { key: readKey, clock })
    expect((await reader.call('GET', balance)).status).toBe(200)
    expect(
      await code(
        reader.call('POST', '/fapi/v1/leverage', [
          ['symbol', 'BTCUSDT'],
          ['leverage', 5],
        ]),
      ),
    ).toEqual([401, -2015])
    sim.account(aliceKey).revokeKey()
    expect(await code(client.call('GET', balance))).toEqual([401, -2015])
    sim.account(aliceKey).restoreKey()
    expect(await code(client.call('GET', balance))).toEqual([200, undefined])
    expect(await code(client.call('PATCH', '/fapi/v1/order'))).toEqual([405, -1000])
    expect((await client.call('GET', '/fapi/v1/nothing')).status).toBe(404)
  })

  it('survives whatever comes', async () => {
    const client = new TradingClient(sim, venue, { key: aliceKey, clock })
    const bodies = ['', '&&&&', '=', 'a=b=c', '%', 'signature=', `x=${'y'.repeat(100_000)}`, '\u0000\uffff', '{"a":1}']
    for (const method of ['POST', 'PUT', 'DELETE']) {
      for (const body of bodies) {
        for (const path of ['order', 'leverage', 'listenKey', 'algoOrder', 'positionSide/dual', 'nothing']) {
          const { status } = await client.raw(method, `/fapi/v1/${path}`, body)
          expect([200, 400, 401, 404, 405]).toContain(status)
        }
      }
    }
    const words = ['-1', 'NaN', '1e9', '99999999999999999999', "' OR 1", '币', 'true', '0.000000000000000000001']
    for (const name of [
      'quantity',
      'price',
      'leverage',
      'orderId',
      'limit',
      'symbol',
      'positionSide',
      'dualSidePosition',
    ]) {
      for (const word of words) {
        for (const [method, path] of [
          ['POST', 'order'],
          ['GET', 'order'],
          ['POST', 'leverage'],
          ['GET', 'allOrders'],
        ] as const) {
          const base = [
            ['symbol', 'BTCUSDT'],
            ['side', 'BUY'],
            ['type', 'LIMIT'],
            ['timeInForce', 'GTX'],
            ['quantity', '0'],
            ['price', '1'],
          ] as const
          const params = [...base.filter(([known]) => known !== name), [name, word] as const]
          const { status } = await client.call(method, `/fapi/v1/${path}`, params)
          expect([path, name, word, status]).not.toContain(500)
        }
      }
    }
  })
})
