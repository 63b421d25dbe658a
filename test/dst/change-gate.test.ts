import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runDst } from './run-dst.ts'

const folder = fileURLToPath(new URL('regressions', import.meta.url))

describe('the simulated exchange', () => {
  test('R01: 300 seeds of 30 minutes keep every invariant, and every fault and recovery path happens', {
    timeout: 600_000,
  }, async () => {
    const { code, output } = await runDst('--seeds', '300', '--minutes', '30', '--no-shrink')
    console.log(output)
    expect(code, output).toBe(0)
    expect(output).toMatch(/^seeds +300, 0 with violations$/m)
  })

  test('R03: a seed that is run twice gives the same trace', { timeout: 300_000 }, async () => {
    const { output } = await runDst(
      '--seeds',
      '20',
      '--from',
      '1000',
      '--minutes',
      '10',
      '--twice',
      '--no-shrink',
      '--partial',
    )
    expect(output).not.toMatch(/run twice/)
    expect(output).toMatch(/^seeds +20,/m)
  })

  test.each([
    'A12-announcement-ignored',
    'B15-break-before-make',
    'B16-no-dedup-of-trades',
    'D01-holes-pass-silently',
    'E04-spot-continuity-unchecked',
  ])('R05: the seeded defect %s is found', { timeout: 300_000 }, async name => {
    const { code, output } = await runDst('--mutants', name, '--seeds', '60')
    expect(code, output).toBe(0)
    expect(output).toMatch(/^1 of 1 found$/m)
  })

  test('every case that failed once passes', { timeout: 600_000 }, async () => {
    for (const name of readdirSync(folder).filter(file => file.endsWith('.json'))) {
      const { code, output } = await runDst('--replay', `${folder}/${name}`)
      expect(code, `${name}\n${output}`).toBe(0)
    }
  })
})
