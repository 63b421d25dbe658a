import { createServer as createHttpServer } from 'node:http'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, INSTALL } from './chromium.ts'
import { BTC, DashboardBench, model, SPOT_BTC, states, until } from './dashboard-bench.ts'

const executable = findChromium()

/** Panels that always have something to show. */
const LIVELY = ['header', 'chart', 'ladder', 'tape', 'funding', 'health']
const HAS_PRICE = /[0-9]{2},[0-9]{3}\.[0-9]/

/** Skipped by name where there is no browser. */
const inChromium = describe.skipIf(executable === undefined)

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

async function live(page: Page, panels = LIVELY, timeout = 8000): Promise<void> {
  for (const panel of panels) await expectState(page, panel, ['live', 'quiet'], timeout)
}

async function expectState(page: Page, panel: string, wanted: readonly string[], timeout = 3000): Promise<void> {
  const selector = wanted.map(state => `[data-testid="panel-${panel}"][data-state="${state}"]`).join(',')
  await page.waitForSelector(selector, { timeout, state: 'attached' })
}

inChromium(`dashboard: panels (needs a browser: ${INSTALL})`, () => {
  it('reaches live in every panel, says the source, and breaks no rule of the policy', async () => {
    const page = await bench.open()
    await live(page)
    expect(['quiet', 'live']).toContain((await states(page))['liquidations'])
    expect(await page.getByTestId('source').getAttribute('data-source')).toBe('generated')
    expect(await page.getByTestId('lamp').getAttribute('data-state')).toBe('live')
    expect(await page.title()).toMatch(HAS_PRICE)
    expect(page.url()).toContain(`instrument=${BTC}&interval=1m`)
    expect(await page.locator('#tv-attr-logo').count()).toBe(1)
    expect(bench.complaints).toEqual([])
  })

  it('shows the numbers of the book and the trades, not a picture of them', async () => {
    const page = await bench.open()
    await live(page)
    const ladder = await model(page, 'ladder')
    expect(ladder).toMatchObject({ data: { step: 2, bestBid: expect.any(Number) } })
    const tape = await model(page, 'tape')
    expect(tape).toMatchObject({ totals: { count: expect.any(Number) } })
    expect(await model(page, 'chart')).toMatchObject({ bars: expect.any(Array), gaps: [] })
    const metrics = await page.evaluate('window.__dash.metrics()')
    expect(metrics).toMatchObject({ dropped: 0, link: 'open' })
  })

  it('disconnects every panel within 2 s of the end of the server, and recovers by itself', async () => {
    const page = await bench.open()
    await live(page)
    await bench.kill()
    for (const panel of [...LIVELY, 'liquidations']) await expectState(page, panel, ['disconnected'], 2000)
    expect(await page.title()).not.toMatch(HAS_PRICE)
    expect(await page.getByTestId('lamp').getAttribute('data-state')).toBe('disconnected')
    expect(await page.getByTestId('price').getAttribute('data-current')).toBe('false')
    expect(await page.getByTestId('server-lost').textContent()).toContain('next try')
    await bench.revive()
    await live(page, LIVELY, 6000)
    expect(await page.title()).toMatch(HAS_PRICE)
  })
})

inChromium(`dashboard: faults of the feed (needs a browser: ${INSTALL})`, () => {
  it('goes stale only in the panel whose stream froze', async () => {
    const page = await bench.open()
    await live(page)
    bench.feed.freeze('trade')
    await expectState(page, 'tape', ['stale'], 14_000)
    expect(await states(page)).toMatchObject({ chart: 'live', ladder: 'live', funding: 'live', health: 'live' })
    expect(await page.getByTestId('panel-tape').locator('.banner').textContent()).toContain('No update for')
    expect(await page.getByTestId('lamp').getAttribute('data-state')).toBe('stale')
    bench.feed.thaw()
    await expectState(page, 'tape', ['live'], 4000)
  })

  it('shows a gap in words, in the tape and on the chart', async () => {
    const page = await bench.open()
    await live(page)
    bench.feed.lose(BTC, 40)
    await expectState(page, 'tape', ['gapped'])
    await expectState(page, 'chart', ['gapped'])
    expect(await page.getByTestId('panel-tape').locator('.banner').textContent()).toMatch(/^Missing \d\d:\d\d:\d\d/)
    await until(page, 'window.__dash.panel("chart").model().gaps.at(-1)?.reason === "trade: sequence"')
    expect(await states(page)).toMatchObject({ ladder: 'live', funding: 'live' })
    await live(page)
  })
})

inChromium(`dashboard: what a market does not have (needs a browser: ${INSTALL})`, () => {
  it('answers a wrong symbol with the right one, a click away', async () => {
    const page = await bench.open('?instrument=binance-usdm:BTCUSTD')
    await expectState(page, 'ladder', ['error'])
    const panel = page.getByTestId('panel-ladder')
    expect(await panel.textContent()).toContain('Did you mean')
    await panel.getByRole('button', { name: BTC }).click()
    await live(page)
    expect(page.url()).toContain(BTC)
  })

  it('says what spot does not have', async () => {
    const page = await bench.open(`?instrument=${SPOT_BTC}`)
    await live(page, ['chart', 'ladder', 'tape'])
    expect(await states(page)).toMatchObject({ funding: 'unsupported', liquidations: 'unsupported' })
    expect(await page.getByTestId('panel-funding').textContent()).toContain('markPrice')
    expect(await page.getByTestId('lamp').getAttribute('data-state')).toBe('live')
  })
})

