// The yardstick: the `ws` library and JSON.parse, nothing kept. For books the parsed diff alone, without a book.
import WebSocket from 'ws'

export default function connect({ port, kind, onEvent }) {
  const stream = kind === 'depth' ? 'btcusdt@depth@100ms' : 'btcusdt@aggTrade'
  const path = kind === 'depth' ? 'public' : 'market'
  const socket = new WebSocket(`ws://127.0.0.1:${port}/${path}/stream?streams=${stream}`, { perMessageDeflate: false })
  socket.on('message', data => {
    const message = JSON.parse(data)
    onEvent(message.data.T)
  })
}
