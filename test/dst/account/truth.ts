import { times, units } from './amount.ts'

/** Everything in units of 1e-8; times in milliseconds of the exchange. */
export interface TrueOrder {
  readonly symbol: string
  readonly id: number
  readonly clientId: string
  readonly side: 'BUY' | 'SELL'
  readonly type: 'LIMIT' | 'MARKET'
  readonly price: number
  readonly quantity: number
  readonly filled: number
  readonly quote: number
  readonly status: 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED'
  readonly createdMs: number
  readonly timeMs: number
}

export interface TrueFill {
  readonly symbol: string
  readonly id: number
  readonly orderId: number
  readonly clientId: string
  readonly side: 'BUY' | 'SELL'
  readonly price: number
  readonly quantity: number
  readonly fee: number
  readonly feeAsset: string
  readonly isMaker: boolean
  readonly timeMs: number
}

export interface TrueBalance {
  readonly free: number
  readonly locked: number
  readonly timeMs: number
}

export interface TruePosition {
  readonly quantity: number
  readonly entry: number
  readonly timeMs: number
}

export interface SymbolInfo {
  readonly symbol: string
  readonly base: string
  readonly quote: string
  readonly price: number
}

/** The account as it was after one change. */
interface Moment {
  readonly atMs: number
  /** Those that were open. */
  readonly orders: ReadonlyMap<string, TrueOrder>
  readonly balances: ReadonlyMap<string, TrueBalance>
  readonly positions: ReadonlyMap<string, TruePosition>
}

/** What one act changed, as the user stream tells it. */
export interface Change {
  readonly kind: 'order' | 'fill' | 'deposit' | 'funding'
  readonly timeMs: number
  readonly execution: 'NEW' | 'TRADE' | 'CANCELED' | 'EXPIRED' | 'AMENDMENT' | undefined
  readonly order: TrueOrder | undefined
  readonly fill: TrueFill | undefined
  readonly assets: readonly string[]
  readonly positions: readonly string[]
  readonly amount: number
  readonly executionId: number
}

/** What really happened to one account, with its whole past. */
export class Truth {
  readonly isFutures: boolean
  readonly symbols: readonly SymbolInfo[]
  readonly fills: TrueFill[] = []
  private readonly moments: Moment[] = []
  private open = new Map<string, TrueOrder>()
  /** Every order after each of its changes. */
  private readonly histories = new Map<string, TrueOrder[]>()
  private balances = new Map<string, TrueBalance>()
  private positions = new Map<string, TruePosition>()
  private nextOrder = 1000
  private readonly nextTrade = new Map<string, number>()
  private nextExecution = 1

  constructor(isFutures: boolean, symbols: readonly SymbolInfo[], atMs: number) {
    this.isFutures = isFutures
    this.symbols = symbols
    const assets = isFutures ? ['USDT'] : [...new Set(symbols.flatMap(({ base, quote }) => [base, quote]))]
    for (const asset of assets) this.balances.set(asset, { free: units(10_000), locked: 0, timeMs: atMs - 5000 })
    this.keep(atMs - 5000)
  }

  get now(): Moment {
    return this.asOf(Number.POSITIVE_INFINITY)
  }

  asOf(atMs: number): Moment {
    for (let index = this.moments.length - 1; index >= 0; index--) {
      const moment = this.moments[index]
      if (moment !== undefined && moment.atMs <= atMs) return moment
    }
    const [first] = this.moments
    if (first === undefined) throw new Error('a truth has a beginning')
    return first
  }

  openOrders(atMs = Number.POSITIVE_INFINITY): readonly TrueOrder[] {
    return [...this.asOf(atMs).orders.values()]
  }

  /** An order as it was; undefined before it was placed. */
  orderAt(key: string, atMs: number): TrueOrder | undefined {
    return this.histories
      .get(key)
      ?.filter(({ timeMs }) => timeMs <= atMs)
      .at(-1)
  }

  keyOfClientId(clientId: string): string | undefined {
    for (const [key, [first]] of this.histories) if (first?.clientId === clientId) return key
    return undefined
  }

  lastChangeMs(atMs: number): number {
    return this.asOf(atMs).atMs
  }

  place(symbol: SymbolInfo, side: 'BUY' | 'SELL', quantity: number, price: number, atMs: number): Change {
    const id = this.nextOrder++
    const order: TrueOrder = {
      symbol: symbol.symbol,
      id,
      clientId: `client-${id}`,
      side,
      type: price > 0 ? 'LIMIT' : 'MARKET',
      price,
      quantity,
      filled: 0,
      quote: 0,
      status: 'NEW',
      createdMs: atMs,
      timeMs: atMs,
    }
    this.put(order)
    const assets = this.lock(symbol, order, quantity, atMs)
    this.keep(atMs)
    return this.change('order', 'NEW', order, undefined, assets, [], atMs)
  }