inChromium(`dashboard: layout and keyboard (needs a browser: ${INSTALL})`, () => {
  it('fits 390 px: one panel at a time, no sideways scrolling, price and state always in sight', async () => {
    const page = await bench.open('', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true })
    await live(page)
    for (const [tab, panel] of [
      ['Chart', 'chart'],
      ['Book', 'ladder'],
      ['Trades', 'tape'],
      ['Funding', 'funding'],
      ['Liqs', 'liquidations'],
      ['Health', 'health'],
    ] as const) {
      await page.getByRole('navigation').getByRole('button', { name: tab }).tap()
      expect(await page.getByTestId(`panel-${panel}`).isVisible()).toBe(true)
      expect(await page.locator('.panel:visible').count()).toBe(1)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
      expect(await page.getByTestId('price').isVisible()).toBe(true)
      expect(await page.getByTestId('lamp').isVisible()).toBe(true)
    }
    expect(bench.complaints).toEqual([])
  })

  it('works by keyboard: search, interval, panels, cursor, pause, table', async () => {
    const page = await bench.open()
    await live(page)
    await page.keyboard.type('eth')
    expect(await page.getByRole('combobox', { name: 'Symbol' }).inputValue()).toBe('eth')
    await page.keyboard.press('Enter')
    await page.waitForURL(/ETHUSDT/)
    await page.keyboard.press('5')
    await page.keyboard.press('Enter')
    await page.waitForURL(/interval=5m/)
    await live(page)
    const seen: string[] = []
    for (let panel = 0; panel < 6; panel++) {
      await page.keyboard.press('F6')
      seen.push(String(await page.evaluate('document.activeElement.closest(".panel")?.dataset.testid')))
    }
    expect(new Set(seen).size).toBe(6)
    await page.getByTestId('panel-ladder').locator('canvas').focus()
    await page.keyboard.press('ArrowUp')
    await until(page, '/(bid|ask) .* bps/.test(document.getElementById("ladder-reading").textContent)')
    await page.keyboard.press('Space')
    await page.getByText(/paused · \d+ new/).waitFor()
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Show Trades as table' }).click()
    expect(await page.getByTestId('panel-tape').locator('tbody tr').count()).toBeGreaterThan(20)
  })
})

inChromium(`dashboard: chart, sleep, language (needs a browser: ${INSTALL})`, () => {
  it('loads older candles when the reader goes back, without losing what is there', async () => {
    const page = await bench.open()
    await live(page)
    await page.getByTestId('panel-chart').locator('.chart-box').focus()
    await page.keyboard.press('Home')
    await until(page, 'window.__dash.panel("chart").model().bars.length > 1900')
    const times: unknown = await page.evaluate('window.__dash.panel("chart").model().bars.map(bar => bar[0])')
    if (!Array.isArray(times)) throw new Error('expected times')
    expect(times.every((time, index) => index === 0 || time - times[index - 1] === 60)).toBe(true)
  })

  it('draws nothing while hidden and is fresh within a second of the return', async () => {
    const page = await bench.open()
    await live(page)
    const hide = (isHidden: boolean): string =>
      `Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`
    await page.evaluate(hide(true))
    await page.waitForTimeout(300)
    const before = Number(await page.getByTestId('panel-ladder').getAttribute('data-seq'))
    await page.waitForTimeout(2500)
    expect(Number(await page.getByTestId('panel-ladder').getAttribute('data-seq')) - before).toBeLessThanOrEqual(5)
    await page.evaluate(hide(false))
    await until(
      page,
      `Date.now() - Number(document.querySelector('[data-testid=panel-ladder]').dataset.ts) / 1000 < 500`,
      1000,
    )
    await live(page, LIVELY, 1000)
  })

  it('draws on a browser whose language no formatter takes', async () => {
    const posix = `Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix', configurable: true })`
    const page = await bench.open('', {}, posix)
    await live(page)
    expect(await page.title()).toMatch(HAS_PRICE)
    expect(bench.complaints).toEqual([])
  })
})

inChromium(`dashboard: hostile surroundings (needs a browser: ${INSTALL})`, () => {
  it('F:M12 shows a hostile symbol as text', async () => {
    const hostile = 'binance-usdm:<img/src=x/onerror=alert(1)>USDT'
    const page = await bench.open(`?instrument=${encodeURIComponent(hostile)}`)
    await live(page, ['ladder', 'tape'])
    expect(await page.locator('.symbol').textContent()).toContain('<img/src=x/onerror=alert(1)>')
    expect(await page.locator('img').count()).toBe(0)
    expect(bench.complaints).toEqual([])
  })

  it('F:M03 a page of another origin reads nothing', async () => {
    const evil = createHttpServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<title>evil</title>')
    })
    await new Promise<void>(resolve => evil.listen(0, '127.0.0.1', resolve))
    const address = evil.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const page = await bench.blankPage()
    await page.goto(`http://127.0.0.1:${port}/`)
    const socket = `new Promise(resolve => { const s = new WebSocket('${bench.server.url.replace('http', 'ws')}/ws'); s.onopen = () => resolve('open'); s.onerror = () => resolve('refused') })`
    expect(await page.evaluate(socket)).toBe('refused')
    const read = `fetch('${bench.server.url}/api/status').then(r => r.text(), () => 'refused')`
    expect(await page.evaluate(read)).toBe('refused')
    await new Promise(resolve => evil.close(resolve))
  })
})
