import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createAlerts, readAlerts } from '../../src/alert/index.ts'
import type { BacktestRunner, ServedAlerts } from '../../src/server/index.ts'
import type { FakeFeed } from '../server/fake-feed/fake-feed.ts'
import { findings } from './axe-findings.ts'
import { findChromium, INSTALL } from './chromium.ts'
import { BTC, DashboardBench, until } from './dashboard-bench.ts'

const executable = findChromium()
const inChromium = describe.skipIf(executable === undefined)
type Written = Record<string, unknown>

let bench: DashboardBench
let recordings = ''
let rules: Written[] = []
/** What the page asked to be tried. */
const asked: unknown[] = []

/** Rules in memory, as the server keeps them in a file. */
function served(feed: FakeFeed): ServedAlerts {
  const alerts = createAlerts({ feed, config: readAlerts({ channels: { screen: { type: 'desktop' } }, rules: [] }) })
  const store = {
    load: () => ({ channels: { screen: { type: 'desktop' } }, rules }),
    put: (rule: Readonly<Written>) => {
      rules = [...rules.filter(other => other['id'] !== rule['id']), { ...rule }]
    },
    remove: (id: string) => {
      rules = rules.filter(other => other['id'] !== id)
    },
  }
  return { alerts, store }
}

/** Three fires at once, the end half a second later; a rule called "slow" reads until it is stopped. */
const run: BacktestRunner = async ({ rule }, onProgress, signal) => {
  asked.push(rule)
  const fromUs = 1_723_161_257_394_140
  const list = [0, 1, 2].map(at => ({ firedUs: fromUs + at * 6e7, instrument: BTC, message: `fire ${at}`, value: at }))
  onProgress({ share: 0.4, fromUs, toUs: fromUs + 3.6e9, fires: 3, suppressed: 2, list, notes: ['a note'] })
  const lengthMs = rule['name'] === 'slow' ? 60_000 : 500
  await new Promise<void>(resolve => {
    const timer = setTimeout(resolve, lengthMs)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

beforeAll(async () => {
  if (executable === undefined) return
  recordings = await mkdtemp(join(tmpdir(), 'tickwire-recordings-'))
  await mkdir(join(recordings, 'deep'))
  for (const name of ['btc.jsonl.gz', 'deep/eth.jsonl', 'notes.txt']) await writeFile(join(recordings, name), 'x')
  bench = await DashboardBench.create(executable, [], served, { directory: recordings, run })
})

afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
  if (recordings !== '') await rm(recordings, { recursive: true })
})

afterEach(async () => {
  if (executable === undefined) return
  await bench.closePages()
  bench.complaints.length = 0
})

async function shown(query = '', options: Parameters<DashboardBench['open']>[1] = {}): Promise<Page> {
  const page = await bench.open(query, options)
  await page.waitForSelector('[data-testid="panel-alerts"][data-state="live"]', { state: 'attached' })
  await until(page, 'window.__dash.panel("chart").model().bars.length > 10', 10_000)
  return page
}

const ruleOf = (id: string): Written | undefined => rules.find(rule => rule['id'] === id)

/** The choice between levels and beginnings: its label reads as "is" and every option. */
const isField = (within: Page | Locator): Locator => within.locator('label', { hasText: /^is/ }).locator('select')

/** Level of a rule on a price. */
function levelOf(id: string): number {
  const condition = ruleOf(id)?.['condition']
  return Number(Object.values(typeof condition === 'object' && condition !== null ? condition : {})[0])
}

async function save(page: Page, name: string): Promise<void> {
  const form = page.getByRole('form', { name: 'New alert rule' })
  await form.getByLabel('Name').fill(name)
  await form.getByRole('button', { name: 'Save' }).click()
  await until(page, `window.__dash.panel("alerts").model().rules.some(rule => rule.id === ${JSON.stringify(name)})`)
}

inChromium(`dashboard: alerts from the chart (needs a browser: ${INSTALL})`, () => {
  it('are made by keyboard where no panel of alerts is, at the last price, and drawn as a line', async () => {
    const page = await shown()
    await page.getByRole('application').focus()
    await page.keyboard.press('Alt+A')
    const dialog = page.getByRole('dialog', { name: 'Alert' })
    await dialog.waitFor()
    expect(await dialog.getByLabel('level').inputValue()).toMatch(/^\d{5}\.\d$/)
    expect(await findings(page)).toEqual([])
    await save(page, 'here')
    expect(await dialog.count()).toBe(0)
    expect(ruleOf('here')).toMatchObject({ instrument: BTC, source: 'trade.price' })
    const handle = page.getByRole('slider', { name: 'Level of here' })
    await handle.waitFor()
    expect(await handle.getAttribute('aria-valuetext')).toMatch(/^at or (above|below) \d\d,\d{3}\.\d$/)
    expect(await findings(page)).toEqual([])
    const before = levelOf('here')
    await handle.focus()
    for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowUp')
    expect(await handle.getAttribute('aria-valuetext')).toContain('Enter saves')
    await page.keyboard.press('Enter')
    await until(
      page,
      `window.__dash.panel("alerts").model().rules[0].words.endsWith(' ${Number((before + 0.3).toFixed(1))}')`,
    )
    expect(levelOf('here')).toBeCloseTo(before + 0.3, 6)
    await page.keyboard.press('PageDown')
    await page.keyboard.press('Escape')
    expect(Number(await handle.getAttribute('aria-valuenow'))).toBeCloseTo(before + 0.3, 6)
    expect(bench.complaints).toEqual([])
  })

  it('are made by a right click at its price, and moved by dragging their line', async () => {
    const page = await shown()
    const chart = await page.locator('.chart-box').boundingBox()
    if (chart === null) throw new Error('there is a chart')
    await page.mouse.click(chart.x + 200, chart.y + chart.height * 0.3, { button: 'right' })
    await save(page, 'clicked')
    const high = levelOf('clicked')
    const handle = page.getByRole('slider', { name: 'Level of clicked' })
    await handle.waitFor()
    const box = await handle.boundingBox()
    if (box === null) throw new Error('there is a handle')
    expect(Math.abs(box.y + box.height / 2 - (chart.y + chart.height * 0.3))).toBeLessThan(12)
    await page.mouse.move(box.x + 20, box.y + box.height / 2)
    await page.mouse.down()
    await page.mouse.move(box.x + 20, box.y + 60, { steps: 5 })
    await page.mouse.move(box.x + 20, box.y + 120, { steps: 5 })
    await page.mouse.up()
    await until(page, `!window.__dash.panel("alerts").model().rules.some(rule => rule.words.includes('${high}'))`)
    expect(levelOf('clicked')).toBeLessThan(high)
    // The price is one that the market has.
    expect(Math.abs(levelOf('clicked') * 10 - Math.round(levelOf('clicked') * 10))).toBeLessThan(1e-6)
    expect(bench.complaints).toEqual([])
  })

  it('are filled from a signal: its id, its market and its direction', async () => {
    const page = await shown('?screen=signals')
    const cascade = page.locator('.signal-line', { hasText: 'Liquidation cascade' }).first()
    for (let wave = 0; wave < 20 && (await cascade.count()) === 0; wave++) {
      bench.feed.liquidate(BTC, 6)
      await page.waitForTimeout(250)
    }
    await cascade.click()
    await page.getByRole('button', { name: 'Make alert' }).click()
    const form = page.getByRole('form', { name: 'New alert rule' })
    expect(await form.getByLabel('When').inputValue()).toBe('deriv.liqCascade')
    expect(await isField(form).inputValue()).toBe('beginsDown')
    await isField(form).selectOption('above')
    expect(Number(await form.getByLabel('level').inputValue())).toBeGreaterThan(0)
    await isField(form).selectOption('beginsDown')
    await save(page, 'next-wave')
    expect(ruleOf('next-wave')).toMatchObject({
      instrument: BTC,
      source: 'deriv.liqCascade',
      condition: { event: 'start', direction: 'down' },
    })
    await page.locator('[data-rule="next-wave"]').getByRole('button', { name: 'Edit' }).click()
    expect(await isField(page).inputValue()).toBe('beginsDown')
  })
})

inChromium(`dashboard: back-tests (needs a browser: ${INSTALL})`, () => {
  it('says how often a rule would have fired on a recording, before it is saved', async () => {
    const page = await shown('?screen=signals')
    await page.getByTestId('panel-alerts').getByRole('button', { name: 'New' }).click()
    const form = page.getByRole('form', { name: 'New alert rule' })
    await form.getByLabel('Name').fill('tried')
    await form.getByRole('button', { name: 'Back-test…' }).click()
    const box = page.getByRole('region', { name: 'Back-test of tried' })
    await box.getByLabel('Recording').selectOption('deep/eth.jsonl')
    await box.getByRole('button', { name: 'Start' }).click()
    await box.getByText(/^would have fired 3 times from 2024-08-0\d.* UTC, 2 kept back\.$/).waitFor()
    expect(await box.getByRole('list').textContent()).toMatch(/fire 0.*fire 1.*fire 2/)
    expect(await box.textContent()).toContain('a note')
    expect(asked.at(-1)).toMatchObject({ name: 'tried', source: 'trade.price', instrument: BTC })
    expect(ruleOf('tried')).toBeUndefined()
    expect(await findings(page)).toEqual([])
    expect(bench.complaints).toEqual([])
  })

  it('shows how far it is, and is stopped', async () => {
    const page = await shown('?screen=signals')
    await page.getByTestId('panel-alerts').getByRole('button', { name: 'New' }).click()
    await page.getByLabel('Name').fill('slow')
    await page.getByRole('button', { name: 'Back-test…' }).click()
    const box = page.getByRole('region', { name: 'Back-test of slow' })
    await box.getByRole('button', { name: 'Start' }).click()
    await box.getByRole('progressbar', { name: 'Read so far: 40 %' }).waitFor()
    expect(await box.getByRole('button', { name: 'Start' }).isDisabled()).toBe(true)
    await box.getByRole('button', { name: 'Stop' }).click()
    await box.getByText('stopped before the end').waitFor()
    await box.getByRole('button', { name: 'Close the back-test' }).click()
    expect(await box.count()).toBe(0)
  })

  it('fits 390 px, in both themes', async () => {
    for (const colorScheme of ['dark', 'light'] as const) {
      const page = await shown('', {
        viewport: { width: 390, height: 844 },
        isMobile: true,
        hasTouch: true,
        colorScheme,
      })
      await page.getByRole('button', { name: 'Alert at a price' }).tap()
      const dialog = page.getByRole('dialog', { name: 'Alert' })
      await dialog.getByRole('button', { name: 'Back-test…' }).tap()
      await dialog.getByLabel('Recording').waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
      expect(await findings(page)).toEqual([])
      await page.keyboard.press('Escape')
      expect(await dialog.count()).toBe(0)
    }
  })
})
