import type { InstrumentId } from '../../model/instrument.ts'
import { type EpochUs, epochUs } from '../../model/time.ts'
import { signed, spell } from '../book/wording.ts'
import type { SignalEvent, SignalParams, SignalQuality } from '../signal.ts'
import type { ArbitrageFill, ArbitrageTerms, BestArbitrage } from './arbitrage.ts'
import type { OpportunityChange } from './persistence.ts'

/** A cost that applies to the user and stands in no book, such as a withdrawal or borrowing. */
export interface FurtherCost {
  readonly name: string
  readonly bps: number
}

export interface ArbitrageFacts {
  readonly buy: InstrumentId
  readonly sell: InstrumentId
  readonly change: OpportunityChange
  /** Undefined at an end that came because a book could not be read any more. */
  readonly fill: ArbitrageFill | undefined
  readonly best: BestArbitrage | undefined
  readonly terms: ArbitrageTerms & {
    /** Day for which the fees were looked up, such as `2026-11-21`. */
    readonly feesAsOf: string
  }
  readonly minNetBps: number
  readonly persistMs: number
  /** @default none: they are named and not counted */
  readonly costs?: readonly FurtherCost[]
  readonly params: SignalParams
  readonly receiveTimeUs: EpochUs
  readonly quality: SignalQuality & { readonly state: SignalEvent['quality']['state'] }
}

const NOT_COUNTED = 'Not counted: withdrawal, borrowing, funding until unwound, time of transfer.'

/** What is said of a price difference between two venues that has lasted. */
export function arbitrageEvent(facts: ArbitrageFacts): SignalEvent {
  const { buy, sell, change, fill, best, terms, costs = [], minNetBps, persistMs } = facts
  const { opportunity, phase } = change
  const { sinceUs, lastUs, lifetimeMs, bestNetBps, maxQuantity } = opportunity
  const furtherBps = costs.reduce((sum, cost) => sum + cost.bps, 0)
  const netBps = fill === undefined ? undefined : fill.netBps - furtherBps
  const feeBps = (terms.feeBuy + terms.feeSell) * 10_000
  return {
    kind: 'signalEvent',
    id: `xvenue.arb:${buy}+${sell}:${sinceUs}`,
    type: 'xvenue.arb',
    instruments: [buy, sell],
    params: facts.params,
    timeUs: lastUs,
    receiveTimeUs: facts.receiveTimeUs,
    phase,
    direction: 0,
    strength: Math.min(1, Math.max(0, (bestNetBps - furtherBps) / 20)),
    headline: headlineOf(facts, netBps),
    reasons: [
      {
        term: 'net of fees above',
        value: netBps,
        unit: 'bps',
        threshold: minNetBps,
        pass: (netBps ?? minNetBps) > minNetBps,
      },
      { term: 'lasting at least', value: lifetimeMs, unit: 'ms', threshold: persistMs, pass: lifetimeMs >= persistMs },
    ],
    against:
      best?.isLimitedByDepth === true ? ['a visible book ended before the difference did: its depth is not known'] : [],
    notes: [
      `Fees of ${feeBps.toFixed(1)} bps together, as of ${terms.feesAsOf}.`,
      ...(costs.length === 0 ? [NOT_COUNTED] : costs.map(cost => `${cost.name}: ${cost.bps.toFixed(1)} bps, counted.`)),
      'Prices of both books, never a last trade.',
    ],
    values: {
      netBps,
      grossBps: fill?.grossBps,
      feeBps,
      furtherCostsBps: furtherBps,
      buyVwap: fill?.buyVwap,
      sellVwap: fill?.sellVwap,
      bestNetBps: bestNetBps - furtherBps,
      lifetimeMs,
      maxQuantity,
      profitQuote: best?.profitQuote,
    },
    quality: facts.quality,
    evidence: { fromUs: sinceUs, toUs: epochUs(lastUs), streams: ['book'] },
    reliability: null,
  }
}

function headlineOf(facts: ArbitrageFacts, netBps: number | undefined): string {
  const { buy, sell, change } = facts
  const { lifetimeMs, bestNetBps, maxQuantity } = change.opportunity
  const size = `at most ${Number(maxQuantity.toPrecision(6))} base`
  if (change.phase === 'end') {
    return `over after ${spell(lifetimeMs)}: buying ${buy} and selling ${sell} was worth up to ${signed(bestNetBps)} bps net of fees, ${size}`
  }
  const net = netBps === undefined ? 'an unknown amount' : `${signed(netBps)} bps`
  return `buying ${buy} and selling ${sell} is worth ${net} net of fees, ${size}, for ${spell(lifetimeMs)}`
}
