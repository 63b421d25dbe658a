import { describe, expect, it } from 'vitest'
import type { AccountAdapter } from '../../src/venue/account-adapter.ts'
import type { UserEventName } from '../../src/venue/binance/index.ts'
import { userPayload } from '../../src/venue/binance/index.ts'
import { parseExactText } from '../../src/venue/binance/json-exact.ts'
import { capturesFolder, isMissing, protocolFolder } from '../support/shared-files.ts'
import { accounts, filesBelow, NOW, outline, readText } from './binance-account-fixtures.ts'
import { captureLines } from './capture-lines.ts'

interface Sample {
  /** What each message of the file tells. */
  readonly told: readonly string[]
  /** Native type of its events; undefined where the stream itself speaks. */
  readonly native?: UserEventName
}

const sample = (told: string | readonly string[], native?: UserEventName): Sample => ({
  told: typeof told === 'string' ? [told] : told,
  ...(native === undefined ? {} : { native }),
})

const order = sample('order', 'ORDER_TRADE_UPDATE')
const fill = sample('fill order', 'ORDER_TRADE_UPDATE')
const expired = sample('expired')
const shared = {
  GRID_UPDATE: sample('accountRaw', 'GRID_UPDATE'),
  MARGIN_CALL: sample('marginCall', 'MARGIN_CALL'),
  ORDER_TRADE_UPDATE: order,
  STRATEGY_UPDATE: sample('accountRaw', 'STRATEGY_UPDATE'),
  listenKeyExpired: expired,
}

/** Every file of user events that there is. */
const SAMPLES: Readonly<Record<keyof typeof FOLDERS, Readonly<Record<string, Sample>>>> = {
  spot: {
    balanceUpdate: sample('balanceChange', 'balanceUpdate'),
    eventStreamTerminated: sample('terminated'),
    executionReport: sample('order', 'executionReport'),
    executionReport_canceled: sample('order', 'executionReport'),
    executionReport_expired: sample('order', 'executionReport'),
    externalLockUpdate: sample('accountRaw', 'externalLockUpdate'),
    lifecycle_limit_fill: sample(['order', 'fill order', 'fill order', 'balance balance balance']),
    listStatus: sample('accountRaw', 'listStatus'),
    outboundAccountPosition: sample('balance', 'outboundAccountPosition'),
  },
  usdm: {
    ...shared,
    ACCOUNT_CONFIG_UPDATE_leverage: sample('accountConfig', 'ACCOUNT_CONFIG_UPDATE'),
    ACCOUNT_CONFIG_UPDATE_multiAssets: sample('accountConfig', 'ACCOUNT_CONFIG_UPDATE'),
    ACCOUNT_UPDATE: sample('balance balance position position position', 'ACCOUNT_UPDATE'),
    ACCOUNT_UPDATE_funding_cross: sample('balance', 'ACCOUNT_UPDATE'),
    ALGO_UPDATE: sample('order', 'ALGO_UPDATE'),
    ALGO_UPDATE_lifecycle: sample(['order', 'order', 'order', 'order'], 'ALGO_UPDATE'),
    CONDITIONAL_ORDER_TRIGGER_REJECT_deprecated: sample('accountRaw', 'CONDITIONAL_ORDER_TRIGGER_REJECT'),
    ORDER_TRADE_UPDATE_adl: fill,
    ORDER_TRADE_UPDATE_amendment: order,
    ORDER_TRADE_UPDATE_liquidation: fill,
    ORDER_TRADE_UPDATE_trade: fill,
    TRADE_LITE: sample('fillAhead', 'TRADE_LITE'),
    envelope_combined: sample('accountConfig', 'ACCOUNT_CONFIG_UPDATE'),
  },
  coinm: {
    ...shared,
    ACCOUNT_CONFIG_UPDATE: sample('accountConfig', 'ACCOUNT_CONFIG_UPDATE'),
    ACCOUNT_UPDATE: sample('balance position', 'ACCOUNT_UPDATE'),
  },
  options: {
    ACCOUNT_UPDATE: sample('balance', 'options/ACCOUNT_UPDATE'),
    BALANCE_POSITION_UPDATE: sample('position', 'BALANCE_POSITION_UPDATE'),
    GREEK_UPDATE: sample('accountRaw', 'GREEK_UPDATE'),
    ORDER_TRADE_UPDATE: sample('order', 'options/ORDER_TRADE_UPDATE'),
    'ORDER_TRADE_UPDATE_pre2025-12': sample('fill order', 'options/ORDER_TRADE_UPDATE/list'),
    RISK_LEVEL_CHANGE: sample('marginCall', 'RISK_LEVEL_CHANGE'),
    listenKeyExpired: expired,
  },
  margin: {
    risk_MARGIN_LEVEL_STATUS_CHANGE: sample('marginCall', 'MARGIN_LEVEL_STATUS_CHANGE'),
    risk_USER_LIABILITY_CHANGE: sample('accountRaw', 'USER_LIABILITY_CHANGE'),
    // Requests, and answers to them whose ids are texts: ours are numbers.
    'subscribe.listenToken.request': sample('ignored'),
    'subscribe.listenToken.response': sample('ignored'),
    userListenToken_post: sample('ignored'),
  },
}

const FOLDERS = { spot: 'spot/user', usdm: 'usdm/user', coinm: 'coinm/user', options: 'options/user', margin: 'margin' }

