import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseExternal } from '../../src/external/point-lines.ts'
import { codeBlocks, readDoc } from '../docs/markdown.ts'
import { BitcoinServer } from '../plugins/bitcoin-server.ts'
import { EvmNode, SOMEBODY } from '../plugins/evm-node.ts'
import { projectRoot } from './built.ts'
import { Cli, jsonLines, run } from './cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'tickwire-external-'))
const page = readDoc('docs/EXTERNAL.md')
let bitcoin: BitcoinServer
let evm: EvmNode

beforeAll(async () => {
  bitcoin = await BitcoinServer.start()
  evm = await EvmNode.start()
  for (let block = 0; block < 70; block++) {
    evm.mine([{ from: SOMEBODY, to: `0x${'0d'.repeat(20)}`, amount: 1_500_000n }], false)
  }
})

afterAll(async () => {
  await bitcoin[Symbol.asyncDispose]()
  await evm[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

function written(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** The page's own configuration, on our servers. */
function pageConfig(): string {
  const [config = ''] = codeBlocks(page, 'yaml')
  return config
    .replace('https://explorer.example', bitcoin.url)
    .replace('http://127.0.0.1:8332', bitcoin.url)
    .replace('wss://node.example', evm.url)
}

const env = { TICKWIRE_NODE_PASSWORD: 'canary-password', TICKWIRE_EVM_PATH: 'canary-key' }

describe('tickwire external', () => {
  it('F:M01 runs the page’s configuration, and writes what evaluations read', async () => {
    const to = join(folder, 'points.ndjson')
    const config = written('external.yaml', pageConfig())
    await using cli = await Cli.start(['external', '--config', config, '--to', to], { env })
    await cli.until(
      ({ stdout }) => /netflow/i.test(stdout) && stdout.includes('own-node.fee') && stdout.includes('bitcoin.fee'),
    )
    cli.interrupt()
    const { code, stdout, stderr } = await cli.exit
    expect(code).toBe(0)
    const points = jsonLines(stdout)
    expect(points.find(point => point['key'] === 'USDX/1h')).toMatchObject({ value: 90, unit: 'USDX' })
    expect(parseExternal('r', readFileSync(to, 'utf8'))).toHaveLength(points.length)
    expect(stdout + stderr + readFileSync(to, 'utf8')).not.toContain('canary')
  })

  it('ends after --count, and fails when no source brought anything', async () => {
    const config = written('one.yaml', `sources: [{ plugin: bitcoin, explorer: '${bitcoin.url}' }]`)
    const { code, stdout } = await run(['external', '--config', config, '--count', '2'])
    expect([code, jsonLines(stdout).length]).toEqual([0, 2])
    const dead = written('dead.yaml', "sources: [{ plugin: bitcoin, explorer: 'http://127.0.0.1:1' }]")
    const failed = await run(['external', '--config', dead, '--for', '1s'])
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('could not connect')
  })

  it.each([
    ['sources: []', 'at "sources"'],
    ['sources: [{ plugin: bitcoin }]', 'either explorer or node'],
    [
      "sources: [{ plugin: bitcoin, node: { url: 'http://x', user: a, password: plain-secret } }]",
      'environment variable',
    ],
    [`sources: [{ plugin: bitcoin, explorer: 'http://x/\${TICKWIRE_NOT_SET}' }]`, 'expected TICKWIRE_NOT_SET'],
    ['sources: [{ plugin: evm, url: "ws://x" }]', 'at "sources.0.tokens"'],
  ])('refuses %s', async (text, message) => {
    const { code, stderr } = await run(['external', '--config', written('bad.yaml', text)])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('plain-secret')
  })

  it('has a library example that is type-checked and runs', async () => {
    const [example = ''] = codeBlocks(page, 'ts')
    const source = `${projectRoot}dist/.external-example.ts`
    writeFileSync(source, example)
    const { config } = ts.readConfigFile(`${projectRoot}tsconfig.json`, name => ts.sys.readFile(name))
    const paths = { 'tickwire/external': ['./src/external/index.ts'] }
    const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, paths }, projectRoot)
    const problems = ts.getPreEmitDiagnostics(ts.createProgram([source], { ...options, noEmit: true }))
    rmSync(source)
    expect(problems.map(each => ts.flattenDiagnosticMessageText(each.messageText, '\n'))).toEqual([])
    const pointed = example.replace("'tickwire/external'", `'${projectRoot}dist/external/index.js'`)
    const plain = pointed
      .replace(', type ExternalSource', '')
      .replace(': ExternalSource', '')
      .replace('await using', 'const')
    const path = written('example.mjs', `${plain}\nawait external[Symbol.asyncDispose]()\n`)
    await using running = await Cli.script(path)
    const { code, stdout } = await running.exit
    expect(code).toBe(0)
    expect(stdout).toContain("state: 'warming'")
    expect(stdout).toContain("state: 'ok'")
    expect(stdout.trim().split('\n').at(-1)).toBe('21.5')
  })
})
