import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findings } from './axe-findings.ts'
import { findChromium, INSTALL } from './chromium.ts'
import { DashboardBench } from './dashboard-bench.ts'

const executable = findChromium()

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
