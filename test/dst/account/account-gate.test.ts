import { describe, expect, test } from 'vitest'
import { runDst } from '../run-dst.ts'

describe('the simulated private exchange', () => {
  test('R12 F:F10 F:F11 F:F12 F:F13 100 seeds miss no fill, tell none twice, and end with the true state', {
    timeout: 600_000,
  }, async () => {
    const { code, output } = await runDst('--account', '--seeds', '100', '--no-shrink')
    console.log(output)
    expect(code, output).toBe(0)
    expect(output).toMatch(/^seeds +100, 0 with violations$/m)
  })

  test('R03: a seed that is run twice gives the same trace', { timeout: 300_000 }, async () => {
    const { code, output } = await runDst('--account', '--seeds', '15', '--from', '3000', '--twice', '--no-shrink')
    expect(code, output).toBe(0)
    expect(output).toMatch(/^seeds +15, 0 with violations$/m)
  })

  test.each([
    'F02-old-socket-after-expiry',
    'F10-only-open-orders',
    'F11-fills-not-told-apart',
    'F12-ended-orders-open-again',
    'F19-termination-ignored',
  ])('R05: the planted defect %s is found', { timeout: 300_000 }, async name => {
    const { code, output } = await runDst('--account', '--mutants', name, '--seeds', '60')
    expect(code, output).toBe(0)
    expect(output).toMatch(/^1 of 1 found$/m)
  })
})
