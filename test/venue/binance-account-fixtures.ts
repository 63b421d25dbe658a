import { createHmac, generateKeyPairSync, type KeyObject, sign as signWith } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import type { AccountDataEvent } from '../../src/model/account-event.ts'
import { epochUs } from '../../src/model/time.ts'
import type { AccountAdapter, AccountUpdate, CallAuth, UserMessage } from '../../src/venue/account-adapter.ts'
import {
  binanceCoinmAccount,
  binanceMarginAccount,
  binanceOptionsAccount,
  binancePortfolioAccount,
  binanceSpotAccount,
  binanceUsdmAccount,
} from '../../src/venue/binance/index.ts'

export const NOW = epochUs(1_789_480_000_500_000)

export const accounts = {
  spot: binanceSpotAccount(),
  margin: binanceMarginAccount(),
  usdm: binanceUsdmAccount(),
  coinm: binanceCoinmAccount(),
  options: binanceOptionsAccount(),
  portfolio: binancePortfolioAccount(),
} as const

export const DOC_KEY = 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A'
export const DOC_SECRET = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j'

export function hmac(payload: string, secret = DOC_SECRET): string {
  return createHmac('sha256', secret).update(payload, 'utf8').digest('hex')
}

/** Remembers what it signed. */
export function hmacAuth(timestampMs = 1_747_385_641_636): CallAuth & { readonly signed: readonly string[] } {
  const signed: string[] = []
  const sign = (payload: string): string => {
    signed.push(payload)
    return hmac(payload)
  }
  return { apiKey: DOC_KEY, algorithm: 'hmac', timestampMs, sign, signed }
}

export function ed25519Auth(timestampMs = 1_747_385_641_636): CallAuth & { readonly publicKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const sign = (payload: string): string => signWith(null, Buffer.from(payload, 'utf8'), privateKey).toString('base64')
  return { apiKey: 'an-ed25519-key', algorithm: 'ed25519', timestampMs, sign, publicKey }
}

/** Every update of one message. @throws Error when it is no event */
export function updatesIn(adapter: AccountAdapter, payload: unknown): readonly AccountUpdate[] {
  const message = adapter.decode(JSON.stringify(payload), NOW)
  if (message.kind !== 'updates') throw new Error(`expected updates, was ${message.kind}`)
  return message.updates
}

type Told = Extract<AccountUpdate, { kind: 'told' }>

export function toldIn<K extends AccountDataEvent['kind']>(
  updates: readonly AccountUpdate[],
  kind: K,
): readonly Extract<Told['event'], { kind: K }>[] {
  return updates.flatMap(update => (update.kind === 'told' && isKind(update.event, kind) ? [update.event] : []))
}

function isKind<K extends AccountDataEvent['kind']>(
  event: Told['event'],
  kind: K,
): event is Extract<Told['event'], { kind: K }> {
  return event.kind === kind
}

/** One line of what a message told: `order`, `fill`, `balance USDT`, or the kind of the message itself. */
export function outline(message: UserMessage): string {
  if (message.kind !== 'updates') return message.kind
  return message.updates.map(update => (update.kind === 'told' ? update.event.kind : update.kind)).join(' ')
}

/** Paths of all files below a folder, relative to it. */
export function filesBelow(folder: string, prefix = ''): readonly string[] {
  return readdirSync(`${folder}/${prefix}`).flatMap(name => {
    const path = prefix === '' ? name : `${prefix}/${name}`
    return statSync(`${folder}/${path}`).isDirectory() ? filesBelow(folder, path) : [path]
  })
}

export function readText(path: string): string {
  return readFileSync(path, 'utf8')
}
