import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAccountKeys } from '../../src/cli/credentials-source.ts'
import { secrets } from '../../src/cli/secrets.ts'
import { ConfigError } from '../../src/model/error.ts'

const VENUES = ['binance-spot', 'binance-usdm']
const KEY = 'canaryKey0123456789'
const SECRET = 'canarySecret9876543210'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickwire-keys-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

function file(name: string, text: string, mode = 0o600): string {
  const path = join(directory, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

async function read(environment: Record<string, string>, keys?: string) {
  const found = await readAccountKeys({
    environment,
    directory,
    venues: VENUES,
    ...(keys === undefined ? {} : { keys }),
  })
  return found.map(({ account, environment: name, credentials }) => ({
    account,
    environment: name,
    algorithm: credentials.algorithm,
    key: credentials.apiKey.reveal(),
  }))
}

/** The message, of which no part is a value. */
async function refusal(environment: Record<string, string>, keys?: string): Promise<string> {
  const error: unknown = await read(environment, keys).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ConfigError)
  expect(inspect(error, { depth: 9 })).not.toMatch(/canary/i)
  return error instanceof Error ? error.message : ''
}

describe('keys from the environment', () => {
  it('one account a venue, and named ones; the variables are gone afterwards', async () => {
    const environment = {
      TICKWIRE_BINANCE_USDM_KEY: ` ${KEY}\n`,
      TICKWIRE_BINANCE_USDM_SECRET: SECRET,
      TICKWIRE_BINANCE_USDM_BIG_HEDGE_KEY: `${KEY}2`,
      TICKWIRE_BINANCE_USDM_BIG_HEDGE_SECRET: SECRET,
      TICKWIRE_BINANCE_USDM_BIG_HEDGE_ENVIRONMENT: 'testnet',
      TICKWIRE_TOKEN: 'stays',
    }
    expect(await read(environment)).toEqual([
      { account: 'binance-usdm', environment: 'live', algorithm: 'hmac', key: KEY },
      { account: 'binance-usdm/big-hedge', environment: 'testnet', algorithm: 'hmac', key: `${KEY}2` },
    ])
    expect(environment).toEqual({ TICKWIRE_TOKEN: 'stays' })
    expect(secrets.scrub(`${KEY} and ${SECRET}`)).toBe('*** and ***')
  })

  it('a private key by its path, opened by its passphrase', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const passphrase = 'canary phrase'
    const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }))
    const path = file('key.pem', pem)
    const variables = { TICKWIRE_BINANCE_SPOT_KEY: KEY, TICKWIRE_BINANCE_SPOT_PRIVATE_KEY: path }
    const opened = { ...variables, TICKWIRE_BINANCE_SPOT_PASSPHRASE: passphrase }
    expect(await read({ ...opened })).toMatchObject([{ account: 'binance-spot', algorithm: 'ed25519' }])
    expect(await refusal({ ...variables })).toContain('TICKWIRE_BINANCE_SPOT_PRIVATE_KEY: the private key is encrypted')
    chmodSync(path, 0o644)
    expect(await refusal({ ...opened })).toContain(`others can read "${path}" (mode 0644): chmod 600 '${path}'`)
  })

  it.each([
    [{ KEY }, 'TICKWIRE_BINANCE_USDM_KEY is set, but neither TICKWIRE_BINANCE_USDM_SECRET nor'],
    [{ SECRET }, 'TICKWIRE_BINANCE_USDM_KEY: the API key of binance-usdm is missing'],
    [{ KEY, SECRET, PRIVATE_KEY: '/canary' }, 'are both set: expected one of them'],
    [{ KEY, SECRET, PASSPHRASE: 'canary' }, 'there is no TICKWIRE_BINANCE_USDM_PRIVATE_KEY that it could open'],
    [{ KEY: '', SECRET }, 'TICKWIRE_BINANCE_USDM_KEY is empty'],
    [{ KEY: 'canary key', SECRET }, 'TICKWIRE_BINANCE_USDM_KEY: expected no blanks'],
    [{ KEY: `"${KEY}"`, SECRET }, 'TICKWIRE_BINANCE_USDM_KEY: expected no quotes'],
    [{ KEY, SECRET: 'canar"y' }, 'TICKWIRE_BINANCE_USDM_SECRET: the API secret: expected no quotes'],
    [{ KEY, SECRET, ENVIRONMENT: 'test-net' }, 'expected one of live, testnet, demo'],
  ])('F:M01 %j is refused by its name', async (values, message) => {
    const variables = Object.entries(values).map(([name, value]) => [`TICKWIRE_BINANCE_USDM_${name}`, value])
    expect(await refusal(Object.fromEntries(variables))).toContain(message)
  })

  it('a name that is nearly right is not passed over', async () => {
    expect(await refusal({ TICKWIRE_BINANCE_USMD_KEY: KEY })).toMatch(/names no venue.*TICKWIRE_BINANCE_USDM_KEY/)
  })
})

