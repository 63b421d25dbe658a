import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Lease } from '../../src/alert/lease.ts'
import { systemClock } from '../../src/net/clock.ts'

const folder = mkdtempSync(join(tmpdir(), 'tickwire-lease-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('a lease', () => {
  it('belongs to one, and to the next when it is given back', () => {
    const path = join(folder, 'one')
    const [first, second] = [new Lease(path, systemClock), new Lease(path, systemClock)]
    expect([first.take(), second.take(), first.isOurs(), second.isOurs()]).toEqual([true, false, true, false])
    first.release()
    expect([second.take(), second.isOurs()]).toEqual([true, true])
  })

  it('of a process that was killed while it made it is not held for ever', () => {
    const path = join(folder, 'empty')
    writeFileSync(path, '')
    const lease = new Lease(path, systemClock)
    expect(lease.take()).toBe(false)
    const longAgo = Date.now() / 1000 - 60
    utimesSync(path, longAgo, longAgo)
    expect([lease.take(), lease.isOurs()]).toEqual([true, true])
  })

  it('of a process that is gone is taken at once, one from another machine when it has run out', () => {
    const path = join(folder, 'gone')
    const lease = new Lease(path, systemClock)
    writeFileSync(path, `token 1 ${Date.now() + 30_000} another-machine`)
    expect(lease.take()).toBe(false)
    writeFileSync(path, `token 1 ${Date.now() - 1} another-machine`)
    expect(lease.take()).toBe(true)
  })
})
