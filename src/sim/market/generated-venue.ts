import { ClockSkews } from '../clock-skews.ts'
import type { Encoder } from '../encode/encoder.ts'
import { futuresEncoder } from '../encode/futures.ts'
import { optionsEncoder } from '../encode/options.ts'
import { spotEncoder } from '../encode/spot.ts'
import type { FeedPace } from '../feeds/market-feed.ts'
import { openMarketFeed } from '../feeds/market-feed.ts'
import type { Topic } from '../hub.ts'
import type { SimInstrument } from '../instrument.ts'
import type { MarketView } from '../market-view.ts'
import type { MarketSource, MarkFigures, OptionFigures } from '../source.ts'
import type { StreamSpec } from '../stream-name.ts'
import { parseStreamName } from '../stream-name.ts'
import type { History } from '../tape/history.ts'
import { buildHistory } from '../tape/history.ts'
import { Tape } from '../tape/tape.ts'
import type { SimVenue } from '../venue-rules.ts'
import { venueRules } from '../venue-rules.ts'
import { floatText, unitsText } from '../wire/decimal-text.ts'
import type { Belief } from './agents.ts'
import { Agents } from './agents.ts'
import { optionValue, smile } from './black-scholes.ts'
import { BlockDesk } from './block-desk.ts'
import type { Listing } from './catalogue.ts'
import { listings } from './catalogue.ts'
import { Chance, mixSeed } from './chance.ts'
import { ContractNotices } from './contract-notices.ts'
import type { FundingRow } from './derivative.ts'
import { Derivative } from './derivative.ts'
import { openDerivedFeed } from './derived-feeds.ts'
import { InstrumentMarket } from './instrument-market.ts'
import type { Span } from './past-line.ts'
import type { PriceSource } from './underlying.ts'
import type { World } from './world.ts'

const yearMs = 31_557_600_000
/** What the agents come to on average, so that the past has the magnitudes of the present: trades per planned taker
 * (one draws in others, and is filled in parts), and the mean size of a trade against the usual one. */
const tradesPerTaker = 2.2
const meanTradeSize = 1.95
const encoders: Readonly<Record<'spot' | 'futures' | 'options', Encoder>> = {
  spot: spotEncoder,
  futures: futuresEncoder,
  options: optionsEncoder,
}
const paces: Readonly<Record<SimVenue, FeedPace>> = {
  'binance-spot': { klineMs: 2000, tickerMs: 1000 },
  'binance-usdm': { klineMs: 250, tickerMs: 2000 },
  'binance-coinm': { klineMs: 250, tickerMs: 500 },
  'binance-options': { klineMs: 1000, tickerMs: 1000 },
}

export interface Listed {
  readonly listing: Listing
  readonly market: InstrumentMarket
  readonly underlying: PriceSource
  readonly derivative: Derivative | undefined
  readonly agents: Agents
}

/** One venue of the generated market. */
export class GeneratedVenue implements MarketSource {
  readonly venue: SimVenue
  readonly world: World
  readonly encoder: Encoder
  readonly listed = new Map<string, Listed>()
  readonly notices: ContractNotices
  private readonly skews = new ClockSkews()
  private readonly pace: FeedPace

  constructor(venue: SimVenue, world: World, seed: number) {
    this.venue = venue
    this.world = world
    this.encoder = encoders[venueRules[venue].family]
    this.pace = paces[venue]
    const startMs = Math.floor(world.scheduler.nowUs / 1000)
    const shared = new Chance(seed, `ids ${venue}`)
    let sharedId = 11_270_000_000_000
    const skipping = { next: () => (sharedId += 1 + Math.floor(shared.exponential(40))) }
    for (const listing of world.paper?.listings(venue) ?? listings(venue, startMs))
      this.list(listing, seed, startMs, skipping)
    const contracts = this.instruments().filter(instrument => instrument.kind !== 'spot')
    this.notices = new ContractNotices(contracts, world.scheduler, seed, venue, world.startUs)
    world.scheduler.every(1_000_000, 0, atUs => {
      for (const { derivative } of this.listed.values()) derivative?.step(Math.floor(atUs / 1000))
    })
  }

  clockMs(): number {
    return this.nowMs() + this.skews.sum
  }

  skew(byMs: number): Disposable {
    return this.skews.add(byMs)
  }

