import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { type Alerts, createAlerts, readAlerts } from '../../src/alert/index.ts'
import { systemClock } from '../../src/net/clock.ts'
import { createServer, type DashboardServer } from '../../src/server/index.ts'
import { isRecord } from '../cli/cli.ts'
import { FakeFeed } from '../server/fake-feed/fake-feed.ts'
import { BTC, rule } from './core-support.ts'
import { HandFeed } from './hand-feed.ts'

const hand = new HandFeed()
let alerts: Alerts
let server: DashboardServer

beforeAll(async () => {
  const own = rule({ above: 100 }, { instrument: BTC, channels: ['bell'] })
  const config = readAlerts({ channels: { bell: { type: 'sound' } }, rules: [own] })
  alerts = createAlerts({ feed: hand.feed, config })
  await alerts.ready
  const source = { kind: 'generated', label: 'test' } as const
  const clock = systemClock
  server = await createServer({
    feed: new FakeFeed(clock),
    source,
    instruments: [BTC],
    port: 0,
    clock,
    alerts: { alerts },
  })
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await alerts[Symbol.asyncDispose]()
})

describe('the view of alerts', () => {
  it('tells rules, fires with what the browser has to do, and attempts', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`, { headers: { Origin: server.url } })
    const seen: Record<string, unknown>[] = []
    let isEnough: () => void = () => undefined
    const enough = new Promise<void>(resolve => {
      isEnough = resolve
    })
    socket.on('open', () => socket.send(JSON.stringify({ op: 'subscribe', id: 1, view: 'alerts' })))
    socket.on('message', raw => {
      const message: unknown = JSON.parse(Buffer.isBuffer(raw) ? raw.toString('utf8') : '{}')
      if (!isRecord(message) || !isRecord(message['data'])) return
      if (seen.length === 0) {
        const nowUs = systemClock.nowUs()
        hand.trade(nowUs, 99)
        hand.trade(nowUs + 1000, 101)
      }
      seen.push(message['data'])
      const { deliveries } = message['data']
      if (Array.isArray(deliveries) && deliveries.length > 0) isEnough()
    })
    await enough
    socket.terminate()
    expect(seen[0]).toMatchObject({
      rules: [{ id: 'r', state: 'init', words: 'trade.price at or above 100' }],
      fires: [],
    })
    expect(seen.at(-1)).toMatchObject({
      rules: [{ id: 'r', state: 'active', value: 101, distance: 1, fires: 1 }],
      channels: [{ name: 'bell', type: 'sound', waiting: 0 }],
      fires: [{ rule: 'r', severity: 'warn', value: 101, notify: ['sound'] }],
      deliveries: [{ channel: 'bell', outcome: 'delivered', attempt: 1 }],
      deadLetters: [],
      isEditable: false,
    })
  })
})
