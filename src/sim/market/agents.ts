import { Chance } from './chance.ts'
import type { InstrumentMarket } from './instrument-market.ts'
import type { BookSide, RestingOrder } from './matching.ts'
import type { RetailLayer } from './retail-layer.ts'
import type { Scheduler } from './scheduler.ts'

/** How the agents of one instrument behave. Fractions are of the price. */
export interface AgentStyle {
  /** Wake-ups per second in ordinary times. */
  readonly pace: number
  /** Share of wake-ups in which somebody takes. */
  readonly takeShare: number
  /** Units of a usual resting order and of a usual trade. */
  readonly quoteQuantity: number
  readonly tradeQuantity: number
  readonly halfSpread: number
  /** Mean distance of a new order from the touch. */
  readonly spacing: number
  readonly ordersPerSide: number
  /** Chance per second of a liquidation in ordinary times; 0 where there are none. */
  readonly liquidationRate: number
}

/** What the agents believe: fair price in units (a fraction of a unit is fine), how lively it is, and where it drifts. */
export interface Belief {
  fairPrice(): number
  activity(): number
  momentum(): number
}

/** What the crowd makes of the times; 1 is as usual. */
export interface Mood {
  /** Factors on the makers' spread, on what rests in the book, and on the chance of a liquidation. */
  readonly spread: number
  readonly depth: number
  readonly liquidation: number
}

export const ordinaryMood: Mood = { spread: 1, depth: 1, liquidation: 1 }

const opposite = { bid: 'ask', ask: 'bid' } as const
/** How long takers stay excited, and how many further takers one draws in on average. */
const heatSeconds = 1.3
const followers = 0.6
const mostHeat = 12
/** Distance of the farthest orders, as a fraction of the price. */
const farthest = 0.03
/** Half of the widest spread that fear makes, as a fraction of the price. */
const widest = 0.0015
/** Orders pulled, and placed, in one action. */
const mostPulled = 400
const mostAtOnce = 8

/**
 * The crowd of one instrument: market makers quoting around the fair price and pulling what it has run over, patient
 * orders further out, takers that come in bursts, and now and then a liquidation that hits the book.
 */
export class Agents {
  mood = ordinaryMood
  private readonly market: InstrumentMarket
  private readonly style: AgentStyle
  private readonly belief: Belief
  private readonly chance: Chance
  private readonly heatPerTake: number
  private resting: RestingOrder[] = []
  /** Extra eagerness of takers after a trade; decays within a second or two. */
  private heat = 0
  private liveliness = 1
  private scheduler: Scheduler | undefined
  private nextWake: Disposable | undefined
  private lastUs = 0
  private liquidatedUs = 0

  constructor(market: InstrumentMarket, style: AgentStyle, belief: Belief, seed: number, name: string) {
    this.market = market
    this.style = style
    this.belief = belief
    this.chance = new Chance(seed, `agents ${name}`)
    this.heatPerTake = followers / (heatSeconds * style.pace * style.takeShare)
  }

  start(scheduler: Scheduler): void {
    this.scheduler = scheduler
    this.lastUs = scheduler.nowUs
    this.liquidatedUs = scheduler.nowUs
    this.fill(scheduler.nowUs)
    this.wakeIn(this.chance.exponential(1e6 / this.style.pace), scheduler)
  }

  /** Makes the crowd so many times as lively as it is. */
  hurry(factor: number): void {
    this.liveliness *= factor
    const { scheduler } = this
    if (scheduler === undefined) return
    // A crowd that sleeps for long must hear of it.
    this.nextWake?.[Symbol.dispose]()
    this.wakeIn(this.chance.exponential(1e6 / (this.style.pace * this.liveliness)), scheduler)
  }

  /** What the crowd takes for the right price, units. */
  fairPrice(): number {
    return this.belief.fairPrice()
  }

  /** Makers cancel this share of what they have resting. */
  withdraw(share: number, atUs: number): void {
    const { book } = this.market
    for (const order of this.resting) if (this.chance.isLucky(share)) book.cancel(order.id)
    this.market.commit(atUs)
  }