  fill(order: TrueOrder, quantity: number, atMs: number): Change {
    const symbol = this.infoOf(order.symbol)
    const price = order.price > 0 ? order.price : symbol.price
    const filled = order.filled + quantity
    const status = filled >= order.quantity ? 'FILLED' : 'PARTIALLY_FILLED'
    const next: TrueOrder = { ...order, filled, quote: order.quote + times(price, quantity), status, timeMs: atMs }
    this.put(next)
    const id = (this.nextTrade.get(order.symbol) ?? 7_000_000_000) + 1 + (atMs % 3)
    this.nextTrade.set(order.symbol, id)
    const fee = Math.round(times(price, quantity) / 2500)
    const feeAsset = symbol.quote
    const fill: TrueFill = {
      symbol: order.symbol,
      id,
      orderId: order.id,
      clientId: order.clientId,
      side: order.side,
      price,
      quantity,
      fee,
      feeAsset,
      isMaker: order.price > 0,
      timeMs: atMs,
    }
    this.fills.push(fill)
    const assets = this.isFutures ? this.settleFutures(fill, atMs) : this.settleSpot(symbol, next, fill, atMs)
    this.keep(atMs)
    return this.change('fill', 'TRADE', next, fill, assets, this.isFutures ? [order.symbol] : [], atMs)
  }

  end(order: TrueOrder, status: 'CANCELED' | 'EXPIRED', atMs: number): Change {
    const next: TrueOrder = { ...order, status, timeMs: atMs }
    this.put(next)
    const assets = this.lock(this.infoOf(order.symbol), order, -(order.quantity - order.filled), atMs)
    this.keep(atMs)
    return this.change('order', status, next, undefined, assets, [], atMs)
  }

  /** Futures only. */
  amend(order: TrueOrder, price: number, atMs: number): Change {
    const next: TrueOrder = { ...order, price, timeMs: atMs }
    this.put(next)
    this.keep(atMs)
    return this.change('order', 'AMENDMENT', next, undefined, [], [], atMs)
  }

  /** Money comes or goes for another reason than trading. */
  move(asset: string, amount: number, atMs: number): Change {
    this.add(asset, amount, 0, atMs)
    this.keep(atMs)
    return this.change(
      this.isFutures ? 'funding' : 'deposit',
      undefined,
      undefined,
      undefined,
      [asset],
      [],
      atMs,
      amount,
    )
  }

  private change(
    kind: Change['kind'],
    execution: Change['execution'],
    order: TrueOrder | undefined,
    fill: TrueFill | undefined,
    assets: readonly string[],
    positions: readonly string[],
    timeMs: number,
    amount = 0,
  ): Change {
    return { kind, execution, order, fill, assets, positions, timeMs, amount, executionId: this.nextExecution++ }
  }

  /** Spot takes what an order needs aside; on futures the wallet does not know orders. */
  private lock(symbol: SymbolInfo, order: TrueOrder, quantity: number, atMs: number): readonly string[] {
    if (this.isFutures) return []
    const price = order.price > 0 ? order.price : symbol.price
    const [asset, amount] = order.side === 'BUY' ? [symbol.quote, times(price, quantity)] : [symbol.base, quantity]
    this.add(asset, -amount, amount, atMs)
    return [asset]
  }

  private settleSpot(symbol: SymbolInfo, order: TrueOrder, fill: TrueFill, atMs: number): readonly string[] {
    const cost = times(fill.price, fill.quantity)
    if (order.side === 'BUY') {
      this.add(symbol.quote, 0, -cost, atMs)
      this.add(symbol.base, fill.quantity, 0, atMs)
      this.add(symbol.quote, -fill.fee, 0, atMs)
    } else {
      this.add(symbol.base, 0, -fill.quantity, atMs)
      this.add(symbol.quote, cost - fill.fee, 0, atMs)
    }
    return [symbol.base, symbol.quote]
  }

  private settleFutures(fill: TrueFill, atMs: number): readonly string[] {
    const known = this.positions.get(fill.symbol) ?? { quantity: 0, entry: 0, timeMs: 0 }
    const signed = fill.side === 'BUY' ? fill.quantity : -fill.quantity
    const quantity = known.quantity + signed
    const isGrowing = Math.sign(known.quantity) === Math.sign(signed) || known.quantity === 0
    const turned = Math.sign(quantity) !== Math.sign(known.quantity) && quantity !== 0
    const entry =
      quantity === 0
        ? 0
        : isGrowing
          ? Math.round(
              (known.entry * Math.abs(known.quantity) + fill.price * fill.quantity) /
                (Math.abs(known.quantity) + fill.quantity),
            )
          : turned
            ? fill.price
            : known.entry
    this.positions.set(fill.symbol, { quantity, entry, timeMs: atMs })
    this.add('USDT', -fill.fee, 0, atMs)
    return ['USDT']
  }

  private add(asset: string, free: number, locked: number, timeMs: number): void {
    const known = this.balances.get(asset) ?? { free: 0, locked: 0, timeMs: 0 }
    this.balances.set(asset, { free: known.free + free, locked: known.locked + locked, timeMs })
  }

  private keep(atMs: number): void {
    const { open, balances, positions } = this
    this.moments.push({ atMs, orders: new Map(open), balances: new Map(balances), positions: new Map(positions) })
  }

  private put(order: TrueOrder): void {
    const key = keyOf(order)
    if (isOpen(order)) this.open.set(key, order)
    else this.open.delete(key)
    const history = this.histories.get(key)
    if (history === undefined) this.histories.set(key, [order])
    else history.push(order)
  }

  private infoOf(symbol: string): SymbolInfo {
    const found = this.symbols.find(info => info.symbol === symbol)
    if (found === undefined) throw new Error(`no symbol ${symbol}`)
    return found
  }
}

export function isOpen({ status }: TrueOrder): boolean {
  return status === 'NEW' || status === 'PARTIALLY_FILLED'
}

export function keyOf({ symbol, id }: Pick<TrueOrder, 'symbol' | 'id'>): string {
  return `${symbol}|${id}`
}
