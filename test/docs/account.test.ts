import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { keyVariables } from '../../src/cli/key-variables.ts'
import { ACCOUNT_VENUES } from '../../src/cli/venue-table.ts'
import { projectRoot } from '../cli/built.ts'
import { isRecord, jsonLines, run } from '../cli/cli.ts'
import { compiled, PageShell } from '../support/page-shell.ts'
import { codeBlocks, codeSpans, readDoc, tableUnder } from './markdown.ts'

const page = readDoc('docs/ACCOUNT.md')
const insideFolder = `${projectRoot}dist/.account-examples`
const env = { TICKWIRE_STATE: 'off' }
let shell: PageShell

beforeAll(async () => {
  shell = await PageShell.open('account', 50_000)
  mkdirSync(insideFolder, { recursive: true })
})

afterAll(() => {
  rmSync(insideFolder, { recursive: true, force: true })
  shell[Symbol.dispose]()
})

const shellBlocks = codeBlocks(page, 'sh')

describe('docs/ACCOUNT.md', () => {
  it('the snippet runs, and types', async () => {
    const [snippet = ''] = codeBlocks(page, 'ts')
    const path = `${insideFolder}/snippet.mjs`
    writeFileSync(path, compiled(snippet))
    expect(await shell.exec(process.execPath, [path], { env })).toMatchObject({
      code: 0,
      stdout: 'synced 10000.00000000\n',
      stderr: '',
    })
  })

  it('the command line of the start prints the state', async () => {
    const { code, stdout } = await shell.bash(shellBlocks[0] ?? '', { env })
    expect(code).toBe(0)
    expect(jsonLines(stdout)[0]).toMatchObject({ kind: 'balance', asset: 'USDT', wallet: '100000.00000000' })
  })

  it('the recipe for keys from elsewhere works', async () => {
    const recipe = shellBlocks.find(block => block.includes('--keys -')) ?? ''
    const keys = 'binance-usdm: { key: yourApiKeyYourApiKey, secret: yourSecretYourSecret }'
    const start = `echo '${keys}' > keys.yaml\nnpx tickwire sim --venue binance-usdm --accounts accounts.yaml > ep.json &\n`
    writeFileSync(
      join(shell.folder, 'accounts.yaml'),
      '- { venue: binance-usdm, key: yourApiKeyYourApiKey, secret: yourSecretYourSecret, balances: { USDT: "5" } }\n',
    )
    const line = recipe.replace(/^[^|]*/, 'cat keys.yaml ').replace('--once', '--once --endpoints ep.json')
    const { code, stdout } = await shell.bash(`${start}sleep 3\n${line}`, { env })
    expect(code).toBe(0)
    expect(jsonLines(stdout)[0]).toMatchObject({ kind: 'balance', wallet: '5.00000000' })
  })

  it('the variables and the file have the fields that are read', () => {
    const endings = tableUnder(page, '## Keys').map(([name = '']) =>
      name.replaceAll('`', '').replace('<VENUE>', 'BINANCE_USDM'),
    )
    const found = keyVariables(new Map(endings.map(name => [name, 'x'])), ACCOUNT_VENUES)
    expect(found.map(({ account, values }) => [account, values.size])).toEqual([['binance-usdm', endings.length]])
    const file: unknown = parse(codeBlocks(page, 'yaml')[0] ?? '')
    expect(isRecord(file) && Object.keys(file)).toEqual(['binance-usdm', 'binance-usdm/hedge'])
  })

  it('the options exist, and no option of the command is left out', async () => {
    const { stdout } = await run(['account', '--help'])
    const known: readonly string[] = stdout.match(/--[a-z-]+/g) ?? []
    const named = [...codeSpans(page), ...shellBlocks].flatMap(text => text.match(/(?<=^| )--[a-z-]+/gm) ?? [])
    expect(
      named.filter(option => !known.includes(option) && !['--venue', '--account', '--line-buffered'].includes(option)),
    ).toEqual([])
    const own = ['--once', '--hide-amounts', '--strict', '--keys', '--memory', '--allow-withdrawals']
    for (const option of own) expect(known).toContain(option)
    const rows = tableUnder(page, '## Start').map(([cell = '']) => /--[a-z-]+/.exec(cell)?.[0])
    expect(rows.filter(option => option !== undefined)).toEqual(own)
  })

  it('names every phase in its picture', () => {
    const [picture = ''] = codeBlocks(page, 'mermaid')
    for (const phase of ['connecting', 'reconciling', 'synced', 'stale', 'refused']) expect(picture).toContain(phase)
  })
})
