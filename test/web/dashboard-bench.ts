import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { systemClock } from '../../src/net/clock.ts'
import {
  createServer,
  type DashboardServer,
  type ServedAccount,
  type ServedAlerts,
  type ServedRecordings,
} from '../../src/server/index.ts'
import { FakeFeed } from '../server/fake-feed/fake-feed.ts'
import { CHROMIUM_ARGUMENTS } from './chromium.ts'

export const BTC = 'binance-usdm:BTCUSDT'
export const SPOT_BTC = 'binance-spot:BTCUSDT'
const CONFIG = fileURLToPath(new URL('../../web/vite.config.ts', import.meta.url))

/** The built dashboard, a server over the generated market, and a browser that looks at it. */
export class DashboardBench implements AsyncDisposable {
  feed: FakeFeed
  server: DashboardServer
  /** What no page may ever say. */
  readonly complaints: string[] = []
  private readonly browser: Browser
  private readonly webRoot: string
  private readonly alerts: ServedAlerts | undefined
  private contexts: BrowserContext[] = []

  private constructor(
    feed: FakeFeed,
    server: DashboardServer,
    browser: Browser,
    webRoot: string,
    alerts: ServedAlerts | undefined,
  ) {
    this.feed = feed
    this.server = server
    this.browser = browser
    this.webRoot = webRoot
    this.alerts = alerts
  }

  static async create(
    executablePath: string,
    accounts: readonly ServedAccount[] = [],
    alertsOn?: (feed: FakeFeed) => ServedAlerts,
    recordings?: ServedRecordings,
  ): Promise<DashboardBench> {
    const webRoot = await mkdtemp(join(tmpdir(), 'tickwire-dashboard-'))
    await build({ configFile: CONFIG, logLevel: 'warn', build: { outDir: webRoot, emptyOutDir: true } })
    const feed = new FakeFeed(systemClock)
    const alerts = alertsOn?.(feed)
    const server = await serve(feed, webRoot, 0, accounts, alerts, recordings)
    const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS })
    return new DashboardBench(feed, server, browser, webRoot, alerts)
  }

  /** Opens the dashboard; console errors, uncaught exceptions and violations of the policy are collected. */
  async open(query = '', options: BrowserContextOptions = {}, before = ''): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
    this.contexts.push(context)
    const page = await context.newPage()
    if (before !== '') await page.addInitScript(before)
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text())
    })
    page.on('pageerror', error => this.complaints.push(String(error)))
    page.on('dialog', dialog => {
      this.complaints.push(`dialog: ${dialog.message()}`)
      dialog.dismiss().catch(() => this.complaints.push('the dialog could not be dismissed'))
    })
    await page.goto(`${this.server.url}/${query}`)
    return page
  }

  async blankPage(): Promise<Page> {
    const context = await this.browser.newContext()
    this.contexts.push(context)
    return context.newPage()
  }

  async kill(): Promise<void> {
    await this.server[Symbol.asyncDispose]()
  }

  /** The server comes back where it was. */
  async revive(): Promise<void> {
    this.server = await serve(this.feed, this.webRoot, this.server.port, [], this.alerts)
  }

  async closePages(): Promise<void> {
    for (const context of this.contexts) await context.close()
    this.contexts = []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closePages()
    await this.browser.close()
    await this.kill()
    await this.alerts?.alerts[Symbol.asyncDispose]()
    await this.feed[Symbol.asyncDispose]()
    await rm(this.webRoot, { recursive: true, force: true })
  }
}

function serve(
  feed: FakeFeed,
  webRoot: string,
  port: number,
  accounts: readonly ServedAccount[] = [],
  alerts?: ServedAlerts,
  recordings?: ServedRecordings,
): Promise<DashboardServer> {
  const shown = { ...(alerts === undefined ? {} : { alerts }), ...(recordings === undefined ? {} : { recordings }) }
  const source = { kind: 'generated', label: 'seed 3' } as const
  return createServer({
    feed,
    source,
    instruments: [BTC, SPOT_BTC],
    port,
    clock: systemClock,
    webRoot,
    accounts,
    ...shown,
  })
}

/** States of all panels by name. */
export async function states(page: Page): Promise<Record<string, string>> {
  const panels = await page.locator('[data-testid^="panel-"]').all()
  const entries = await Promise.all(
    panels.map(async panel => [
      (await panel.getAttribute('data-testid'))?.slice('panel-'.length) ?? '',
      (await panel.getAttribute('data-state')) ?? '',
    ]),
  )
  return Object.fromEntries(entries)
}

/** The model of a panel, as JSON. */
export async function model(page: Page, panel: string): Promise<unknown> {
  const text: unknown = await page.evaluate(`JSON.stringify(window.__dash.panel(${JSON.stringify(panel)}).model())`)
  return typeof text === 'string' ? JSON.parse(text) : undefined
}

/** Waits until an expression is true in the page; the page's policy forbids the evaluation of text inside of it. */
export async function until(page: Page, expression: string, timeoutMs = 5000): Promise<void> {
  const endMs = performance.now() + timeoutMs
  while ((await page.evaluate(expression)) !== true) {
    if (performance.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${expression}`)
    await page.waitForTimeout(50)
  }
}
