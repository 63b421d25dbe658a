import type { Chance } from '../core/chance.ts'
import type { World } from '../core/world.ts'
import { units } from './amount.ts'
import type { PrivateExchange } from './private-exchange.ts'
import type { Change, SymbolInfo, TrueOrder } from './truth.ts'

const MOST_OPEN = 12

/** Whoever trades on the account: orders, fills, cancellations, money that comes and goes. */
export class Trader {
  acts = 0
  private readonly world: World
  private readonly exchange: PrivateExchange
  private readonly chance: Chance
  private readonly everyMs: number
  private readonly untilMs: number

  constructor(world: World, exchange: PrivateExchange, everyMs: number, untilMs: number) {
    this.world = world
    this.exchange = exchange
    this.chance = world.chance(`trader ${exchange.options.restHost}`)
    this.everyMs = everyMs
    this.untilMs = untilMs
  }

  start(): void {
    this.world.after(this.chance.wait(this.everyMs), () => {
      if (this.world.nowMs > this.untilMs) return
      this.act()
      this.start()
    })
  }

  /** Also called when a fault wants something to happen around it. */
  act(): void {
    this.acts++
    const { truth } = this.exchange
    const open = truth.openOrders()
    const dice = this.chance.next()
    if (open.length < 2 || (dice < 0.3 && open.length < MOST_OPEN)) this.place(dice < 0.1)
    else if (dice < 0.78) this.fillOne(this.chance.pick(open))
    else if (dice < 0.92) this.tell(truth.end(this.chance.pick(open), 'CANCELED', this.nowMs))
    else if (dice < 0.96)
      this.tell(truth.move(this.chance.pick(this.assets()), units(this.chance.whole(-5, 50)), this.nowMs))
    else if (truth.isFutures) this.amend(this.chance.pick(open))
    else this.tell(truth.end(this.chance.pick(open), 'EXPIRED', this.nowMs))
  }

  private get nowMs(): number {
    return this.exchange.nowMs
  }

  private tell(change: Change): void {
    this.exchange.tell(change)
  }

  private place(isMarket: boolean): void {
    const { truth } = this.exchange
    const symbol: SymbolInfo = this.chance.pick(truth.symbols)
    const side = this.chance.isLess(0.5) ? 'BUY' : 'SELL'
    const quantity = units(this.chance.whole(1, 40) / 1000)
    const price = isMarket ? 0 : Math.round(symbol.price * this.chance.between(0.98, 1.02))
    this.tell(truth.place(symbol, side, quantity, price, this.nowMs))
    if (!isMarket) return
    // A market order is filled in the same millisecond, in one part or in several.
    for (let order = newest(truth.openOrders()); order !== undefined && order.type === 'MARKET'; ) {
      const left = order.quantity - order.filled
      const part = this.chance.isLess(0.5) ? left : Math.max(1, Math.floor(left / 2))
      const change = truth.fill(order, part, this.nowMs)
      this.tell(change)
      order = change.order?.status === 'FILLED' ? undefined : change.order
    }
  }

  private fillOne(order: TrueOrder): void {
    const left = order.quantity - order.filled
    const part = this.chance.isLess(0.4) ? left : Math.max(1, Math.floor(left * this.chance.between(0.2, 0.8)))
    this.tell(this.exchange.truth.fill(order, part, this.nowMs))
  }

  private amend(order: TrueOrder): void {
    if (order.type !== 'LIMIT') return
    this.tell(this.exchange.truth.amend(order, Math.round(order.price * 1.001), this.nowMs))
  }

  private assets(): readonly string[] {
    return [...this.exchange.truth.now.balances.keys()]
  }
}

function newest(orders: readonly TrueOrder[]): TrueOrder | undefined {
  return orders.reduce<TrueOrder | undefined>(
    (best, order) => (best === undefined || order.id > best.id ? order : best),
    undefined,
  )
}
