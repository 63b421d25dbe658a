import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, INSTALL } from './chromium.ts'
import { DashboardBench } from './dashboard-bench.ts'

const executable = findChromium()
const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

let bench: DashboardBench

beforeAll(async () => {
  if (executable !== undefined) bench = await DashboardBench.create(executable)
})

afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

afterEach(async () => {
  await bench?.closePages()
})

/** What axe finds serious or critical, one line per rule and place. */
async function findings(page: Page): Promise<readonly string[]> {
  // The page's policy allows no script of others: this one comes by the debugger, not by the page.
  await page.evaluate(SOURCE)
  const report: unknown = await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations'] })`,
  )
  const { violations }: { violations?: unknown } = Object(report)
  if (!Array.isArray(violations)) throw new Error('axe gave no report')
  return violations.flatMap((violation: unknown) => {
    const { id, impact, help, nodes }: { id?: unknown; impact?: unknown; help?: unknown; nodes?: unknown } =
      Object(violation)
    if (impact !== 'serious' && impact !== 'critical') return []
    const places = Array.isArray(nodes) ? nodes.map((node: unknown) => String(Object(node).target)) : []
    return [`${String(id)} (${String(help)}): ${places.slice(0, 4).join(' | ')}`]
  })
}

describe.skipIf(executable === undefined)(`dashboard: axe (needs a browser: ${INSTALL})`, () => {
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const) {
    for (const colorScheme of ['dark', 'light'] as const) {
      it(`finds nothing serious at ${width} px, ${colorScheme}`, { timeout: 60_000 }, async () => {
        const page = await bench.open()
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height })
        await page.waitForSelector('[data-testid="panel-tape"][data-state="live"]', {
          timeout: 15_000,
          state: 'attached',
        })
        expect(await findings(page)).toEqual([])
      })
    }
  }
})
