import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBuilt } from './built.ts'
import { Cli, isRecord, jsonLines, run } from './cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'tickwire-accounts-'))
beforeAll(ensureBuilt)
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function started(args: readonly string[]): Promise<readonly [cli: Cli, first: Record<string, unknown>]> {
  const cli = await Cli.start(['sim', '--venue', 'binance-usdm', ...args])
  await cli.until(({ stdout }) => stdout.includes('\n'))
  const [first = {}] = cli.events()
  return [cli, first]
}

function inside(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((inner: unknown, name) => (isRecord(inner) ? inner[name] : undefined), value)
}

async function balance(first: Record<string, unknown>, key: string, secret: string): Promise<unknown> {
  const query = `timestamp=${Date.now()}`
  const signature = createHmac('sha256', secret).update(query).digest('hex')
  const url = `${String(inside(first, 'binance-usdm', 'rest'))}/fapi/v3/balance?${query}&signature=${signature}`
  const rows: unknown = await (await fetch(url, { headers: { 'X-MBX-APIKEY': key } })).json()
  return Array.isArray(rows) ? rows.find(row => isRecord(row) && row['asset'] === 'USDT') : rows
}

describe('tickwire sim --account', () => {
  it('makes a key that trades, and tells it once; every reader of --endpoints passes over it', async () => {
    const [cli, first] = await started(['--account', 'binance-usdm', '--control-port', '0'])
    await using _cli = cli
    const [account] = Object.values(
      Array.isArray(inside(first, 'simulator', 'accounts')) ? Object(inside(first, 'simulator', 'accounts')) : {},
    )
    const key = String(inside(account, 'key'))
    const secret = String(inside(account, 'secret'))
    expect([key, secret]).toEqual([
      expect.stringMatching(/^[A-Za-z0-9]{64}$/),
      expect.stringMatching(/^[A-Za-z0-9]{64}$/),
    ])
    expect(await balance(first, key, secret)).toMatchObject({ asset: 'USDT', balance: '100000.00000000' })
    const control = String(inside(first, 'simulator', 'control'))
    expect(inside(await (await fetch(control)).json(), 'endpoints', 'binance-usdm')).toEqual(first['binance-usdm'])
    const endpoints = cli.stdout.trim()
    const readers = [
      ['watch', 'binance-usdm:BTCUSDT', '--channel', 'quote', '--count', '1'],
      ['book', 'binance-usdm:BTCUSDT', '--count', '1'],
      ['instruments', '--count', '1'],
      ['doctor'],
      ['serve', 'binance-usdm:BTCUSDT', '--port', '0', '--for', '2s'],
    ]
    const exits = await Promise.all(readers.map(args => run([...args, '--endpoints', endpoints])))
    expect(exits.map(({ code, stdout }) => [code, stdout === ''])).toEqual(readers.map(() => [0, false]))
    await cli.until(({ stderr }) => stderr.includes('account on'))
    expect(cli.stderr).toContain(`key ${key.slice(0, 6)}…`)
    expect(cli.stderr).not.toContain(key)
    expect(cli.stderr).not.toContain(secret)
  })

  it('an unknown venue is refused with the list', async () => {
    const { code, stderr } = await run(['sim', '--account', 'binance-options'])
    expect(code).toBe(2)
    expect(stderr).toContain(
      '--account: expected one of binance-usdm, binance-coinm, binance-spot, was "binance-options"',
    )
  })
})