  /** Somebody takes everything up to the fair price times `factor`. */
  sweep(side: BookSide, factor: number, atUs: number): void {
    const { book } = this.market
    const bound = this.belief.fairPrice() * factor
    let quantity = 0
    book.forOrders(opposite[side], order => {
      if (side === 'bid' ? order.price > bound : order.price < bound) return false
      quantity += order.remaining
      return true
    })
    if (quantity === 0) return
    this.market.take(side, quantity, bound, atUs)
    this.market.commit(atUs)
  }

  /** Makers look at the fair price now, and a few patient orders come back. */
  react(atUs: number): void {
    this.followFair(atUs)
    for (const side of ['bid', 'ask'] as const) {
      if (this.market.book.levelCount(side) < this.style.ordersPerSide * this.mood.depth) this.placePatient(side)
    }
    this.market.commit(atUs)
  }

  /** What rests on the side that a taker of `side` would meet, up to so far (a fraction) from the touch; at least one lot. */
  volumeWithin(side: BookSide, fraction: number): number {
    const { book, instrument } = this.market
    const best = book.bestPrice(opposite[side]) ?? 0
    const bound = best * (side === 'bid' ? 1 + fraction : 1 - fraction)
    let quantity = 0
    book.forOrders(opposite[side], order => {
      if (side === 'bid' ? order.price > bound : order.price < bound) return false
      quantity += order.remaining
      return true
    })
    return Math.max(instrument.lotUnits, quantity)
  }

  /**
   * A position is closed by force, no worse than the touch times `factor`.
   * @returns the worst price it was filled at; undefined when nothing was
   */
  force(side: BookSide, quantity: number, factor: number, atUs: number): number | undefined {
    const { market } = this
    const best = market.book.bestPrice(opposite[side])
    if (best === undefined) return undefined
    const { tickUnits } = market.instrument
    const price = Math.round((best * factor) / tickUnits) * tickUnits
    const fills = market.take(side, quantity, price, atUs)
    market.commit(atUs)
    const filledQuantity = fills.reduce((sum, fill) => sum + fill.quantity, 0)
    if (filledQuantity === 0) return undefined
    const value = fills.reduce((sum, fill) => sum + fill.price * (fill.quantity / filledQuantity), 0)
    const last = fills[fills.length - 1]
    const lastQuantity = last?.quantity ?? 0
    const liquidation = { side, quantity, price, averagePrice: value, lastQuantity, filledQuantity, timeUs: atUs }
    for (const listener of market.listeners) listener.liquidated?.(liquidation)
    this.heat = Math.min(mostHeat, this.heat + this.heatPerTake * 6)
    return last?.price
  }

  private wakeIn(delayUs: number, scheduler: Scheduler): void {
    this.nextWake = scheduler.at(scheduler.nowUs + Math.round(delayUs), atUs => {
      this.wake(scheduler, atUs)
      const pace = this.style.pace * this.liveliness * this.belief.activity() * (1 + this.heat)
      this.wakeIn(Math.max(200, Math.round(this.chance.exponential(1e6 / pace))), scheduler)
    })
  }

  private get halfSpread(): number {
    const { halfSpread } = this.style
    return Math.max(halfSpread, Math.min(widest, halfSpread * this.mood.spread))
  }

  private fill(atUs: number): void {
    for (const side of ['bid', 'ask'] as const) {
      for (let count = 0; count < this.style.ordersPerSide; count++) this.placePatient(side)
      this.quote(side)
    }
    this.market.commit(atUs)
  }

  private wake(scheduler: Scheduler, atUs: number): void {
    const { chance, market } = this
    const elapsed = (atUs - this.lastUs) / 1e6
    this.lastUs = atUs
    this.heat *= Math.exp(-elapsed / heatSeconds)
    this.followFair(atUs)
    const share = this.style.takeShare
    const draw = chance.next()
    if (draw < share) this.takeSome(atUs)
    else if (draw < share + (1 - share) * 0.3) this.refreshTouch()
    else this.restOrCancel()
    if (market.retail !== undefined) this.tendRetail(market.retail)
    market.commit(atUs)
    this.considerLiquidation(scheduler, atUs, elapsed)
  }

