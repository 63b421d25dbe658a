import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe finds serious or critical, one line per rule and place. */
export async function findings(page: Page): Promise<readonly string[]> {
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
