import { episodeEvent } from '../book/episode-event.ts'
import { signed, spell } from '../book/wording.ts'
import type { SignalEvent, SignalValue } from '../signal.ts'
import { fundingWords, payerOf } from './funding.ts'
import type { TensionRule, TensionState } from './tension-rule.ts'

export interface TensionFacts {
  readonly state: TensionState
  readonly score: number
  readonly fundingRate: number
  readonly intervalHours: number
  readonly f8: number
  readonly buyShare: number
  readonly quote: number
  /** Change of the mark price over the window, basis points. */
  readonly priceChangeBps: number | undefined
  /** Mark price against the index, basis points. */
  readonly markPremiumBps: number | undefined
  readonly nextSettlementMs: number | undefined
  /** Of a position of 1, since the onset; above 0: paid by the side under pressure. */
  readonly fundingPaid: number
  readonly settlements: number
  readonly startUs: number
}

/** What is said of an episode of funding against flow. */
export function tensionEvent(
  said: SignalValue,
  phase: SignalEvent['phase'],
  facts: TensionFacts,
  rule: TensionRule & { readonly minQuote: number; readonly windowMs: number },
  notes: readonly string[],
): SignalEvent {
  const isShorts = facts.state === 'negFundingBuyDominant'
  const direction = isShorts ? 1 : -1
  const share = isShorts ? facts.buyShare : 1 - facts.buyShare
  const durationMs = (said.timeUs - facts.startUs) / 1000
  const flow = `${(share * 100).toFixed(0)} % of taker volume is ${isShorts ? 'buying' : 'selling'}; ${spell(rule.windowMs)}`
  const funding = fundingWords(facts.fundingRate, facts.intervalHours)
  return episodeEvent(
    {
      said,
      startUs: facts.startUs,
      name: facts.state,
      phase,
      timeUs: said.timeUs,
      receiveTimeUs: said.receiveTimeUs,
      direction,
      strength: Math.abs(facts.score),
      headline: phase === 'end' ? `over after ${spell(durationMs)}: ${funding}; ${flow}` : `${funding}; ${flow}`,
      reasons: reasonsOf(facts, rule, isShorts),
      against: contraryFacts(facts, direction),
      notes: [
        'Funding above 0: longs pay shorts. Below 0: shorts pay longs.',
        'The rate is the venue’s estimate until its settlement.',
        ...notes,
      ],
      values: {
        state: facts.state,
        score: facts.score,
        fundingRate: facts.fundingRate,
        intervalHours: facts.intervalHours,
        f8: facts.f8,
        payer: payerOf(facts.fundingRate),
        buyShare: facts.buyShare,
        quote: facts.quote,
        durationMs,
        fundingPaid: facts.fundingPaid,
        settlements: facts.settlements,
        nextSettlementMs: facts.nextSettlementMs,
      },
      fromUs: said.timeUs - rule.windowMs * 1000,
      streams: ['markPrice', String(said.params['trades'])],
    },
    [said.instrument],
  )
}

function reasonsOf(
  facts: TensionFacts,
  rule: TensionRule & { readonly minQuote: number },
  isShorts: boolean,
): SignalEvent['reasons'] {
  const funding = isShorts ? -rule.minFunding8h : rule.minFunding8h
  const share = isShorts ? rule.minBuyShare : 1 - rule.minBuyShare
  return [
    {
      term: isShorts ? 'funding per 8 h at most (shorts pay longs)' : 'funding per 8 h at least (longs pay shorts)',
      value: facts.f8,
      unit: 'fraction',
      threshold: funding,
      pass: isShorts ? facts.f8 <= funding : facts.f8 >= funding,
    },
    {
      term: isShorts ? 'share of buying at least' : 'share of buying at most',
      value: facts.buyShare,
      unit: 'ratio',
      threshold: share,
      pass: isShorts ? facts.buyShare >= share : facts.buyShare <= share,
    },
    {
      term: 'volume in the window at least',
      value: facts.quote,
      unit: 'quote',
      threshold: rule.minQuote,
      pass: facts.quote >= rule.minQuote,
    },
  ]
}

function contraryFacts(facts: TensionFacts, direction: 1 | -1): readonly string[] {
  const against: string[] = []
  const { priceChangeBps, markPremiumBps } = facts
  if (priceChangeBps !== undefined && priceChangeBps * direction < 0) {
    against.push(`the mark price moved ${signed(priceChangeBps)} bps in the same time, against the flow`)
  }
  if (markPremiumBps !== undefined && markPremiumBps * direction < 0) {
    against.push(`the mark price is ${signed(markPremiumBps)} bps from the index, as the sign of funding would have it`)
  }
  return against
}
