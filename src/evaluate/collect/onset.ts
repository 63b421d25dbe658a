import type { InstrumentId } from '../../model/instrument.ts'
import type { SignalEvent } from '../../signal/signal.ts'
import type { TradedSide } from '../evaluation-config.ts'

/** The beginning of an episode, at the moment at which this process could know it. */
export interface Onset {
  readonly number: number
  /** Which of the evaluated subjects. */
  readonly subject: number
  /** The signal's id; of a composite also each of its terms alone, as `composite.name/term`. */
  readonly type: string
  readonly instrument: InstrumentId
  /** Exchange time of the event: never used for a decision. */
  readonly timeUs: number
  /** Receive time of the last input that led to it. */
  readonly availableUs: number
  readonly direction: 1 | -1 | 0
  /** 0 when the signal names no direction and none was asked for: nothing is traded then. */
  readonly side: 1 | -1 | 0
  /** Something was missing in what the signal rests on. */
  readonly hasGap: boolean
}

export function sideOf(traded: TradedSide, direction: SignalEvent['direction']): Onset['side'] {
  switch (traded) {
    case 'signal':
      return direction
    case 'against':
      return direction === 0 ? 0 : direction === 1 ? -1 : 1
    case 'long':
      return 1
    case 'short':
      return -1
  }
}
