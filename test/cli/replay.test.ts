import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { HandMade } from '../replay/hand-made.ts'
import { Folder } from '../replay/record.ts'
import { ensureBuilt, mainFile } from './built.ts'
import { Cli, jsonLines, plainEnv, run, stackLines } from './cli.ts'

const BTC = 'binance-usdm:BTCUSDT'
const SPOT = 'binance-spot:BTCUSDT'

let exchange: Simulator
let endpoints: string
let folder: Folder

beforeAll(async () => {
  await ensureBuilt()
  folder = new Folder()
  exchange = await createSimulator({ venues: ['binance-usdm', 'binance-spot'] })
  endpoints = JSON.stringify(exchange.endpoints)
})

afterAll(async () => {
  await exchange[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

function capture(file: string, more: readonly string[] = []): Promise<Cli> {
  const args = ['capture', BTC, SPOT, '--channel', 'trade,rawTrade,quote,book', '--to', file, '--endpoints', endpoints]
  return Cli.start([...args, ...more])
}

/** Waits until so many bytes more were flushed to the disk. */
async function grown(file: string, bytes: number): Promise<void> {
  const size = (): number => (existsSync(`${file}.part`) ? statSync(`${file}.part`).size : 0)
  const before = size()
  await expect.poll(size, { timeout: 25_000 }).toBeGreaterThan(before + bytes)
}

/** What is the same whoever watches: data, without the moment at which it was read. */
function data(stdout: string): readonly string[] {
  return jsonLines(stdout)
    .filter(event => event['kind'] === 'trade' || event['kind'] === 'quote')
    .map(event => JSON.stringify({ ...event, receiveTimeUs: 0 }))
}

describe('tickwire capture and tickwire replay', () => {
  it('what was captured replays as watch saw it; twice, slowly and fast the same bytes', async () => {
    const file = folder.file('trip.jsonl.gz')
    await using recorder = await capture(file)
    await grown(file, 20_000)
    await using watch = await Cli.start(['watch', BTC, '--channel', 'rawTrade,quote', '--endpoints', endpoints])
    await watch.until(({ stdout }) => data(stdout).length > 150)
    watch.interrupt()
    const watched = data((await watch.exit).stdout)
    await delay(300)
    expect(existsSync(file)).toBe(false)
    recorder.interrupt()
    const recorded = await recorder.exit
    expect(recorded.code).toBe(0)
    expect(jsonLines(recorded.stdout)).toEqual([
      { file, lines: expect.any(Number), lost: 0, bytes: readFileSync(file).length },
    ])
    const args = ['replay', file, '--instrument', BTC, '--channel', 'rawTrade,quote', '--strict']
    const first = await run(args)
    expect(first.code).toBe(0)
    const replayed = data(first.stdout)
    const at = replayed.indexOf(watched[0] ?? '')
    expect(at).toBeGreaterThanOrEqual(0)
    expect(replayed.slice(at, at + watched.length)).toEqual(watched)
    for (const speed of ['max', '10']) expect((await run([...args, '--speed', speed])).stdout).toBe(first.stdout)
    const all = await run(['replay', file])
    const kinds = new Set(jsonLines(all.stdout).map(event => `${String(event['instrument'])} ${String(event['kind'])}`))
    for (const kind of [`${BTC} book`, `${SPOT} book`, `${SPOT} trade`]) expect(kinds).toContain(kind)
    expect((await run(['replay', file])).stdout).toBe(all.stdout)
  })

  it('a forced disconnect is a gap in the replay, and exit 3 under --strict', async () => {
    const file = folder.file('cut.jsonl.gz')
    await using recorder = await capture(file)
    await grown(file, 20_000)
    await grown(file, 5000)
    exchange.faults.dropAll()
    await grown(file, 5000)
    await grown(file, 20_000)
    recorder.interrupt()
    expect((await recorder.exit).code).toBe(0)
    const { code, stdout } = await run(['replay', file, '--channel', 'quote,book', '--strict'])
    const gaps = jsonLines(stdout).filter(event => event['kind'] === 'gap')
    expect(
      gaps.map(gap => `${String(gap['instrument'])} ${String(gap['channel'])} ${String(gap['reason'])}`).sort(),
    ).toEqual([BTC, SPOT].flatMap(each => [`${each} book disconnect`, `${each} quote disconnect`]).sort())
    expect(code).toBe(3)
  })

  it('kill -9 loses a second at most, and what is left says that it is cut off', async () => {
    const file = folder.file('killed.jsonl.gz')
    await using recorder = await capture(file)
    await grown(file, 20_000)
    await delay(1500)
    const killedUs = Date.now() * 1000
    recorder.signal('SIGKILL')
    await recorder.exit
    expect(existsSync(file)).toBe(false)
    const { code, stdout, stderr } = await run(['replay', `${file}.part`, '--channel', 'quote'])
    expect(code).toBe(0)
    const last = Number(jsonLines(stdout).at(-1)?.['receiveTimeUs'])
    expect(killedUs - last).toBeLessThan(1_500_000)
    expect(stderr).toContain('cut off behind line')
  })

  it('--rotate: files that are whole each by itself, and together one stream without a gap', async () => {
    const file = folder.file('turned.jsonl.gz')
    await using recorder = await capture(file, ['--rotate', '1500ms', '--for', '8s'])
    const { code, stdout } = await recorder.exit
    expect(code).toBe(0)
    const files = jsonLines(stdout).map(each => String(each['file']))
    expect(files.length).toBeGreaterThanOrEqual(3)
    for (const each of files) {
      expect(each).toMatch(/turned-\d{8}T\d{6}Z(-\d+)?\.jsonl\.gz$/)
      expect(gunzipSync(readFileSync(each)).toString().endsWith('}\n')).toBe(true)
    }
    expect(readdirSync(folder.path).filter(name => name.startsWith('turned') && name.endsWith('.part'))).toEqual([])
    const together = await run(['replay', ...files, '--strict'])
    expect(together.code).toBe(0)
    expect(jsonLines(together.stdout).filter(event => event['kind'] === 'gap')).toEqual([])
    const later = await run(['replay', files[1] ?? '', '--channel', 'book'])
    expect(later.stderr).toContain('No snapshot was recorded of the book of')
  })

  it('whole markets, whose streams name symbols of other markets, too', async () => {
    const file = folder.file('market.jsonl.gz')
    const args = ['capture', 'binance-usdm:*', SPOT, '--channel', 'ticker', '--to', file, '--endpoints', endpoints]
    await using recorder = await Cli.start(args)
    await grown(file, 5000)
    await delay(2500)
    recorder.interrupt()
    expect((await recorder.exit).code).toBe(0)
    const { code, stdout, stderr } = await run(['replay', file, '--strict'])
    expect(stackLines(stderr)).toEqual([])
    expect(code).toBe(0)
    const tickers = jsonLines(stdout).filter(event => event['kind'] === 'ticker')
    const instruments = new Set(tickers.map(event => String(event['instrument'])))
    expect([...instruments].filter(each => each.startsWith('binance-usdm:')).length).toBeGreaterThan(3)
    expect(instruments).toContain(SPOT)
  })

  it('holds control frames, socket URLs and REST answers, and nothing of keys', async () => {
    const file = folder.file('raw.jsonl.gz')
    await using recorder = await capture(file)
    await grown(file, 20_000)
    await delay(1500)
    recorder.interrupt()
    await recorder.exit
    const lines = jsonLines(gunzipSync(readFileSync(file)).toString())
    const sent = lines.filter(line => line['dir'] === 'out')
    expect(sent.some(line => line['msg'] === '' && String(line['url']).startsWith('ws://127.0.0.1'))).toBe(true)
    expect(sent.some(line => String(line['msg']).includes('"SUBSCRIBE"'))).toBe(true)
    expect(lines.some(line => line['dir'] === 'in' && String(line['msg']).includes('"result":null'))).toBe(true)
    const urls = lines.filter(line => line['conn'] === 'rest').map(line => String(line['url']))
    expect(urls.some(url => url.includes('/fapi/v1/depth?symbol=BTCUSDT'))).toBe(true)
    expect(urls.filter(url => /signature|listenKey/i.test(url))).toEqual([])
    const times = lines.map(line => Number(line['t']))
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })
})

describe('tickwire capture, when it cannot', () => {
  it.each([
    [['--to', '/nonexistent/x.jsonl.gz'], 2, /--to: the capture ".*" cannot be written: ENOENT/],
    [['--to', 'x.csv'], 2, /--to: expected a file that ends in \.jsonl\.gz, was "x\.csv"/],
    [['--to', 'x.jsonl.gz', '--rotate', 'soon'], 2, /--rotate: expected a duration/],
    [[], 2, /required option '--to <file>'/],
  ])('%j: exit %i, one line', async (args, expected, message) => {
    const { code, stderr } = await run(['capture', BTC, '--endpoints', endpoints, ...args], { cwd: folder.path })
    expect(code).toBe(expected)
    expect(stderr).toMatch(message)
    expect(stackLines(stderr)).toEqual([])
  })

  it('never writes over a file, finished or not', async () => {
    for (const name of ['there.jsonl.gz', 'half.jsonl.gz.part']) {
      writeFileSync(folder.file(name), 'precious')
      const to = folder.file(name.replace('.part', ''))
      const { code, stderr } = await run(['capture', BTC, '--endpoints', endpoints, '--to', to])
      expect(code).toBe(2)
      expect(stderr).toContain(`the file "${folder.file(name)}" is there already`)
      expect(readFileSync(folder.file(name), 'utf8')).toBe('precious')
    }
  })

  it('a disk that takes no more: exit 1, one line, and what was written replays', async () => {
    const to = folder.file('full.jsonl.gz')
    const { code, stderr } = await new Promise<{ readonly code: number; readonly stderr: string }>(resolve => {
      // A limit on the size of files is the disk that anybody can fill.
      const script = `ulimit -f 40; exec "${process.execPath}" "${mainFile}" capture ${BTC} ${SPOT} --channel quote,book,rawTrade --to "${to}" --endpoints "$E" --for 20s`
      execFile('bash', ['-c', script], { env: plainEnv({ E: endpoints }) }, (error, _stdout, text) => {
        resolve({ code: Number(error?.code ?? 0), stderr: text })
      })
    })
    expect(stderr).toMatch(/tickwire: the capture ".*full\.jsonl\.gz" cannot be written: EFBIG/)
    expect(code).toBe(1)
    expect(stackLines(stderr)).toEqual([])
    expect(existsSync(to)).toBe(false)
    const replayed = await run(['replay', `${to}.part`])
    expect(replayed.code).toBe(0)
    expect(jsonLines(replayed.stdout).length).toBeGreaterThan(20)
  })

  it('a symbol that does not exist: exit 2, no file', async () => {
    const to = folder.file('nobody.jsonl.gz')
    const { code, stderr } = await run(['capture', 'binance-usdm:BTCUSDX', '--endpoints', endpoints, '--to', to])
    expect(code).toBe(2)
    expect(stderr).toContain('has no symbol "BTCUSDX"')
    expect(existsSync(to) || existsSync(`${to}.part`)).toBe(false)
  })
})

describe('tickwire replay', () => {
  const made = (name: string): string => {
    const path = `${folder.path}/binance-spot`
    mkdirSync(path, { recursive: true })
    const recording = new HandMade().snapshot(10)
    for (let id = 11; id <= 40; id++) recording.trade(id).quote(id).delta(id, id)
    return recording.save(`${path}/${name}`)
  }

  it('--count, --from and --to', async () => {
    const file = made('a.jsonl.gz')
    const { code, stdout } = await run(['replay', file, '--channel', 'trade', '--from', '+1s', '--to', '+3s'])
    expect(code).toBe(0)
    const trades = jsonLines(stdout).filter(event => event['kind'] === 'trade')
    expect(trades.map(trade => trade['id'])).toEqual(['14', '15', '16', '17', '18', '19', '20'])
    const counted = await run(['replay', file, '--channel', 'trade', '--count', '3'])
    expect(jsonLines(counted.stdout).filter(event => event['kind'] === 'trade')).toHaveLength(3)
    const byDate = await run(['replay', file, '--channel', 'trade', '--to', '2026-09-21T14:13:21Z'])
    expect(jsonLines(byDate.stdout).filter(event => event['kind'] === 'trade').length).toBe(3)
  })

  it('--for and Ctrl-C end it cleanly', async () => {
    const file = made('b.jsonl.gz')
    const timed = await run(['replay', file, '--speed', '1', '--for', '1s'])
    expect(timed.code).toBe(0)
    expect(jsonLines(timed.stdout).length).toBeGreaterThan(5)
    await using cli = await Cli.start(['replay', file, '--speed', '1'])
    await cli.until(({ stdout }) => stdout.includes('"kind":"trade"'))
    cli.interrupt()
    const { code, stderr } = await cli.exit
    expect(code).toBe(0)
    expect(stackLines(stderr)).toEqual([])
  })

  it('ends quietly when its reader goes away', async () => {
    await using cli = await Cli.start(['replay', made('c.jsonl.gz'), '--speed', '1'])
    await cli.until(({ stdout }) => stdout.includes('"kind":"trade"'))
    cli.stopReading()
    const { code, stderr } = await cli.exit
    expect(code).toBe(0)
    expect(stackLines(stderr)).toEqual([])
  })

  it.each([
    [['nowhere.jsonl.gz'], 'found no recording "nowhere.jsonl.gz".'],
    [['text.jsonl.gz'], 'line 1 is not of the form {"t","conn","dir","msg"}, was "hello".'],
    [
      ['binance-spot/d.jsonl.gz', '--channel', 'tarde'],
      '--channel: the recording holds no "tarde", it holds trade, quote, book.',
    ],
    [['binance-spot/d.jsonl.gz', '--instrument', 'binance-spot:X'], 'it holds binance-spot:BTCUSDT.'],
    [['binance-spot/d.jsonl.gz', '--speed', 'fast'], '--speed: expected a positive number or "max", was "fast".'],
    [['binance-spot/d.jsonl.gz', '--from', 'noon'], '--from: expected a time such as'],
    [['binance-spot/d.jsonl.gz', '--from', '+3s', '--to', '+2s'], '--to: expected a moment behind --from +3s'],
    [['binance-spot/d.jsonl.gz', '--venue', 'binance'], 'unknown venue "binance"'],
    [[], "missing required argument 'file'"],
  ])('%j: exit 2, one line', async (args, message) => {
    made('d.jsonl.gz')
    writeFileSync(folder.file('text.jsonl.gz'), 'hello\n')
    const { code, stdout, stderr } = await run(['replay', ...args], { cwd: folder.path })
    expect(stderr).toContain(message)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stackLines(stderr)).toEqual([])
  })
})
