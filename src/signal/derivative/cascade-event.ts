import type { LiquidationEvent } from '../../model/event.ts'
import type { EpochUs } from '../../model/time.ts'
import { episodeEvent } from '../book/episode-event.ts'
import { grouped, signed, spell } from '../book/wording.ts'
import type { SignalEvent, SignalValue } from '../signal.ts'
import type { CascadeEpisode, CascadeRule, CascadeStep } from './cascade.ts'
import { premiumBps } from './premium.ts'

export type Position = 'long' | 'short'

export interface CascadeFacts {
  readonly position: Position
  readonly episode: CascadeEpisode
  /** The newest step of the episode. */
  readonly step: CascadeStep
  /** The worst among its inputs. */
  readonly coverage: LiquidationEvent['coverage']
  /** Quote of the other side's positions in the window. */
  readonly otherQuote: number
  readonly timeUs: number
  readonly receiveTimeUs: EpochUs
}

/** What is said of a cascade of liquidations. */
export function cascadeEvent(
  said: SignalValue,
  phase: SignalEvent['phase'],
  facts: CascadeFacts,
  rule: CascadeRule,
  notes: readonly string[],
): SignalEvent {
  const { position, episode, step, coverage, otherQuote } = facts
  const durationMs = (episode.lastUs - episode.firstUs) / 1000
  const priceMoveBps = premiumBps(episode.lastPrice, episode.firstPrice)
  const isLeast = coverage !== 'full'
  const atLeast = isLeast ? 'at least ' : ''
  const move = priceMoveBps === undefined ? '' : `; price moved ${signed(priceMoveBps)} bps`
  const orders = `${atLeast}${episode.count} forced ${position === 'long' ? 'sell' : 'buy'} orders`
  const rate =
    phase === 'end' ? `${spell(rule.endQuietMs)} without another` : `${step.ratio.toFixed(0)} times the base rate`
  const other = position === 'long' ? 'short' : 'long'
  return episodeEvent(
    {
      said,
      startUs: episode.startUs,
      name: position,
      phase,
      timeUs: facts.timeUs,
      receiveTimeUs: facts.receiveTimeUs,
      direction: position === 'long' ? -1 : 1,
      strength: step.ratio / (10 * rule.onRatio),
      headline: `${position} positions of ${atLeast}${grouped(episode.totalQuote)} quote liquidated in ${spell(durationMs)} (${orders}); ${rate}${move}`,
      reasons: reasonsOf(phase, facts, rule),
      against:
        otherQuote > 0 ? [`${other} positions of ${grouped(otherQuote)} quote were liquidated in the same time`] : [],
      notes: isLeast ? [`Coverage of the venue’s stream: ${coverage}. Totals are lower bounds.`, ...notes] : notes,
      values: {
        position,
        totalQuote: episode.totalQuote,
        count: episode.count,
        durationMs,
        priceMoveBps,
        atLeast: isLeast,
        coverage,
        windowQuote: step.windowQuote,
        windowCount: step.windowCount,
        ratio: step.ratio,
      },
      fromUs: episode.firstUs,
      streams: ['liquidation'],
    },
    [said.instrument],
  )
}

function reasonsOf(phase: SignalEvent['phase'], facts: CascadeFacts, rule: CascadeRule): SignalEvent['reasons'] {
  const { episode, step, timeUs } = facts
  if (phase === 'end') {
    const quietMs = (timeUs - episode.lastUs) / 1000
    const pass = quietMs >= rule.endQuietMs
    return [{ term: 'silence of this side', value: quietMs, unit: 'ms', threshold: rule.endQuietMs, pass }]
  }
  return [
    reason('rate against its base', step.ratio, 'ratio', rule.onRatio),
    reason('quote in the window', step.windowQuote, 'quote', rule.minQuote),
    reason('liquidations in the window', step.windowCount, 'count', rule.minCount),
  ]
}

function reason(term: string, value: number, unit: string, threshold: number) {
  return { term, value, unit, threshold, pass: value >= threshold }
}
