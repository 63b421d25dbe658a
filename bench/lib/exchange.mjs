// The other side of every benchmark: a WebSocket and REST server on loopback that floods prepared messages of one stream.
// It runs in a process of its own, so that only the client's CPU is measured.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { exchangeInfo, messages, STREAMS, snapshot } from './messages.mjs'

const settings = JSON.parse(process.argv[2])
const { kind, total, perSecond } = settings

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://x')
  const body = pathname.endsWith('/depth')
    ? snapshot()
    : pathname.endsWith('/exchangeInfo')
      ? exchangeInfo()
      : pathname.endsWith('/time')
        ? { serverTime: Date.now() }
        : []
  response.writeHead(200, { 'content-type': 'application/json', 'x-mbx-used-weight-1m': '1' }).end(JSON.stringify(body))
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
let hasStarted = false

sockets.on('connection', (socket, request) => {
  const url = new URL(request.url, 'http://x')
  const isCombined = url.pathname.includes('/stream')
  const names = new Set()
  const startMany = params => {
    for (const name of params) names.add(name)
    if (hasStarted || names.size < STREAMS) return
    hasStarted = true
    void flood(socket._socket, undefined, '@aggTrade')
  }
  const start = text => {
    const stream = /btcusdt@[a-z0-9@]+/i.exec(text)?.[0]
    const isOurs = kind === 'depth' ? stream?.includes('@depth') : /@(aggTrade|trade)$/.test(stream ?? '')
    if (hasStarted || !isOurs) return
    hasStarted = true
    const wrapper = isCombined ? stream : undefined
    if (settings.prelude) greet(socket._socket, wrapper)
    setTimeout(() => void flood(socket._socket, wrapper, stream), settings.delayMs ?? 500)
  }
  start(decodeURIComponent(url.search) + url.pathname)
  socket.on('message', data => {
    const message = JSON.parse(Buffer.concat([data]).toString('utf8'))
    if (message.id !== undefined) socket.send(JSON.stringify({ result: null, id: message.id }))
    if (message.method === 'SUBSCRIBE' && kind === 'many') startMany(message.params)
    else if (message.method === 'SUBSCRIBE') for (const name of message.params) start(name)
  })
  socket.on('error', () => undefined)
})

/** Changes that every book must ignore as old, for a client that asks for its snapshot only after it has seen messages. */
function greet(socket, wrapper) {
  const next = messages('depth', wrapper, settings)
  for (let index = -4; index < 0; index++) setTimeout(() => socket.write(frame(next(index))), 1500 + index * 200)
}

/** Everything is prepared before the first byte leaves, so that the client is never slowed by this side. */
async function flood(socket, wrapper, stream) {
  const next = messages(stream.endsWith('@trade') ? 'rawTrade' : kind, wrapper, settings)
  if (perSecond !== undefined) return pace(socket, next)
  const blocks = []
  for (let index = 0; index < total; ) {
    const block = []
    for (let bytes = 0; bytes < 60_000 && index < total; index++) {
      block.push(frame(next(index)))
      bytes += block.at(-1).length
    }
    blocks.push(Buffer.concat(block))
  }
  for (const block of blocks) {
    if (socket.destroyed) return
    if (!socket.write(block)) await new Promise(resolve => socket.once('drain', resolve))
  }
}

/** At a fixed rate: what is due leaves every millisecond. */
async function pace(socket, next) {
  const startMs = performance.now()
  for (let sent = 0; sent < total && !socket.destroyed; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startMs) / 1000) * perSecond))
    const block = []
    while (sent < due) block.push(frame(next(sent++)))
    if (block.length > 0) socket.write(Buffer.concat(block))
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

function frame(text) {
  const body = Buffer.from(text, 'utf8')
  const head =
    body.length < 126 ? Buffer.from([0x81, body.length]) : Buffer.from([0x81, 126, body.length >> 8, body.length & 255])
  return Buffer.concat([head, body])
}

server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.on('disconnect', () => process.exit(0))
