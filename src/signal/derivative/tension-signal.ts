import type { MarkPriceEvent } from '../../model/event.ts'
import type { EpochUs } from '../../model/time.ts'
import { numberFigure, textFigure } from '../figure.ts'
import { TRADE_PARAMS, TradeSource } from '../flow/trade-source.ts'
import { Measure, timeOf } from '../measure.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { SignalInstrument, SignalKind } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { TimeWindow } from '../time-window.ts'
import { annualPercent, payerOf, per8Hours } from './funding.ts'
import { FundingInterval } from './funding-interval.ts'
import { premiumBps } from './premium.ts'
import { type TensionFacts, tensionEvent } from './tension-event.ts'
import { TensionFlow } from './tension-flow.ts'
import { heldState, type TensionRule, type TensionState, tensionScore } from './tension-rule.ts'

const ID = 'deriv.tension'

/**
 * Funding against flow. Funding above 0: longs pay shorts; below 0: shorts pay longs. `negFundingBuyDominant`: shorts are paying
 * while takers buy; `posFundingSellDominant`: longs are paying while takers sell.
 */
export const derivTension: SignalKind = {
  id: ID,
  meaning:
    'Pressure on the side that pays funding (above 0 longs pay shorts, below 0 shorts pay longs) while takers trade against it.',
  unit: 'score',
  needs: ['markPrice', 'trade'],
  figures: [
    textFigure('state', 'negFundingBuyDominant, posFundingSellDominant or none.'),
    numberFigure('score', 'The score.'),
    numberFigure('fundingRate', 'Funding rate of the contract’s own interval.', 'fraction'),
    textFigure('rateKind', 'Always estimated: a rate is settled only afterwards.'),
    numberFigure('settlementRate', 'Rate announced last before the newest settlement.', 'fraction'),
    numberFigure('intervalHours', 'Funding interval.', 'h'),
    numberFigure('f8', 'Funding rate per 8 hours.', 'fraction'),
    numberFigure('annualPercent', 'Funding rate scaled to a year.', 'percent'),
    textFigure('payer', 'Who pays: longs, shorts or nobody.'),
    numberFigure('buyShare', 'Share of buying in taker volume.', 'ratio'),
    numberFigure('quote', 'Taker volume in the window.', 'quote'),
    numberFigure('nextSettlementMs', 'Time to the next settlement.', 'ms'),
    numberFigure('onsetUs', 'Exchange time at which the episode began; absent outside of one.', 'us'),
    numberFigure('fundingPaid', 'By the side under pressure since then, of a position of 1.', 'fraction'),
  ],
  params: {
    windowMs: { kind: 'number', default: 300_000, least: 1000, unit: 'ms', meaning: 'window of the taker volume' },
    intervalHours: {
      kind: 'number',
      least: 1,
      most: 24,
      unit: 'h',
      meaning: 'funding interval of the contract where known; otherwise taken from two settlements, warming until then',
    },
    minFunding8h: {
      kind: 'number',
      default: 0.0001,
      least: 0,
      unit: 'fraction',
      meaning: 'least size of funding per 8 hours',
    },
    minBuyShare: {
      kind: 'number',
      default: 0.55,
      least: 0.52,
      most: 1,
      unit: 'ratio',
      meaning: 'least share of the dominant side in taker volume',
    },
    fundingSaturation8h: {
      kind: 'number',
      default: 0.0005,
      least: 1e-9,
      unit: 'fraction',
      meaning: 'funding per 8 hours at which its part of the score is full',
    },
    deltaSaturation: {
      kind: 'number',
      default: 0.3,
      least: 1e-9,
      most: 1,
      unit: 'ratio',
      meaning: '|2·buyShare - 1| at which its part of the score is full',
    },
    minQuote: { kind: 'number', default: 1_000_000, least: 0, unit: 'quote', meaning: 'least volume in the window' },
    ...TRADE_PARAMS,
    staleAfterMs: {
      kind: 'number',
      default: 60_000,
      least: 1,
      unit: 'ms',
      meaning: 'silence of the trades after which the value is stale; of the mark price it is 10 s',
    },
  },
  create: (instrument, params) => new Tension(instrument, params),
}

