// The other side of the fault comparison: a quiet exchange on loopback, ten trades a second on every socket that asks for
// them, and the three faults. One for each client, so that none sees what befalls another.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { exchangeInfo, messages, snapshot } from '../lib/messages.mjs'

const TRADE_EVERY_MS = 100
/** The venue's own rhythm on USD-M. */
const PING_EVERY_MS = 180_000

export class FaultExchange {
  /** Upgrade requests, answered or refused, as moments of `performance.now()`. */
  attempts = []
  #server = createServer((request, response) => answer(request, response))
  #upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  #feeds = new Set()
  #isRefusing = false

  constructor() {
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  listen() {
    return new Promise(resolve => this.#server.listen(0, '127.0.0.1', () => resolve(this.#server.address().port)))
  }

  /** The sockets that are open now: no byte either way, and nobody is told. */
  halfOpen() {
    for (const feed of this.#feeds) {
      feed.stop()
      feed.socket.pause()
    }
  }

  /** The sockets that are open now: pings are answered, data stops. */
  mute() {
    for (const feed of this.#feeds) feed.stop()
  }

  /** Drops everybody, and answers every upgrade with 429 from now on. */
  refuse() {
    this.#isRefusing = true
    for (const feed of this.#feeds) feed.socket.terminate()
  }

  close() {
    for (const feed of this.#feeds) feed.socket.terminate()
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #upgrade(request, socket, head) {
    this.attempts.push(performance.now())
    socket.on('error', () => socket.destroy())
    if (this.#isRefusing) {
      socket.end('HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    this.#upgrades.handleUpgrade(request, socket, head, ws => {
      const feed = new Feed(ws, new URL(request.url, 'http://x'))
      this.#feeds.add(feed)
      ws.on('close', () => this.#feeds.delete(feed))
    })
  }
}

/** One socket with its streams. */
class Feed {
  #timers = []

  constructor(socket, url) {
    this.socket = socket
    this.isCombined = url.pathname.includes('/stream')
    socket.on('error', () => undefined)
    socket.on('close', () => this.stop())
    socket.on('message', data => this.#control(JSON.parse(data)))
    this.#timers.push(setInterval(() => socket.ping(String(Date.now())), PING_EVERY_MS))
    for (const name of decodeURIComponent(url.search + url.pathname).match(/btcusdt@[a-z]+/gi) ?? []) this.#start(name)
  }

  /** Ends the data; the socket itself goes on. */
  stop() {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
    this.isStopped = true
  }

  #control(message) {
    if (message.id !== undefined) {
      const result = message.method === 'LIST_SUBSCRIPTIONS' ? (this.names ?? []) : null
      this.socket.send(JSON.stringify({ result, id: message.id }))
    }
    if (message.method === 'SUBSCRIBE') for (const name of message.params) this.#start(name)
  }

  #start(name) {
    if (this.isStopped || !/@(aggTrade|trade)$/.test(name)) return
    this.names = [...(this.names ?? []), name]
    const wrapper = this.isCombined ? name : undefined
    const next = messages(name.endsWith('@trade') ? 'rawTrade' : 'trade', wrapper, {})
    let sent = newestTrade()
    const send = () => {
      while (sent < newestTrade()) this.socket.send(next(++sent))
    }
    this.#timers.push(setInterval(send, TRADE_EVERY_MS))
  }
}

/** Trades happen whoever listens: their number follows the time. */
function newestTrade() {
  return Math.floor(Date.now() / TRADE_EVERY_MS) % 100_000_000
}

/** Aggregated trades as REST has them: those from an id on, or the newest. */
function aggTrades(query) {
  const trade = messages('trade', undefined, {})
  const firstId = JSON.parse(trade(0)).a
  const newest = newestTrade()
  const limit = Number(query.get('limit') ?? 500)
  const from = query.has('fromId') ? Number(query.get('fromId')) - firstId : newest - limit + 1
  const rows = []
  for (let index = from; index <= newest && rows.length < limit; index++) {
    const { a, p, q, nq, f, l, T, m } = JSON.parse(trade(index))
    rows.push({ a, p, q, nq, f, l, T, m })
  }
  return rows
}

function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://x')
  const body = pathname.endsWith('/depth')
    ? snapshot()
    : pathname.endsWith('/exchangeInfo')
      ? exchangeInfo()
      : pathname.endsWith('/time')
        ? { serverTime: Date.now() }
        : pathname.endsWith('/aggTrades')
          ? aggTrades(searchParams)
          : []
  response.writeHead(200, { 'content-type': 'application/json', 'x-mbx-used-weight-1m': '1' }).end(JSON.stringify(body))
}
