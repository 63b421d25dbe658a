import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { systemClock } from '../../src/net/clock.ts'
import { PlayTrader } from '../../src/sim/play/play-trader.ts'
import { Cli, isRecord } from './cli.ts'

/** Every account section that the page was told, newest last. */
function parts(frames: readonly string[]): readonly Record<string, unknown>[] {
  return frames.flatMap(frame => {
    const message: unknown = JSON.parse(frame)
    const data = isRecord(message) ? message['data'] : undefined
    const accounts = isRecord(data) ? data['accounts'] : undefined
    return Array.isArray(accounts) ? accounts.filter(isRecord) : []
  })
}

describe('npm start', () => {
  it('shows simulated accounts, one of which trades by itself', async () => {
    await using demo = await Cli.start(['demo', '--port', '0', '--seed', '5', '--for', '30s'])
    await demo.until(({ stdout }) => stdout.includes('http://'))
    const url = demo.stdout.trim()
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { origin: url })
    const frames: string[] = []
    socket.on('message', (data: Buffer) => frames.push(data.toString('utf8')))
    await new Promise(resolve => socket.once('open', resolve))
    socket.send(JSON.stringify({ op: 'subscribe', id: 1, view: 'account', maxHz: 4 }))
    const has = (section: string): boolean =>
      parts(frames).some(part => Array.isArray(part[section]) && part[section].length > 0)
    for (let waitedMs = 0; waitedMs < 25_000 && !(has('orders') && has('fills')); waitedMs += 250) await delay(250)
    socket.terminate()
    expect([has('orders'), has('fills'), has('balances')]).toEqual([true, true, true])
    const heads = new Map(
      parts(frames).flatMap(part => (part['head'] === undefined ? [] : [[part['name'], part['head']]])),
    )
    expect([...heads.keys()]).toEqual(['binance-usdm', 'binance-spot'])
    for (const head of heads.values()) expect(head).toMatchObject({ isSimulated: true, phase: 'synced' })
    demo.interrupt()
    const { code, stderr } = await demo.exit
    expect(code).toBe(0)
    expect(stderr).not.toContain('play trader')
  })

  it('the play trader goes nowhere but to this machine', () => {
    const options = { key: 'k', secret: 's', clock: systemClock, random: () => 0.5, onProblem: () => undefined }
    expect(() => new PlayTrader({ ...options, rest: 'https://fapi.binance.com' })).toThrow('on the loopback only')
  })
})
