import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { projectRoot } from '../cli/built.ts'
import { Cli, jsonLines, plainEnv, run } from '../cli/cli.ts'
import { compiled, PageShell, typeProblems } from '../support/page-shell.ts'
import { codeBlocks, codeSpans, readDoc } from './markdown.ts'

const readme = readDoc('README.md')
/** Inside the package, so that `tickwire` is what a user's own import would find. */
const insideFolder = `${projectRoot}dist/.readme-examples`
const ACCOUNT = { key: 'readme'.padEnd(64, '0'), secret: 'notARealSecret' }
let exchange: Simulator
let outside: PageShell

beforeAll(async () => {
  outside = await PageShell.open('readme', 50_000)
  rmSync(insideFolder, { recursive: true, force: true })
  mkdirSync(insideFolder, { recursive: true })
  exchange = await createSimulator({ accounts: [{ venue: 'binance-usdm', ...ACCOUNT, balances: { USDT: '1000' } }] })
})

afterAll(async () => {
  await exchange[Symbol.asyncDispose]()
  rmSync(insideFolder, { recursive: true, force: true })
  outside[Symbol.dispose]()
})

/** Long waits become short ones, and what would run for ever gets an end and a free port. */
function bounded(line: string): string {
  const short = line.replace(/--for \d+s/, '--for 3s').replace(/--port \d+/, '--port 0')
  return /--(for|count)\b|tickwire (instruments|doctor)/.test(short) ? short : `${short} --for 2s`
}

const shellBlocks = codeBlocks(readme, 'sh')
const commandLines = shellBlocks
  .filter(block => !/ &$/m.test(block))
  .flatMap(block => block.split('\n'))
  .filter(line => line.startsWith('npx tickwire '))

describe('the shell examples of the README', () => {
  it('are there: every command stands in one', () => {
    const commands = new Set(commandLines.map(line => line.split(' ')[2] ?? ''))
    expect([...commands].sort()).toEqual([
      'account',
      'book',
      'capture',
      'doctor',
      'indicators',
      'instruments',
      'replay',
      'serve',
      'signals',
      'sim',
      'watch',
    ])
  })

  for (const line of commandLines) {
    it(`${line} (against the simulated exchange)`, async () => {
      const keys = { TICKWIRE_BINANCE_USDM_KEY: ACCOUNT.key, TICKWIRE_BINANCE_USDM_SECRET: ACCOUNT.secret }
      const env = { TICKWIRE_ENDPOINTS: JSON.stringify(exchange.endpoints), ...(/ account /.test(line) ? keys : {}) }
      const { code, stdout } = await outside.bash(bounded(line), { env })
      expect(code).toBe(0)
      expect(stdout).not.toBe('')
      if (/tickwire (watch|book)/.test(line)) expectEvents(line, stdout)
    })
  }

  for (const block of shellBlocks.filter(text => / &$/m.test(text))) {
    it(`${block.split('\n')[0]} … as a whole`, async () => {
      const { code, stdout } = await outside.bash(block.replace(/--for \d+s/, '--for 4s'))
      expect(code).toBe(0)
      const kinds = new Set(jsonLines(stdout).map(event => event['kind']))
      expect([...kinds]).toEqual(expect.arrayContaining(['connection', 'trade', 'book']))
    })
  }

  it('npm start prints the URL of the dashboard', async () => {
    expect(shellBlocks.join('')).toContain('npm start ')
    const url = await new Promise<string>(resolve => {
      const args = ['start', '--silent', '--', '--port', '0', '--for', '2s']
      execFile('npm', args, { cwd: projectRoot, env: plainEnv() }, (_error, stdout) => resolve(stdout))
    })
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/m)
  })
})

/** Only what was asked for came, and, but for liquidations, something did. */
function expectEvents(line: string, stdout: string): void {
  const asked = /--channel (\S+)/.exec(line)?.[1]?.split(',') ?? [line.includes('tickwire book') ? 'book' : 'trade']
  const kinds = new Set(jsonLines(stdout).map(event => String(event['kind'])))
  for (const lifecycle of ['connection', 'gap', 'resync']) kinds.delete(lifecycle)
  if (asked.includes('liquidation')) expect(['liquidation', undefined]).toContain([...kinds][0])
  else expect([...kinds].sort()).toEqual([...asked].sort())
}

describe('the options that the README names', () => {
  it('exist in the help of their command', async () => {
    const commands = [
      'account',
      'watch',
      'book',
      'signals',
      'indicators',
      'capture',
      'replay',
      'instruments',
      'doctor',
      'demo',
      'serve',
      'sim',
    ]
    const help = new Map<string, string>()
    for (const command of commands) {
      const { code, stdout } = await run([command, '--help'])
      expect(code).toBe(0)
      help.set(command, stdout)
    }
    const options = (text: string): readonly string[] => text.match(/(?<=^| )--[a-z-]+/g) ?? []
    const unknown: string[] = []
    for (const line of shellBlocks.join('\n').split('\n')) {
      const command = /^npx tickwire (\w+)/.exec(line)?.[1]
      const text = help.get(command ?? '') ?? ''
      if (command !== undefined) unknown.push(...options(line).filter(option => !text.includes(`${option} `)))
    }
    const anywhere = [...help.values()].join('\n')
    for (const span of codeSpans(readme)) {
      if (/^npm i(nstall)? /.test(span)) continue
      unknown.push(...options(span).filter(option => !anywhere.includes(`${option} `)))
    }
    expect(unknown).toEqual([])
  })
})

/** Examples of the README and of the folder, by name. */
function typescriptExamples(): ReadonlyMap<string, string> {
  const own = codeBlocks(readme, 'ts').map((text, index) => [`readme-${index + 1}.ts`, text] as const)
  const files = readdirSync(`${projectRoot}examples`).map(name => [name, readDoc(`examples/${name}`)] as const)
  return new Map([...own, ...files])
}

describe('the TypeScript examples', () => {
  const examples = typescriptExamples()

  it('are type-checked against the built package', () => {
    const paths = [...examples].map(([name, text]) => {
      const path = `${insideFolder}/${name}`
      writeFileSync(path, text)
      return path
    })
    expect(typeProblems(...paths)).toEqual([])
  })

  it('the one of the README is the one of examples/trades.ts', () => {
    expect(examples.get('readme-1.ts')?.trim()).toBe(examples.get('trades.ts')?.trim())
    expect(examples.get('readme-1.ts')?.trim().split('\n').length).toBeLessThanOrEqual(10)
  })

  // The test of a bot brings an exchange of its own, and is run beside the page of the simulator.
  for (const [name, text] of [...examples].filter(([name]) => name !== 'test-a-bot.ts')) {
    it(`${name} runs and prints market data`, async () => {
      // The only change: its venue is the simulated one, and not the real exchange.
      const pointed = text.replace(/\b(binance(Spot|Usdm))\(\)/, (_, factory: string, market: string) => {
        return `${factory}({ endpoints: ${JSON.stringify(exchange.endpoints[`binance-${market.toLowerCase()}`])} })`
      })
      expect(pointed).not.toBe(text)
      const path = `${insideFolder}/${name.replace(/\.ts$/, '.mjs')}`
      writeFileSync(path, compiled(pointed))
      await using example = await Cli.script(path)
      await example.until(({ stdout }) => stdout.split('\n').length > 3)
      expect(example.stdout).toMatch(/\d{4,}\.?\d*/)
      expect(example.stderr).toBe('')
    })
  }
})
