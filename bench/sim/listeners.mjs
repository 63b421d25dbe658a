// Sockets that only count: frames are found by their length and not looked into, so that this side is never the slower one.
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'

const { origin, sockets, streams } = JSON.parse(process.argv[2])
const url = `${origin}/public/stream?streams=${streams.join('/')}`
const figures = { received: 0, bytes: 0, open: 0, closed: 0 }

/** Steps over the frames of one socket, whatever pieces they come in. */
class FrameCounter {
  /** Bytes of the present frame that are still to come. */
  left = 0
  head = Buffer.alloc(0)

  push(chunk) {
    figures.bytes += chunk.length
    let at = Math.min(this.left, chunk.length)
    this.left -= at
    if (this.head.length > 0) {
      chunk = Buffer.concat([this.head, chunk.subarray(at)])
      this.head = Buffer.alloc(0)
      at = 0
    }
    while (at < chunk.length) {
      const size = sizeAt(chunk, at)
      if (size === undefined) {
        this.head = chunk.subarray(at)
        return
      }
      figures.received++
      at += size
    }
    this.left += at - chunk.length
  }
}

/** Of a server's frame, header included; undefined while the header is not whole. */
function sizeAt(chunk, at) {
  const there = chunk.length - at
  if (there < 2) return undefined
  const short = chunk[at + 1]
  if (short < 126) return 2 + short
  if (short === 126) return there < 4 ? undefined : 4 + chunk.readUInt16BE(at + 2)
  return there < 10 ? undefined : 10 + chunk.readUInt32BE(at + 6)
}

for (let count = 0; count < sockets; count++) {
  const { hostname, port, pathname, search } = new URL(url)
  const socket = connect(Number(port), hostname)
  const key = randomBytes(16).toString('base64')
  socket.write(
    `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  const counter = new FrameCounter()
  let answer = Buffer.alloc(0)
  let isOpen = false
  socket.on('data', chunk => {
    if (isOpen) return counter.push(chunk)
    answer = Buffer.concat([answer, chunk])
    const end = answer.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    isOpen = true
    figures.open++
    return counter.push(answer.subarray(end + 4))
  })
  socket.on('close', () => figures.closed++)
  socket.on('error', () => undefined)
}
setInterval(() => {
  const { user, system } = process.cpuUsage()
  process.stdout.write(`${JSON.stringify({ atMs: performance.now(), cpuMs: (user + system) / 1000, ...figures })}\n`)
}, 1000)
process.stdin.on('end', () => process.exit(0)).resume()
