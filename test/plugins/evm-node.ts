import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { TRANSFER_TOPIC } from '../../src/plugins/evm/wire.ts'

export const TOKEN = `0x${'aa'.repeat(20)}`
export const DESK = `0x${'0d'.repeat(20)}`
export const DESK_TWO = `0x${'0e'.repeat(20)}`
export const SOMEBODY = `0x${'01'.repeat(20)}`
export const START_S = 1_790_000_000

export interface Transfer {
  readonly from: string
  readonly to: string
  readonly amount: bigint
}

interface StubBlock {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  readonly timeS: number
  readonly transfers: readonly Transfer[]
}

const hex = (value: number | bigint): string => `0x${value.toString(16)}`
const word = (address: string): string => `0x${address.slice(2).padStart(64, '0')}`

/** A node on loopback with a chain of its own, and levers for what goes wrong. */
export class EvmNode implements AsyncDisposable {
  readonly calls: string[] = []
  /** Ranges that return more logs than this are refused. */
  mostLogs = Number.POSITIVE_INFINITY
  /** Next upgrades are answered so instead. */
  refuseWith: { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | undefined
  /** Logs that `eth_getLogs` does not know yet. */
  readonly unindexed = new Set<string>()
  /** The next call of this method is refused so. */
  readonly refusals = new Map<string, { readonly code: number; readonly message: string }>()
  upgrades = 0
  /** Nothing but answers is sent. */
  isMute = false
  private readonly server: Server
  private readonly sockets = new Set<WebSocket>()
  private readonly known = new Map<string, StubBlock>()
  private chain: StubBlock[] = []
  private branch = 0

  private constructor(server: Server) {
    this.server = server
  }

  static async start(): Promise<EvmNode> {
    const server = createServer((_request, response) => response.writeHead(404).end())
    const node = new EvmNode(server)
    const sockets = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket, head) => {
      node.upgrades++
      const refusal = node.refuseWith
      if (refusal !== undefined) {
        const lines = Object.entries({ ...refusal.headers, Connection: 'close' }).map(
          ([name, value]) => `${name}: ${value}`,
        )
        socket.end(`HTTP/1.1 ${refusal.status} No\r\n${lines.join('\r\n')}\r\n\r\n${refusal.body ?? ''}`)
        return
      }
      sockets.handleUpgrade(request, socket, head, opened => node.serve(opened))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    node.mine([], false)
    return node
  }

  get url(): string {
    const address: AddressInfo | string | null = this.server.address()
    if (address === null || typeof address === 'string') throw new Error('expected a port')
    return `ws://127.0.0.1:${address.port}`
  }

  get tip(): StubBlock {
    const tip = this.chain.at(-1)
    if (tip === undefined) throw new Error('expected a block')
    return tip
  }

  /** A block every minute; told unless `isTold` is false. */
  mine(transfers: readonly Transfer[], isTold = true): StubBlock {
    const before = this.chain.at(-1)
    const number = (before?.number ?? 99) + 1
    const hash = `0x${`${this.branch}`.padStart(32, 'b')}${number.toString(16).padStart(32, '0')}`
    const parentHash = before?.hash ?? `0x${'00'.repeat(32)}`
    const block = { number, hash, parentHash, timeS: START_S + number * 60, transfers }
    this.known.set(hash, block)
    this.chain.push(block)
    if (isTold) this.tell(block)
    return block
  }

  /** Takes blocks back and tells their logs as removed. */
  drop(depth: number, isTold = true): void {
    const dropped = this.chain.splice(-depth)
    this.branch++
    if (!isTold) return
    for (const block of dropped) for (const log of logsOf(block)) this.notify({ ...log, removed: true })
  }

  tell(block: StubBlock): void {
    for (const log of logsOf(block)) this.notify(log)
    this.notify(headOf(block))
  }

  tellHead(block: StubBlock): void {
    this.notify(headOf(block))
  }

  tellLogs(block: StubBlock, isRemoved = false): void {
    for (const log of logsOf(block)) this.notify({ ...log, removed: isRemoved })
  }

  /** Anything at all, to every client. */
  send(text: string): void {
    for (const socket of this.sockets) socket.send(text)
  }

  cut(): void {
    for (const socket of this.sockets) socket.terminate()
  }

  get clients(): number {
    return this.sockets.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.server.closeAllConnections()
    await new Promise(resolve => this.server.close(resolve))
  }

  private notify(result: unknown): void {
    if (this.isMute) return
    this.send(JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription: '0x1', result } }))
  }

  private serve(socket: WebSocket): void {
    this.sockets.add(socket)
    socket.on('close', () => this.sockets.delete(socket))
    socket.on('message', (data: Buffer) => {
      const { id, method, params } = JSON.parse(data.toString('utf8'))
      this.calls.push(method)
      const refusal = this.refusals.get(method)
      this.refusals.delete(method)
      const answer = refusal === undefined ? this.answer(method, params) : { error: refusal }
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, ...answer }))
    })
  }

  private answer(method: string, params: readonly unknown[]): object {
    const [first] = params
    if (method === 'eth_subscribe') return { result: '0x1' }
    if (method === 'eth_getBlockByHash') return { result: maybeHead(this.known.get(String(first))) }
    if (method === 'eth_getBlockByNumber')
      return { result: maybeHead(first === 'latest' ? this.tip : this.chain.find(each => hex(each.number) === first)) }
    if (method === 'eth_getLogs') return this.logs(first)
    return { error: { code: -32601, message: 'unknown method' } }
  }

  private logs(filter: unknown): object {
    const fields = new Map<string, unknown>(Object.entries(typeof filter === 'object' && filter !== null ? filter : {}))
    const hash = fields.get('blockHash')
    const from = Number(fields.get('fromBlock'))
    const to = Number(fields.get('toBlock'))
    const blocks =
      hash === undefined
        ? this.chain.filter(({ number }) => number >= from && number <= to)
        : [typeof hash === 'string' ? this.known.get(hash) : undefined].filter(block => block !== undefined)
    const logs = blocks.filter(block => !this.unindexed.has(block.hash)).flatMap(logsOf)
    if (logs.length > this.mostLogs)
      return { error: { code: -32005, message: `query returned more than ${this.mostLogs} results` } }
    return { result: logs }
  }
}

function headOf({ number, hash, parentHash, timeS }: StubBlock): object {
  return { number: hex(number), hash, parentHash, timestamp: hex(timeS), baseFeePerGas: hex(12_345_678_901n) }
}

function maybeHead(block: StubBlock | undefined): object | null {
  return block === undefined ? null : headOf(block)
}

function logsOf({ number, hash, transfers }: StubBlock): readonly object[] {
  return transfers.map(({ from, to, amount }, index) => ({
    address: TOKEN,
    topics: [TRANSFER_TOPIC, word(from), word(to)],
    data: `0x${amount.toString(16).padStart(64, '0')}`,
    blockHash: hash,
    blockNumber: hex(number),
    logIndex: hex(index),
    removed: false,
  }))
}
