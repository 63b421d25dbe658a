import { Chance } from './chance.ts'
import type { InstrumentMarket } from './instrument-market.ts'
import type { BookSide, RestingOrder } from './matching.ts'
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

const opposite = { bid: 'ask', ask: 'bid' } as const

/**
 * The crowd of one instrument: market makers quoting around the fair price and pulling what it has run over, patient
 * orders further out, takers that come in bursts, and now and then a liquidation that hits the book.
 */
export class Agents {
  private readonly market: InstrumentMarket
  private readonly style: AgentStyle
  private readonly belief: Belief
  private readonly chance: Chance
  private readonly resting: RestingOrder[] = []
  /** Extra eagerness of takers after a trade; decays within a second or two. */
  private heat = 0
  private lastUs = 0

  constructor(market: InstrumentMarket, style: AgentStyle, belief: Belief, seed: number, name: string) {
    this.market = market
    this.style = style
    this.belief = belief
    this.chance = new Chance(seed, `agents ${name}`)
  }

  start(scheduler: Scheduler): void {
    this.lastUs = scheduler.nowUs
    this.fill(scheduler.nowUs)
    const wake = (atUs: number): void => {
      this.wake(atUs)
      const pace = this.style.pace * this.belief.activity() * (1 + this.heat * 0.5)
      scheduler.at(atUs + Math.max(200, Math.round(this.chance.exponential(1e6 / pace))), wake)
    }
    scheduler.at(scheduler.nowUs + Math.round(this.chance.exponential(1e6 / this.style.pace)), wake)
  }

  private fill(atUs: number): void {
    for (const side of ['bid', 'ask'] as const) {
      for (let count = 0; count < this.style.ordersPerSide; count++) this.placePatient(side)
      this.quote(side)
    }
    this.market.commit(atUs)
  }

  private wake(atUs: number): void {
    const { chance, market } = this
    const elapsed = (atUs - this.lastUs) / 1e6
    this.lastUs = atUs
    this.heat *= Math.exp(-elapsed / 1.2)
    this.followFair(atUs)
    const share = this.style.takeShare * (1 + this.heat)
    const draw = chance.next()
    if (draw < share) this.takeSome(atUs)
    else if (draw < share + (1 - share) * 0.3) this.refreshTouch()
    else this.restOrCancel()
    market.commit(atUs)
    const { liquidationRate } = this.style
    if (
      liquidationRate > 0 &&
      chance.isLucky(liquidationRate * elapsed * (1 + Math.abs(this.belief.momentum()) * 2000))
    ) {
      this.liquidate(atUs)
    }
  }

  /** Makers take away what the fair price has run over, and close the gap that leaves. */
  private followFair(atUs: number): void {
    const fair = this.belief.fairPrice()
    for (const side of ['bid', 'ask'] as const) {
      for (let pulled = 0; pulled < 3; pulled++) {
        const order = this.market.book.first(side)
        const isBehind =
          order !== undefined && order.owner === 0 && (side === 'bid' ? order.price > fair : order.price < fair)
        if (!isBehind) break
        this.market.book.cancel(order.id)
        this.market.commit(atUs)
      }
    }
    const gap = fair * (this.style.halfSpread * 2 + this.style.spacing * 0.5)
    for (const side of ['bid', 'ask'] as const) {
      const best = this.market.book.bestPrice(side)
      if (best !== undefined && Math.abs(best - fair) <= gap) continue
      this.quote(side)
      this.market.commit(atUs)
    }
  }

  /** A maker's quote at the fair price less half a spread, never crossing. */
  private quote(side: BookSide): void {
    const { tickUnits } = this.market.instrument
    const fair = this.belief.fairPrice()
    const half = fair * this.style.halfSpread * (0.5 + this.chance.next())
    const price =
      side === 'bid'
        ? Math.floor((fair - half) / tickUnits) * tickUnits
        : Math.ceil((fair + half) / tickUnits) * tickUnits
    this.rest(side, price, this.style.quoteQuantity * this.chance.logNormal(0.8))
  }

