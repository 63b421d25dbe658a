import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { instrumentId } from '../model/instrument.ts'
import { epochUs } from '../model/time.ts'
import type { AccountRecord } from './account-memory.ts'
import { fileMemory } from './file-memory.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickwire-memory-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const instrument = instrumentId('venue:这是测试币456')
const RECORD: AccountRecord = {
  beginUs: epochUs(5),
  comparedUs: epochUs(9),
  fills: new Map([
    [instrument, { verifiedId: '12', verifiedUs: epochUs(8), floorId: undefined, seen: ['7|11', '7|12'] }],
  ]),
  openOrders: [],
  balances: [
    {
      event: {
        kind: 'balance',
        account: 'venue/margin',
        origin: 'stream',
        receiveTimeUs: epochUs(3),
        asset: 'USDT',
        free: '1.50',
        locked: '0',
      },
      timeUs: epochUs(3),
    },
  ],
}
const noted = { instrument, key: '7|13', orderId: '7', quantity: '0.5' }

describe('the memory in files', () => {
  it('F:F11 gives back what was saved and what was noted since, to a process that comes later', () => {
    const memory = fileMemory(directory)
    expect(memory.load('venue/margin')).toBeUndefined()
    memory.save('venue/margin', RECORD)
    memory.note('venue/margin', noted)
    expect(fileMemory(directory).load('venue/margin')).toEqual({ record: RECORD, noted: [noted] })
    memory.save('venue/margin', RECORD)
    expect(fileMemory(directory).load('venue/margin')?.noted).toEqual([])
  })

  it('a line that the death of the process cut off is no fill', () => {
    const memory = fileMemory(directory)
    memory.save('a', RECORD)
    memory.note('a', noted)
    appendFileSync(join(directory, 'account-a.journal'), '{"instrument":"venue:BTC')
    expect(memory.load('a')?.noted).toEqual([noted])
  })

  it('only the owner may read the files', () => {
    const memory = fileMemory(directory)
    memory.save('a', RECORD)
    memory.note('a', noted)
    for (const file of readdirSync(directory)) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600)
    expect(readdirSync(directory).sort()).toEqual(['account-a.journal', 'account-a.json'])
  })

  it('what cannot be understood is said, and never taken for a new beginning', () => {
    writeFileSync(join(directory, 'account-a.json'), '{"version":1,"beginUs":"x"}')
    expect(() => fileMemory(directory).load('a')).toThrow(/cannot be understood/)
    writeFileSync(join(directory, 'account-a.json'), '{"version":99}')
    expect(() => fileMemory(directory).load('a')).toThrow(/cannot be understood/)
  })
})
