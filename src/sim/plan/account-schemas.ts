import { z } from 'zod'
import type { AccountFaultName, ServerStep } from './fault-step.ts'
import { count, field, numeric, share, span, timing } from './fields.ts'

const account = field(
  'the name of an account, or one of its API keys',
  (value): value is string => typeof value === 'string' && value !== '',
).exactOptional()
const symbol = field(
  'a symbol of the venue, such as "BTCUSDT"',
  (value): value is string => typeof value === 'string' && value !== '',
)
const kinds = field(
  'a list of event names, such as [ORDER_TRADE_UPDATE]',
  (value): value is readonly string[] =>
    Array.isArray(value) && value.length > 0 && value.every(name => typeof name === 'string'),
).exactOptional()
const asset = field(
  'an asset, such as "USDT"',
  (value): value is string => typeof value === 'string' && /^[A-Z0-9]{1,20}$/.test(value),
)
const side = field('"BUY" or "SELL"', (value): value is 'BUY' | 'SELL' => value === 'BUY' || value === 'SELL')

/** Decimal text; what YAML has read as a number is put back into text. */
function decimal(expected: string, pattern: RegExp): z.ZodType<string> {
  return z.custom<string>(value => typeof value === 'string' && pattern.test(value), {
    error: issue =>
      `expected ${expected}, ${issue.input === undefined ? 'received nothing' : `was ${JSON.stringify(issue.input)}`}`,
  })
}

const above0 = decimal('decimal text above 0 in quotes, such as "0.010"', /^(?=.*[1-9])\d{1,20}(\.\d{1,20})?$/)
const amount = decimal('decimal text above 0 in quotes, such as "100.5"', /^(?=.*[1-9])\d{1,20}(\.\d{1,8})?$/)
const signed = decimal(
  'decimal text in quotes, with a minus for what goes out, such as "-100.5"',
  /^-?(?=.*[1-9])\d{1,20}(\.\d{1,8})?$/,
)
const accounts = { account, ...timing }

/** What can happen to accounts, with the keys it takes. */
export const accountSchemas: Readonly<Record<AccountFaultName, z.ZodType<ServerStep>>> = {
  expireListenKey: z.strictObject({ fault: z.literal('expireListenKey'), ...accounts }),
  revokeKey: z.strictObject({ fault: z.literal('revokeKey'), ...accounts }),
  loseUserEvents: z.strictObject({
    fault: z.literal('loseUserEvents'),
    count: count.exactOptional(),
    kinds,
    ...accounts,
  }),
  duplicateUserEvents: z.strictObject({ fault: z.literal('duplicateUserEvents'), count, kinds, ...accounts }),
  delayUserEvents: z.strictObject({ fault: z.literal('delayUserEvents'), ms: span, kinds, ...accounts }),
  liquidate: z.strictObject({ fault: z.literal('liquidate'), symbol: symbol.exactOptional(), ...accounts }),
  adl: z.strictObject({
    fault: z.literal('adl'),
    symbol: symbol.exactOptional(),
    share: share.exactOptional(),
    ...accounts,
  }),
  funding: z.strictObject({
    fault: z.literal('funding'),
    symbol: symbol.exactOptional(),
    rate: numeric('a rate from -0.03 to 0.03, such as 0.0001', -0.03, 0.03).exactOptional(),
    ...accounts,
  }),
  deposit: z.strictObject({ fault: z.literal('deposit'), asset, amount, ...accounts }),
  transfer: z.strictObject({ fault: z.literal('transfer'), asset, amount: signed, ...accounts }),
  foreignTrade: z.strictObject({ fault: z.literal('foreignTrade'), symbol, side, quantity: above0, ...accounts }),
  answerUnknown: z.strictObject({ fault: z.literal('answerUnknown'), count: count.exactOptional(), ...accounts }),
  clockSkew: z.strictObject({
    fault: z.literal('clockSkew'),
    ms: numeric('a number of milliseconds, at most a day before or behind', -86_400_000, 86_400_000),
    ...timing,
  }),
}
