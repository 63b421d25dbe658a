import { afterEach, describe, expect, it } from 'vitest'
import { createSimulator, type FaultStep, type SimAccount, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { SimClient } from '../support/sim-client.ts'
import { aliceKey, bobKey, field, type RestAnswer, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-usdm'

/** A plan over two accounts, on a clock that a test moves. */
class Stand implements AsyncDisposable {
  readonly notices: string[] = []
  readonly clock = new FakeClock()
  private readonly clients: SimClient[] = []
  private opened: Simulator | undefined

  static async open(steps: readonly FaultStep[]): Promise<Stand> {
    const stand = new Stand()
    const common = { secret, balances: { USDT: '100000', BTC: '3' } }
    stand.opened = await createSimulator({
      venues: [venue, 'binance-spot'],
      clock: stand.clock,
      limits: { pongWithinMs: 86_400_000 },
      accounts: [
        { venue, key: aliceKey, account: 'maker', ...common },
        { venue, key: bobKey, ...common },
        { venue: 'binance-spot', key: aliceKey, ...common },
      ],
      ...(steps.length > 0 ? { faults: { seed: 1, steps } } : {}),
      onNotice: line => stand.notices.push(line),
    })
    return stand
  }

  get sim(): Simulator {
    if (this.opened === undefined) throw new Error('not open')
    return this.opened
  }

  trader(key = aliceKey, of = venue): TradingClient {
    return new TradingClient(this.sim, of, { key, clock: this.clock })
  }

  truth(key = aliceKey): SimAccount {
    return this.sim.account(key, venue)
  }

  async buy(key = aliceKey, quantity = '0.010'): Promise<RestAnswer> {
    return await this.trader(key).call('POST', '/fapi/v1/order', [
      ['symbol', 'BTCUSDT'],
      ['side', 'BUY'],
      ['type', 'MARKET'],
      ['quantity', quantity],
    ])
  }

  /** A private socket. */
  async listen(key = aliceKey): Promise<SimClient> {
    const listenKey = field((await this.trader(key).raw('POST', '/fapi/v1/listenKey')).body, 'listenKey')
    const client = await SimClient.open(`${this.sim.endpoints[venue]?.stream}/private/ws?listenKey=${listenKey}`)
    this.clients.push(client)
    return client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) client.close()
    await this.sim[Symbol.asyncDispose]()
  }
}

const kinds = (client: SimClient): unknown[] => client.messages.map(text => Object(JSON.parse(text))['e'])
/** What was sent has arrived when the answer to this has. */
async function settled(client: SimClient): Promise<void> {
  await client.ask({ id: 77, method: 'LIST_SUBSCRIPTIONS' })
  client.messages.pop()
}

let stand: Stand
afterEach(() => stand[Symbol.asyncDispose]())

describe('account steps of a plan', () => {
  it('F:F02 expireListenKey: the socket is told, and hears no more', async () => {
    stand = await Stand.open([{ fault: 'expireListenKey', atMs: 100, account: 'maker' }])
    const client = await stand.listen()
    const other = await stand.listen(bobKey)
    await stand.clock.advance(150)
    await client.next(message => message['e'] === 'listenKeyExpired')
    await stand.buy()
    await stand.buy(bobKey)
    await other.next(message => message['e'] === 'ORDER_TRADE_UPDATE')
    expect(kinds(client)).toEqual(['listenKeyExpired'])
    expect(stand.notices).toContain(
      'fault 1 at 0.1 s: expireListenKey (account maker): binance-usdm 1 account, binance-spot no account',
    )
  })

  it('revokeKey: unknown while it lasts, and no key is told whole', async () => {
    stand = await Stand.open([{ fault: 'revokeKey', atMs: 100, forMs: 1000, account: aliceKey, venue }])
    await stand.clock.advance(150)
    expect((await stand.buy()).body).toMatchObject({ code: -2015 })
    expect((await stand.buy(bobKey)).status).toBe(200)
    await stand.clock.advance(1000)
    expect((await stand.buy()).status).toBe(200)
    expect(stand.notices[0]).toBe('fault 1 at 0.1 s: revokeKey (account aliceA…) for 1.0 s: binance-usdm 1 key')
    expect(stand.notices.join()).not.toContain(aliceKey)
  })

  it('F:F05 loseUserEvents: the fill happens, the socket never tells, for a time or for a count', async () => {
    stand = await Stand.open([
      { fault: 'loseUserEvents', atMs: 100, forMs: 1000, account: 'maker' },
      { fault: 'loseUserEvents', atMs: 3000, count: 1, kinds: ['TRADE_LITE'], account: 'maker' },
    ])
    const client = await stand.listen()
    await stand.clock.advance(150)
    await stand.buy()
    await settled(client)
    expect(client.messages).toEqual([])
    expect(stand.truth().fills().length).toBeGreaterThan(0)
    expect(stand.truth().events().length).toBeGreaterThan(2)
    await stand.clock.advance(1000)
    await stand.buy()
    await client.next(message => message['e'] === 'TRADE_LITE')
    await stand.clock.advance(2500)
    const before = stand.truth().events().length
    await settled(client)
    const from = client.messages.length
    await stand.buy(aliceKey, '0.001')
    await settled(client)
    const told = kinds(client).slice(from)
    const happened = stand
      .truth()
      .events()
      .slice(before)
      .map(({ kind }) => kind)
    expect(told.length).toBe(happened.length - 1)
    expect(happened.filter(kind => kind === 'TRADE_LITE').length).toBe(
      told.filter(kind => kind === 'TRADE_LITE').length + 1,
    )
  })

  it('duplicateUserEvents and delayUserEvents: twice, and later in order', async () => {
    stand = await Stand.open([
      { fault: 'duplicateUserEvents', atMs: 100, count: 2, account: 'maker' },
      { fault: 'delayUserEvents', atMs: 1000, forMs: 1000, ms: 1500, account: 'maker' },
    ])
    const client = await stand.listen()
    await stand.clock.advance(150)
    await stand.buy()
    await settled(client)
    const happened = stand
      .truth()
      .events()
      .map(({ kind }) => kind)
    expect(kinds(client)).toEqual([happened[0], happened[0], happened[1], happened[1], ...happened.slice(2)])
    await stand.clock.advance(1000)
    const told = client.messages.length
    await stand.buy()
    await settled(client)
    expect(client.messages.length).toBe(told)
    // The step is over before they arrive: what happens then does not overtake them.
    await stand.clock.advance(1000)
    await stand.buy()
    await settled(client)
    expect(client.messages.length).toBe(told)
    await stand.clock.advance(1000)
    await settled(client)
    const truth = stand
      .truth()
      .events()
      .map(({ payload }) => payload)
    expect(client.messages.slice(told)).toEqual(truth.slice(happened.length))
  })

  it('liquidate: closed by force, shown in public, told as such', async () => {
    stand = await Stand.open([{ fault: 'liquidate', atMs: 1000, account: 'maker', symbol: 'BTCUSDT' }])
    const client = await stand.listen()
    const market = await SimClient.open(`${stand.sim.endpoints[venue]?.stream}/market/ws/btcusdt@forceOrder`)
    await stand.buy(aliceKey, '0.500')
    expect(stand.truth().positions()).toHaveLength(1)
    await stand.clock.advance(1100)
    await client.next(({ o }) => Object(o)['x'] === 'CALCULATED' && Object(o)['X'] === 'FILLED')
    expect(stand.truth().positions()).toEqual([])
    const order = stand.truth().orders().at(-1)
    expect(order?.clientOrderId).toMatch(/^autoclose-\d+$/)
    await stand.clock.advance(1500)
    await market.next(({ o }) => Object(o)['q'] === '0.500' && Object(o)['S'] === 'SELL')
    market.close()
    const [balance] = stand.truth().balances()
    expect(Number(balance?.free)).toBeGreaterThan(95_000)
    expect(stand.notices.at(-1)).toMatch(/liquidate .*: binance-usdm 1 position/)
  })

  it('adl: part of a position is gone at the mark, with the venue’s own client id', async () => {
    stand = await Stand.open([{ fault: 'adl', atMs: 1000, account: 'maker', share: 0.5 }])
    const client = await stand.listen()
    await stand.buy(aliceKey, '0.500')
    await stand.clock.advance(1100)
    const { o } = await client.next(
      message => Object(message['o'])['c'] === 'adl_autoclose' && Object(message['o'])['x'] === 'CALCULATED',
    )
    expect(o).toMatchObject({ S: 'SELL', q: '0.250', X: 'FILLED', er: '0', R: true })
    expect(stand.truth().positions()).toMatchObject([{ quantity: '0.250' }])
  })

  it('funding: longs pay the rate of the step', async () => {
    stand = await Stand.open([{ fault: 'funding', atMs: 1000, rate: 0.01, venue }])
    const client = await stand.listen()
    await stand.buy(aliceKey, '0.500')
    const before = Number(stand.truth().balances()[0]?.free)
    await stand.clock.advance(1100)
    await client.next(message => Object(message['a'])['m'] === 'FUNDING_FEE')
    const paid = before - Number(stand.truth().balances()[0]?.free)
    const [fill] = stand.truth().fills()
    expect(paid / (0.5 * Number(fill?.price))).toBeCloseTo(0.01, 4)
  })

  it('deposit and transfer: told as such, and refused when there is too little', async () => {
    stand = await Stand.open([
      { fault: 'deposit', atMs: 100, asset: 'USDT', amount: '500.5', venue, account: 'maker' },
      { fault: 'transfer', atMs: 200, asset: 'USDT', amount: '-100', venue, account: 'maker' },
      { fault: 'transfer', atMs: 300, asset: 'USDT', amount: '-1000000', venue, account: 'maker' },
    ])
    const client = await stand.listen()
    await stand.clock.advance(350)
    await settled(client)
    expect(client.messages.map(text => JSON.parse(text).a.m)).toEqual(['DEPOSIT', 'WITHDRAW'])
    expect(stand.truth().balances()[0]?.free).toBe('100400.50000000')
    expect(stand.notices.at(-1)).toMatch(/binance-usdm refused with -2018: Balance is insufficient\.$/)
  })

  it('foreignTrade: the account trades although no client asked, in hedge mode, too', async () => {
    const trade = {
      fault: 'foreignTrade',
      symbol: 'BTCUSDT',
      side: 'SELL',
      quantity: '0.020',
      account: aliceKey,
      venue,
    } as const
    stand = await Stand.open([
      { ...trade, atMs: 100 },
      { ...trade, atMs: 2000, account: bobKey },
      { ...trade, atMs: 2100, account: 'maker', quantity: '0.0001' },
    ])
    await stand.trader(bobKey).call('POST', '/fapi/v1/positionSide/dual', [['dualSidePosition', 'true']])
    const client = await stand.listen()
    await stand.clock.advance(150)
    await client.next(message => Object(message['o'])['X'] === 'FILLED')
    expect(stand.truth().positions()).toMatchObject([{ side: 'BOTH', quantity: '-0.020' }])
    await stand.clock.advance(2100)
    expect(stand.truth(bobKey).positions()).toMatchObject([{ side: 'SHORT', quantity: '-0.020' }])
    expect(stand.notices.at(-1)).toMatch(/refused with -1111: /)
  })

  it('F:F10 answerUnknown: executed, and answered 503', async () => {
    stand = await Stand.open([{ fault: 'answerUnknown', atMs: 100, account: 'maker' }])
    await stand.clock.advance(150)
    const answer = await stand.buy()
    expect([answer.status, answer.body]).toEqual([
      503,
      { code: -1000, msg: 'Unknown error, please check your request or try again later.' },
    ])
    expect(stand.truth().fills().length).toBeGreaterThan(0)
    expect((await stand.buy()).status).toBe(200)
    expect((await stand.buy(bobKey)).status).toBe(200)
  })

  it('clockSkew: the venue’s clock says otherwise, and judges by it', async () => {
    stand = await Stand.open([{ fault: 'clockSkew', atMs: 100, forMs: 5000, ms: 7000, venue }])
    const time = async (): Promise<number> =>
      Number(field((await stand.trader().raw('GET', '/fapi/v1/time')).body, 'serverTime'))
    const own = (): number => stand.clock.nowUs() / 1000
    expect(Math.abs((await time()) - own())).toBeLessThan(1000)
    await stand.clock.advance(150)
    expect((await time()) - own()).toBeGreaterThan(6000)
    expect((await stand.buy()).body).toMatchObject({ code: -1021 })
    await stand.clock.advance(5000)
    expect((await stand.buy()).status).toBe(200)
  })

  it('spot: subscriptions are terminated, orders answered unknown, a stranger buys', async () => {
    const spot = { venue: 'binance-spot' }
    stand = await Stand.open([
      { fault: 'answerUnknown', atMs: 100, ...spot },
      { fault: 'foreignTrade', atMs: 1000, symbol: 'BTCUSDT', side: 'BUY', quantity: '0.001', ...spot },
    ])
    await stand.clock.advance(150)
    const answer = await stand.trader(aliceKey, 'binance-spot').call('POST', '/api/v3/order', [
      ['symbol', 'BTCUSDT'],
      ['side', 'BUY'],
      ['type', 'MARKET'],
      ['quantity', '0.01'],
    ])
    expect([answer.status, answer.body['code']]).toEqual([503, -1007])
    const truth = stand.sim.account(aliceKey, 'binance-spot')
    const filled = truth.fills().length
    expect(filled).toBeGreaterThan(0)
    await stand.clock.advance(1000)
    expect(truth.fills().length).toBeGreaterThan(filled)
  })
})

describe('account steps without an account', () => {
  it('are refused before anything starts', async () => {
    stand = await Stand.open([])
    const open = (step: FaultStep): Promise<unknown> =>
      createSimulator({
        venues: [venue],
        faults: { steps: [step] },
        accounts: step.account === undefined ? [] : [{ venue, key: aliceKey, secret }],
      })
    await expect(open({ fault: 'liquidate', atMs: 0 })).rejects.toThrow(
      'faults: step 1 ("liquidate"): there is no account that it could happen to.',
    )
    await expect(open({ fault: 'liquidate', atMs: 0, account: 'nobody' })).rejects.toThrow(
      'faults: step 1 ("liquidate"): "account": there is no account "nobody".',
    )
  })
})
