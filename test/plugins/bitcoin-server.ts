import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'

interface StubBlock {
  readonly height: number
  readonly hash: string
  readonly previous: string
  readonly time: number
}

export const START_S = 1_790_000_000
export const AUTH = 'someone:canary-password'

/** An explorer and a node on loopback that tell of one chain, and what goes wrong with them. */
export class BitcoinServer implements AsyncDisposable {
  /** The next answers, before the right ones. */
  readonly faults: { readonly status: number; readonly body: string; readonly headers?: Record<string, string> }[] = []
  readonly asked: string[] = []
  readonly sockets = new Set<WebSocket>()
  mempoolSize = 1000
  private readonly server: Server
  private readonly known = new Map<string, StubBlock>()
  private chain: StubBlock[] = []
  private branch = 1

  private constructor(server: Server) {
    this.server = server
  }

  static async start(): Promise<BitcoinServer> {
    const server = createServer((request, response) => void own.serve(request, response))
    const own = new BitcoinServer(server)
    const upgrades = new WebSocketServer({ server })
    upgrades.on('connection', socket => {
      own.sockets.add(socket)
      socket.on('close', () => own.sockets.delete(socket))
      socket.on('message', () => socket.send('{"blocks":[]}'))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    for (let block = 0; block < 10; block++) own.mine()
    return own
  }

  get url(): string {
    const address = this.server.address()
    if (address === null || typeof address === 'string') throw new Error('expected a port')
    return `http://127.0.0.1:${address.port}`
  }

  get tip(): StubBlock {
    const tip = this.chain.at(-1)
    if (tip === undefined) throw new Error('expected a block')
    return tip
  }

  /** @param timeS miners' clocks may go backwards */
  mine(timeS?: number): StubBlock {
    const before = this.chain.at(-1)
    const height = (before?.height ?? 99) + 1
    const hash = `${this.branch}`.padEnd(56, 'c') + height.toString(16).padStart(8, '0')
    const block = { height, hash, previous: before?.hash ?? 'a'.repeat(64), time: timeS ?? START_S + height * 600 }
    this.chain.push(block)
    this.known.set(hash, block)
    for (const socket of this.sockets) socket.send(JSON.stringify({ block: { id: hash } }))
    return block
  }

  drop(depth: number): void {
    this.chain = this.chain.slice(0, -depth)
    this.branch++
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.terminate()
    this.server.closeAllConnections()
    await new Promise(resolve => this.server.close(resolve))
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    let body = ''
    for await (const chunk of request) body += String(chunk)
    this.asked.push(path)
    const fault = this.faults.shift()
    if (fault !== undefined) {
      response.writeHead(fault.status, fault.headers).end(fault.body)
      return
    }
    const answer = request.method === 'POST' ? this.rpc(request, body) : this.explorer(path)
    if (answer === undefined) response.writeHead(404).end('Block not found')
    else response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer))
  }

  private explorer(path: string): unknown {
    if (path === '/api/v1/blocks') return this.chain.slice(-10).reverse().map(explorerBlock)
    if (path === '/api/mempool') return { count: this.mempoolSize, vsize: 400_000, total_fee: 1 }
    if (path === '/api/v1/fees/recommended')
      return { fastestFee: 12, halfHourFee: 8, hourFee: 5, economyFee: 2, minimumFee: 1 }
    const block = this.known.get(path.replace('/api/block/', ''))
    return block === undefined ? undefined : explorerBlock(block)
  }

  private rpc(request: IncomingMessage, body: string): unknown {
    if (request.headers.authorization !== `Basic ${Buffer.from(AUTH).toString('base64')}`) return undefined
    const { method, params } = JSON.parse(body)
    return { id: 1, ...this.result(method, params) }
  }

  private result(method: string, params: readonly unknown[]): object {
    if (method === 'getblockcount') return { result: this.tip.height }
    if (method === 'getblockhash') return { result: this.chain.find(({ height }) => height === params[0])?.hash }
    if (method === 'getmempoolinfo') return { result: { size: this.mempoolSize, bytes: 400_000 } }
    if (method === 'estimatesmartfee')
      return { result: params[0] === 144 ? { errors: ['none'] } : { feerate: 0.00012345 } }
    const block = this.known.get(String(params[0]))
    if (block === undefined) return { result: null, error: { code: -5, message: 'Block not found' } }
    const { height, hash, previous, time } = block
    return { result: { height, hash, previousblockhash: previous, time, nTx: 7 } }
  }
}

function explorerBlock({ height, hash, previous, time }: StubBlock): object {
  return { id: hash, height, previousblockhash: previous, timestamp: time, tx_count: 7, extras: { totalFees: 5000 } }
}