describe('tickwire sim --accounts', () => {
  const secret = 's'.repeat(64)
  const key = 'k'.repeat(64)

  it('reads YAML: balances, leverage, several keys of one account', async () => {
    const path = file(
      'accounts.yaml',
      `- { venue: binance-usdm, key: ${key}, secret: ${secret}, account: main, balances: { USDT: 2500 }, leverage: 5 }\n` +
        `- { venue: binance-usdm, key: ${'r'.repeat(64)}, secret: ${secret}, account: main, permissions: [read] }\n`,
    )
    const [cli, first] = await started(['--accounts', path])
    await using _cli = cli
    expect(Object.keys(first)).toEqual(['binance-usdm'])
    for (const one of [key, 'r'.repeat(64)])
      expect(await balance(first, one, secret)).toMatchObject({ balance: '2500.00000000' })
    expect(cli.stdout + cli.stderr).not.toContain(key)
  })

  it.each([
    ['nothing.yaml', undefined, /--accounts: expected a list of accounts \(YAML or JSON\), found no file/],
    ['broken.yaml', '- [', /--accounts: ".*broken\.yaml" is no valid YAML/],
    ['empty.yaml', '[]', /expected at least one account, received none/],
    ['word.yaml', 'hello', /account 1: expected an object, was "hello"/],
    [
      'key.yaml',
      `- { venue: binance-usdm, kee: ${key} }`,
      /account 1: "key": expected a text, received nothing|"kee" means nothing here/,
    ],
    [
      'short.yaml',
      '- { venue: binance-usdm, key: abc, secret: x }',
      /key must be 8 to 128 letters and digits, was "abc"/,
    ],
    ['none.yaml', `- { venue: binance-usdm, key: ${key} }`, /"kkkkkk…" needs either secret \(HMAC\) or publicKey/],
    ['venue.yaml', `- { venue: kraken, key: ${key}, secret: x }`, /venue must be among binance-usdm, .*, was "kraken"/],
    [
      'other.yaml',
      `- { venue: binance-spot, key: ${key}, secret: x }`,
      /binance-spot is not among venues \(binance-usdm\)/,
    ],
    [
      'money.yaml',
      `- { venue: binance-usdm, key: ${key}, secret: x, balances: { USDT: "-1" } }`,
      /balance of USDT for "kkkkkk…" must be decimal text/,
    ],
    [
      'lever.yaml',
      `- { venue: binance-usdm, key: ${key}, secret: x, leverage: ten }`,
      /account 1: "leverage": expected a number, was "ten"/,
    ],
    [
      'pem.yaml',
      `- { venue: binance-usdm, key: ${key}, publicKey: nonsense }`,
      /publicKey of "kkkkkk…" is no PEM public key/,
    ],
  ])('%s: one line, exit 2', async (name, text, message) => {
    const path = text === undefined ? join(folder, name) : file(name, text)
    const { code, stdout, stderr } = await run(['sim', '--venue', 'binance-usdm', '--accounts', path])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.trim()).toMatch(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).not.toContain(key)
  })
})

describe('tickwire sim --scenario', () => {
  it('is said on stderr; an unknown one is refused with the list', async () => {
    const { code, stdout, stderr } = await run(['sim', '--venue', 'binance-usdm', '--scenario', 'calm', '--for', '1s'])
    expect([code, jsonLines(stdout).length]).toEqual([0, 1])
    expect(stderr).toContain('a generated market, seed 1, scenario calm')
    const wrong = await run(['sim', '--scenario', 'list'])
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain(
      '--scenario: expected one of calm, trend, burst, flash-crash, liquidation-cascade, was "list"',
    )
  })
})

describe('tickwire sim --live-market', () => {
  it('trades on paper at another exchange, here a simulated one', async () => {
    const [cli, first] = await started([])
    await using _cli = cli
    const args = [
      '--live-market',
      'binance-usdm:BTCUSDT',
      '--endpoints',
      JSON.stringify(first),
      '--account',
      'binance-usdm',
    ]
    await using paper = await Cli.start(['sim', ...args])
    await paper.until(({ stdout, stderr }) => stdout.includes('\n') && stderr.includes('serving'))
    expect(paper.stderr).toContain('serving paper trading on binance-usdm:BTCUSDT: binance-usdm')
    const endpoints = paper.stdout.trim()
    const watched = await run([
      'watch',
      'binance-usdm:BTCUSDT',
      '--channel',
      'trade,book',
      '--count',
      '20',
      '--endpoints',
      endpoints,
    ])
    expect(watched.code).toBe(0)
    const kinds = new Set(jsonLines(watched.stdout).map(event => event['kind']))
    expect([...kinds]).toEqual(expect.arrayContaining(['trade', 'book']))
  })

  it.each([
    [['--live-market', 'binance-usdm:BTCUSDT', '--seed', '3'], '--seed: does nothing with --live-market.'],
    [['--live-market', 'binance-usdm:BTCUSDT', '--venue', 'binance-usdm'], '--venue: does nothing with --live-market.'],
    [['--endpoints', '{}'], '--endpoints: only with --live-market'],
    [['--live-market', 'BTCUSDT'], 'instrument must look like "binance-spot:BTCUSDT", was "BTCUSDT"'],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await run(['sim', ...args])
    expect([code, stderr.trim()]).toEqual([2, expect.stringContaining(message)])
  })
})
