import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createAlerts, readAlerts } from '../../src/alert/index.ts'
import type { ServedAlerts } from '../../src/server/index.ts'
import type { FakeFeed } from '../server/fake-feed/fake-feed.ts'
import { findings } from './axe-findings.ts'
import { findChromium, INSTALL } from './chromium.ts'
import { BTC, DashboardBench, model, until } from './dashboard-bench.ts'

const executable = findChromium()

/** Notifications and tones, as the page asks for them. */
const RECORDER = `
  window.__told = []
  window.Notification = class { constructor(title, options) { window.__told.push({ title, ...options }) } }
  window.Notification.permission = 'granted'
  window.Notification.requestPermission = () => { window.__asked = (window.__asked ?? 0) + 1; return Promise.resolve('granted') }
  const start = OscillatorNode.prototype.start
  OscillatorNode.prototype.start = function (...given) { window.__told.push({ tone: this.frequency.value }); return start.apply(this, given) }
`

let bench: DashboardBench

/** Rules in memory, as the server keeps them in a file. */
function served(feed: FakeFeed): ServedAlerts {
  let file: { channels: Record<string, unknown>; rules: Record<string, unknown>[] } = {
    channels: { screen: { type: 'desktop' }, bell: { type: 'sound' } },
    rules: [
      {
        id: 'far',
        name: 'Far away',
        instrument: BTC,
        source: 'trade.price',
        condition: { above: 9_000_000 },
        channels: ['screen'],
      },
    ],
  }
  return {
    alerts: createAlerts({ feed, config: readAlerts(file) }),
    store: {
      load: () => file,
      put: rule => {
        file = { ...file, rules: [...file.rules.filter(other => other['id'] !== rule['id']), { ...rule }] }
      },
      remove: id => {
        file = { ...file, rules: file.rules.filter(other => other['id'] !== id) }
      },
    },
  }
}

beforeAll(async () => {
  if (executable !== undefined) bench = await DashboardBench.create(executable, [], served)
})

afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

afterEach(async () => {
  if (executable === undefined) return
  await bench.closePages()
  bench.complaints.length = 0
})

async function shown(before = ''): Promise<Page> {
  const page = await bench.open('?screen=signals', {}, before)
  await page.waitForSelector('[data-testid="panel-alerts"][data-state="live"]')
  return page
}

describe.skipIf(executable === undefined)(`dashboard: alerts (needs a browser: ${INSTALL})`, () => {
  it('lists rules in words, with their state and how far they are', async () => {
    const page = await shown()
    await until(page, 'window.__dash.panel("alerts").model().rules[0]?.state === "armed"')
    const rule = page.locator('[data-rule="far"]')
    expect(await rule.textContent()).toMatch(
      /armed.*Far away.*trade\.price at or above 9000000.*now \d\d,\d\d\d.*from its level.*never fired/,
    )
    await rule.getByRole('button', { name: 'Mute 1 h' }).click()
    await rule.getByText('muted for').waitFor()
    await rule.getByRole('button', { name: 'Unmute' }).click()
    await rule.getByText('armed').waitFor()
    await rule.getByRole('button', { name: 'Test', exact: true }).click()
    await rule.getByText('A sample was sent.').waitFor()
    expect(bench.complaints).toEqual([])
  })

  it('makes a rule, tells its fire by tone, desktop and screen reader, changes it and deletes it', async () => {
    const page = await shown(RECORDER)
    expect(await page.evaluate('window.__asked')).toBeUndefined()
    await page.getByRole('button', { name: 'Desktop' }).click()
    expect(await page.evaluate('window.__asked')).toBe(1)
    await page.getByRole('button', { name: 'Sound' }).click()
    await until(page, 'window.__told.some(one => one.tone === 660)')
    await page.evaluate('window.__told.length = 0')
    await page.getByTestId('panel-alerts').getByRole('button', { name: 'New' }).click()
    const form = page.getByRole('form', { name: 'New alert rule' })
    await form.getByRole('button', { name: 'Liquidation' }).click()
    await form.getByLabel('Name').fill('A wave')
    await form.getByLabel('Severity').selectOption('critical')
    await form.getByRole('button', { name: 'Save' }).click()
    await page.locator('[data-rule="a-wave"]').waitFor()
    bench.feed.liquidate(BTC, 8)
    await until(page, 'window.__told.some(one => one.tag === "a-wave") && window.__told.some(one => one.tone === 1170)')
    expect(await page.getByTestId('panel-alerts').getByRole('alert').textContent()).toMatch(/^Alert, critical: A wave/)
    expect(await page.locator('.alert-fires').textContent()).toContain('A wave')
    const rule = page.locator('[data-rule="a-wave"]')
    await rule.getByRole('button', { name: 'Edit' }).click()
    await page.getByLabel('When').selectOption('liquidation.notional')
    await page.getByLabel('quote').fill('5000000')
    await page.getByRole('button', { name: 'Save' }).click()
    await rule.getByText('liquidation.notional at or above 5000000').waitFor()
    await rule.getByRole('button', { name: 'Delete' }).click()
    await rule.getByRole('button', { name: 'Really delete' }).click()
    await rule.waitFor({ state: 'detached' })
    expect(bench.complaints).toEqual([])
  })

  it('tells nothing anew that had fired before the page was there, and says what the server objects to', async () => {
    const page = await shown(RECORDER)
    expect(await model(page, 'alerts')).toMatchObject({ fires: [{ name: 'A wave' }], isEditable: true })
    expect(await page.evaluate('window.__told')).toEqual([])
    await page.getByTestId('panel-alerts').getByRole('button', { name: 'New' }).click()
    await page.locator('.rule-form').getByLabel('Market').fill('nonsense')
    await page.getByRole('button', { name: 'Save' }).click()
    expect(await page.locator('.rule-form [role="alert"]').textContent()).toContain('nonsense')
    expect(await findings(page)).toEqual([])
    await page.setViewportSize({ width: 390, height: 844 })
    await page.locator('.tabs').getByRole('button', { name: 'Alerts' }).click()
    expect(await page.getByTestId('panel-alerts').isVisible()).toBe(true)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    expect(await findings(page)).toEqual([])
  })
})