  nowMs(): number {
    return Math.floor(this.world.scheduler.nowUs / 1000)
  }

  instruments(): readonly SimInstrument[] {
    return [...this.listed.values()].map(({ market }) => market.instrument)
  }

  view(symbol: string): MarketView | undefined {
    return this.listed.get(symbol)?.market
  }

  retailView(symbol: string): MarketView | undefined {
    return this.listed.get(symbol)?.market.retail
  }

  bookProblem(): undefined {
    return undefined
  }

  recordedExchangeInfo(): undefined {
    return undefined
  }

  open(topic: Topic): Disposable | undefined {
    const spec = parseStreamName(this.venue, topic.name)
    if (spec === undefined) return undefined
    return this.openSpec(spec, topic) ?? openDerivedFeed(spec, topic, this)
  }

  hurry(matches: (symbol: string) => boolean, factor: number): number | undefined {
    if (this.world.paper !== undefined) return undefined
    const chosen = [...this.listed].filter(([symbol]) => matches(symbol))
    for (const [, { agents }] of chosen) agents.hurry(factor)
    return chosen.length
  }

  mark(symbol: string): MarkFigures | undefined {
    const derivative = this.listed.get(symbol)?.derivative
    if (derivative === undefined) return undefined
    const isPerpetual = derivative.instrument.kind === 'perpetual'
    return {
      markPrice: floatText(derivative.markPrice, 8),
      averageMarkPrice: floatText(derivative.averageMarkPrice, 8),
      indexPrice: floatText(derivative.indexPrice, 8),
      settlePrice: floatText(derivative.indexPrice * (1 + derivative.basis * 0.5), 8),
      fundingRate: isPerpetual ? floatText(derivative.fundingRate, 8) : '',
      nextFundingMs: derivative.nextFundingMs(this.nowMs()),
    }
  }

  funding(symbol: string, fromMs: number, toMs: number, limit: number): readonly FundingRow[] {
    return this.listed.get(symbol)?.derivative?.funding(fromMs, Math.min(toMs, this.nowMs()), limit) ?? []
  }

  status(symbol: string): string {
    return this.notices.status(symbol)
  }

  premium(symbol: string, fromMs: number, untilMs: number): Span | undefined {
    return this.listed.get(symbol)?.derivative?.premiums.span(fromMs, untilMs, this.nowMs())
  }

  openInterestAt(symbol: string, timeMs: number): number | undefined {
    return this.listed.get(symbol)?.derivative?.openInterests.at(timeMs)
  }

  openInterest(symbol: string): string | undefined {
    const listed = this.listed.get(symbol)
    if (listed?.derivative === undefined) return undefined
    const { quantityDecimals, quantityWidth } = listed.market.instrument
    return unitsText(Math.round(listed.derivative.openInterest), quantityDecimals, quantityWidth)
  }

  options(): readonly OptionFigures[] {
    const rows: OptionFigures[] = []
    for (const { listing, market, underlying } of this.listed.values()) {
      const { option, deliveryMs, symbol } = market.instrument
      if (option === undefined) continue
      const years = Math.max(3_600_000, deliveryMs - this.nowMs()) / yearMs
      const volatility = smile(underlying.price, option.strike, years)
      const { price: markPrice, ...greeks } = optionValue(
        option.side,
        underlying.price,
        option.strike,
        years,
        volatility,
      )
      const traded = (market.tape.trades.last?.id ?? 0) % 977
      const openInterest = (listing.openInterest + traded * 10) / 10 ** market.instrument.quantityDecimals
      rows.push({
        symbol,
        expiryMs: deliveryMs,
        markPrice,
        indexPrice: underlying.price,
        markVolatility: volatility,
        ...greeks,
        openInterest,
      })
    }
    return rows
  }

  index(pair: string): number | undefined {
    for (const { market, underlying, listing } of this.listed.values()) {
      if (market.instrument.pair === pair) return underlying.price * listing.factor
    }
    return undefined
  }

