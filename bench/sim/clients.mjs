// Many sockets in a process of their own, each stream held to its ids: a diff must
// begin where the one before ended, an aggregate trade must have the next id. Figures once a second, as lines of JSON.
import WebSocket from 'ws'

const { origin, sockets, perSocket, classes } = JSON.parse(process.argv[2])
/** Socket by socket another part of the names, so that every stream has many listeners and no two sockets the same. */
const urls = Array.from({ length: sockets }, (_, index) => {
  const kind = index % 2 === 0 ? 'public' : 'market'
  const names = classes[kind]
  const own = new Set(Array.from({ length: perSocket }, (_name, at) => names[(index + at) % names.length]))
  return `${origin}/${kind}/stream?streams=${[...own].join('/')}`
})
const figures = { received: 0, bytes: 0, open: 0, closed: 0, lost: 0, checked: 0, lagMs: 0, worstLagMs: 0 }
const say = () => {
  const { user, system } = process.cpuUsage()
  process.stdout.write(`${JSON.stringify({ atMs: performance.now(), cpuMs: (user + system) / 1000, ...figures })}\n`)
  figures.worstLagMs = 0
}

/** A number of the payload; the keys looked for stand in it once. */
function numberAt(text, key) {
  const at = text.indexOf(key)
  return at < 0 ? undefined : Number.parseInt(text.slice(at + key.length, at + key.length + 20), 10)
}

function check(last, text) {
  const stream = text.slice(11, text.indexOf('"', 11))
  figures.checked++
  figures.lagMs = Date.now() - (numberAt(text, '"E":') ?? Date.now())
  figures.worstLagMs = Math.max(figures.worstLagMs, figures.lagMs)
  const before = last.get(stream)
  if (stream.endsWith('@aggTrade')) {
    const id = numberAt(text, '"a":')
    if (before !== undefined && id !== before + 1) figures.lost++
    last.set(stream, id)
  } else if (/@depth(@500ms)?$/.test(stream)) {
    if (before !== undefined && numberAt(text, '"pu":') !== before) figures.lost++
    last.set(stream, numberAt(text, '"u":'))
  }
}

for (const url of urls) {
  const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true })
  const last = new Map()
  socket.on('open', () => figures.open++)
  socket.on('message', data => {
    figures.received++
    figures.bytes += data.length
    check(last, Buffer.concat([data]).toString('latin1'))
  })
  socket.on('close', () => figures.closed++)
  socket.on('error', () => undefined)
  // Sockets of one address come one after the other.
  if (urls.length > 50) await new Promise(resolve => setTimeout(resolve, 5))
}
setInterval(say, 1000)
process.stdin.on('end', () => process.exit(0)).resume()
