import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findings } from './axe-findings.ts'
import { findChromium, INSTALL } from './chromium.ts'
import { BTC, DashboardBench, model, SPOT_BTC, states, until } from './dashboard-bench.ts'

const executable = findChromium()
const inChromium = describe.skipIf(executable === undefined)

const PANELS = ['signals', 'flow', 'pressure', 'funding', 'openInterest', 'liquidations']
/** What no panel may ever show in the place of a number. */
const BROKEN = /NaN|undefined|Infinity|[-−]0(?![.,\d])/

let bench: DashboardBench

beforeAll(async () => {
  if (executable !== undefined) bench = await DashboardBench.create(executable)
})

afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

afterEach(async () => {
  if (executable === undefined) return
  bench.feed.thaw()
  await bench.closePages()
  bench.complaints.length = 0
})

async function expectStates(page: Page, panels: readonly string[], wanted: readonly string[], timeout = 8000) {
  for (const panel of panels) {
    const selector = wanted.map(state => `[data-testid="panel-${panel}"][data-state="${state}"]`).join(',')
    await page.waitForSelector(selector, { timeout, state: 'attached' })
  }
}

/** An event such as the server sends, told by the page's own model. */
const SOME_EVENTS = 'window.__dash.panel("signals").model().events.length > 0'

inChromium(`dashboard: signals (needs a browser: ${INSTALL})`, () => {
  it('is a screen of its own: Alt+3, every panel alive, no broken number, nothing to complain of', async () => {
    const page = await bench.open()
    await page.keyboard.press('Alt+3')
    await expectStates(page, PANELS, ['live', 'quiet'])
    expect(page.url()).toContain('screen=signals')
    expect(await page.locator('.panel:visible').count()).toBeGreaterThanOrEqual(PANELS.length)
    await until(page, 'window.__dash.panel("flow").model().points.length > 3', 10_000)
    await until(page, 'window.__dash.panel("pressure").model().points.length > 3', 10_000)
    expect(await model(page, 'flow')).toMatchObject({ cvd: { signal: 'flow.cvd', state: 'ok' }, gaps: [] })
    expect(await page.getByTestId('panel-pressure').textContent()).toMatch(/imbalance ±10 bps[+−]0\.\d\d/)
    expect(await page.getByTestId('panel-openInterest').textContent()).toMatch(/open, BTC\d\d,\d\d\d/)
    expect(await page.getByTestId('panel-funding').textContent()).toMatch(/(longs|shorts) pay (longs|shorts)/)
    expect(await page.locator('main').textContent()).not.toMatch(BROKEN)
    expect(bench.complaints).toEqual([])
  })

  it('tells an event with its reasons, what is against it, and that nothing was measured', async () => {
    const page = await bench.open('?screen=signals')
    await expectStates(page, ['liquidations', 'signals'], ['live', 'quiet'])
    bench.feed.liquidate(BTC, 6)
    await until(page, SOME_EVENTS)
    const cascade = page.getByTestId('panel-liquidations').locator('.cascade')
    expect(await cascade.textContent()).toMatch(/longs cascade.*long positions of at least [\d,]+ quote liquidated/)
    const line = page.locator('.signal-line').first()
    expect(await line.textContent()).toMatch(/\d\d:\d\d:\d\d/)
    await line.focus()
    await page.keyboard.press('Enter')
    expect(await line.getAttribute('aria-expanded')).toBe('true')
    const details = await page.locator('.signal-details').textContent()
    expect(details).toMatch(/Threshold.*✓ yes.*Against.*Totals are lower bounds.*Reliabilitynot measured/)
    const all = await page.locator('.signals > li').count()
    await page.getByRole('button', { name: /^Mute/ }).first().click()
    await until(page, `document.querySelectorAll('.signals > li').length < ${all}`)
    expect(await page.locator('main').textContent()).not.toMatch(BROKEN)
  })

  it('marks a gap in the sum, and never shows what is old as current', async () => {
    const page = await bench.open('?screen=signals')
    await expectStates(page, ['flow'], ['live'])
    await until(page, 'window.__dash.panel("flow").model().points.length > 2', 10_000)
    bench.feed.lose(BTC, 40)
    await expectStates(page, ['flow'], ['gapped'])
    await expectStates(page, ['flow'], ['live'])
    const flow = page.getByTestId('panel-flow')
    expect(await flow.textContent()).toContain('one gap inside: not whole')
    expect(await flow.locator('.figures dd').first().textContent()).toContain('gapped')
    expect(await flow.locator('.figures dd').first().getAttribute('class')).toBe('old')
    await bench.kill()
    await expectStates(page, [...PANELS], ['disconnected'], 2500)
    await bench.revive()
    await expectStates(page, PANELS, ['live', 'quiet'])
  })

  it('says what a spot market lacks, and goes on with the rest', async () => {
    const page = await bench.open(`?screen=signals&instrument=${SPOT_BTC}`)
    await expectStates(page, ['flow', 'pressure', 'signals'], ['live', 'quiet'])
    expect(await states(page)).toMatchObject({ openInterest: 'unsupported', funding: 'unsupported' })
    expect(await page.getByTestId('panel-signals').textContent()).toContain('not here: Funding against flow')
  })
})