  private placePatient(side: BookSide): void {
    const { tickUnits } = this.market.instrument
    const fair = this.belief.fairPrice()
    // Most orders stand near the touch, a few far away.
    const far = this.chance.isLucky(0.25) ? this.chance.logNormal(1.4) * 40 : this.chance.exponential(6)
    const distance = fair * (this.style.halfSpread + this.style.spacing * far)
    const raw = side === 'bid' ? fair - distance : fair + distance
    const price = side === 'bid' ? Math.floor(raw / tickUnits) * tickUnits : Math.ceil(raw / tickUnits) * tickUnits
    this.rest(side, price, this.style.quoteQuantity * this.chance.logNormal(1) * (1 + Math.log1p(far) * 0.5))
  }

  private rest(side: BookSide, price: number, quantity: number): void {
    const { lotUnits, tickUnits } = this.market.instrument
    if (price < tickUnits || this.market.book.wouldTrade(side, price)) return
    const units = Math.max(1, Math.round(quantity / lotUnits)) * lotUnits
    this.resting.push(this.market.book.rest(side, price, units))
  }

  private refreshTouch(): void {
    const side = this.chance.isLucky(0.5) ? 'bid' : 'ask'
    const first = this.market.book.first(side)
    if (first !== undefined && first.owner === 0 && this.chance.isLucky(0.45)) this.market.book.cancel(first.id)
    else this.quote(side)
  }

  private restOrCancel(): void {
    const { chance, resting } = this
    const target = this.style.ordersPerSide * 2
    if (chance.isLucky(resting.length < target ? 0.6 : 0.35)) {
      this.placePatient(chance.isLucky(0.5) ? 'bid' : 'ask')
      return
    }
    // Orders that were taken meanwhile leave the list here.
    for (let tries = 0; tries < 8 && resting.length > 0; tries++) {
      const index = Math.floor(chance.next() * resting.length)
      const order = resting[index]
      const last = resting.pop()
      if (last !== undefined && index < resting.length) resting[index] = last
      if (order !== undefined && order.remaining > 0 && this.market.book.cancel(order.id) !== undefined) return
    }
  }

  private takeSome(atUs: number): void {
    const { chance, market, style } = this
    const fair = this.belief.fairPrice()
    const mid = market.mid() ?? fair
    const lean = Math.max(
      -0.35,
      Math.min(0.35, ((fair - mid) / (fair * style.halfSpread * 4)) * 0.2 + this.belief.momentum() * 60),
    )
    const side: BookSide = chance.isLucky(0.5 + lean) ? 'bid' : 'ask'
    const quantity = style.tradeQuantity * chance.logNormal(1.1)
    const { lotUnits } = market.instrument
    const best = market.book.bestPrice(opposite[side])
    if (best === undefined) return
    const reach = best * (style.halfSpread * 6 + style.spacing * 3)
    const limit = side === 'bid' ? Math.floor(best + reach) : Math.ceil(best - reach)
    market.take(side, Math.max(1, Math.round(quantity / lotUnits)) * lotUnits, limit, atUs)
    this.heat = Math.min(3, this.heat + (chance.isLucky(0.04) ? 2 : 0.12))
  }

  private liquidate(atUs: number): void {
    const { market, chance, style } = this
    const { lotUnits } = market.instrument
    // Longs are closed after a fall, shorts after a rise; without either, anybody.
    const momentum = this.belief.momentum()
    const side: BookSide = chance.isLucky(momentum < 0 ? 0.2 : 0.8) ? 'bid' : 'ask'
    const best = market.book.bestPrice(opposite[side])
    if (best === undefined) return
    const quantity = Math.max(1, Math.round((style.tradeQuantity * (4 + 12 * chance.next())) / lotUnits)) * lotUnits
    const { tickUnits } = market.instrument
    const bankruptcy = best * (side === 'bid' ? 1.004 : 0.996)
    const price = Math.round(bankruptcy / tickUnits) * tickUnits
    const fills = market.take(side, quantity, price, atUs)
    market.commit(atUs)
    const filledQuantity = fills.reduce((sum, fill) => sum + fill.quantity, 0)
    if (filledQuantity === 0) return
    const value = fills.reduce((sum, fill) => sum + fill.price * (fill.quantity / filledQuantity), 0)
    const lastQuantity = fills[fills.length - 1]?.quantity ?? 0
    const liquidation = { side, quantity, price, averagePrice: value, lastQuantity, filledQuantity, timeUs: atUs }
    for (const listener of market.listeners) listener.liquidated?.(liquidation)
    this.heat = Math.min(3, this.heat + 1)
  }
}