const MARK_STALE_MS = 10_000

interface Episode {
  readonly state: Exclude<TensionState, 'none'>
  readonly startUs: EpochUs
  paid: number
  settlements: number
  facts: TensionFacts
}

class Tension implements Signal {
  readonly id = ID
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  private readonly measure: Measure
  private readonly flow: TensionFlow
  private readonly interval: FundingInterval
  private readonly rule: TensionRule & { readonly minQuote: number; readonly windowMs: number }
  /** Column: mark price. */
  private readonly marks: TimeWindow
  private marksSinceUs: number | undefined
  private mark: MarkPriceEvent | undefined
  /** Rate that was announced last before the newest settlement; until REST tells the settled one it is the best there is. */
  private settlementRate: number | undefined
  private hasSettled = false
  private episode: Episode | undefined

  constructor(instrument: SignalInstrument, params: CheckedParams) {
    const trades: SignalNeed = params.text('trades') === 'rawTrade' ? 'rawTrade' : 'trade'
    const windowMs = params.number('windowMs')
    this.params = params.all
    this.needs = ['markPrice', trades]
    this.instruments = [instrument.id]
    this.measure = new Measure({
      id: ID,
      instruments: this.instruments,
      params: this.params,
      needs: this.needs,
      unit: 'score',
      gapPolicy: 'reset',
      staleAfterMs: new Map<SignalNeed, number>([
        ['markPrice', MARK_STALE_MS],
        [trades, params.number('staleAfterMs')],
      ]),
      latenessMs: params.number('latenessMs'),
    })
    this.rule = {
      minFunding8h: params.number('minFunding8h'),
      minBuyShare: params.number('minBuyShare'),
      fundingSaturation8h: params.number('fundingSaturation8h'),
      deltaSaturation: params.number('deltaSaturation'),
      minQuote: params.number('minQuote'),
      windowMs,
    }
    this.flow = new TensionFlow(windowMs, new TradeSource(instrument, params))
    this.marks = new TimeWindow(windowMs, 1)
    this.interval = new FundingInterval(params.optionalNumber('intervalHours'))
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    const reception = this.measure.receive(input, outlet)
    if (reception === 'gap') this.forget(input, outlet)
    else if (reception === 'second') this.judge(input.receiveTimeUs, outlet)
    else if (reception === 'data' && input.kind === 'trade') this.flow.add(input)
    else if (reception === 'data' && input.kind === 'markPrice') this.takeMark(input)
  }

  private takeMark(mark: MarkPriceEvent): void {
    const timeUs = timeOf(mark)
    this.interval.accept(mark, timeUs)
    if (this.interval.settledUs !== undefined) {
      this.hasSettled = true
      this.settlementRate = this.mark?.fundingRate
      if (this.episode !== undefined) this.pay(this.episode, this.settlementRate)
    }
    this.marks.push(timeUs, mark.markPrice)
    this.marksSinceUs ??= timeUs
    this.mark = mark
  }

  private pay(episode: Episode, rate: number | undefined): void {
    if (rate === undefined) return
    // Shorts pay a negative rate: what the side under pressure pays counts above 0.
    episode.paid += episode.state === 'negFundingBuyDominant' ? -rate : rate
    episode.settlements++
  }

  private judge(receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    const { mark, measure, flow } = this
    if (mark === undefined) return
    const timeUs = measure.newestUs
    const isWhole = flow.isWholeAt(timeUs)
    const facts = this.facts(mark, timeUs)
    const isWarming = !isWhole || facts === undefined || flow.quote < this.rule.minQuote
    const common = { timeUs, receiveTimeUs, n: flow.count, isWarming }
    if (isWarming) measure.emit(common, outlet)
    else measure.emit({ ...common, value: facts.score, values: this.values(facts) }, outlet)
    const said = measure.lastValue
    const state = isWarming || said?.state !== 'ok' ? 'none' : facts.state
    this.follow(state, facts, said?.state === 'ok' ? [] : ['Ended because the inputs no longer suffice.'], outlet)
    this.hasSettled = false
  }

