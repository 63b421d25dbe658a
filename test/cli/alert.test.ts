import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { HandMade } from '../replay/hand-made.ts'
import { until } from '../support/sim-feed.ts'
import { ensureBuilt } from './built.ts'
import { Cli, jsonLines, run } from './cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'tickwire-alert-cli-'))
const posts: string[] = []
let hookServer: Server
let hook = ''
let exchange: Simulator
let endpoints = ''

beforeAll(async () => {
  await ensureBuilt()
  exchange = await createSimulator({ venues: ['binance-usdm'] })
  endpoints = JSON.stringify(exchange.endpoints)
  hookServer = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => posts.push(text))
    request.on('end', () => response.end())
  })
  await new Promise<void>(resolve => hookServer.listen(0, '127.0.0.1', resolve))
  const address = hookServer.address()
  hook = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hook`
})

afterAll(async () => {
  hookServer.closeAllConnections()
  hookServer.close()
  await exchange[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

function rulesFile(name: string, rules: string, secret = ''): string {
  const path = join(folder, name)
  const channels = `channels:\n  # The team's own.\n  ops: { type: webhook, url: "${hook}", allowPrivate: true${secret} }\n`
  writeFileSync(path, `${channels}rules:\n${rules}`)
  return path
}

const PRICE = '  - { id: price, source: trade.price, condition: { above: 1 }, fireOnStart: true, channels: [ops] }\n'

