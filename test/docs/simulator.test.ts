import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readAccountList } from '../../src/sim/control/read-account-list.ts'
import { createSimulator, scenarioNames } from '../../src/sim/index.ts'
import { readAccounts } from '../../src/sim/trading/account-options.ts'
import { projectRoot } from '../cli/built.ts'
import { jsonLines, run } from '../cli/cli.ts'
import { compiled, PageShell, type ShellOutcome } from '../support/page-shell.ts'
import { codeBlocks, codeSpans, readDoc, tableUnder } from './markdown.ts'

const page = readDoc('docs/SIMULATOR.md')
/** Inside the package, so that `tickwire` is what a user's own import would find. */
const insideFolder = `${projectRoot}dist/.simulator-examples`
let outside: PageShell

beforeAll(async () => {
  outside = await PageShell.open('simulator')
  rmSync(insideFolder, { recursive: true, force: true })
  mkdirSync(insideFolder, { recursive: true })
})

afterAll(() => {
  rmSync(insideFolder, { recursive: true, force: true })
  outside[Symbol.dispose]()
})

function exec(file: string, args: readonly string[], cwd: string): Promise<ShellOutcome> {
  return outside.exec(file, args, { cwd })
}

/** Runs a block in a folder of its own. */
function shell(block: string): Promise<ShellOutcome> {
  return outside.bash(block, { cwd: outside.emptyFolder() })
}

function write(name: string, text: string): string {
  const path = `${insideFolder}/${name}.mjs`
  writeFileSync(path, compiled(text))
  return path
}

const shellBlocks = codeBlocks(page, 'sh')
const snippets = codeBlocks(page, 'ts')

function blockWith(text: string): string {
  const found = shellBlocks.find(block => block.includes(text))
  if (found === undefined) throw new Error(`no block with ${text}`)
  return found
}

