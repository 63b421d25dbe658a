import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { FaultPlanFile } from '../../src/sim/index.ts'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { ensureBuilt, mainFile } from './built.ts'
import { Cli, isRecord, run } from './cli.ts'

/** Each of another length and alphabet, none of which a pattern for keys would find: only the value gives them away. */
const KEY = 'canary-Key_of.usdm'
const SECRET = 'canary+Secret/of.usdm='
const SIM_KEY = 'canaryKeyOfUsdm'
const TOKEN = 'canary-token-of-accounts'

const folder = mkdtempSync(join(tmpdir(), 'tickwire-canary-'))
const env = {
  TICKWIRE_BINANCE_USDM_KEY: SIM_KEY,
  TICKWIRE_BINANCE_USDM_SECRET: SECRET,
  TICKWIRE_STATE: join(folder, 'state'),
  TICKWIRE_ACCOUNT_TOKEN: TOKEN,
}

let exchange: Simulator
let endpoints: string
/** Everything that was said anywhere, by who said it. */
const said = new Map<string, string>()

async function listenKey(simulator: Simulator): Promise<string> {
  const url = `${simulator.endpoints['binance-usdm']?.rest}/fapi/v1/listenKey`
  const answer: unknown = await (await fetch(url, { method: 'POST', headers: { 'X-MBX-APIKEY': SIM_KEY } })).json()
  return isRecord(answer) ? String(answer['listenKey']) : ''
}

async function open(steps: FaultPlanFile['steps'] = []): Promise<Simulator> {
  return await createSimulator({
    venues: ['binance-usdm'],
    accounts: [{ venue: 'binance-usdm', key: SIM_KEY, secret: SECRET, balances: { USDT: '10000' } }],
    ...(steps.length === 0 ? {} : { faults: { steps } }),
  })
}

beforeAll(async () => {
  await ensureBuilt()
  exchange = await open()
  endpoints = JSON.stringify(exchange.endpoints)
})

