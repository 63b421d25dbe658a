import type { SimEndpoints, Simulator, VenueStats } from '../../../src/sim/index.ts'
import { createSimulator } from '../../../src/sim/index.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { SimClient } from '../../support/sim-client.ts'
import { decimal } from './decimal.ts'
import type { Product } from './product.ts'

export interface PublicTrade {
  readonly id: number
  readonly price: string
  readonly quantity: string
  readonly timeMs: number
  readonly isBuyerMaker: boolean
}

/** Price and quantity, best first. */
export type Levels = readonly (readonly [price: string, quantity: string])[]

export interface BookSides {
  readonly bids: Levels
  readonly asks: Levels
}

/** Open time, open, high, low, close, volume. */
export type Candle = readonly [openMs: number, ...figures: string[]]

/** Five seconds before a minute ends, so that candles close soon. */
const startUs = 1_790_000_035_000_000
const stepMs = 100

/**
 * A market whose time passes only when a test says so: at rest, what a client holds can be compared with what REST says
 * about the same moment. A plain socket hears everything from the beginning.
 */
export class Market implements AsyncDisposable {
  readonly product: Product
  readonly sim: Simulator
  readonly endpoints: SimEndpoints
  readonly stats: VenueStats
  private readonly clock: FakeClock
  private readonly ears: SimClient[] = []

  private constructor(product: Product, clock: FakeClock, sim: Simulator, endpoints: SimEndpoints, stats: VenueStats) {
    this.product = product
    this.clock = clock
    this.sim = sim
    this.endpoints = endpoints
    this.stats = stats
  }

  static async open(product: Product, seed = 21): Promise<Market> {
    const clock = new FakeClock(startUs)
    // Clients answer pings in real time while minutes pass here.
    const limits = { pongWithinMs: 86_400_000, inboundPerSecond: 1000 }
    const sim = await createSimulator({ venues: [product.venue], seed, clock, limits })
    const endpoints = sim.endpoints[product.venue]
    const stats = sim.stats()[product.venue]
    if (endpoints === undefined || stats === undefined) throw new Error(`${product.venue} is not served`)
    return new Market(product, clock, sim, endpoints, stats)
  }

  /** Hears a stream with a plain socket from now on; see `heard`. */
  async listen(stream: string, kind: 'public' | 'market'): Promise<void> {
    this.ears.push(await SimClient.open(`${this.endpoints.stream}${this.product.streams[kind]}?streams=${stream}`))
  }

  /** Lets time pass until the condition holds, looking after each tenth of a second of the market. */
  async pass(what: string, condition: () => boolean, mostMs = 600_000): Promise<void> {
    for (let passedMs = 0; !condition(); passedMs += stepMs) {
      if (passedMs > mostMs) throw new Error(`${mostMs} ms of market passed in vain for ${what}`)
      await this.clock.advance(stepMs)
      // The sockets on both sides get their turn.
      await new Promise(resolve => setTimeout(resolve, 2))
    }
  }

  /** Lets time pass until everything that happened in the book has also been sent on the depth stream. @returns its update id */
  async rest(depthStream: string): Promise<number> {
    for (let count = 0; count < 3000; count++) {
      await this.clock.advance(10)
      const { lastUpdateId } = await this.read('depth', { limit: '5' })
      await new Promise(resolve => setTimeout(resolve, 2))
      if (Number(this.heard(depthStream).at(-1)?.['u']) === lastUpdateId) return Number(lastUpdateId)
    }
    throw new Error('the book never came to rest')
  }

  /** Everything a stream carried so far. */
  heard(stream: string): readonly Readonly<Record<string, unknown>>[] {
    return this.ears
      .flatMap(({ messages }) => messages)
      .flatMap(text => {
        const message: Record<string, unknown> = JSON.parse(text)
        return message['stream'] === stream ? [Object(message['data'])] : []
      })
  }

  async book(levels = 20): Promise<BookSides> {
    const body = await this.read('depth', { limit: '1000' })
    const side = (name: string): Levels =>
      list(body[name])
        .slice(0, levels)
        .map(row => [decimal(list(row)[0]), decimal(list(row)[1])])
    return { bids: side('bids'), asks: side('asks') }
  }

  /** Trades from an id to another, both included, as REST tells them afterwards. */
  async trades(kind: 'trade' | 'aggTrade', fromId: number, toId: number): Promise<readonly PublicTrade[]> {
    const found: PublicTrade[] = []
    for (let next = fromId; next <= toId; ) {
      const path = kind === 'trade' ? 'historicalTrades' : 'aggTrades'
      const rows = list(Object(await this.read(path, { fromId: String(next), limit: '1000' })))
      if (rows.length === 0) break
      for (const row of rows) found.push(kind === 'trade' ? rawTrade(Object(row)) : aggTrade(Object(row)))
      next = (found.at(-1)?.id ?? toId) + 1
    }
    return found.filter(({ id }) => id <= toId)
  }

  async candles(interval: string): Promise<readonly Candle[]> {
    const rows = list(Object(await this.read('klines', { interval, limit: '200' })))
    return rows.map(row => [Number(list(row)[0]), ...list(row).slice(1, 6).map(decimal)])
  }

  async read(path: string, parameters: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
    const query = new URLSearchParams({ symbol: this.product.symbol, ...parameters })
    const headers = { 'X-MBX-APIKEY': 'anybody' }
    const response = await fetch(`${this.endpoints.rest}${this.product.rest}/${path}?${query.toString()}`, { headers })
    const body: unknown = await response.json()
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`)
    return Object(body)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const ear of this.ears) ear.close()
    await this.sim[Symbol.asyncDispose]()
  }
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new Error(`expected an array, was ${JSON.stringify(value)}`)
}

/** A trade of the stream `<symbol>@trade`, or of `@aggTrade`. */
export function streamTrade(data: Readonly<Record<string, unknown>>): PublicTrade {
  return {
    id: Number(data['e'] === 'aggTrade' ? data['a'] : data['t']),
    price: decimal(data['p']),
    quantity: decimal(data['q']),
    timeMs: Number(data['T']),
    isBuyerMaker: data['m'] === true,
  }
}

function rawTrade(row: Readonly<Record<string, unknown>>): PublicTrade {
  return {
    id: Number(row['id']),
    price: decimal(row['price']),
    quantity: decimal(row['qty']),
    timeMs: Number(row['time']),
    isBuyerMaker: row['isBuyerMaker'] === true,
  }
}

function aggTrade(row: Readonly<Record<string, unknown>>): PublicTrade {
  return streamTrade({ ...row, e: 'aggTrade' })
}
