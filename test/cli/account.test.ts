import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { ensureBuilt } from './built.ts'
import { Cli, jsonLines, run } from './cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'tickwire-account-'))
const KEY = 'canaryKeyOfUsdm0123456789'
const SECRET = 'canarySecretOfUsdm0123456789'
const env = { TICKWIRE_BINANCE_USDM_KEY: KEY, TICKWIRE_BINANCE_USDM_SECRET: SECRET, TICKWIRE_STATE: 'off' }

let exchange: Simulator
let endpoints: string

beforeAll(async () => {
  await ensureBuilt()
  exchange = await createSimulator({
    venues: ['binance-usdm', 'binance-spot'],
    accounts: [
      { venue: 'binance-usdm', key: KEY, secret: SECRET, balances: { USDT: '12345.5' } },
      { venue: 'binance-spot', key: KEY, secret: SECRET, balances: { USDT: '700.25' } },
      { venue: 'binance-usdm', key: `${KEY}R`, secret: SECRET },
      { venue: 'binance-usdm', key: `${KEY}G`, secret: SECRET, balances: { USDT: '5000' } },
    ],
  })
  endpoints = JSON.stringify(exchange.endpoints)
})

afterAll(async () => {
  await exchange[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

function account(args: readonly string[], extra: Record<string, string> = env) {
  return run(['account', ...args, '--endpoints', endpoints], { env: extra, cwd: folder })
}

describe('tickwire account', () => {
  it('--once compares, prints the state and ends', async () => {
    const { code, stdout, stderr } = await account(['binance-usdm', '--once'])
    expect([code, stderr]).toEqual([0, ''])
    const lines = jsonLines(stdout)
    expect(lines[0]).toMatchObject({
      kind: 'balance',
      account: 'binance-usdm',
      asset: 'USDT',
      wallet: '12345.50000000',
    })
    expect(lines.at(-1)).toMatchObject({ kind: 'accountState', phase: 'synced' })
  })

  it('prints every event of a trade as flat JSON, with the amounts as text, until --count', async () => {
    await using cli = await Cli.start(['account', '--endpoints', endpoints, '--for', '20s'], { env, cwd: folder })
    await cli.until(({ stdout }) => stdout.includes('"phase":"synced"'))
    await exchange.run({
      steps: [{ fault: 'foreignTrade', atMs: 0, account: KEY, symbol: 'BTCUSDT', side: 'BUY', quantity: '0.010' }],
    })
    await cli.until(({ stdout }) => stdout.includes('"kind":"fill"') && stdout.includes('"kind":"position"'))
    cli.interrupt()
    const { code } = await cli.exit
    expect(code).toBe(0)
    const fill = cli.events().find(event => event['kind'] === 'fill')
    expect(fill).toMatchObject({
      account: 'binance-usdm',
      instrument: 'binance-usdm:BTCUSDT',
      side: 'buy',
      quantity: expect.stringMatching(/^0\.\d+$/),
      fee: expect.stringMatching(/^0\.\d+$/),
      feeAsset: 'USDT',
      liquidity: 'taker',
      origin: 'stream',
    })
    for (const event of cli
      .events()
      .filter(one => ['fill', 'balance', 'position', 'order'].includes(String(one['kind']))))
      expect(Object.values(event).filter(value => typeof value === 'object')).toEqual([])
  })

  it('--hide-amounts prints prices and times only', async () => {
    const { code, stdout } = await account(['binance-usdm', '--once', '--hide-amounts'])
    expect(code).toBe(0)
    expect(jsonLines(stdout)[0]).toMatchObject({ kind: 'balance', asset: 'USDT', free: '***', wallet: '***' })
    expect(stdout).not.toContain('12345')
  })

  it('several venues at once, each by its own keys', async () => {
    const both = { ...env, TICKWIRE_BINANCE_SPOT_KEY: KEY, TICKWIRE_BINANCE_SPOT_SECRET: SECRET }
    const { code, stdout } = await account(['--once'], both)
    expect(code).toBe(0)
    const balances = jsonLines(stdout).filter(event => event['kind'] === 'balance' && event['asset'] === 'USDT')
    expect(balances.map(event => String(event['account'])).sort()).toEqual(['binance-spot', 'binance-usdm'])
  })

  it('keys from a file and from stdin', async () => {
    const path = join(folder, 'keys.yaml')
    writeFileSync(path, `binance-usdm/hedge: { key: ${KEY}, secret: ${SECRET} }\n`)
    chmodSync(path, 0o600)
    const { code, stdout } = await account(['binance-usdm', '--once', '--keys', path], { TICKWIRE_STATE: 'off' })
    expect(code).toBe(0)
    expect(jsonLines(stdout)[0]).toMatchObject({ account: 'binance-usdm/hedge' })
    chmodSync(path, 0o644)
    const open = await account(['--once', '--keys', path], {})
    expect([open.code, open.stdout, open.stderr]).toEqual([
      2,
      '',
      `tickwire: --keys: others can read "${path}" (mode 0644): chmod 600 '${path}'\n`,
    ])
  })

  it('a key that is refused: exit 2, one line that names what to check', async () => {
    const wrong = await account(['binance-usdm', '--for', '20s'], {
      ...env,
      TICKWIRE_BINANCE_USDM_SECRET: 'wrongSecret77',
    })
    expect(wrong.code).toBe(2)
    expect(wrong.stderr.trim().split('\n')).toHaveLength(1)
    expect(wrong.stderr).toMatch(/the secret does not belong to the key/)
    exchange.account(`${KEY}R`).revokeKey()
    const revoked = await account(['binance-usdm', '--once'], { ...env, TICKWIRE_BINANCE_USDM_KEY: `${KEY}R` })
    const failures = jsonLines(revoked.stderr).filter(line => line['level'] === 50)
    expect([revoked.code, failures]).toMatchObject([
      2,
      [{ msg: expect.stringContaining('binance-usdm: the key was refused') }],
    ])
    expect(revoked.stderr).toMatch(/refused by the live environment of binance-usdm .*-2015/)
    expect(wrong.stderr + revoked.stderr).not.toMatch(/canary|wrongSecret/)
  })

  it('--strict: exit 3 when the end is not synced', async () => {
    const steps = [{ fault: 'rest', atMs: 0, status: 503, body: '<html>maintenance</html>' } as const]
    await using bad = await createSimulator({
      venues: ['binance-usdm'],
      accounts: [{ venue: 'binance-usdm', key: KEY, secret: SECRET }],
      faults: { steps },
    })
    const args = ['account', '--for', '3s', '--endpoints', JSON.stringify(bad.endpoints)]
    const [strict, plain] = await Promise.all([
      run([...args, '--strict'], { env, cwd: folder }),
      run(args, { env, cwd: folder }),
    ])
    expect([strict.code, plain.code]).toEqual([3, 1])
    expect(plain.stderr).toMatch(/binance-usdm: connecting until the end: .*503/)
  })
})

describe('before anything is sent', () => {
  it.each([
    [['account'], {}, /account: found no keys\. Set e\.g\. TICKWIRE_BINANCE_SPOT_KEY/],
    [['account', 'binance-spot'], env, /found no keys of "binance-spot": expected TICKWIRE_BINANCE_SPOT_KEY and/],
    [['account', 'binance-usmd'], env, /"binance-usmd" is no venue with accounts.*Did you mean "binance-usdm"/],
    [['account', '--once', '--count', '3'], env, /--count: does nothing with --once/],
    [['account', '--secret', SECRET], {}, /--secret: keys and secrets are not taken from the command line/],
    [['account', `--api-key=${KEY}`], {}, /--api-key: keys and secrets are not taken/],
    [['watch', 'binance-usdm:BTCUSDT', '--private-key', 'canary.pem'], {}, /--private-key: keys and secrets/],
    [['account', 'canary'.repeat(9)], {}, /an argument looks like a key/],
    [['account', '--keys', '/no/such/file'], {}, /--keys: found no file "\/no\/such\/file"/],
  ])('F:M15 %j is refused in one line', async (args, extra, message) => {
    const { code, stdout, stderr } = await run(args, { env: extra, cwd: folder })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).not.toMatch(/canary/i)
  })

  it('F:F06 a key is shown to its own environment only', async () => {
    const other = await account(['--environment', 'testnet'])
    expect(other.code).toBe(2)
    expect(other.stderr).toMatch(
      /--environment testnet: the keys of binance-usdm belong to live.*Set TICKWIRE_BINANCE_USDM_ENVIRONMENT=testnet/,
    )
    const paired = await account(['--once'], { ...env, TICKWIRE_BINANCE_USDM_ENVIRONMENT: 'testnet' })
    expect(paired.stderr).toContain('the environment is testnet, as the keys say')
    const mixed = { TICKWIRE_BINANCE_USDM_B_KEY: KEY, TICKWIRE_BINANCE_USDM_B_SECRET: SECRET }
    const both = await account([], { ...env, ...mixed, TICKWIRE_BINANCE_USDM_B_ENVIRONMENT: 'demo' })
    expect(both.stderr).toMatch(/binance-usdm is of live and binance-usdm\/b of demo: choose with --environment/)
    expect(exchange.stats()['binance-usdm']).toBeDefined()
  })

  it.each([{ NODE_OPTIONS: '--inspect=0' }, { NODE_OPTIONS: '--heapsnapshot-signal=SIGUSR2' }, { NODE_DEBUG: 'http' }])(
    'F:M13 %j is refused while keys are loaded',
    async extra => {
      const { code, stdout, stderr } = await account(['--once'], { ...env, ...extra })
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toContain('refused while API keys are loaded')
      expect(stderr).not.toMatch(/canary/i)
    },
  )
})

describe('what a key may do', () => {
  let wallet: Server
  let rights: Record<string, boolean>

  beforeAll(async () => {
    wallet = createServer((_request, response) => response.end(JSON.stringify(rights)))
    await new Promise<void>(resolve => wallet.listen(0, '127.0.0.1', resolve))
  })

  afterAll(() => wallet.close())

  function pointed(): string {
    const address = wallet.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const usdm = { ...exchange.endpoints['binance-usdm'], wallet: `http://127.0.0.1:${port}` }
    return JSON.stringify({ 'binance-usdm': usdm })
  }

  it('F:M14 a key with the right to withdraw is refused, unless that is wanted', async () => {
    rights = { enableReading: true, enableWithdrawals: true, ipRestrict: false }
    const args = ['account', '--once', '--endpoints', pointed()]
    const refused = await run(args, { env, cwd: folder })
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/the right to withdraw/)
    const allowed = await run([...args, '--allow-withdrawals'], { env, cwd: folder })
    expect(allowed.code).toBe(0)
    rights = { enableReading: true, enableWithdrawals: false, ipRestrict: true }
    expect((await run(args, { env, cwd: folder })).code).toBe(0)
  })

  it('F:M14 doctor says what a key may do, and what is too much', async () => {
    rights = { enableReading: true, enableFutures: true, enableWithdrawals: true, ipRestrict: false }
    const args = ['doctor', 'binance-usdm', '--endpoints', pointed(), '--json']
    const wide = await run(args, { env, cwd: folder })
    const permissions = jsonLines(wide.stdout).find(finding => finding['check'] === 'key rights')
    expect(permissions).toMatchObject({
      venue: 'binance-usdm',
      verdict: 'fail',
      text: expect.stringMatching(/may read, trade and withdraw, from any address/),
    })
    expect(wide.code).toBe(1)
    rights = { enableReading: true, enableWithdrawals: false, ipRestrict: true }
    const narrow = await run(args, { env, cwd: folder })
    expect(jsonLines(narrow.stdout).filter(finding => String(finding['check']).startsWith('key'))).toMatchObject([
      { check: 'key', verdict: 'ok' },
      { check: 'key rights', verdict: 'ok', text: expect.stringContaining('may read, from its own addresses only') },
    ])
    expect(narrow.code).toBe(0)
    expect(wide.stdout + wide.stderr + narrow.stdout + narrow.stderr).not.toMatch(/canary/i)
  })
})