  /** Everything measured now; undefined while the interval, the rate or the flow is not known. */
  private facts(mark: MarkPriceEvent, timeUs: EpochUs): TensionFacts | undefined {
    const { rule, flow, episode } = this
    const { hours } = this.interval
    const { fundingRate, fundingTimeUs } = mark
    const { buyShare } = flow
    if (hours === undefined || fundingRate === undefined || buyShare === undefined) return undefined
    const f8 = per8Hours(fundingRate, hours)
    // A settlement asks anew whether funding qualifies: what was is paid.
    const isVoid = this.hasSettled && Math.abs(f8) < rule.minFunding8h
    const state = heldState(isVoid ? 'none' : (episode?.state ?? 'none'), f8, buyShare, rule)
    return {
      state,
      score: tensionScore(state, f8, buyShare, rule),
      fundingRate,
      intervalHours: hours,
      f8,
      buyShare,
      quote: flow.quote,
      priceChangeBps: this.priceChangeBps(mark, timeUs),
      markPremiumBps: mark.indexPrice === undefined ? undefined : premiumBps(mark.markPrice, mark.indexPrice),
      nextSettlementMs: fundingTimeUs === undefined ? undefined : Math.max(0, fundingTimeUs - timeUs) / 1000,
      fundingPaid: episode?.paid ?? 0,
      settlements: episode?.settlements ?? 0,
      startUs: episode?.startUs ?? timeUs,
    }
  }

  /** Over the whole window; undefined while it is not covered. */
  private priceChangeBps(mark: MarkPriceEvent, timeUs: EpochUs): number | undefined {
    const startUs = timeUs - this.marks.sizeUs
    if (this.marksSinceUs === undefined || this.marksSinceUs > startUs || this.marks.count === 0) return undefined
    return premiumBps(mark.markPrice, this.marks.at(0, 0))
  }

  private values(facts: TensionFacts) {
    return {
      state: facts.state,
      score: facts.score,
      fundingRate: facts.fundingRate,
      rateKind: 'estimated',
      settlementRate: this.settlementRate,
      intervalHours: facts.intervalHours,
      f8: facts.f8,
      annualPercent: annualPercent(facts.fundingRate, facts.intervalHours),
      payer: payerOf(facts.fundingRate),
      buyShare: facts.buyShare,
      quote: facts.quote,
      nextSettlementMs: facts.nextSettlementMs,
      onsetUs: this.episode?.startUs,
      fundingPaid: this.episode?.paid,
    }
  }

  private follow(
    state: TensionState,
    facts: TensionFacts | undefined,
    notes: readonly string[],
    outlet: SignalOutlet,
  ): void {
    const { episode } = this
    if (episode !== undefined) {
      if (facts !== undefined) episode.facts = { ...facts, state: episode.state }
      if (state !== episode.state)
        this.end(episode, this.hasSettled ? [...notes, 'A settlement has passed.'] : notes, outlet)
      else if (this.hasSettled) this.tell('update', episode, ['A settlement has passed.'], outlet)
    }
    if (state === 'none' || state === this.episode?.state || facts === undefined) return
    const startUs = this.measure.newestUs
    const begun = {
      state,
      startUs,
      paid: 0,
      settlements: 0,
      facts: { ...facts, state, startUs, fundingPaid: 0, settlements: 0 },
    }
    this.episode = begun
    this.tell('start', begun, [], outlet)
  }

  private end(episode: Episode, notes: readonly string[], outlet: SignalOutlet): void {
    this.episode = undefined
    this.tell('end', episode, notes, outlet)
  }

  private tell(
    phase: 'start' | 'update' | 'end',
    episode: Episode,
    notes: readonly string[],
    outlet: SignalOutlet,
  ): void {
    const said = this.measure.lastValue
    if (said === undefined) return
    const { paid, settlements, facts } = episode
    outlet.emit(tensionEvent(said, phase, { ...facts, fundingPaid: paid, settlements }, this.rule, notes))
  }

  private forget(input: SignalInput, outlet: SignalOutlet): void {
    const { episode } = this
    if (episode !== undefined) this.end(episode, ['Ended by a gap in the input.'], outlet)
    if (input.kind !== 'gap') return
    if (input.channel === 'markPrice') {
      this.mark = undefined
      this.marks.clear()
      this.marksSinceUs = undefined
    } else this.flow.clear()
  }
}
