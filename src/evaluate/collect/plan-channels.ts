import { ConfigError } from '../../model/error.ts'
import type { InstrumentId } from '../../model/instrument.ts'
import type { NeededStream } from '../../signal/engine.ts'
import type { SignalInstrument } from '../../signal/signal-kind.ts'

/** Channels that a recording holds. */
export type HeldChannels = ReadonlyMap<InstrumentId, ReadonlySet<string>>

export interface InstrumentPlan {
  readonly id: InstrumentId
  readonly channels: readonly string[]
  /** What is traded; undefined for an instrument that is only looked at. */
  readonly traded: { readonly instrument: SignalInstrument; readonly priceFrom: 'quote' | 'book' } | undefined
}

/**
 * What is read of each instrument: what signals need, what tells the price of a trade, and funding where it was recorded.
 * @throws ConfigError naming what the recording lacks
 */
export function planChannels(
  traded: readonly SignalInstrument[],
  needs: readonly NeededStream[],
  held: HeldChannels,
  needsBook: boolean,
): readonly InstrumentPlan[] {
  const ids = new Set([...traded.map(each => each.id), ...needs.map(need => need.instrument)])
  return [...ids].map(id => {
    const has = held.get(id) ?? new Set<string>()
    const wanted = needs.filter(need => need.instrument === id).map(need => need.need)
    const missing = wanted.find(need => !has.has(need))
    if (missing !== undefined) throw new ConfigError(lacks(id, missing, has))
    const instrument = traded.find(each => each.id === id)
    if (instrument === undefined) return { id, channels: [...new Set(wanted)], traded: undefined }
    const priceFrom = has.has('quote') && !needsBook ? 'quote' : has.has('book') ? 'book' : undefined
    if (priceFrom === undefined) {
      const what = needsBook
        ? 'book, which --size walks'
        : 'quote or book: nobody can tell what a taker would have paid'
      throw new ConfigError(`${id}: the recording holds no ${what}.`)
    }
    const funding = has.has('markPrice') ? ['markPrice'] : []
    return { id, channels: [...new Set([...wanted, priceFrom, ...funding])], traded: { instrument, priceFrom } }
  })
}

function lacks(id: InstrumentId, missing: string, has: ReadonlySet<string>): string {
  const other = missing === 'trade' && has.has('rawTrade') ? '; --params trades=rawTrade reads those that it has' : ''
  return `${id}: the recording holds no ${missing}, which the signal needs; it holds ${[...has].join(', ') || 'nothing'}${other}.`
}