  /** Streams of one instrument. Kline families are to be had for either product on either futures host. */
  openSpec(spec: StreamSpec, topic: Topic): Disposable | undefined {
    const symbol = 'symbol' in spec ? spec.symbol : ''
    const market =
      this.listed.get(symbol)?.market ?? (spec.kind === 'kline' ? this.sister()?.listed.get(symbol)?.market : undefined)
    const view = spec.kind === 'simple' && spec.what === 'rpiDepth' ? market?.retail : market
    if (view === undefined) return undefined
    return openMarketFeed(spec, { view, topic, encoder: this.encoder, scheduler: this.world.scheduler }, this.pace)
  }

  /** The other half of the merged futures universe. */
  sister(): GeneratedVenue | undefined {
    if (this.venue === 'binance-usdm') return this.world.venues.get('binance-coinm')
    return this.venue === 'binance-coinm' ? this.world.venues.get('binance-usdm') : undefined
  }

  private list(listing: Listing, seed: number, startMs: number, skipping: { next(): number }): void {
    const { instrument } = listing
    const underlying = this.world.underlying(listing.underlying)
    if (underlying === undefined) return
    const name = `${this.venue} ${instrument.symbol}`
    let dense = listing.firstUpdateId
    const updates =
      instrument.kind === 'perpetual' || instrument.kind === 'delivery' ? skipping : { next: () => ++dense }
    const belief = new FairPrice(listing, underlying, () => this.nowMs())
    const startPrice = Math.max(1, Math.round(belief.fairPrice() / instrument.tickUnits)) * instrument.tickUnits
    const tradesPerSecond = listing.style.pace * listing.style.takeShare * tradesPerTaker
    // What a live market did before is not made up.
    const isPaper = this.world.paper !== undefined
    const makeHistory = (): History =>
      buildHistory({
        instrument,
        seed: mixSeed(seed, `history ${listing.underlying}`),
        startMs,
        startPrice,
        firstTradeId: listing.firstTradeId,
        volatility: instrument.kind === 'option' ? 3 : 0.55,
        tradesPerSecond,
        tradeQuantity: listing.style.tradeQuantity * meanTradeSize,
      })
    const tape = new Tape(instrument, isPaper ? undefined : makeHistory)
    const market = new InstrumentMarket(instrument, tape, {
      updates,
      firstUpdateId: updates === skipping ? skipping.next() : listing.firstUpdateId,
      firstTradeId: listing.firstTradeId,
      firstAggTradeId: Math.floor(listing.firstTradeId * 0.6) + 1,
      hasRetailOrders: !isPaper && this.venue === 'binance-usdm' && instrument.kind === 'perpetual',
    })
    const isContract = instrument.kind === 'perpetual' || instrument.kind === 'delivery'
    const derivative = isContract ? new Derivative(market, underlying, { ...listing, seed, startMs }) : undefined
    if (isPaper) derivative?.follow(0, undefined)
    belief.derivative = derivative
    const agents = new Agents(market, listing.style, belief, seed, name)
    if (!isPaper) agents.start(this.world.scheduler)
    if (!isPaper && instrument.kind === 'spot') {
      new BlockDesk(market, listing.style.tradeQuantity, seed, name).start(this.world.scheduler)
    }
    if (isContract) {
      this.world.scheduler.every(100_000, 0, atUs => market.flushAggregate(atUs))
    }
    this.listed.set(instrument.symbol, { listing, market, underlying, derivative, agents })
  }
}

/** What the crowd of one instrument takes for the right price. */
class FairPrice implements Belief {
  derivative: Derivative | undefined
  private readonly listing: Listing
  private readonly underlying: PriceSource
  private readonly nowMs: () => number

  constructor(listing: Listing, underlying: PriceSource, nowMs: () => number) {
    this.listing = listing
    this.underlying = underlying
    this.nowMs = nowMs
  }

  fairPrice(): number {
    const { instrument, factor } = this.listing
    const scale = 10 ** instrument.priceDecimals
    const { price } = this.underlying
    if (instrument.option === undefined) return price * factor * (1 + (this.derivative?.basis ?? 0)) * scale
    const years = Math.max(3_600_000, instrument.deliveryMs - this.nowMs()) / yearMs
    const { strike, side } = instrument.option
    return Math.max(
      instrument.tickUnits * 2,
      optionValue(side, price, strike, years, smile(price, strike, years)).price * scale,
    )
  }

  activity(): number {
    return this.underlying.activity
  }

  momentum(): number {
    return this.underlying.momentum
  }
}
