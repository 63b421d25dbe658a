import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readReliabilities } from '../../src/cli/evaluation-files.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { createSignal } from '../../src/signal/catalogue.ts'
import { capturesFolder, isMissing } from '../support/shared-files.ts'
import { findings } from '../web/axe-findings.ts'
import { CHROMIUM_ARGUMENTS, findChromium, INSTALL } from '../web/chromium.ts'
import { projectRoot } from './built.ts'
import { isRecord, jsonLines } from './cli.ts'

/** The longest recording of BTCUSDT that tells what a taker would have paid. */
const LONGEST = `${capturesFolder}/binance-spot/btcusdt-20240808.jsonl.gz`
const USDM = `${capturesFolder}/binance-usdm/btcusdt-20230404.jsonl.gz`
const PRINTS = ['--signal', 'flow.print', '--params', 'trades=rawTrade', 'minQuote=5000']
const folder = mkdtempSync(join(tmpdir(), 'tickwire-evaluate-'))

afterAll(() => rmSync(folder, { recursive: true }))

/** As the command line calls it. */
async function evaluate(args: readonly string[]): Promise<number> {
  let code = -1
  // The whole program: what stands above `evaluate` has options of the same names, and must not take them.
  const program = buildProgram(result => {
    code = result
  })
  await program.parseAsync(['signals', 'evaluate', '--quiet', ...args], { from: 'user' })
  return code
}

function recompute(out: string): Promise<{ readonly code: number; readonly stdout: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [`${projectRoot}scripts/recompute-evaluation.mjs`, out], (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout })
    })
  })
}

function summary(out: string): Record<string, unknown> {
  const value: unknown = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'))
  if (!isRecord(value)) throw new Error('expected a summary')
  return value
}

function groups(out: string): readonly Record<string, unknown>[] {
  const found = summary(out)['groups']
  return Array.isArray(found) ? found.filter(isRecord) : []
}

