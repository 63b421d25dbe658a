import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readAlerts } from '../../src/alert/index.ts'
import { readSource, sourceNames } from '../../src/alert/source-reader.ts'
import { isRecord, jsonLines, run } from '../cli/cli.ts'
import { PageShell } from '../support/page-shell.ts'
import { codeBlocks, codeSpans, readDoc, tableUnder } from './markdown.ts'

const page = readDoc('docs/ALERTS.md')
const posts: Record<string, unknown>[] = []
let shell: PageShell
let server: Server
let hook = ''

beforeAll(async () => {
  shell = await PageShell.open('alerts', 58_000)
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      const json: unknown = JSON.parse(body)
      posts.push({ ...(isRecord(json) ? json : {}), key: request.headers['idempotency-key'] })
      response.end()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  hook = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hook`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
  shell[Symbol.dispose]()
})

describe('the page of alerts', () => {
  it('a rule of ten lines rings a webhook on the flash crash of the simulated exchange, once', async () => {
    const [yaml = ''] = codeBlocks(page, 'yaml')
    expect(yaml.trim().split('\n')).toHaveLength(10)
    writeFileSync(join(shell.folder, 'rules.yaml'), yaml.replace('http://127.0.0.1:9009/hook', hook))
    const [script = ''] = codeBlocks(page, 'sh')
    const { code, stdout, stderr } = await shell.bash(script)
    expect(stderr).not.toContain('tickwire:')
    expect(code).toBe(0)
    expect(posts).toHaveLength(1)
    const [post] = posts
    expect(post).toMatchObject({ rule: 'flash-crash', instrument: 'binance-usdm:BTCUSDT', suppressed: 0 })
    expect(post?.['key']).toBe(post?.['id'])
    expect(post?.['message']).toMatch(/^BTCUSDT fell by 3 % within 10 s, to \d+(\.\d+)?$/)
    const told = jsonLines(stdout)
    const fires = told.filter(line => line['kind'] === 'alert')
    // Once as it fires, once in the log; then the attempt.
    expect(fires.map(fire => fire['id'])).toEqual([post?.['id'], post?.['id']])
    expect(told.filter(line => line['kind'] === 'delivery')).toMatchObject([{ outcome: 'delivered', status: 200 }])
  })

  it('names every source that there is, and none that there is not', () => {
    const named = tableUnder(page, '## Sources').flatMap(([first = '']) =>
      [...first.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''),
    )
    for (const name of named) expect(readSource('source', name).kind).toBeDefined()
    const plain = sourceNames().filter(name =>
      /^(trade|quote|mark|ticker|liquidation|openInterest|health|account)\./.test(name),
    )
    expect(plain.filter(name => !named.includes(name))).toEqual([])
  })

  it('shows conditions that can be read', () => {
    const spans = tableUnder(page, '## Conditions').flatMap(([first = '']) =>
      [...first.matchAll(/`(\{[^`…]+\})`/g)].map(([, text]) => text ?? ''),
    )
    expect(spans.length).toBeGreaterThan(6)
    for (const text of spans) {
      const condition: unknown = parse(text)
      const isEvent = isRecord(condition) && 'event' in condition
      const isSilence = isRecord(condition) && 'noDataFor' in condition
      const source = isEvent ? 'flow.print' : isSilence ? 'trade' : 'trade.price'
      expect(readAlerts({ rules: [{ id: 'r', source, condition }] }).rules).toHaveLength(1)
    }
  })

  it('names every key of a rule, and options of commands that exist', async () => {
    const told = tableUnder(page, '## Rules').flatMap(([first = '']) =>
      [...first.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ''),
    )
    const source = readDoc('src/alert/rule-reader.ts')
    const keys = [...(/const KEYS = \[([^\]]*)\]/.exec(source)?.[1] ?? '').matchAll(/'(\w+)'/g)].map(
      ([, key]) => key ?? '',
    )
    expect([...told].sort()).toEqual([...keys].sort())
    const names = ['run', 'test', 'check', 'backtest', 'log'].map(name => ['alert', name])
    const helps = await Promise.all([...names, ['serve'], ['sim']].map(command => run([...command, '--help'])))
    const help = helps.map(each => each.stdout).join()
    const used = [...codeBlocks(page, 'sh'), ...codeSpans(page)].flatMap(text => text.match(/(?<=^| )--[a-z-]+/g) ?? [])
    expect(used.length).toBeGreaterThan(5)
    expect(used.filter(option => !help.includes(`${option} `))).toEqual([])
  })
})
