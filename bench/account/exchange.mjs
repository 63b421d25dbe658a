// The other side of the account benchmark: the REST calls and sockets of one USD-M account whose market is flat, on loopback.
// Fills, margin calls and public trades leave at fixed rates; each carries this machine's monotonic microseconds.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { exchangeInfo, messages } from '../lib/messages.mjs'

const { tradesPerSecond, fillsPerSecond, marginCallsPerSecond } = JSON.parse(process.argv[2])
const LISTEN_KEY = 'benchListenKey'

const ANSWERS = {
  exchangeInfo,
  time: () => ({ serverTime: Date.now() }),
  listenKey: () => ({ listenKey: LISTEN_KEY }),
  account: () => ({
    assets: [{ asset: 'USDT', walletBalance: '1000', crossWalletBalance: '1000', updateTime: 1 }],
  }),
  apiRestrictions: () => ({ enableReading: true, enableWithdrawals: false, ipRestrict: true }),
  dual: () => ({ dualSidePosition: false }),
  multiAssetsMargin: () => ({ multiAssetsMargin: false }),
}

const server = createServer((request, response) => {
  const name = new URL(request.url, 'http://x').pathname.split('/').at(-1)
  const body = JSON.stringify(ANSWERS[name]?.() ?? [])
  response.writeHead(200, { 'content-type': 'application/json', 'x-mbx-used-weight-1m': '1' }).end(body)
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', (socket, request) => {
  socket.on('error', () => undefined)
  socket.on('message', data => {
    const { id, method, params } = JSON.parse(Buffer.concat([data]).toString('utf8'))
    if (id !== undefined) socket.send(JSON.stringify({ result: method === 'LIST_SUBSCRIPTIONS' ? [] : null, id }))
    const trades = method === 'SUBSCRIBE' && params.find(name => name.endsWith('@aggTrade'))
    if (trades) void pace(socket, tradesPerSecond, messages('trade', trades, {}))
  })
  if (!request.url.includes(LISTEN_KEY)) return
  void pace(socket, fillsPerSecond, fill)
  void pace(socket, marginCallsPerSecond, marginCall)
})

const stampUs = () => process.hrtime.bigint() / 1000n

function fill(index) {
  const now = Date.now()
  return `{"e":"ORDER_TRADE_UPDATE","T":${now},"E":${now},"o":{"s":"BTCUSDT","c":"bench-${index}","S":"${index % 2 === 0 ? 'BUY' : 'SELL'}","o":"MARKET","f":"GTC","q":"0.001","p":"0","ap":"76600.10","sp":"0","x":"TRADE","X":"FILLED","i":${1_000_000 + index},"l":"0.001","z":"0.001","L":"76600.10","n":"0.03","N":"USDT","T":${now},"t":${stampUs()},"b":"0","a":"0","m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"MARKET","ps":"BOTH","cp":false,"rp":"0","pP":false,"si":0,"ss":0,"V":"NONE","pm":"NONE","gtd":0,"er":"0"}}`
}

function marginCall() {
  return `{"e":"MARGIN_CALL","E":${stampUs()},"cw":"3.16","p":[{"s":"BTCUSDT","ps":"LONG","pa":"1.327","mt":"CROSSED","iw":"0","mp":"187.17","up":"-1.16","mm":"1.61"}]}`
}

/** What is due leaves every millisecond. */
async function pace(socket, perSecond, next) {
  if (perSecond === 0) return
  await new Promise(resolve => setTimeout(resolve, 2000))
  const startMs = performance.now()
  for (let sent = 0; socket.readyState === 1; ) {
    const due = Math.floor(((performance.now() - startMs) / 1000) * perSecond)
    while (sent < due) socket.send(next(sent++))
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.on('disconnect', () => process.exit(0))
