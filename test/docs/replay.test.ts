import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../cli/built.ts'
import { jsonLines, run } from '../cli/cli.ts'
import { HandMade } from '../replay/hand-made.ts'
import { compiled, PageShell, typeProblems } from '../support/page-shell.ts'
import { codeBlocks, codeSpans, readDoc, tableUnder } from './markdown.ts'

const page = readDoc('docs/REPLAY.md')
let shell: PageShell

beforeAll(async () => {
  shell = await PageShell.open('replay')
})

afterAll(() => shell[Symbol.dispose]())

describe('the page of recordings', () => {
  it('has examples that run: what was captured is replayed', async () => {
    const [block = ''] = codeBlocks(page, 'sh')
    const { code, stdout, stderr } = await shell.bash(block)
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
    const path = join(shell.folder, 'example.mts')
    writeFileSync(path, pointed)
    expect(typeProblems(path)).toEqual([])
    writeFileSync(join(shell.folder, 'example.mjs'), compiled(pointed))
    new HandMade().trade(1).trade(2).save(join(shell.folder, 'btc.jsonl.gz.own'))
    const { code, stdout } = await shell.bash(`mv btc.jsonl.gz.own btc.jsonl.gz; '${process.execPath}' example.mjs`)
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