  /** Likelier after a move, and the longer none has been; one in four pulls others down with it. */
  private considerLiquidation(scheduler: Scheduler, atUs: number, elapsed: number): void {
    const { chance } = this
    const liquidationRate = this.style.liquidationRate * this.mood.liquidation
    if (liquidationRate === 0) return
    const quiet = Math.min(4, 0.4 + (atUs - this.liquidatedUs) / 80e6)
    const moved = 1 + Math.min(2, Math.abs(this.belief.momentum()) * 1000)
    if (!chance.isLucky(liquidationRate * elapsed * quiet * moved)) return
    this.liquidatedUs = atUs
    // Longs are closed after a fall, shorts after a rise; without either, anybody.
    const momentum = this.belief.momentum()
    const side: BookSide = chance.isLucky(momentum < 0 ? 0.2 : 0.8) ? 'bid' : 'ask'
    this.liquidate(side, atUs)
    if (!chance.isLucky(0.25)) return
    const count = 2 + Math.floor(chance.next() * 5)
    let nextUs = atUs
    for (let index = 0; index < count; index++) {
      nextUs += Math.round(chance.exponential(700_000))
      scheduler.at(nextUs, nowUs => this.liquidate(side, nowUs))
    }
  }

  /** Makers take away what the fair price has run over, all at once, and close the gap that leaves. */
  private followFair(atUs: number): void {
    const { book } = this.market
    const fair = this.belief.fairPrice()
    for (const side of ['bid', 'ask'] as const) {
      for (let pulled = 0; pulled < mostPulled; pulled++) {
        const order = book.first(side)
        if (order === undefined || (side === 'bid' ? order.price <= fair : order.price >= fair)) break
        // What an account left standing there is not theirs to cancel: somebody takes it, as a gift.
        if (order.owner === 0) book.cancel(order.id)
        else this.market.take(opposite[side], order.remaining, order.price, atUs)
      }
    }
    this.market.commit(atUs)
    const gap = fair * (this.halfSpread * 2 + this.style.spacing * 0.5)
    for (const side of ['bid', 'ask'] as const) {
      const best = book.bestPrice(side)
      if (best !== undefined && Math.abs(best - fair) <= gap) continue
      this.quote(side)
      this.market.commit(atUs)
    }
  }

  /** A maker's quote at the fair price less half a spread, never crossing. */
  private quote(side: BookSide): void {
    const { tickUnits } = this.market.instrument
    const fair = this.belief.fairPrice()
    const half = fair * this.halfSpread * (0.5 + this.chance.next())
    const price =
      side === 'bid'
        ? Math.floor((fair - half) / tickUnits) * tickUnits
        : Math.ceil((fair + half) / tickUnits) * tickUnits
    const isWall = this.chance.isLucky(0.02)
    this.rest(side, price, this.style.quoteQuantity * this.chance.logNormal(0.8) * (isWall ? 10 : 1))
  }

  private placePatient(side: BookSide): void {
    const { tickUnits } = this.market.instrument
    const { halfSpread } = this
    const { spacing } = this.style
    const fair = this.belief.fairPrice()
    // Some crowd the touch, most spread evenly over the orders of magnitude up to a few percent away.
    const far = this.chance.isLucky(0.3)
      ? spacing * this.chance.exponential(5)
      : spacing * 3 * (farthest / (spacing * 3)) ** this.chance.next()
    const distance = fair * (halfSpread + far)
    const raw = side === 'bid' ? fair - distance : fair + distance
    const price = side === 'bid' ? Math.floor(raw / tickUnits) * tickUnits : Math.ceil(raw / tickUnits) * tickUnits
    this.rest(side, price, this.style.quoteQuantity * this.chance.logNormal(1) * (1 + Math.log1p(far / spacing) * 0.4))
  }

  private rest(side: BookSide, price: number, quantity: number): void {
    const { lotUnits, tickUnits } = this.market.instrument
    if (price < tickUnits || this.market.book.wouldTrade(side, price)) return
    const units = Math.max(1, Math.round((quantity * this.mood.depth) / lotUnits)) * lotUnits
    this.resting.push(this.market.book.rest(side, price, units))
  }