inChromium(`dashboard: indicators (needs a browser: ${INSTALL})`, () => {
  it('are put on the chart by keyboard, changed while they are seen, kept over a reload, and taken away', async () => {
    const page = await bench.open()
    await expectStates(page, ['chart'], ['live'])
    await page.keyboard.press('Alt+I')
    const menu = page.getByRole('dialog', { name: 'Indicators' })
    for (const name of ['EMA', 'VWAP', 'RSI', 'MACD']) await menu.getByRole('button', { name, exact: true }).click()
    await until(page, 'window.__dash.panel("chart").model().indicators.length === 4')
    await menu.getByLabel('period').first().fill('50')
    await menu.getByLabel('period').first().press('Enter')
    await until(page, 'window.__dash.panel("chart").model().indicators[0].name === "ema(50)"')
    await until(page, 'window.__dash.panel("chart").model().indicators[0].values[0] > 0')
    await page.keyboard.press('Escape')
    await page.reload()
    await until(page, 'window.__dash.panel("chart").model().indicators[2]?.values[0] > 0', 8000)
    const legend = page.getByTestId('indicators')
    expect(await legend.textContent()).toMatch(/EMA 50.*VWAP.*RSI 14.*MACD 12 26 9/)
    expect(await legend.textContent()).toContain('provisional')
    expect(await page.locator('.chart-box canvas').count()).toBeGreaterThan(4)
    await page.getByRole('button', { name: 'Remove RSI 14' }).click()
    await until(page, 'window.__dash.panel("chart").model().indicators.length === 3')
    expect(bench.complaints).toEqual([])
  })

  it('cost no message: none is dropped while six of them are drawn', { timeout: 60_000 }, async () => {
    const before = `localStorage.setItem('tickwire.settings.1', '{"indicators":["sma 50","ema 20","bbands 20 2","rsi 14","macd 12 26 9","atr 14"]}')`
    const page = await bench.open('', {}, before)
    await expectStates(page, ['chart'], ['live'])
    await until(page, 'window.__dash.panel("chart").model().indicators.length === 6')
    await page.waitForTimeout(5000)
    const metrics: unknown = await page.evaluate('window.__dash.metrics()')
    expect(metrics).toMatchObject({ dropped: 0 })
  })
})

inChromium(`dashboard: signals for everybody (needs a browser: ${INSTALL})`, () => {
  it('fits 390 px: each panel behind its tab, no sideways scrolling', async () => {
    const page = await bench.open('', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true })
    for (const [tab, panel] of [
      ['Signals', 'signals'],
      ['Flow', 'flow'],
      ['Pressure', 'pressure'],
      ['Open int.', 'openInterest'],
      ['Chart', 'chart'],
    ] as const) {
      await page.locator('.tabs').getByRole('button', { name: tab }).tap()
      expect(await page.getByTestId(`panel-${panel}`).isVisible()).toBe(true)
      expect(await page.locator('.panel:visible').count()).toBe(1)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    }
    expect(bench.complaints).toEqual([])
  })

  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const) {
    for (const colorScheme of ['dark', 'light'] as const) {
      it(`has nothing serious for axe at ${width} px, ${colorScheme}`, { timeout: 60_000 }, async () => {
        const page = await bench.open('?screen=signals', { colorScheme, viewport: { width, height } })
        await expectStates(page, ['signals', 'flow'], ['live', 'quiet'])
        expect(await findings(page)).toEqual([])
        await page.keyboard.press('Alt+1')
        await page.keyboard.press('Alt+I')
        await page.getByRole('dialog', { name: 'Indicators' }).getByRole('button', { name: 'MACD' }).click()
        expect(await findings(page)).toEqual([])
      })
    }
  }
})