describe('tickwire alert', () => {
  it('check names the file, the rule, the key and the nearest name', async () => {
    const good = await run(['alert', 'check', rulesFile('good.yaml', PRICE), '--json'])
    expect(good.code).toBe(0)
    expect(jsonLines(good.stdout)).toMatchObject([{ id: 'price', frequency: 'everyTime', channels: ['ops'] }])
    const bad = await run(['alert', 'check', rulesFile('bad.yaml', PRICE.replace('trade.price', 'trade.prize'))])
    expect(bad.code).toBe(2)
    expect(bad.stderr).toContain('bad.yaml": rule "price": source: expected a source')
    expect(bad.stderr).toContain('Did you mean "trade.price"')
    const none = await run(['alert', 'run'])
    expect(none.code).toBe(2)
    expect(none.stderr).toContain('--rules')
  })

  it('test sends a marked sample; a secret that is missing is named, one that is there is not shown', async () => {
    posts.length = 0
    const path = rulesFile('secret.yaml', PRICE, ', secret: "${' + 'TICKWIRE_HOOK}"')
    const missing = await run(['alert', 'test', 'ops', '--rules', path])
    expect(missing.code).toBe(2)
    expect(missing.stderr).toContain('expected TICKWIRE_HOOK in the environment')
    const sent = await run(['alert', 'test', 'price', '--rules', path], {
      env: { TICKWIRE_HOOK: 'a-very-secret-value' },
    })
    expect(sent.code).toBe(0)
    expect(jsonLines(sent.stdout)).toEqual([{ kind: 'delivered', status: 200, channel: 'ops' }])
    expect(JSON.parse(posts[0] ?? '')).toMatchObject({ rule: 'price', isTest: true })
    expect(sent.stdout + sent.stderr + posts.join()).not.toContain('a-very-secret-value')
    const unknown = await run(['alert', 'test', 'opps', '--rules', path], {
      env: { TICKWIRE_HOOK: 'a-very-secret-value' },
    })
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toContain('Did you mean "ops"')
  })

  it('run tells each fire, once over restarts; log tells what became of it', async () => {
    posts.length = 0
    const path = rulesFile('run.yaml', PRICE)
    const memory = join(folder, 'memory')
    const args = ['alert', 'run', 'binance-usdm:BTCUSDT', '--rules', path, '--endpoints', endpoints, '--memory', memory]
    const first = await run([...args, '--count', '1'])
    expect(first.code).toBe(0)
    expect(jsonLines(first.stdout)).toMatchObject([{ kind: 'alert', rule: 'price', channels: ['ops'] }])
    const second = await run([...args, '--for', '3s'])
    expect(second.code).toBe(0)
    expect(second.stdout).toBe('')
    expect(posts).toHaveLength(1)
    const log = await run(['alert', 'log', '--memory', memory])
    expect(jsonLines(log.stdout)).toMatchObject([{ kind: 'alert' }, { kind: 'delivery', outcome: 'delivered' }])
  })

  it('run survives being killed, and takes changed rules without a restart', async () => {
    posts.length = 0
    const path = rulesFile('kill.yaml', PRICE)
    const memory = join(folder, 'killed')
    const args = ['alert', 'run', 'binance-usdm:BTCUSDT', '--rules', path, '--endpoints', endpoints, '--memory', memory]
    await using victim = await Cli.start(args)
    await victim.until(cli => cli.events().length > 0)
    victim.signal('SIGKILL')
    await victim.exit
    await using next = await Cli.start(args)
    await next.until(({ stderr }) => stderr.includes('armed or waiting'))
    rulesFile('kill.yaml', PRICE + PRICE.replace('id: price', 'id: mid').replace('trade.price', 'quote.mid'))
    await next.until(cli => cli.events().some(event => event['rule'] === 'mid'))
    await until('both posts', () => posts.length >= 2)
    next.interrupt()
    expect((await next.exit).code).toBe(0)
    expect(next.events().map(event => event['rule'])).toEqual(['mid'])
    const rules = posts.map(text => String(JSON.parse(text).rule))
    expect(new Set(rules)).toEqual(new Set(['price', 'mid']))
    expect(new Set(posts.map(text => String(JSON.parse(text).id))).size).toBe(2)
  })

  it('backtest fires with the time of the recording, and sends nothing unless asked to', async () => {
    posts.length = 0
    const made = new HandMade().trade(1).quote(1).trade(2)
    for (let id = 2; id < 200; id++) made.quote(id)
    const file = made.trade(3).save(join(folder, 'btc.jsonl.gz'))
    const quiet = '  - { id: quiet, source: trade, condition: { noDataFor: 10s }, channels: [ops] }\n'
    const path = rulesFile('back.yaml', PRICE + quiet)
    const told = await run(['alert', 'backtest', file, '--rules', path, '--venue', 'binance-spot'])
    expect(told.code).toBe(0)
    expect(jsonLines(told.stdout)).toMatchObject([
      { rule: 'price', value: 100, firedUs: 1_790_000_000_100_000, isReplay: true },
      { rule: 'quiet', firedUs: 1_790_000_011_000_000, message: 'quiet: no trade of BTCUSDT' },
    ])
    expect(told.stderr).toContain('quiet binance-spot:BTCUSDT: 1 fire')
    expect(posts).toEqual([])
    const again = await run(['alert', 'backtest', file, '--rules', path, '--venue', 'binance-spot', '--deliver'])
    expect(again.stdout).toBe(told.stdout)
    expect(posts).toHaveLength(2)
  })

  it('serve --rules shows, changes, mutes and tests rules, for its own pages alone', async () => {
    posts.length = 0
    const path = rulesFile('serve.yaml', PRICE)
    const args = ['serve', 'binance-usdm:BTCUSDT', '--port', '0', '--endpoints', endpoints, '--rules', path]
    await using cli = await Cli.start(args)
    await cli.until(({ stdout }) => stdout.includes('\n'))
    const url = cli.stdout.trim()
    const ask = async (
      method: string,
      route: string,
      body?: unknown,
      headers: Record<string, string> = { Origin: url },
    ) => {
      const response = await fetch(`${url}/api/alerts${route}`, {
        method,
        headers: { 'Content-Type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, text: await response.text() }
    }
    await cli.until(({ stderr }) => stderr.includes('alert \\"price\\"'))
    const shown = JSON.parse((await ask('GET', '')).text)
    expect(shown.rules).toMatchObject([{ id: 'price', state: 'active', words: 'trade.price at or above 1', fires: 1 }])
    expect(shown).toMatchObject({ isEditable: true, fires: [{ rule: 'price' }], channels: [{ name: 'ops' }] })
    const mid = { id: 'mid', source: 'quote.mid', condition: { above: 1e9 }, instrument: 'binance-usdm:BTCUSDT' }
    expect((await ask('PUT', '/rules/mid', mid)).status).toBe(200)
    expect(readFileSync(path, 'utf8')).toMatch(/# The team's own\.[\s\S]*id: mid/)
    const wrong = await ask('PUT', '/rules/mid', { ...mid, source: 'quote.mit' })
    expect(wrong.status).toBe(400)
    expect(wrong.text).toContain('quote.mid')
    expect((await ask('POST', '/rules/mid/mute', { forMs: 60_000 })).status).toBe(200)
    expect(JSON.parse((await ask('GET', '')).text).rules).toMatchObject([
      { id: 'price' },
      { id: 'mid', state: 'muted' },
    ])
    expect(JSON.parse((await ask('POST', '/test', { name: 'ops' })).text).attempts).toMatchObject([
      { kind: 'delivered' },
    ])
    expect((await ask('DELETE', '/rules/mid')).status).toBe(200)
    expect(readFileSync(path, 'utf8')).not.toContain('id: mid')
    // No page of another site, no form, and no program without the token.
    expect((await ask('DELETE', '/rules/price', undefined, {})).status).toBe(403)
    expect((await ask('DELETE', '/rules/price', undefined, { Origin: 'http://evil.example' })).status).toBe(403)
    expect((await ask('POST', '/test', { name: 'ops' }, { Origin: url, 'Content-Type': 'text/plain' })).status).toBe(
      403,
    )
    expect((await ask('POST', '/rules/price/mute', { forMs: -1 })).status).toBe(400)
    expect((await ask('PUT', '/rules/big', { id: 'big', name: 'x'.repeat(20_000) })).status).toBe(413)
    expect((await ask('DELETE', '/rules/nosuch')).status).toBe(400)
    cli.interrupt()
    expect((await cli.exit).code).toBe(0)
  })
})
