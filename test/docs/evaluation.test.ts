import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REPORT_FILES } from '../../src/cli/evaluation-files.ts'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { projectRoot } from '../cli/built.ts'
import { PageShell } from '../support/page-shell.ts'
import { codeBlocks, readDoc } from './markdown.ts'

const page = readDoc('docs/EVALUATION.md')
let shell: PageShell
let exchange: Simulator

beforeAll(async () => {
  shell = await PageShell.open('evaluation')
  exchange = await createSimulator({ venues: ['binance-usdm'], seed: 3 })
})

afterAll(async () => {
  await exchange[Symbol.asyncDispose]()
  shell[Symbol.dispose]()
})

describe('docs/EVALUATION.md', () => {
  it('the commands run one after another, and the second program agrees', async () => {
    const [block = ''] = codeBlocks(page, 'sh')
    const short = block.replace(/--for \d+m/, '--for 12s').replace('node scripts/', `node ${projectRoot}scripts/`)
    const { code, stdout, stderr } = await shell.bash(short, {
      env: { TICKWIRE_ENDPOINTS: JSON.stringify(exchange.endpoints) },
    })
    expect(stderr).not.toContain('tickwire:')
    expect(code).toBe(0)
    expect(stdout).toMatch(/\d+ figures compared, 0 differ/)
    for (const name of Object.values(REPORT_FILES)) expect(existsSync(join(shell.folder, 'report', name))).toBe(true)
    const report = readFileSync(join(shell.folder, 'report', REPORT_FILES.markdown), 'utf8')
    expect(report).toContain('Nobody gave fees of their own (--fees)')
  })
})
