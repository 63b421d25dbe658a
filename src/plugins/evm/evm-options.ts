import { ConfigError } from '../../model/error.ts'
import type { DurationMs } from '../../model/time.ts'

export interface EvmToken {
  /** As it stands in keys and units, such as `USDT`. */
  readonly symbol: string
  /** Of the contract. */
  readonly address: string
  readonly decimals: number
}

/** Whose addresses are an exchange's is somebody's knowledge of some day, never a fact of the chain. */
export interface AddressLabels {
  /** When the list was made, `2026-11-01`: it stands with every value. */
  readonly date: string
  /** Addresses, each with the name of its owner. */
  readonly addresses: Readonly<Record<string, string>>
}

export interface EvmOptions {
  /** @default 'evm' */
  readonly id?: string
  /** JSON-RPC over WebSocket, `ws:` or `wss:`. */
  readonly url: string
  readonly tokens: readonly EvmToken[]
  readonly labels: AddressLabels
  /** Lengths such as `1h` or `24h`, 1 minute to 7 days. @default ['1h'] */
  readonly windows?: readonly string[]
  /** From so many blocks on, its own included, a block is final. @default 64 */
  readonly confirmations?: number
  /** Usual distance of blocks, milliseconds. @default 12000 */
  readonly blockTimeMs?: DurationMs
  /** What lies further back, in a hole or before the start, is declared instead of fetched. 1 to 100000. @default 2000 */
  readonly mostBackfillBlocks?: number
}

export interface EvmSetup {
  readonly id: string
  readonly url: string
  readonly tokens: readonly EvmToken[]
  readonly labels: ReadonlyMap<string, string>
  readonly labelDate: string
  readonly windows: readonly { readonly name: string; readonly lengthUs: number }[]
  readonly confirmations: number
  readonly blockTimeMs: DurationMs
  readonly mostBackfillBlocks: number
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])
const WEEK_MS = 7 * 86_400_000

/** Checks options that may come from a file. @throws ConfigError naming the option */
export function readEvmOptions(options: EvmOptions): EvmSetup {
  const { id = 'evm', url, windows = ['1h'], tokens, labels } = options
  if (typeof url !== 'string' || !URL.canParse(url) || !/^wss?:/.test(url))
    throw new ConfigError(`${id}: url: expected a ws: or wss: URL.`)
  const addresses: readonly (readonly [string, unknown])[] = Object.entries(labels?.addresses ?? {})
  if (!/^\d{4}-\d\d-\d\d$/.test(String(labels?.date)))
    throw new ConfigError(`${id}: labels.date: expected the day of the list, such as 2026-11-01.`)
  if (addresses.length === 0 || addresses.length > 100_000)
    throw new ConfigError(`${id}: labels.addresses: expected 1 to 100000 addresses, received ${addresses.length}.`)
  return {
    id,
    url,
    tokens: readTokens(id, tokens),
    labels: new Map(addresses.map(([address, name]) => [readAddress(`${id}: labels`, address), String(name)])),
    labelDate: labels.date,
    windows: windows.map(name => ({ name, lengthUs: windowUs(id, name) })),
    confirmations: whole(id, 'confirmations', options.confirmations ?? 64, 1, 10_000),
    blockTimeMs: whole(id, 'blockTimeMs', options.blockTimeMs ?? 12_000, 100, 3_600_000),
    mostBackfillBlocks: whole(id, 'mostBackfillBlocks', options.mostBackfillBlocks ?? 2000, 1, 100_000),
  }
}

function readTokens(id: string, tokens: unknown): readonly EvmToken[] {
  if (!Array.isArray(tokens) || tokens.length === 0 || tokens.length > 50)
    throw new ConfigError(`${id}: tokens: expected 1 to 50 tokens.`)
  const read = tokens.map((token: unknown): EvmToken => {
    const fields = new Map<string, unknown>(typeof token === 'object' && token !== null ? Object.entries(token) : [])
    const symbol = fields.get('symbol')
    if (typeof symbol !== 'string' || symbol === '' || symbol.length > 50)
      throw new ConfigError(`${id}: tokens: expected a symbol for each.`)
    const decimals = whole(id, `tokens: ${symbol}: decimals`, fields.get('decimals'), 0, 77)
    return { symbol, decimals, address: readAddress(`${id}: tokens: ${symbol}`, fields.get('address')) }
  })
  if (new Set(read.flatMap(({ symbol, address }) => [symbol, address])).size !== read.length * 2)
    throw new ConfigError(`${id}: tokens: expected each symbol and each address once.`)
  return read
}

function readAddress(place: string, value: unknown): string {
  if (typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value)) return value.toLowerCase()
  throw new ConfigError(`${place}: expected an address of 40 hexadecimal digits, was "${String(value)}".`)
}

function windowUs(id: string, name: unknown): number {
  const match = typeof name === 'string' ? /^(\d{1,5})([mhd])$/.exec(name) : null
  const lengthMs = Number(match?.[1]) * (UNIT_MS.get(match?.[2] ?? '') ?? Number.NaN)
  if (lengthMs >= 60_000 && lengthMs <= WEEK_MS) return lengthMs * 1000
  throw new ConfigError(`${id}: windows: expected lengths from 1m to 7d such as 1h, was "${String(name)}".`)
}

function whole(id: string, name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw new ConfigError(`${id}: ${name}: expected a whole number from ${least} to ${most}, was ${String(value)}.`)
}