describe('keys from .env', () => {
  it('are read, and the environment wins', async () => {
    file('.env', `TICKWIRE_BINANCE_USDM_KEY=${KEY}\nTICKWIRE_BINANCE_USDM_SECRET="${SECRET}" # mine\nOTHER=1\n`)
    expect(await read({})).toMatchObject([{ account: 'binance-usdm', key: KEY }])
    expect(await read({ TICKWIRE_BINANCE_USDM_KEY: `${KEY}9` })).toMatchObject([{ key: `${KEY}9` }])
  })

  it('F:M15 only while nobody else can read the file', async () => {
    file('.env', `TICKWIRE_BINANCE_USDM_KEY=${KEY}\nTICKWIRE_BINANCE_USDM_SECRET=${SECRET}\n`, 0o644)
    expect(await refusal({})).toMatch(/\.env: others can read ".*\.env" \(mode 0644\): chmod 600/)
    file('.env', 'OTHER=1\n', 0o644)
    expect(await read({})).toEqual([])
  })
})

describe('keys from --keys', () => {
  it('are the only ones then', async () => {
    const path = file('keys.yaml', `binance-usdm/hedge:\n  key: ${KEY}\n  secret: ${SECRET}\n  environment: demo\n`)
    const environment = { TICKWIRE_BINANCE_SPOT_KEY: KEY, TICKWIRE_BINANCE_SPOT_SECRET: SECRET }
    expect(await read(environment, path)).toMatchObject([{ account: 'binance-usdm/hedge', environment: 'demo' }])
  })

  it('digits stay text, a PEM may stand in it', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
      .trim()
      .replaceAll('\n', '\n    ')
    const path = file('keys.yaml', `binance-usdm:\n  key: 00123456\n  privateKey: |\n    ${pem}\n`)
    expect(await read({}, path)).toMatchObject([{ key: '00123456', algorithm: 'ed25519' }])
  })

  it('F:M15 never from a file that others can read', async () => {
    const path = file('keys.yaml', `binance-usdm: { key: ${KEY}, secret: ${SECRET} }`, 0o640)
    expect(await refusal({}, path)).toBe(`--keys: others can read "${path}" (mode 0640): chmod 600 '${path}'`)
  })

  it.each([
    ['a: [canary', 'is no valid YAML at line 1'],
    ['binance-usdm:\n  key: "canary\n  secret: x: y', 'is no valid YAML at line'],
    ['canary', 'expected an object with a member for each account'],
    ['{}', 'holds no account'],
    ['canary-usdm: {}', 'expected accounts such as "binance-spot" or "binance-spot/hedge"'],
    ['binance-usdm: canary', 'expected an object in binance-usdm'],
    ['binance-usdm: { key: canary1, secrt: canary2 }', '"secrt" of binance-usdm means nothing here'],
    ['binance-usdm: { key: [canary] }', '"key" of binance-usdm: expected a text'],
    ['binance-usdm: { key: canary77 }', '"key" of binance-usdm is set, but neither'],
  ])('F:M01 %j is refused by its place', async (text, message) => {
    expect(await refusal({}, file('keys.yaml', text))).toContain(message)
  })
})