describe.skipIf(isMissing(capturesFolder))('tickwire signals evaluate on the longest recording', () => {
  const out = join(folder, 'longest')

  beforeAll(async () => {
    const args = [LONGEST, ...PRINTS, '--vary', 'zMin=1.5,2,2.5', '--headline', '5s', '--out', out]
    expect(await evaluate(args)).toBe(0)
  }, 60_000)

  it('writes a report whose figures a second program computes from the rows', async () => {
    const { code, stdout } = await recompute(out)
    expect(stdout).toMatch(/^\d{4,} figures compared, 0 differ\n$/)
    expect(code).toBe(0)
  })

  it('and that program tells when one figure, or one row, is another', async () => {
    const bad = join(folder, 'bad')
    const made = await evaluate([LONGEST, ...PRINTS, 'zMin=2', '--headline', '5s', '--to', '+200s', '--out', bad])
    expect(made).toBe(0)
    expect((await recompute(bad)).code).toBe(0)
    const text = readFileSync(join(bad, 'summary.json'), 'utf8')
    writeFileSync(join(bad, 'summary.json'), text.replace(/"independent": (\d)/, '"independent": 9$1'))
    expect((await recompute(bad)).code).toBe(1)
    writeFileSync(join(bad, 'summary.json'), text)
    const rows = readFileSync(join(bad, 'rows.ndjson'), 'utf8')
    writeFileSync(join(bad, 'rows.ndjson'), rows.replace(/"exitPrice":\d/, '"exitPrice":7'))
    expect((await recompute(bad)).stdout).toMatch(/row of onset \d+, \d+ ms, net: the report says/)
    rmSync(join(bad, 'rows.ndjson'))
    expect((await recompute(bad)).code).toBe(2)
  })

  it('gives gross and net side by side, every horizon and latency, and is the same again', async () => {
    const [first] = groups(out)
    const headline = first?.['headline']
    if (!isRecord(headline)) throw new Error('expected a headline')
    expect(Number(headline['independent'])).toBeGreaterThan(30)
    // Two fees of 10 bps at least stand between both.
    expect(Number(headline['meanGrossBps']) - Number(headline['meanNetBps'])).toBeGreaterThan(19.9)
    expect(Array.isArray(first?.['horizons']) ? first['horizons'].length : 0).toBe(7)
    expect(Array.isArray(first?.['latencies']) ? first['latencies'].length : 0).toBe(6)
    const again = join(folder, 'again')
    await evaluate([LONGEST, ...PRINTS, '--vary', 'zMin=1.5,2,2.5', '--headline', '5s', '--out', again])
    expect(summary(again)['groups']).toEqual(summary(out)['groups'])
    expect(summary(again)['configHash']).toBe(summary(out)['configHash'])
  })

  it('passes the check for looking ahead, and says when nothing is known', () => {
    const checks = summary(out)['lookAhead']
    expect(checks).toMatchObject([{ broken: [] }, { broken: [] }])
    const verdicts = groups(out).map(group => (isRecord(group['verdict']) ? group['verdict']['kind'] : ''))
    expect(verdicts).toEqual(['costsMore', 'costsMore', 'notMeasured'])
    const markdown = readFileSync(join(out, 'report.md'), 'utf8')
    expect(markdown).toContain('6 independent onsets, at least 30 are needed')
    expect(markdown).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('counts what was tried, over runs, each variant once', async () => {
    const [first] = groups(out)
    expect(first?.['trials']).toMatchObject({ count: 3 })
    const more = join(folder, 'more')
    const log = join(folder, 'log.ndjson')
    writeFileSync(log, readFileSync(join(out, 'search-log.ndjson')))
    const args = [LONGEST, ...PRINTS, '--vary', 'zMin=2,3', '--headline', '5s', '--to', '+300s']
    await evaluate([...args, '--out', more, '--log', log])
    expect(groups(more)[0]?.['trials']).toMatchObject({ count: 4 })
    expect(jsonLines(readFileSync(log, 'utf8'))).toHaveLength(5)
    expect((await recompute(more)).code).toBe(0)
  })

  it('stores what was measured for the same options and class of symbols, and nothing of too few', () => {
    const store = readReliabilities(join(out, 'evaluations.json'))
    expect(store.size).toBe(2)
    const spot = { id: 'binance-spot:BTCUSDT', kind: 'spot', base: 'BTC' } as const
    const paramsAt = (zMin: number) => paramsOf({ trades: 'rawTrade', minQuote: 5000, zMin })
    expect(store.find('flow.print', paramsAt(2), spot)).toMatchObject({ horizonMs: 5000, n: 30 })
    expect(store.find('flow.print', paramsAt(2.5), spot)).toBeNull()
    expect(store.find('flow.print', paramsAt(2), { ...spot, kind: 'perpetual' })).toBeNull()
  })

  it.skipIf(findChromium() === undefined)(`looks right in a browser (${INSTALL})`, async () => {
    const browser = await chromium.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_ARGUMENTS })
    try {
      for (const width of [1440, 390]) {
        for (const colorScheme of ['dark', 'light'] as const) {
          const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
          const problems: string[] = []
          page.on('console', message => problems.push(message.text()))
          page.on('request', request => {
            if (!request.url().startsWith('file:')) problems.push(request.url())
          })
          await page.goto(`file://${join(out, 'report.html')}`)
          expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
          expect(await page.locator('svg').count()).toBe(8)
          expect(problems).toEqual([])
          expect(await findings(page)).toEqual([])
          await page.close()
        }
      }
    } finally {
      await browser.close()
    }
  })
})