  /** A few retail orders at the touch, or a tick inside a wide spread. */
  private tendRetail(retail: RetailLayer): void {
    const { chance, market, style } = this
    const { lotUnits, tickUnits } = market.instrument
    const fair = this.belief.fairPrice()
    retail.prune(fair * style.spacing * 2)
    if (!chance.isLucky(0.3)) return
    const side: BookSide = chance.isLucky(0.5) ? 'bid' : 'ask'
    const [bid, ask] = [market.book.bestPrice('bid'), market.book.bestPrice('ask')]
    if (bid === undefined || ask === undefined || retail.orders.levelCount(side) >= 3) return
    const inside = ask - bid > 2 * tickUnits && chance.isLucky(0.5) ? tickUnits : 0
    const quantity = style.tradeQuantity * 2 * chance.logNormal(0.6)
    const price = side === 'bid' ? bid + inside : ask - inside
    retail.orders.rest(side, price, Math.max(1, Math.round(quantity / lotUnits)) * lotUnits)
  }

  private refreshTouch(): void {
    const side = this.chance.isLucky(0.5) ? 'bid' : 'ask'
    const first = this.market.book.first(side)
    if (first !== undefined && first.owner === 0 && this.chance.isLucky(0.45)) this.market.book.cancel(first.id)
    else this.quote(side)
  }

  /** Keeps the book about as deep as it began: the thinner side is refilled first. */
  private restOrCancel(): void {
    const { chance, style } = this
    const { book } = this.market
    const bids = book.levelCount('bid')
    const side: BookSide = chance.isLucky(bids / (bids + book.levelCount('ask') + 1)) ? 'ask' : 'bid'
    const missing = style.ordersPerSide * 2 * this.mood.depth - book.orderCount
    if (missing <= 0 ? chance.isLucky(0.4) : chance.isLucky(0.85)) {
      const count = Math.min(mostAtOnce, 1 + Math.floor(missing / 40))
      for (let placed = 0; placed < Math.max(1, count); placed++) this.placePatient(side)
    } else {
      this.cancelSome()
    }
  }

  private cancelSome(): void {
    const { chance, resting } = this
    const { book } = this.market
    // Orders that were taken or pulled meanwhile leave the list here.
    if (resting.length > book.orderCount * 2 + 200) {
      this.resting = resting.filter(order => book.order(order.id) !== undefined)
    }
    for (let tries = 0; tries < 8 && this.resting.length > 0; tries++) {
      const index = Math.floor(chance.next() * this.resting.length)
      const order = this.resting[index]
      const last = this.resting.pop()
      if (last !== undefined && index < this.resting.length) this.resting[index] = last
      if (order !== undefined && book.cancel(order.id) !== undefined) return
    }
  }

  private takeSome(atUs: number): void {
    const { chance, market, style } = this
    const fair = this.belief.fairPrice()
    const mid = market.mid() ?? fair
    const lean = Math.max(
      -0.35,
      Math.min(0.35, ((fair - mid) / (fair * this.halfSpread * 4)) * 0.2 + this.belief.momentum() * 60),
    )
    const side: BookSide = chance.isLucky(0.5 + lean) ? 'bid' : 'ask'
    const isLarge = chance.isLucky(0.012)
    const quantity = style.tradeQuantity * chance.logNormal(1.1) * (isLarge ? chance.pareto(1.2, 8, 250) : 1)
    const { lotUnits } = market.instrument
    const best = market.book.bestPrice(opposite[side])
    if (best === undefined) return
    const reach = best * (this.halfSpread * 6 + style.spacing * 3) * (isLarge ? 4 : 1)
    const limit = side === 'bid' ? Math.floor(best + reach) : Math.ceil(best - reach)
    market.take(side, Math.max(1, Math.round(quantity / lotUnits)) * lotUnits, limit, atUs, chance.isLucky(0.4))
    // Most are hardly noticed, some set off a rush; the mean is one.
    const notice = isLarge ? 12 : chance.isLucky(0.05) ? 9 : 0.45
    this.heat = Math.min(mostHeat, this.heat + this.heatPerTake * notice)
  }

  private liquidate(side: BookSide, atUs: number): void {
    const { chance, style } = this
    const { lotUnits } = this.market.instrument
    if (this.market.book.bestPrice(opposite[side]) === undefined) return
    const quantity = Math.max(1, Math.round((style.tradeQuantity * chance.pareto(1.1, 3, 120)) / lotUnits)) * lotUnits
    this.force(side, quantity, side === 'bid' ? 1.004 : 0.996, atUs)
  }
}
