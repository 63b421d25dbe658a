import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findings } from './axe-findings.ts'
import { findChromium, INSTALL } from './chromium.ts'
import { BTC, DashboardBench, model, until } from './dashboard-bench.ts'

const executable = findChromium()
const inChromium = describe.skipIf(executable === undefined)
const ETH = 'binance-usdm:ETHUSDT'

let bench: DashboardBench

beforeAll(async () => {
  if (executable !== undefined) bench = await DashboardBench.create(executable)
})

afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

afterEach(async () => {
  if (executable === undefined) return
  await bench.closePages()
  bench.complaints.length = 0
})

/** A page with a cascade of liquidations, unfolded. */
async function withCascade(options: Parameters<DashboardBench['open']>[1] = {}): Promise<Page> {
  const page = await bench.open('?screen=signals', options)
  await page.waitForSelector('[data-testid="panel-liquidations"]:is([data-state="live"], [data-state="quiet"])', {
    state: 'attached',
  })
  const cascade = page.locator('.signal-line', { hasText: 'Liquidation cascade' }).first()
  // The server computes signals from the first look on: an order before that is nobody's.
  for (let wave = 0; wave < 20 && (await cascade.count()) === 0; wave++) {
    bench.feed.liquidate(BTC, 6)
    await page.waitForTimeout(250)
  }
  if (await cascade.isVisible()) await cascade.click()
  return page
}

/** Chooses a market by typing its name. */
async function choose(page: Page, symbol: string): Promise<void> {
  await page.keyboard.press(symbol.charAt(0))
  await page.getByRole('combobox', { name: 'Symbol' }).fill(symbol)
  await page.keyboard.press('Enter')
}

