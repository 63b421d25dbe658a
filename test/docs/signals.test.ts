import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signalCatalogue } from '../../src/signal/catalogue.ts'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { ensureBuilt, projectRoot } from '../cli/built.ts'
import { Cli, jsonLines, run } from '../cli/cli.ts'
import { compiled, typeProblems } from '../support/page-shell.ts'
import { codeBlocks, codeSpans, readDoc } from './markdown.ts'

const page = readDoc('docs/SIGNALS.md')
/** Inside the package, so that `tickwire` is what a user's own import would find. */
const folder = `${projectRoot}dist/.signal-examples`
let exchange: Simulator

beforeAll(async () => {
  await ensureBuilt()
  mkdirSync(folder, { recursive: true })
  exchange = await createSimulator({ venues: ['binance-usdm'], seed: 3 })
})

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await exchange[Symbol.asyncDispose]()
})

/** The words of a command as a shell would pass them. */
function words(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

describe('the page of signals', () => {
  const [shell = ''] = codeBlocks(page, 'sh')
  it.each(shell.trim().split('\n'))('%s', async line => {
    const args = words(line).slice(2)
    const pointed = args[1] === 'list' ? args : [...args, '--endpoints', JSON.stringify(exchange.endpoints)]
    const { code, stdout } = await run(pointed)
    expect(code).toBe(0)
    expect(jsonLines(stdout).length).toBeGreaterThan(3)
  })

  it('has a library example that is type-checked and runs', async () => {
    const [example = ''] = codeBlocks(page, 'ts')
    const path = `${folder}/example.ts`
    writeFileSync(path, example)
    expect(typeProblems(path)).toEqual([])
    const endpoints = JSON.stringify(exchange.endpoints['binance-usdm'])
    const pointed = example.replace('binanceUsdm()', `binanceUsdm({ endpoints: ${endpoints} })`)
    writeFileSync(`${folder}/example.mjs`, compiled(pointed))
    await using running = await Cli.script(`${folder}/example.mjs`)
    await running.until(({ stdout }) => stdout.includes("signal: 'candle.rsi'"))
    expect(running.stdout).toContain("state: 'ok'")
  })

  it('names every signal with its unit, what feeds it, and its options', () => {
    const rows = page.split('\n').filter(line => line.startsWith('| `'))
    const missing: string[] = []
    for (const { id, unit, needs, params } of signalCatalogue.values()) {
      if (id.startsWith('candle.')) {
        if (!codeSpans(page).includes(id.slice('candle.'.length)) && !codeSpans(page).includes(id)) missing.push(id)
        continue
      }
      const row = rows.find(line => line.startsWith(`| \`${id}\` |`))
      if (row?.includes(`| ${unit} | ${needs.join(', ')} |`) !== true) missing.push(id)
      const shared = ['latenessMs', 'staleAfterMs', 'trades', 'excludeRpi', 'input']
      const unnamed = Object.keys(params).filter(
        name => !shared.includes(name) && row?.includes(`\`${name}\``) !== true,
      )
      missing.push(...unnamed.map(name => `${id}.${name}`))
    }
    expect(missing).toEqual([])
    expect(rows.length).toBe([...signalCatalogue.keys()].filter(id => !id.startsWith('candle.')).length + 5)
  })
})