describe.skipIf(isMissing(capturesFolder))('other things that can be evaluated', () => {
  it('a composite: each of its terms alone, too', async () => {
    const out = join(folder, 'composite')
    const file = join(folder, 'composite.yaml')
    writeFileSync(
      file,
      `id: pressed
direction: 1
parts:
  ofi: { signal: book.ofi }
  flow: { signal: flow.volume, params: { trades: rawTrade } }
rule:
  all:
    - { part: ofi, above: 5 }
    - { part: flow, path: deltaRatio, above: 0.2 }
`,
    )
    await evaluate([USDM, '--composite', file, '--headline', '1s', '--out', out])
    const found = groups(out).map(group => [group['type'], group['isTerm']])
    expect(found.filter(([, isTerm]) => isTerm === false)).toEqual([['composite.pressed', false]])
    expect(found.filter(([, isTerm]) => isTerm === true)).toHaveLength(2)
    expect((await recompute(out)).code).toBe(0)
    expect(readFileSync(join(out, 'report.md'), 'utf8')).toContain('(one term alone)')
  })

  it('a value with a level, by walking the book; a larger size costs more', async () => {
    const nets: number[] = []
    for (const size of ['1000', '5000000']) {
      const out = join(folder, `size-${size}`)
      const args = [USDM, '--signal', 'book.ofi', '--cross', '20', '--size', size, '--headline', '1s', '--to', '+250s']
      await evaluate([...args, '--out', out])
      const headline = groups(out)[0]?.['headline']
      nets.push(isRecord(headline) ? Number(headline['meanNetBps']) : Number.NaN)
      expect(groups(out)[0]?.['fits']).toHaveLength(1)
    }
    expect(nets[1]).toBeLessThan(nets[0] ?? 0)
  })

  it('a series from elsewhere, from its publication on', async () => {
    const out = join(folder, 'external')
    const file = join(folder, 'external.ndjson')
    const startMs = Date.parse('2024-08-08T23:54:20Z')
    const points = Array.from({ length: 40 }, (_, at) => ({
      series: 'netflow',
      value: at % 2 === 0 ? 3 : 0,
      unit: 'coins',
      tsEffective: startMs - 3_600_000,
      tsPublished: startMs + at * 10_000 + 500,
      revision: 0,
      final: true,
    }))
    writeFileSync(file, points.map(point => JSON.stringify(point)).join('\n'))
    await evaluate([LONGEST, '--external', file, '--cross', '2', '--headline', '5s', '--out', out])
    const rows = jsonLines(readFileSync(join(out, 'rows.ndjson'), 'utf8'))
    const onsets = rows.filter(row => row['kind'] === 'onset')
    expect(onsets).toHaveLength(19)
    for (const { availableUs } of onsets) expect(Number(availableUs) % 1_000_000).toBe(0)
    expect(Number(onsets[0]?.['availableUs'])).toBe((startMs + 21_000) * 1000)
  })
})

describe.skipIf(isMissing(capturesFolder))('what cannot be evaluated', () => {
  it.each([
    [[], '--signal: expected at least one signal'],
    [['--signal', 'flow.prnt'], '--signal: unknown "flow.prnt"'],
    [['--signal', 'flow.print'], '--params trades=rawTrade reads those that it has'],
    [['--signal', 'deriv.liqCascade'], 'holds no liquidation, which the signal needs'],
    [[...PRINTS, 'zmin=3'], '--params: no option "zmin"'],
    [[...PRINTS, '--vary', 'zMin'], '--vary: expected name=value'],
    [[...PRINTS, '--side', 'up'], '--side: expected one of signal, against, long, short'],
    [[...PRINTS, '--latency', 'soon'], '--latency: expected milliseconds'],
    [[...PRINTS, '--horizons', '5s,x'], '--horizons: expected a duration'],
    [[...PRINTS, '--cross', '-1'], '--cross: expected a positive number'],
    [[...PRINTS, '--fees', '/nowhere.yaml'], '--fees: expected taker fees'],
    [[...PRINTS, '--instrument', 'binance-spot:ETHUSDT'], '--instrument: no prices of "binance-spot:ETHUSDT"'],
  ])('says what is wrong with %j', async (args, message) => {
    const out = join(folder, 'never')
    await expect(evaluate([LONGEST, ...args, '--out', out])).rejects.toThrow(message)
    expect(existsSync(out)).toBe(false)
  })

  it('a fee that is not known', async () => {
    const fees = join(folder, 'fees.yaml')
    writeFileSync(fees, 'fees: [{ venue: binance-usdm, from: "2020-01-01", takerBps: 5 }]')
    const args = [LONGEST, ...PRINTS, 'zMin=1.5', '--fees', fees, '--out', join(folder, 'no-fee')]
    await expect(evaluate(args)).rejects.toThrow('has no taker fee of binance-spot on 2024-08-08')
  })
})

function paramsOf(params: Readonly<Record<string, number | string>>) {
  const instrument = { kind: 'spot', base: 'BTC', unit: 'base', contractSize: 1, isInverse: false } as const
  return createSignal('flow.print', { id: instrumentId('binance-spot:BTCUSDT'), ...instrument }, params).params
}
