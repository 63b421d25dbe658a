import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBuilt, mainFile, projectRoot } from '../cli/built.ts'
import { jsonLines, plainEnv, run } from '../cli/cli.ts'
import { HandMade } from '../replay/hand-made.ts'
import { codeBlocks, codeSpans, readDoc, tableUnder } from './markdown.ts'

const page = readDoc('docs/REPLAY.md')
const folder = mkdtempSync(join(tmpdir(), 'tickwire-replay-page-'))

beforeAll(async () => {
  await ensureBuilt()
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin', 'npx'), `#!/bin/sh\nshift\nexec '${process.execPath}' '${mainFile}' "$@"\n`, {
    mode: 0o755,
  })
})

afterAll(() => rmSync(folder, { recursive: true }))

function bash(script: string): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const prelude = `set -e; PATH='${folder}/bin':"$PATH"; trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n`
  return new Promise(resolve => {
    const options = { cwd: folder, env: plainEnv(), timeout: 55_000 }
    execFile('bash', ['-c', prelude + script], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr })
    })
  })
}

describe('the page of recordings', () => {
  it('has examples that run: what was captured is replayed', async () => {
    const [block = ''] = codeBlocks(page, 'sh')
    const { code, stdout, stderr } = await bash(block)
    expect(stderr).not.toContain('tickwire:')
    expect(code).toBe(0)
    const kinds = new Set(jsonLines(stdout).map(line => line['kind']))
    for (const kind of ['trade', 'book', 'connection']) expect(kinds).toContain(kind)
    expect(kinds).not.toContain('gap')
  })

  it('has a library example that is type-checked and runs', async () => {
    const [example = ''] = codeBlocks(page, 'ts')
    // Where the package's names lead to, before a package manager has put it anywhere.
    const pointed = example
      .replace('tickwire/replay', `${projectRoot}dist/replay/index.js`)
      .replace('tickwire/venues/binance', `${projectRoot}dist/venue/binance/index.js`)
      .replaceAll('binanceUsdm', 'binanceSpot')
      .replaceAll('binance-usdm', 'binance-spot')
    const path = join(folder, 'example.mts')
    writeFileSync(path, pointed)
    const { config } = ts.readConfigFile(`${projectRoot}tsconfig.json`, name => ts.sys.readFile(name))
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, projectRoot)
    const typeRoots = [`${projectRoot}node_modules/@types`]
    const program = ts.createProgram([path], { ...options, noEmit: true, typeRoots })
    const problems = ts
      .getPreEmitDiagnostics(program)
      .map(each => ts.flattenDiagnosticMessageText(each.messageText, '\n'))
    expect(problems).toEqual([])
    const compiled = ts.transpileModule(pointed, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    })
    writeFileSync(join(folder, 'example.mjs'), compiled.outputText)
    new HandMade().trade(1).trade(2).save(join(folder, 'btc.jsonl.gz.own'))
    const { code, stdout } = await bash(`mv btc.jsonl.gz.own btc.jsonl.gz; '${process.execPath}' example.mjs`)
    expect(code).toBe(0)
    expect(stdout).toContain("kind: 'trade'")
    expect(stdout).toContain('isComplete: true')
  })

  it('names every option of createReplay, and options of the commands that exist', async () => {
    const source = readDoc('src/replay/replay.ts')
    const declared = /interface ReplayOptions \{([\s\S]*?)\n\}/.exec(source)?.[1] ?? ''
    const names = [...declared.matchAll(/readonly (\w+)\??:/g)].map(([, name]) => name ?? '')
    const told = tableUnder(page, '## In the library').flatMap(([first = '']) =>
      [...first.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ''),
    )
    expect(told.sort()).toEqual([...names].sort())
    const help = (await Promise.all(['capture', 'replay', 'sim'].map(command => run([command, '--help'])))).map(
      each => each.stdout,
    )
    const used = [...codeBlocks(page, 'sh'), ...codeSpans(page)].flatMap(text => text.match(/(?<=^| )--[a-z-]+/g) ?? [])
    expect(used.filter(option => !help.join().includes(`${option} `))).toEqual([])
  })
})
