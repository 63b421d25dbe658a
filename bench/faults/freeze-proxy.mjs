// A TCP proxy on loopback that can freeze, thaw, drop and slow down what passes: a network for tests, and for trying things
// by hand. As a program: node bench/faults/freeze-proxy.mjs <target port> [own port], then words on stdin:
//   freeze          no byte passes, either way, and nobody is told
//   thaw            it passes again, what was sent meanwhile included
//   drop            every connection is reset
//   rate <kB/s>     at most so fast, each way; rate 0 for no limit
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** How often a limited direction passes something on. */
const TICK_MS = 20

export class FreezeProxy {
  #targetPort
  #server
  #pairs = new Set()
  #isFrozen = false
  #bytesPerMs = Number.POSITIVE_INFINITY

  /** @param {number} targetPort on loopback */
  constructor(targetPort) {
    this.#targetPort = targetPort
    this.#server = createServer({ allowHalfOpen: true }, client => this.#accept(client))
  }

  /** Connections that pass through now. */
  get connections() {
    return this.#pairs.size
  }

  /** @returns {Promise<number>} the port it listens on */
  listen(port = 0) {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', () => resolve(this.#server.address().port))
    })
  }

  /** From now on no byte passes, either way, and no connection learns of another's end; new ones are accepted and wait. */
  freeze() {
    this.#isFrozen = true
    for (const pair of this.#pairs) pair.settle()
  }

  thaw() {
    this.#isFrozen = false
    for (const pair of this.#pairs) pair.settle()
  }

  /** Resets every connection on both sides. */
  drop() {
    for (const pair of this.#pairs) pair.reset()
  }

  /** At most so many kilobytes a second, each way and connection; 0 for no limit. */
  limit(kBPerSecond) {
    this.#bytesPerMs = kBPerSecond > 0 ? kBPerSecond : Number.POSITIVE_INFINITY
  }

  async [Symbol.asyncDispose]() {
    this.drop()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #accept(client) {
    const server = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true })
    const pair = new Pair(client, server, {
      isFrozen: () => this.#isFrozen,
      bytesPerMs: () => this.#bytesPerMs,
      ended: () => this.#pairs.delete(pair),
    })
    this.#pairs.add(pair)
    pair.settle()
  }
}

/** One connection, as its two halves. */
class Pair {
  #sides
  #ways
  #rules
  #timer

  constructor(client, server, rules) {
    this.#rules = rules
    this.#sides = [client, server]
    this.#ways = [new Way(client, server), new Way(server, client)]
    for (const side of this.#sides) {
      side.setNoDelay()
      // A side that breaks off takes the other one with it, once nothing is frozen.
      side.on('error', () => this.#broken())
      side.on('close', () => this.#broken())
    }
    this.#timer = setInterval(() => this.settle(), TICK_MS)
    for (const way of this.#ways) way.onData = () => this.settle()
  }

  /** Passes on what may pass. */
  settle() {
    const { isFrozen, bytesPerMs } = this.#rules
    for (const way of this.#ways) way.settle(isFrozen(), bytesPerMs())
    if (!isFrozen() && this.#sides.some(side => side.destroyed) && this.#ways.every(way => way.isEmpty)) this.reset()
  }

  reset() {
    clearInterval(this.#timer)
    for (const side of this.#sides) if (!side.destroyed) side.resetAndDestroy()
    this.#rules.ended()
  }

  #broken() {
    this.settle()
  }
}

/** One direction, its bytes in order. */
class Way {
  #from
  #to
  #queue = []
  #hasEnded = false
  #isPassedOn = false
  #lastMs = performance.now()
  #allowance = 0
  onData = () => undefined

  constructor(from, to) {
    this.#from = from
    this.#to = to
    from.on('data', bytes => {
      this.#queue.push(bytes)
      this.onData()
    })
    from.on('end', () => {
      this.#hasEnded = true
      this.onData()
    })
  }

  get isEmpty() {
    return this.#queue.length === 0 || this.#to.destroyed
  }

  settle(isFrozen, bytesPerMs) {
    const nowMs = performance.now()
    // What was not used while nothing passed is lost: a slow line does not catch up.
    const isUnlimited = !Number.isFinite(bytesPerMs)
    const grown = this.#allowance + (nowMs - this.#lastMs) * bytesPerMs
    this.#allowance = isUnlimited ? 0 : Math.min(grown, bytesPerMs * 2 * TICK_MS)
    this.#lastMs = nowMs
    if (isFrozen) {
      this.#from.pause()
      return
    }
    while (this.#queue.length > 0 && (isUnlimited || this.#allowance >= 1) && !this.#to.destroyed) {
      const [head] = this.#queue
      const most = isUnlimited ? head.length : Math.floor(this.#allowance)
      const piece = head.subarray(0, most)
      if (piece.length < head.length) this.#queue[0] = head.subarray(most)
      else this.#queue.shift()
      this.#allowance -= piece.length
      this.#to.write(piece)
    }
    // The reader is held up rather than the memory filled.
    if (this.#queue.length > 0 || this.#to.writableNeedDrain) this.#from.pause()
    else this.#from.resume()
    if (!this.#hasEnded || this.#queue.length > 0 || this.#isPassedOn) return
    this.#isPassedOn = true
    this.#to.end()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [target, own = '0'] = process.argv.slice(2).map(Number)
  if (!(target > 0 && target < 65_536)) {
    console.error('usage: node bench/faults/freeze-proxy.mjs <target port> [own port]')
    process.exit(2)
  }
  const proxy = new FreezeProxy(target)
  console.log(`127.0.0.1:${await proxy.listen(Number(own))} → 127.0.0.1:${target}; freeze, thaw, drop, rate <kB/s>`)
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, value] = line.trim().split(/\s+/)
    if (word === 'freeze' || word === 'thaw' || word === 'drop') proxy[word]()
    else if (word === 'rate' && Number(value) >= 0) proxy.limit(Number(value))
    else if (word !== '') console.error(`expected freeze, thaw, drop or rate <kB/s>, was "${line}"`)
  }
  await proxy[Symbol.asyncDispose]()
}