inChromium(`dashboard: what can be done with a signal (needs a browser: ${INSTALL})`, () => {
  it('shows it on the chart of its market: at its onset, marked, and shaded while it goes on', async () => {
    const page = await withCascade()
    await choose(page, 'ETHUSDT')
    await until(page, `location.search.includes('${ETH}')`)
    const row = page.locator('.signals > li', { hasText: 'Liquidation cascade' }).first()
    expect(await row.textContent()).toContain(BTC)
    if ((await row.locator('.signal-details').count()) === 0) await row.locator('.signal-line').click()
    await row.getByRole('button', { name: 'Show on chart' }).click()
    expect(page.url()).toContain(`instrument=${BTC}`)
    expect(await page.getByTestId('panel-chart').isVisible()).toBe(true)
    await until(page, 'window.__dash.panel("chart").model().episode !== undefined')
    await until(
      page,
      `(() => { const { episode, visible, bars } = window.__dash.panel("chart").model()
        const at = episode.startUs / 1e6
        return bars.length > 0 && visible !== undefined && visible[0] <= at && visible[1] + 60 >= at })()`,
    )
    const note = page.locator('.episode-note')
    expect(await note.textContent()).toMatch(/Liquidation cascade \d\d:\d\d:\d\d UTC/)
    expect(await model(page, 'chart')).toMatchObject({ episode: { instrument: BTC, direction: -1 } })
    await note.getByRole('button', { name: 'Take the mark off the chart' }).click()
    expect(await note.count()).toBe(0)
    expect(bench.complaints).toEqual([])
  })

  it('marks what is not whole before it says what it is, with the price around the onset', async () => {
    const page = await withCascade()
    const line = await page.locator('.signal-line', { hasText: 'Liquidation cascade' }).first().textContent()
    expect(line).toMatch(/^\d\d:\d\d:\d\d(warming|gaps|gapped).*Liquidation cascade/)
    const picture = page.locator('.onset svg').first()
    await picture.waitFor()
    expect(await picture.getAttribute('aria-label')).toMatch(
      /^Price around the onset: \d+ minutes from .* bps since the minute of the onset$/,
    )
    expect(await picture.locator('g').count()).toBeGreaterThan(10)
  })

  it('copies it as JSON and says so', async () => {
    const page = await withCascade({ permissions: ['clipboard-read', 'clipboard-write'] })
    await page.getByRole('button', { name: 'Copy JSON' }).first().click()
    await page.getByText('Copied.').waitFor()
    const copied: unknown = JSON.parse(String(await page.evaluate('navigator.clipboard.readText()')))
    expect(copied).toMatchObject({ kind: 'signalEvent', type: 'deriv.liqCascade', instruments: [BTC] })
  })

  it('mutes its type in sight, over a reload, until it is unmuted', async () => {
    const page = await withCascade()
    await page.getByRole('button', { name: 'Mute liquidation cascade' }).first().click()
    const chip = page.getByRole('button', { name: 'Unmute Liquidation cascade' })
    await chip.waitFor()
    expect(await page.locator('.signals > li', { hasText: 'Liquidation cascade' }).count()).toBe(0)
    await page.reload()
    await chip.waitFor()
    await chip.focus()
    await page.keyboard.press('Enter')
    await page.locator('.signals > li', { hasText: 'Liquidation cascade' }).first().waitFor()
    expect(await chip.count()).toBe(0)
  })

  it('keeps those of earlier markets in the list, and filters by market', async () => {
    const page = await withCascade()
    await choose(page, 'ETHUSDT')
    await until(page, `location.search.includes('${ETH}')`)
    await until(
      page,
      `[...document.querySelectorAll('.signal-line .chip')].some(chip => chip.textContent === '${BTC}')`,
    )
    const market = page.getByLabel('Market of signal')
    await market.selectOption(BTC)
    const rows = page.locator('.signals > li')
    expect(await rows.count()).toBeGreaterThan(0)
    for (const text of await rows.allTextContents()) expect(text).toContain(BTC)
  })

  it('says how to get rules where nobody can make one', async () => {
    const page = await withCascade()
    await page.getByRole('button', { name: 'Make alert' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Alert' })
    expect(await dialog.textContent()).toContain('--rules FILE')
    expect(await findings(page)).toEqual([])
    await page.keyboard.press('Escape')
    expect(await dialog.count()).toBe(0)
  })
})

inChromium(`dashboard: funding and open interest (needs a browser: ${INSTALL})`, () => {
  it('tells the rate by the interval of the contract, and what was paid', async () => {
    const page = await bench.open('?screen=signals')
    await until(page, 'window.__dash.panel("funding").model().settled.length === 90', 10_000)
    const panel = page.getByTestId('panel-funding')
    expect(await model(page, 'funding')).toMatchObject({ intervalHours: 8 })
    await panel.getByText('Funding, 8 h').waitFor()
    expect(await panel.textContent()).toMatch(/Funding, 8 h[+−]\d.*a year[+−]\d/)
    await panel.getByRole('button', { name: 'settled' }).click()
    await panel.getByText('longs paid').waitFor()
    expect(await panel.textContent()).toMatch(/longs paid [+−]\d\.\d+% in 24 h, .* in 7 d/)
    await panel.getByRole('button', { name: 'as table' }).click()
    expect(await panel.locator('tbody tr').count()).toBe(90)
    expect(await panel.locator('tbody').textContent()).toContain('shorts paid longs')
    expect(await findings(page)).toEqual([])
    await page.reload()
    expect(await panel.getByRole('button', { name: 'settled' }).getAttribute('aria-pressed')).toBe('true')
    expect(bench.complaints).toEqual([])
  })

  it('joins the venue’s statistics and own observations, in coins and in quote currency', async () => {
    const page = await bench.open('?screen=signals')
    await until(page, 'window.__dash.panel("openInterest").model().past.length === 300', 10_000)
    await until(page, 'window.__dash.panel("openInterest").model().points.length > 1', 10_000)
    const panel = page.getByTestId('panel-openInterest')
    expect(await panel.textContent()).toMatch(/open, BTC[\d,]+.*1 h[+−]?\d.*24 h[+−]?\d/)
    expect(await panel.getByTitle(/against the venue's statistics of/).count()).toBeGreaterThanOrEqual(2)
    const hourly = await page.evaluate(`(() => {
      const { past, points } = window.__dash.panel("openInterest").model()
      const last = points.at(-1)
      const wanted = last[0] - 3.6e9
      const near = past.toSorted((a, b) => Math.abs(a[0] - wanted) - Math.abs(b[0] - wanted))[0]
      return (last[1] / near[1] - 1) * 100
    })()`)
    const shown = (await panel.locator('.figures div', { hasText: /^1 h/ }).locator('dd').textContent()) ?? ''
    expect(Number(shown.replace('−', '-').replace('%', ''))).toBeCloseTo(Number(hourly), 0)
    await page.keyboard.press('Alt+U')
    await until(page, `document.querySelector('.panel-openInterest .figures dt').textContent === 'open, USDT'`)
    expect(await panel.locator('.figures dd').first().textContent()).toMatch(/B$/)
    await panel.getByRole('button', { name: 'as table' }).click()
    const table = await panel.locator('table').textContent()
    expect(table).toMatch(/observed/)
    expect(table).toMatch(/price (up|down), open interest (up|down)|unchanged/)
    expect(table).toMatch(/statistics/)
    expect(bench.complaints).toEqual([])
  })
})

inChromium(`dashboard: actions on a telephone (needs a browser: ${INSTALL})`, () => {
  for (const colorScheme of ['dark', 'light'] as const) {
    it(`fits 390 px, ${colorScheme}: unfolded, shown on the chart, nothing serious for axe`, async () => {
      const page = await withCascade({
        viewport: { width: 390, height: 844 },
        isMobile: true,
        hasTouch: true,
        colorScheme,
      })
      await page.locator('.onset svg').first().waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
      expect(await findings(page)).toEqual([])
      await page.getByRole('button', { name: 'Show on chart' }).first().tap()
      expect(await page.getByTestId('panel-chart').isVisible()).toBe(true)
      await page.locator('.episode-note').waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
      expect(await findings(page)).toEqual([])
    })
  }
})
