import { z } from 'zod'
import { ConfigError } from '../../model/error.ts'
import { nearest } from '../../model/nearest.ts'
import type { SimAccountOptions } from '../trading/account-options.ts'
import { shownKey } from '../trading/api-key.ts'

export type { SimAccountOptions } from '../trading/account-options.ts'

/** What an account has that somebody asks for without saying what, by venue. */
export const startBalances: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'binance-usdm': { USDT: '100000' },
  'binance-coinm': { BTC: '2', ETH: '50' },
  'binance-spot': { USDT: '100000', BTC: '1', ETH: '20' },
}

const text = z.string({ error: issue => `expected a text, ${received(issue.input)}` })
/** Money is decimal text; a whole number without quotes is as good. */
const money = z.union([z.string(), z.int().transform(String)], {
  error: issue => `expected decimal text in quotes, such as "10000.5", ${received(issue.input)}`,
})
const number = z.number({ error: issue => `expected a number, ${received(issue.input)}` })
const shape = {
  venue: text,
  key: text,
  secret: text.exactOptional(),
  publicKey: text.exactOptional(),
  permissions: z
    .array(z.enum(['read', 'trade']), { error: () => 'expected a list of "read" and "trade"' })
    .exactOptional(),
  account: text.exactOptional(),
  balances: z.record(z.string(), money, { error: () => 'expected amounts by asset' }).exactOptional(),
  leverage: number.exactOptional(),
  makerFee: number.exactOptional(),
  takerFee: number.exactOptional(),
}
const schema: z.ZodType<SimAccountOptions> = z.strictObject(shape)
const keys = Object.keys(shape)

/** What a message may tell of a value: nothing long, which might be a secret. */
function received(value: unknown): string {
  if (value === undefined) return 'received nothing'
  const shown = JSON.stringify(value)
  return shown.length <= 20 ? `was ${shown}` : `was a ${typeof value}`
}

/**
 * Reads accounts from outside: one, a list of them, or an object whose `accounts` is such a list. Keys and secrets never
 * stand whole in a message. What they mean (venue, key, amounts) is checked where they are opened.
 * @throws ConfigError naming the account, the key, what was expected and what was received
 */
export function readAccountList(value: unknown, source: string): readonly SimAccountOptions[] {
  const inner = isObject(value) && 'accounts' in value ? value['accounts'] : value
  const rows: readonly unknown[] = Array.isArray(inner) ? inner : [inner]
  if (rows.length === 0) throw new ConfigError(`${source}: expected at least one account, received none.`)
  return rows.map((row, index) => readAccount(row, `${source}: account ${index + 1}`))
}

function readAccount(row: unknown, where: string): SimAccountOptions {
  const parsed = schema.safeParse(row)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    const message = `${where}: "${shownKey(key)}" means nothing here; an account takes ${keys.join(', ')}.`
    throw new ConfigError(message, nearest(key, keys))
  }
  const path = issue?.path.join('.') ?? ''
  const message = isObject(row) ? (issue?.message ?? 'wrong form') : `expected an object, ${received(row)}`
  throw new ConfigError(`${where}: ${path === '' ? '' : `"${path}": `}${message}.`)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
