import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HandMade } from '../replay/hand-made.ts'
import { ensureBuilt } from './built.ts'
import { run, stackLines } from './cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'tickwire-hostile-'))
const recording = join(folder, 'held.jsonl.gz')
const rules = join(folder, 'rules.yaml')

beforeAll(async () => {
  await ensureBuilt()
  new HandMade().trade(1).trade(2).save(recording)
  writeFileSync(rules, 'rules:\n  - { id: a, source: trade.price, condition: { above: 1 } }\n')
})

afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** One line on stderr that says what was expected, exit 2, and nothing else. */
async function refused(args: readonly string[], message: string): Promise<void> {
  const { code, stdout, stderr } = await run(args, { cwd: folder })
  expect({ code, stdout, stack: stackLines(stderr) }).toEqual({ code: 2, stdout: '', stack: [] })
  expect(stderr).toContain(message)
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
}

describe('files that nobody should be handed', () => {
  it.each([
    ['a ring', 'rules: &a\n  - *a\n', 'expected rules, received an alias inside of itself.'],
    ['a bomb of aliases', bomb(), 'cannot be read: Excessive alias count'],
    ['far too much', `rules: []\n${'# nothing\n'.repeat(500_000)}`, 'expected rules of at most 4194304 bytes'],
    [
      'a number that is none',
      'rules:\n  - { id: a, source: trade.price, condition: { above: .inf } }\n',
      'received Infinity.',
    ],
    ['no closing bracket', 'rules: [\n', 'is no valid YAML: '],
    ['nothing', '', 'rules file: expected an object, received null.'],
  ])('rules: %s', async (name, text, message) => {
    const startMs = performance.now()
    await refused(['alert', 'check', file(`${name}.yaml`, text)], message)
    expect(performance.now() - startMs).toBeLessThan(8000)
  })

  it('a folder that cannot be made ends the command, and does not hang', async () => {
    const place = process.platform === 'linux' ? '/proc/none/of/this' : join(rules, 'inside')
    await refused(
      [
        'alert',
        'run',
        'binance-usdm:BTCUSDT',
        '--rules',
        rules,
        '--memory',
        place,
        '--endpoints',
        unreachable(),
        '--quiet',
      ],
      `--memory: cannot use the directory "${place}/alerts"`,
    )
  })

  it('reading makes no folder', async () => {
    await refused(
      ['alert', 'log', '--memory', 'nowhere'],
      '--memory: expected the directory of "alert run", found no alerts',
    )
    expect(existsSync(join(folder, 'nowhere'))).toBe(false)
    await refused(
      ['signals', '--store', 'none.json', '--replay', recording],
      '--store: expected what "signals evaluate"',
    )
  })

  it('evaluate: what would fail at the end fails at the beginning, and writes over nothing', async () => {
    const notes = file('notes.json', '{"mine": 1}')
    const evaluate = ['signals', 'evaluate', recording, '--signal', 'flow.print', '--out', join(folder, 'out')]
    await refused([...evaluate, '--store', notes], 'is no evaluation store: expected a list.')
    await refused([...evaluate, '--log', join(folder, 'no', 'such', 'log')], '--log: found no folder')
    await refused([...evaluate, '--side', 'up'], '--side: expected one of signal, against, long, short, was "up".')
    await refused(
      ['signals', 'evaluate', recording, '--signal', 'flow.prit'],
      '--signal: unknown "flow.prit"; known are flow.volume',
    )
  })

  it('a part that a recording does not have', async () => {
    await refused(
      ['replay', recording, '--venue', 'binance-spot', '--from', '2200-01-01'],
      '--from: expected a moment of the recording (',
    )
    await refused(
      ['replay', recording, '--venue', 'binance-spot', '--to', '1980-01-01'],
      '--to: expected a moment of the recording (',
    )
  })

  it('external: a file that cannot be written', async () => {
    const sources = file('sources.yaml', 'sources:\n  - { plugin: bitcoin, explorer: "http://127.0.0.1:9" }\n')
    await refused(
      ['external', '--config', sources, '--to', '/nowhere/points'],
      '--to: "/nowhere/points" cannot be written',
    )
  })
})

function unreachable(): string {
  return JSON.stringify({ 'binance-usdm': { rest: 'http://127.0.0.1:9', stream: 'ws://127.0.0.1:9' } })
}

function bomb(): string {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const lines = names.map((name, at) => {
    const inner = at === 0 ? 'x' : `*${names[at - 1]}`
    return `${name}: &${name} [${Array.from({ length: 9 }, () => inner).join(', ')}]`
  })
  return `${lines.join('\n')}\nrules: *f\n`
}