afterAll(async () => {
  await exchange[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** Values, their encoded forms, signatures by their length, and keys of user streams. */
function expectNoSecret(texts: ReadonlyMap<string, string>, keys: readonly string[]): void {
  const forms = [KEY, SECRET, SIM_KEY, TOKEN, ...keys].flatMap(text => [text, encodeURIComponent(text)])
  for (const [who, text] of texts) {
    for (const form of forms) expect(text.includes(form), `${who} holds ${form.slice(0, 9)}…`).toBe(false)
    expect(/\b[0-9a-f]{64}\b/.exec(text)?.[0], `${who} holds a signature`).toBeUndefined()
    expect(/listenKey"?[=:]"?[A-Za-z0-9]/.exec(text)?.[0], `${who} holds a listen key`).toBeUndefined()
  }
}

async function hear(name: string, args: readonly string[], extra: Record<string, string> = {}): Promise<void> {
  const { stdout, stderr } = await run(args, { env: { ...env, ...extra }, cwd: folder })
  said.set(`${name} stdout`, stdout)
  said.set(`${name} stderr`, stderr)
  expect(`${stdout}${stderr}`, name).not.toBe('')
}

function filesOf(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map(name => join(directory, name))
    .filter(path => statSync(path).isFile())
}

describe('F:M01 no secret leaves', () => {
  it('any command that works', { timeout: 120_000 }, async () => {
    const key = await listenKey(exchange)
    expect(key.length).toBeGreaterThan(20)
    const market = ['binance-usdm:BTCUSDT', '--for', '2s', '--endpoints', endpoints]
    await hear('account', ['account', '--for', '3s', '--memory', join(folder, 'memory'), '--endpoints', endpoints])
    await hear('account --once', ['account', '--once', '--endpoints', endpoints])
    await hear('watch', ['watch', '--channel', 'trade,quote', ...market])
    await hear('book', ['book', ...market])
    await hear('instruments', ['instruments', '--endpoints', endpoints])
    await hear('doctor', ['doctor', 'binance-usdm', '--endpoints', endpoints])
    await hear('serve', ['serve', '--port', '0', ...market])
    await hear('sim', ['sim', '--venue', 'binance-usdm', '--for', '1s'])
    await hear('demo', ['demo', '--port', '0', '--for', '3s'])
    await hear('help', ['account', '--help'])
    expectNoSecret(said, [key])
  })

  const troubles: readonly (readonly [name: string, steps: FaultPlanFile['steps']])[] = [
    ['a revoked key', [{ fault: 'revokeKey', atMs: 1500 }]],
    ['HTML instead of answers', [{ fault: 'rest', atMs: 0, status: 502, body: '<html>Bad gateway</html>' }]],
    ['cuts', [{ fault: 'drop', atMs: 1500, everyMs: 700 }]],
    ['a listen key that ends', [{ fault: 'expireListenKey', atMs: 1500 }]],
    ['upgrades that are refused', [{ fault: 'refuse', atMs: 0, status: 403, body: 'forbidden' }]],
    ['a clock that is wrong', [{ fault: 'clockSkew', atMs: 1500, ms: 90_000 }]],
  ]

  it.each(troubles)('under %s', { timeout: 60_000 }, async (name, steps) => {
    await using bad = await open(steps)
    const key = await listenKey(bad).catch(() => '')
    const pointed = ['--endpoints', JSON.stringify(bad.endpoints)]
    await Promise.all([
      hear(`account, ${name}`, ['account', '--for', '5s', ...pointed]),
      hear(`doctor, ${name}`, ['doctor', 'binance-usdm', '--patience', '2s', ...pointed]),
    ])
    expectNoSecret(said, key === '' ? [] : [key])
  })

  it('a wrong secret, and keys whose form is wrong', async () => {
    await hear('wrong secret', ['account', '--once', '--endpoints', endpoints], { TICKWIRE_BINANCE_USDM_SECRET: KEY })
    await hear('quoted', ['account', '--once'], { TICKWIRE_BINANCE_USDM_SECRET: `"${SECRET}"` })
    await hear('no such path', ['account', '--once'], {
      TICKWIRE_BINANCE_USDM_SECRET: '',
      TICKWIRE_BINANCE_USDM_PRIVATE_KEY: '/no/such.pem',
    })
    const keys = join(folder, 'keys.yaml')
    writeFileSync(keys, `binance-usdm:\n  key: ${KEY}\n   secret: "${SECRET}\n`, { mode: 0o600 })
    await hear('broken file', ['account', '--once', '--keys', keys])
    await hear('argv', ['account', `--secret=${SECRET}`])
    await hear('unknown option', ['account', `--secrets=${SIM_KEY}`])
    rmSync(keys)
    expectNoSecret(said, [])
  })

  it('the server: pages, API, metrics, web socket, in health and in sickness', { timeout: 60_000 }, async () => {
    await using bad = await open([{ fault: 'drop', atMs: 3000, everyMs: 900 }])
    const key = await listenKey(bad)
    const args = ['serve', 'binance-usdm:BTCUSDT', '--port', '0', '--endpoints', JSON.stringify(bad.endpoints)]
    await using server = await Cli.start(args, { env, cwd: folder })
    await server.until(({ stdout }) => stdout.includes('\n'))
    const url = server.stdout.trim()
    for (const path of [
      '/',
      '/healthz',
      '/api/status',
      '/api/instruments',
      '/api/nothing',
      '/metrics',
      '/api/klines?x=1',
    ])
      said.set(`server ${path}`, await (await fetch(`${url}${path}`)).text())
    const { frames, hasAccount } = await listenToViews(url, TOKEN)
    expect(hasAccount).toBe(true)
    said.set('server frames', frames)
    const stranger = await listenToViews(url, undefined)
    expect(stranger.frames).toContain('open the address that the server printed')
    expect([stranger.hasAccount, stranger.frames.includes('USDT","free"')]).toEqual([false, false])
    server.interrupt()
    const { stdout, stderr } = await server.exit
    said.set('server output', stdout + stderr)
    expectNoSecret(said, [key])
  })

  it('what crashes, and what was left on disk', { timeout: 60_000 }, async () => {
    // Nobody catches these: the text is what a careless library would say.
    for (const [name, act] of [
      ['exception', 'throw new Error(text)'],
      ['rejection', 'void Promise.reject(new Error("outer", { cause: new Error(text) }))'],
    ] as const) {
      const crash = join(folder, `${name}.mjs`)
      writeFileSync(
        crash,
        `const text = 'GET /x?signature=${'a1'.repeat(32)} ${SIM_KEY} ${SECRET}'\nsetTimeout(() => { ${act} }, 2000)\n`,
      )
      await hear(name, ['account', '--for', '6s', '--endpoints', endpoints], { NODE_OPTIONS: `--import ${crash}` })
      expect(said.get(`${name} stderr`)).toMatch(/tickwire: /)
      rmSync(crash)
    }
    const report = { NODE_OPTIONS: `--report-on-signal --report-directory=${folder}` }
    await using reporting = await Cli.start(['account', '--for', '6s', '--endpoints', endpoints], {
      env: { ...env, ...report },
      cwd: folder,
    })
    await reporting.until(({ stdout }) => stdout.includes('synced'))
    reporting.signal('SIGUSR2')
    await delay(1500)
    reporting.signal('SIGUSR1')
    await delay(500)
    reporting.interrupt()
    const { stderr } = await reporting.exit
    said.set('after USR1', stderr)
    expect(stderr).toContain('the debugger stays closed')
    expect(stderr).not.toContain('Debugger listening')
    const files = filesOf(folder)
    expect(files.some(path => path.includes('report.'))).toBe(true)
    for (const path of files) said.set(path, readFileSync(path, 'utf8'))
    said.set('the program', mainFile)
    expectNoSecret(said, [])
  })
})

interface Heard {
  readonly frames: string
  readonly hasAccount: boolean
}

/** Everything that a page would hear in four seconds of all views. */
async function listenToViews(url: string, token: string | undefined): Promise<Heard> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { origin: url })
  const heard: string[] = []
  socket.on('message', (data: Buffer) => heard.push(data.toString('utf8')))
  await new Promise(resolve => socket.once('open', resolve))
  if (token !== undefined) socket.send(JSON.stringify({ op: 'auth', token }))
  const instrument = 'binance-usdm:BTCUSDT'
  for (const [index, view] of ['account', 'health', 'ticker', 'candles', 'ladder'].entries()) {
    const market = index > 1 ? { instrument } : {}
    socket.send(JSON.stringify({ op: 'subscribe', id: index + 1, view, ...market }))
  }
  socket.send('{"op":"nonsense"}')
  await delay(4000)
  socket.terminate()
  const frames = heard.join('\n')
  return { frames, hasAccount: frames.includes('"balances":[{"asset":"USDT"') }
}
