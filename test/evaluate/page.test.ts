import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { readEvaluateOptions } from '../../src/cli/evaluate-options.ts'
import { REPORT_FILES } from '../../src/cli/evaluation-files.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { signalCatalogue } from '../../src/signal/catalogue.ts'
import { codeBlocks, readDoc } from '../docs/markdown.ts'

const page = readDoc('docs/EVALUATION.md')
const commandLines = (codeBlocks(page, 'sh')[0] ?? '').split('\n').filter(line => line.startsWith('npx tickwire '))

function optionsOf(program: Command, ...path: readonly string[]): readonly string[] {
  let command: Command | undefined = program
  for (const name of path) command = command?.commands.find(each => each.name() === name)
  return command?.options.map(option => option.long ?? '') ?? []
}

describe('the page of evaluation', () => {
  it('names options that exist', () => {
    const program = buildProgram(() => undefined)
    const capture = optionsOf(program, 'capture')
    const known = optionsOf(program, 'signals', 'evaluate')
    const named = [...page.matchAll(/`(--[a-z]+)/g)].map(([, name]) => name ?? '')
    expect(new Set(named).size).toBeGreaterThan(14)
    expect([...new Set(named)].filter(name => !known.includes(name))).toEqual([])
    for (const line of commandLines) {
      const used = [...line.matchAll(/ (--[a-z]+)/g)].map(([, name]) => name ?? '')
      expect(used.filter(name => !(line.includes(' capture ') ? capture : known).includes(name))).toEqual([])
    }
  })

  it('names every file of a report, and signals that exist', () => {
    for (const name of Object.values(REPORT_FILES)) expect(page).toContain(`| \`${name}\` |`)
    const [, named = ''] = /--signal (\S+)/.exec(codeBlocks(page, 'sh')[0] ?? '') ?? []
    expect(signalCatalogue.has(named)).toBe(true)
  })

  it('says the default fees that are in the file', () => {
    const { fees } = readEvaluateOptions({ signal: 'flow.print', out: 'never' })
    expect(fees.entries).toHaveLength(3)
    for (const { venue, takerBps } of fees.entries) expect(page).toContain(`| \`${venue}\` | ${takerBps} bps |`)
  })

  it('says the defaults that are used', () => {
    const config = readEvaluateOptions({ signal: 'flow.print', out: 'never' })
    expect(config).toMatchObject({ latencyMs: 150, computeMs: 1, headlineMs: 60_000, intervalMs: 10_000 })
    expect(config.latenciesMs).toEqual([0, 50, 150, 500, 1000, 5000])
    expect(config.horizonsMs).toEqual([1000, 5000, 15_000, 60_000, 300_000, 900_000, 3_600_000])
    for (const text of [
      '(1 ms)',
      '(150 ms)',
      '`--headline`, 60 s',
      '`--interval`, 10 s',
      '0, 50, 150, 500, 1000 and 5000 ms',
    ])
      expect(page).toContain(text)
  })
})
