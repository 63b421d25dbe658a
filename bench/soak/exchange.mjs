// The other side of the soak: a USD-M exchange on loopback whose every event is a function of its symbol and id, so that
// REST can tell any of them again and nothing has to be kept. Drops one socket at a time, as often as it is told.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const { symbols, perSecond, dropEveryMs } = JSON.parse(process.argv[2])
const SLICE_MS = 20
const startMs = Date.now()
const LEVELS = 40

/** Ids so far: trades and changes of every symbol run in step. */
let lastId = 1000
let sent = 0
let drops = 0

const price = id => (60000 + (id % 100) / 10).toFixed(1)
const timeOf = id => startMs + id - 1000
const trade = (symbol, id) =>
  `{"e":"aggTrade","E":${timeOf(id)},"a":${id},"s":"${symbol}","p":"${price(id)}","q":"0.010","f":${id},"l":${id},"T":${timeOf(id)},"m":${id % 2 === 0},"st":1}`
const quote = (symbol, id) =>
  `{"e":"bookTicker","u":${id},"s":"${symbol}","b":"59999.9","B":"1","a":"60010.1","A":"2","T":${timeOf(id)},"E":${timeOf(id)}}`
// Change `id` sets one level of each side to a quantity that names it.
const bid = id => [(59990 - (id % LEVELS)).toFixed(1), (id / 1000).toFixed(3)]
const ask = id => [(60020 + (id % LEVELS)).toFixed(1), (id / 1000).toFixed(3)]
const diff = (symbol, id) =>
  `{"e":"depthUpdate","E":${timeOf(id)},"T":${timeOf(id)},"s":"${symbol}","U":${id},"u":${id},"pu":${id - 1},"b":${JSON.stringify([bid(id)])},"a":${JSON.stringify([ask(id)])},"st":1}`

const kinds = { aggTrade: trade, bookTicker: quote, 'depth@100ms': diff }

function rest(url) {
  const { pathname, searchParams } = new URL(url, 'http://x')
  if (pathname.endsWith('/time')) return { serverTime: Date.now() }
  if (pathname.endsWith('/exchangeInfo')) return { symbols: symbols.map(info), rateLimits: [] }
  if (pathname.endsWith('/depth')) {
    const ids = Array.from({ length: LEVELS }, (_, index) => lastId - index)
    const side = (level, order) => ids.map(level).sort((a, b) => order * (a[0] - b[0]))
    return { lastUpdateId: lastId, E: timeOf(lastId), T: timeOf(lastId), bids: side(bid, -1), asks: side(ask, 1) }
  }
  const from = Number(searchParams.get('fromId') ?? lastId)
  const rows = []
  for (let a = Math.max(1, from); a <= lastId && rows.length < 1000; a++)
    rows.push({ a, p: price(a), q: '0.010', f: a, l: a, T: timeOf(a), m: a % 2 === 0 })
  return rows
}

function info(symbol) {
  const filters = [
    { filterType: 'PRICE_FILTER', minPrice: '0.1', maxPrice: '1000000', tickSize: '0.1' },
    { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '1000', stepSize: '0.001' },
  ]
  const assets = { baseAsset: symbol.replace('USDT', ''), quoteAsset: 'USDT', marginAsset: 'USDT' }
  return {
    symbol,
    pair: symbol,
    contractType: 'PERPETUAL',
    status: 'TRADING',
    deliveryDate: 4133404800000,
    ...assets,
    filters,
  }
}

const server = createServer((request, response) => {
  const body = JSON.stringify(rest(request.url))
  response.writeHead(200, { 'content-type': 'application/json', 'x-mbx-used-weight-1m': '1' }).end(body)
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', socket => {
  socket.names = new Set()
  socket.on('error', () => undefined)
  socket.on('message', data => {
    const { method, params, id } = JSON.parse(Buffer.concat([data]).toString('utf8'))
    for (const name of params ?? []) {
      if (method === 'SUBSCRIBE') socket.names.add(name)
      else socket.names.delete(name)
    }
    socket.send(JSON.stringify({ result: method === 'LIST_SUBSCRIPTIONS' ? [...socket.names] : null, id }))
  })
})

// Every id is one event on each of the three streams of each symbol.
const idsPerSecond = perSecond / (symbols.length * 3)
setInterval(() => {
  const until = 1000 + Math.floor(((Date.now() - startMs) / 1000) * idsPerSecond)
  for (; lastId < until; lastId++) {
    for (const socket of sockets.clients) {
      if (socket.readyState !== 1) continue
      for (const name of socket.names) {
        const at = name.indexOf('@')
        const make = kinds[name.slice(at + 1)]
        if (make === undefined) continue
        sent++
        socket.send(`{"stream":"${name}","data":${make(name.slice(0, at).toUpperCase(), lastId + 1)}}`)
      }
    }
  }
}, SLICE_MS)

if (dropEveryMs !== undefined)
  setInterval(() => {
    const open = [...sockets.clients].filter(socket => socket.names.size > 0)
    const victim = open[drops % Math.max(1, open.length)]
    if (victim === undefined) return
    drops++
    victim.terminate()
  }, dropEveryMs)

process.on('message', message => {
  if (message === 'drop all') for (const socket of sockets.clients) socket.terminate()
  else process.send({ lastId, sent, drops })
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
