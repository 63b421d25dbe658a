import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { ensureBuilt, mainFile } from './built.ts'
import { plainEnv } from './cli.ts'

const hasTmux = spawnSync('tmux', ['-V']).status === 0
/** Under CI a missing program is a failure, never a skip. */
const isSkipped = !hasTmux && process.env['CI'] !== 'true'
const COLUMNS = 100
const ROWS = 30

const folder = mkdtempSync(join(tmpdir(), 'tickwire-terminal-'))
let exchange: Simulator
let endpoints: string
let keys: string

beforeAll(async () => {
  await ensureBuilt()
  const account = { venue: 'binance-usdm', key: 'terminalTerminal', secret: 'notARealSecret' }
  exchange = await createSimulator({
    venues: ['binance-usdm', 'binance-spot'],
    accounts: [{ ...account, balances: { USDT: '12345.5' } }],
  })
  keys = join(folder, 'keys.yaml')
  writeFileSync(keys, `binance-usdm: { key: ${account.key}, secret: ${account.secret} }\n`, { mode: 0o600 })
  endpoints = join(folder, 'endpoints.json')
  writeFileSync(endpoints, JSON.stringify(exchange.endpoints))
})

afterAll(async () => {
  await exchange[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** A real terminal of 100 × 30 with one command in it; its exit code is printed below, as a shell would. */
class Terminal implements Disposable {
  private readonly name = `tickwire-${randomUUID()}`

  constructor(args: readonly string[]) {
    const script = join(folder, `${this.name}.sh`)
    const words = [process.execPath, mainFile, ...args].map(word => `'${word}'`).join(' ')
    // The shell outlives Ctrl-C, and keeps the screen as the command left it.
    writeFileSync(script, `trap : INT\n${words}\necho "exit code $?"\nwhile :; do sleep 1; done\n`)
    const size = ['-x', String(COLUMNS), '-y', String(ROWS)]
    const options = { env: plainEnv({ TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' }) }
    execFileSync(
      'tmux',
      ['-u', '-L', this.name, '-f', '/dev/null', 'new-session', '-d', ...size, `bash ${script}`],
      options,
    )
  }

  rows(): readonly string[] {
    return this.tmux('capture-pane', '-p').split('\n').slice(0, ROWS)
  }

  /** `1 0` and so on, of tmux's own formats. */
  state(format: string): string {
    return this.tmux('display-message', '-p', format).trim()
  }

  press(key: string): void {
    this.tmux('send-keys', key)
  }

  resize(columns: number, rows: number): void {
    this.tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  async until(condition: (rows: readonly string[]) => boolean): Promise<readonly string[]> {
    const failAt = performance.now() + 30_000
    for (;;) {
      const rows = this.rows()
      if (condition(rows)) return rows
      if (performance.now() > failAt) throw new Error(`waited in vain, the screen is:\n${rows.join('\n')}`)
      await delay(50)
    }
  }

  [Symbol.dispose](): void {
    this.tmux('kill-server')
  }

  private tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-u', '-L', this.name, ...args], { encoding: 'utf8' })
  }
}

/** What stands on the screen, without the numbers: heading, rows with a price, the spread, nothing. */
function shape(rows: readonly string[]): readonly string[] {
  return rows.map(row => {
    if (row.startsWith('binance-')) return 'heading'
    if (/^ {2}spread \d/.test(row)) return 'spread'
    if (/^ +\d+\.\d+ +\d+\.\d+ /.test(row)) return 'level'
    return row.trim()
  })
}

const isSynced = (rows: readonly string[]): boolean => (rows[0] ?? '').includes('synced live')

describe.skipIf(isSkipped)('on a terminal (needs tmux: apt-get install -y tmux)', () => {
  it('book: the ladder stands still in place, and Ctrl-C leaves it with the cursor visible', async () => {
    using terminal = new Terminal(['book', 'binance-usdm:BTCUSDT', '--levels', '5', '--endpoints', endpoints])
    const first = await terminal.until(isSynced)
    const expected = [
      'heading',
      ...Array(5).fill('level'),
      'spread',
      ...Array(5).fill('level'),
      ...Array(ROWS - 12).fill(''),
    ]
    expect(shape(first)).toEqual(expected)
    expect(terminal.state('#{cursor_flag} #{history_size} #{cursor_y}')).toBe('0 0 12')
    const contents = new Set([first.join('\n')])
    for (let picture = 0; contents.size < 6 && picture < 400; picture++) {
      const rows = terminal.rows()
      expect(shape(rows)).toEqual(expected)
      contents.add(rows.join('\n'))
      await delay(20)
    }
    expect(contents.size).toBe(6)
    expect(terminal.state('#{history_size} #{cursor_y}')).toBe('0 12')
    terminal.press('C-c')
    const last = await terminal.until(rows => rows.some(row => row.includes('exit code')))
    expect(last.find(row => row.includes('exit code'))).toContain('exit code 0')
    expect(shape(last).slice(0, 12)).toEqual(expected.slice(0, 12))
    expect(terminal.state('#{cursor_flag} #{wrap_flag}')).toBe('1 1')
  })

  it('book: no more levels than the terminal has rows for, also after it changed its size', async () => {
    using terminal = new Terminal(['book', 'binance-usdm:BTCUSDT', '--levels', '40', '--endpoints', endpoints])
    const full = await terminal.until(isSynced)
    expect(shape(full).filter(kind => kind === 'level')).toHaveLength(26)
    terminal.resize(60, 16)
    const small = await terminal.until(rows => isSynced(rows) && shape(rows).filter(kind => kind !== '').length === 14)
    expect(
      shape(small)
        .slice(0, 16)
        .filter(kind => kind === 'level'),
    ).toHaveLength(12)
    expect(shape(small).filter(kind => kind === 'heading')).toHaveLength(1)
  })

  it('book: says why there is no book, in one line that does not wrap', async () => {
    const nowhere = '{"binance-usdm":{"rest":"http://no-such-host.invalid","stream":"ws://no-such-host.invalid"}}'
    using terminal = new Terminal(['book', 'binance-usdm:BTCUSDT', '--levels', '3', '--endpoints', nowhere])
    const rows = await terminal.until(current => current.some(row => row.includes('syncing: the host name could not')))
    const heading = rows.findIndex(row => row.startsWith('binance-usdm:BTCUSDT'))
    expect(rows.slice(heading + 1, heading + 8).map(row => row.trim())).toEqual(Array(7).fill('·'))
    terminal.press('C-c')
    const last = await terminal.until(current => current.some(row => row.includes('exit code')))
    expect(last.find(row => row.includes('exit code'))).toContain('exit code 0')
  })

  it('account: tables that stand still, with sources and ages, and a fill as it comes', async () => {
    using terminal = new Terminal(['account', 'binance-usdm', '--keys', keys, '--endpoints', endpoints])
    const first = await terminal.until(rows => (rows[0] ?? '').startsWith('binance-usdm  ● synced'))
    const text = first.join('\n')
    expect(text).toMatch(/^Balances +(REST|user stream) \d.*\n +free +locked +wallet/m)
    expect(text).toMatch(/^ {2}USDT +12,345\.5 +0 +12,345\.5$/m)
    expect(text).toMatch(/^Positions +none · (REST|user stream) \d/m)
    await exchange.run({
      steps: [{ fault: 'foreignTrade', atMs: 0, symbol: 'BTCUSDT', side: 'BUY', quantity: '0.010' }],
    })
    const later = await terminal.until(rows => rows.some(row => /^ {2}BTCUSDT +▲ buy/.test(row)))
    expect(later.some(row => /^ {2}BTCUSDT +0\.01 +\d/.test(row))).toBe(true)
    expect(terminal.state('#{history_size}')).toBe('0')
    terminal.press('C-c')
    const last = await terminal.until(rows => rows.some(row => row.includes('exit code')))
    expect(last.find(row => row.includes('exit code'))).toContain('exit code 0')
  })

  it('watch: one aligned line an event, prices with the same digits', async () => {
    const args = ['watch', 'binance-usdm:BTCUSDT', '--channel', 'rawTrade', '--endpoints', endpoints, '--count', '12']
    using terminal = new Terminal(args)
    const rows = await terminal.until(current => current.some(row => row.includes('exit code 0')))
    const trades = rows.filter(row => row.includes(' trade '))
    expect(trades).toHaveLength(12)
    expect(new Set(trades.map(row => row.indexOf('×'))).size).toBe(1)
    for (const row of trades)
      expect(row).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}binance-usdm:BTCUSDT +trade +[▲▼] (buy|sell)/)
  })

  it('instruments: columns stand under their headings, whatever the script of a symbol', async () => {
    using terminal = new Terminal(['instruments', '--venue', 'binance-spot', '--endpoints', endpoints])
    const rows = await terminal.until(current => current.some(row => row.includes('exit code 0')))
    const listed = rows.filter(row => row.startsWith('binance-spot:'))
    expect(listed.some(row => /[\u4e00-\u9fff]/.test(row))).toBe(true)
    expect(new Set([rows[0]?.indexOf('status'), ...listed.map(row => columnsBefore(row, 'TRADING'))]).size).toBe(1)
  })

  it('doctor: a mark and a line for each check, then the verdict', async () => {
    using terminal = new Terminal(['doctor', 'binance-spot', '--endpoints', endpoints, '--patience', '30s'])
    const rows = await terminal.until(current => current.some(row => row.includes('exit code')))
    expect(rows.filter(row => /^[✓!] binance-spot {5}/.test(row)).length).toBeGreaterThanOrEqual(7)
    expect(rows).toContain('Everything that was checked works.')
  })
})

/** Columns left of a text; Chinese characters take two. */
function columnsBefore(row: string, text: string): number {
  const before = row.slice(0, row.indexOf(text))
  return before.length + (before.match(/[\u4e00-\u9fff]/g)?.length ?? 0)
}