describe.skipIf(isMissing(protocolFolder))('user events of the protocol samples (needs the protocol folder)', () => {
  it('no folder of user events is left out', () => {
    const found = filesBelow(`${protocolFolder}/binance`).filter(path => /\/user\/|^margin\//.test(path))
    const folders = new Set(found.map(path => path.slice(0, path.lastIndexOf('/'))))
    expect([...folders].sort()).toEqual(Object.values(FOLDERS).sort())
  })

  for (const [product, adapter, folder] of [
    ['spot', accounts.spot, FOLDERS.spot],
    ['usdm', accounts.usdm, FOLDERS.usdm],
    ['coinm', accounts.coinm, FOLDERS.coinm],
    ['options', accounts.options, FOLDERS.options],
    ['margin', accounts.margin, FOLDERS.margin],
  ] as const) {
    const path = `${protocolFolder}/binance/${folder}`
    it(`${product}: no file is left out, and each tells what it should`, () => {
      const names = filesBelow(path).map(name => name.replace('.json', ''))
      expect(names.sort()).toEqual(Object.keys(SAMPLES[product]).sort())
      for (const [name, { told, native }] of Object.entries(SAMPLES[product])) {
        const messages = messagesIn(readText(`${path}/${name}.json`))
        expect([name, ...messages.map(message => outline(adapter.decode(message, NOW)))]).toEqual([name, ...told])
        if (native !== undefined) for (const message of messages) expectNative(adapter, message, native)
      }
    })
  }

  it('portfolio margin reads the events of futures and of margin, raw and wrapped', () => {
    for (const product of ['usdm', 'coinm', 'spot'] as const) {
      for (const [name, { told }] of Object.entries(SAMPLES[product])) {
        const messages = messagesIn(readText(`${protocolFolder}/binance/${FOLDERS[product]}/${name}.json`))
        const outlines = messages.map(message => outline(accounts.portfolio.decode(message, NOW)))
        expect([name, ...outlines]).toEqual([name, ...told])
      }
    }
  })
})

describe.skipIf(isMissing(capturesFolder))('recorded user data (needs the captures folder)', () => {
  it('every recording of user data is known', () => {
    const files = filesBelow(capturesFolder).filter(path => /^binance[^/]*\/.*user-?data/.test(path))
    // Binary answers come to those who ask for them; these accounts speak JSON.
    const isBinary = (path: string): boolean => path.startsWith('binance-spot/sbe-userdata/')
    expect(files.filter(path => !isBinary(path)).sort()).toEqual([
      'binance-spot/userdata-2026.jsonl.gz',
      'binance-usdm/userdata-20211219.jsonl.gz',
    ])
    expect(files.filter(isBinary).every(path => /\.(sbe|metadata\.json)$/.test(path))).toBe(true)
  })

  it('the spot session of 2026: subscribed, placed, filled', () => {
    const lines = captureLines('binance-spot/userdata-2026').filter(({ dir }) => dir === 'in')
    const outlines = lines.map(({ msg }) => outline(accounts.spot.decode(msg, NOW)))
    expect(outlines).toEqual(['ignored', 'order', 'fill order'])
    const last = accounts.spot.decode(lines[2]?.msg ?? '', NOW)
    expect(last).toMatchObject({
      kind: 'updates',
      name: 'executionReport',
      source: '0',
      updates: [
        {
          event: {
            tradeId: '276374166',
            fee: '0.00001563',
            feeAsset: 'BNB',
            liquidity: 'taker',
            quantity: '0.00020000',
          },
        },
        {
          event: { status: 'filled', averagePrice: '63817.61', clientOrderId: 'x-TKT5PX2F5329a0a4bfe64396a1b79c' },
          executionId: '112617340247',
          timeUs: 1_786_522_906_946_000,
        },
      ],
    })
  })

  it('the USD-M stream of 2021: a market order, its position, its fill', () => {
    const messages = captureLines('binance-usdm/userdata-20211219').map(({ msg }) => accounts.usdm.decode(msg, NOW))
    expect(messages.map(outline)).toEqual(['order', 'balance position', 'fill order'])
    expect(messages[1]).toMatchObject({
      updates: [
        { event: { asset: 'USDT', free: '86.94966888', locked: '0.00000000', wallet: '86.94966888', reason: 'ORDER' } },
        { event: { quantity: '-0.001', entryPrice: '47202.40000', marginType: 'cross', positionSide: 'both' } },
      ],
    })
    expect(messages[2]).toMatchObject({
      updates: [
        { event: { tradeId: '1741505949', fee: '0.01888095', side: 'sell', realizedPnl: '0' } },
        { event: { status: 'filled', averagePrice: '47202.40000', filledQuantity: '0.001' } },
      ],
    })
  })
})

/** Each message of a file, as the text it was; a list is a sequence of messages. */
function messagesIn(text: string): readonly string[] {
  const value: unknown = JSON.parse(text)
  return Array.isArray(value) ? value.map(entry => JSON.stringify(entry)) : [text]
}

/** The payload is handed out whole, and it is of its native type. */
function expectNative(adapter: AccountAdapter, message: string, native: UserEventName): void {
  const decoded = adapter.decode(message, NOW)
  if (decoded.kind !== 'updates') throw new Error('an event gives updates')
  const value: unknown = parseExactText(message)
  const { data, event } = Object(value)
  const payload: unknown = data ?? event ?? value
  expect(userPayload(decoded.payload, native)).toEqual(payload)
}