describe('docs/SIMULATOR.md: commands', () => {
  it('start: the first line is the endpoints', async () => {
    const { code, stdout } = await shell(blockWith('--seed 7 --for 10s').replace('10s', '2s'))
    expect(code).toBe(0)
    expect(Object.keys(jsonLines(stdout)[0] ?? {}).sort()).toEqual(['binance-spot', 'binance-usdm'])
  })

  it('an account is made up', async () => {
    const { code, stdout } = await shell(blockWith('--account binance-usdm --for 3s'))
    expect(code).toBe(0)
    expect(jsonLines(stdout)[0]).toMatchObject({ simulator: { accounts: [{ venue: 'binance-usdm' }] } })
  })

  it('paper trading, here on a simulated market', async () => {
    await using live = await createSimulator({ venues: ['binance-usdm'] })
    const block = blockWith('--live-market')
      .replace('30s', '8s')
      .replace('sim ', `sim --endpoints '${JSON.stringify(live.endpoints)}' `)
    const { code, stdout } = await shell(block)
    expect(code).toBe(0)
    expect(jsonLines(stdout)[0]).toMatchObject({ simulator: { accounts: [{ venue: 'binance-usdm' }] } })
  })

  it('the control API takes a step', async () => {
    const { code, stdout } = await shell(blockWith('--control-port 0'))
    expect([code, stdout.trim()]).toEqual([0, '{"steps":1}'])
  })

  it('a 24 h cut: nothing is lost', async () => {
    const { code, stdout } = await shell(blockWith('cut.yaml'))
    expect(code).toBe(0)
    const events = jsonLines(stdout)
    const opened = events.filter(event => event['kind'] === 'connection' && event['state'] === 'open')
    expect(opened.length).toBeGreaterThan(1)
    expect(events.filter(event => event['kind'] === 'trade').length).toBeGreaterThan(10)
    expect(events.filter(event => event['kind'] === 'gap' && event['healed'] !== true)).toEqual([])
  })

  it('ten minutes (here four seconds) without Binance: the trades come back', async () => {
    const { code, stdout } = await shell(blockWith('down.yaml').replaceAll('600000', '4000').replace('12m', '20s'))
    expect(code).toBe(0)
    const kinds = jsonLines(stdout).map(event =>
      typeof event['state'] === 'string' ? `connection ${event['state']}` : event['kind'],
    )
    const cut = kinds.lastIndexOf('connection waiting')
    expect(cut).toBeGreaterThan(0)
    expect(kinds.slice(cut)).toContain('trade')
  })

  it('a flash crash on a slow socket: the fall is seen', async () => {
    const { code, stdout } = await shell(blockWith('slow.yaml'))
    expect(code).toBe(0)
    const bids = jsonLines(stdout).flatMap(({ bids: levels }) =>
      Array.isArray(levels) && Array.isArray(levels[0]) ? [Number(levels[0][0])] : [],
    )
    expect(bids.length).toBeGreaterThan(20)
    expect(Math.min(...bids)).toBeLessThan((bids[0] ?? 0) * 0.97)
  })

  it('every block is run here', () => {
    expect(shellBlocks).toHaveLength(7)
  })

  it('its options exist, and all that exist are named', async () => {
    const { stdout } = await run(['sim', '--help'])
    const named = (page.match(/(?<=[ `])--[a-z-]+/g) ?? []).filter(
      option => !['--endpoints', '--channel', '--strict', '--levels', '--minutes'].includes(option),
    )
    for (const option of new Set(named)) expect(stdout).toContain(`${option} `)
    const existing = stdout.match(/(?<=^ {2})--[a-z-]+/gm) ?? []
    expect(existing.filter(option => !page.includes(option) && option !== '--quiet')).toEqual([])
  })
})

describe('docs/SIMULATOR.md: snippets', () => {
  const expected: readonly RegExp[] = [
    /^http:\/\/127\.0\.0\.1:\d+\n200 1$/,
    /^what the bot must find out: 0\.010 [1-9]\d* fills$/,
    /^\{"e":"listenKeyExpired",.*\}\nstill open: true$/,
  ]

  it('are type-checked', async () => {
    for (const [index, text] of snippets.entries()) writeFileSync(`${insideFolder}/checked-${index}.ts`, text)
    const config = { extends: `${projectRoot}tsconfig.json`, include: ['*.ts'] }
    writeFileSync(`${insideFolder}/tsconfig.json`, JSON.stringify(config))
    const compiler = `${projectRoot}node_modules/tsc7/bin/tsc`
    const { stdout } = await exec(process.execPath, [compiler, '-p', 'tsconfig.json', '--noEmit'], insideFolder)
    expect(stdout).toBe('')
  })

  it.each(expected.map((pattern, index) => [index, pattern] as const))(
    'number %i runs and prints what it says',
    async (index, pattern) => {
      const { code, stdout, stderr } = await exec(
        process.execPath,
        [write(`snippet-${index}`, snippets[index] ?? '')],
        insideFolder,
      )
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout.trim()).toMatch(pattern)
    },
  )

  it('every snippet is run here', () => {
    expect(snippets).toHaveLength(expected.length)
  })

  it('the accounts of the page can be opened', () => {
    const [yaml = ''] = codeBlocks(page, 'yaml')
    const [setup] = readAccounts(readAccountList(parse(yaml), 'page'))
    expect(setup).toMatchObject({ venue: 'binance-usdm', account: 'bot', leverage: 10 })
  })

  it('names every scenario', () => {
    const rows = tableUnder(page, '## Scenarios').map(([name = '']) => name.replaceAll('`', ''))
    expect(rows).toEqual([...scenarioNames])
    expect(codeSpans(page)).toContain('examples/test-a-bot.ts')
  })
})

describe('examples/test-a-bot.ts', () => {
  it('passes, on its own', async () => {
    const path = write('test-a-bot', readDoc('examples/test-a-bot.ts'))
    const { code, stdout } = await exec(process.execPath, ['--test', path], insideFolder)
    expect(stdout).toMatch(/^# pass 1$|ℹ pass 1/m)
    expect(code).toBe(0)
  })

  it('fails when the bot sends its order again instead of asking', async () => {
    const source = readDoc('examples/test-a-bot.ts')
    const careless = source.replace(
      "call(endpoints.rest, 'GET', '/fapi/v1/order', {",
      "call(endpoints.rest, 'POST', '/fapi/v1/order', { ...order, newClientOrderId: 'again',",
    )
    expect(careless).not.toBe(source)
    const { code } = await exec(process.execPath, ['--test', write('careless-bot', careless)], insideFolder)
    expect(code).not.toBe(0)
  })
})
