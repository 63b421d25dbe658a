import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { instrumentId } from '../../src/model/instrument.ts'
import { systemClock } from '../../src/net/clock.ts'
import { balance, FakeAccount, fill, order, position } from '../support/fake-account.ts'
import { findings } from './axe-findings.ts'
import { findChromium, INSTALL } from './chromium.ts'
import { DashboardBench, model, until } from './dashboard-bench.ts'

const executable = findChromium()
const inChromium = describe.skipIf(executable === undefined)

let bench: DashboardBench
let account: FakeAccount

beforeAll(async () => {
  if (executable === undefined) return
  account = filled('binance-usdm')
  bench = await DashboardBench.create(executable, [{ account, isSimulated: true }])
})

afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

afterEach(async () => {
  if (executable === undefined) return
  await bench.closePages()
  bench.complaints.length = 0
})

function filled(name: string): FakeAccount {
  const made = new FakeAccount(name)
  const now = { receiveTimeUs: systemClock.nowUs() }
  made.enter('synced', undefined, now.receiveTimeUs)
  made.ageMs = 400
  made.marginRatio = 0.031
  made.tell(balance('USDT', '12345.60012300', now))
  made.tell(position('-0.500', { ...now, markPrice: '60300', unrealizedPnl: '-150.129', liquidationPrice: '66330' }))
  made.tell(order('1', now))
  made.tell(fill('7', { ...now, realizedPnl: '12.5' }))
  return made
}

const AMOUNTS = /12,345|−0\.5|−150|0\.006|12\.50/

async function shown(page: Page): Promise<string> {
  await page.waitForSelector('[data-testid="panel-account"][data-state="live"]')
  return (await page.getByTestId('panel-account').textContent()) ?? ''
}

inChromium(`dashboard: the account (needs a browser: ${INSTALL})`, () => {
  it('is a screen of its own, with exact amounts, sources and ages', async () => {
    const page = await bench.open()
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: 'Account' }).click()
    const text = await shown(page)
    for (const part of [
      '12,345.600123',
      '−0.5',
      '60,300',
      '−150.12',
      '66,330',
      '10.00 %',
      '59,000.1',
      '0.125',
      '+12.50',
    ])
      expect(text).toContain(part)
    expect(text).toMatch(/simulated.*synced/)
    expect(text).toMatch(/Positions1user stream \d/)
    expect(page.url()).toContain('screen=account')
    expect(await model(page, 'account')).toMatchObject([{ name: 'binance-usdm', balances: [{ asset: 'USDT' }] }])
    await page.keyboard.press('Alt+1')
    expect(await page.getByTestId('panel-account').isVisible()).toBe(false)
    expect(await page.getByTestId('panel-chart').isVisible()).toBe(true)
    expect(bench.complaints).toEqual([])
  })

  it('Alt+Y hides amounts everywhere, also in titles and after a reload', async () => {
    const page = await bench.open('?screen=account')
    expect(await shown(page)).toMatch(AMOUNTS)
    await page.keyboard.press('Alt+y')
    await page.reload()
    expect(await shown(page)).not.toMatch(AMOUNTS)
    expect(await page.getByTestId('panel-account').innerHTML()).not.toMatch(/12345|150\.129|"0\.5/)
    await page.keyboard.press('Alt+Y')
    expect(await shown(page)).toMatch(AMOUNTS)
  })

  it('a margin call stands across every screen until it is over', async () => {
    const page = await bench.open()
    await until(page, 'window.__dash.panel("account").model().length === 1')
    account.tell({
      kind: 'marginCall',
      account: account.name,
      origin: 'stream',
      receiveTimeUs: systemClock.nowUs(),
      positions: [
        {
          instrument: instrumentId('binance-usdm:BTCUSDT'),
          positionSide: 'both',
          quantity: '-0.500',
          markPrice: '66000.0',
          unrealizedPnl: '-3000',
          maintenanceMargin: '132.5',
          marginType: 'cross',
        },
      ],
    })
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(await alert.textContent()).toMatch(/Margin callbinance-usdm · BTCUSDT −0\.5 at mark 66,000/)
    await alert.getByRole('button').click()
    expect(await page.getByTestId('panel-account').isVisible()).toBe(true)
    expect(await alert.isVisible()).toBe(true)
    account.tell(position('0', { receiveTimeUs: systemClock.nowUs() }))
    await alert.waitFor({ state: 'detached' })
  })

  it('says what is wrong with it, and keeps what was known', async () => {
    const page = await bench.open('?screen=account')
    await shown(page)
    account.enter('stale', 'the user stream was silent for 60 s')
    await page.waitForSelector('[data-testid="panel-account"][data-state="stale"]')
    const panel = page.getByTestId('panel-account')
    await panel.getByText('the user stream was silent for 60 s').waitFor()
    expect(await panel.textContent()).toContain('12,345.600123')
    account.enter('reconciling')
    await page.waitForSelector('[data-testid="panel-account"][data-state="backfilling"]')
    expect(await panel.getByTestId('state-chip').textContent()).toContain('reconciling')
    account.enter('synced', undefined, systemClock.nowUs())
    await page.waitForSelector('[data-testid="panel-account"][data-state="live"]')
  })

  it('fits 390 px: its own tab, no sideways scrolling, the columns that matter', async () => {
    const page = await bench.open('', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true })
    await page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: 'Account' }).tap()
    expect(await shown(page)).toContain('12,345.600123')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    const box = await page.getByTestId('panel-account').boundingBox()
    expect(box?.height).toBeGreaterThan(600)
    const wide: unknown = await page.evaluate(
      'Math.max(...[...document.querySelectorAll(".account-scroll")].map(one => one.scrollWidth - one.clientWidth))',
    )
    expect(wide).toBe(0)
  })
})

inChromium(`dashboard: axe on the account (needs a browser: ${INSTALL})`, () => {
  it.each([
    ['dark', 1440],
    ['light', 1440],
    ['dark', 390],
    ['light', 390],
  ] as const)('finds nothing serious: %s, %i px', async (colorScheme, width) => {
    const page = await bench.open('?screen=account', { colorScheme, viewport: { width, height: 860 } })
    await shown(page)
    expect(await findings(page)).toEqual([])
  })
})

inChromium(`dashboard: no account (needs a browser: ${INSTALL})`, () => {
  it('says how to configure keys', async () => {
    await using plain = await DashboardBench.create(executable ?? '')
    const page = await plain.open('?screen=account')
    await page.waitForSelector('[data-testid="panel-account"][data-state="empty"]')
    expect(await page.getByTestId('panel-account').textContent()).toContain('TICKWIRE_<VENUE>_KEY')
    await page.waitForSelector('[data-testid="lamp"][data-state="live"]')
  })
})
