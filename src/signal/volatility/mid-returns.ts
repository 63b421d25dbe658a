import type { QuoteEvent } from '../../model/event.ts'
import type { DurationMs, EpochUs } from '../../model/time.ts'
import { Measure, timeOf } from '../measure.ts'
import type { SignalInput, SignalOutlet } from '../signal.ts'
import type { SignalInstrument } from '../signal-kind.ts'
import type { CheckedParams, ParamSpecs } from '../signal-params.ts'
import { SecondSampler } from './second-sampler.ts'

const SECOND_US = 1_000_000
/** Across a longer gap there is no return. */
const LONGEST_BRIDGE_US = 5 * SECOND_US

export const RETURN_PARAMS: ParamSpecs = {
  latenessMs: {
    kind: 'number',
    default: 2000,
    least: 0,
    unit: 'ms',
    meaning: 'A second without a later quote is over after so long by our clock; Infinity waits for the quote.',
  },
  staleAfterMs: { kind: 'number', default: 5000, least: 1, unit: 'ms', meaning: 'Silence after which it is stale.' },
}

export interface MidReturn {
  /** End of the second. */
  readonly timeUs: number
  readonly receiveTimeUs: EpochUs
  readonly mid: number
  /** Of the logarithm, against the second before; absent for the first one and across a long gap. */
  readonly change: number | undefined
}

/** The measure of a signal over returns of the mid. */
export function returnMeasure(
  instrument: SignalInstrument,
  params: CheckedParams,
  setup: { readonly id: string; readonly unit: string; readonly windowMs: DurationMs },
): Measure {
  return new Measure({
    ...setup,
    instruments: [instrument.id],
    params: params.all,
    needs: ['quote'],
    gapPolicy: 'mark',
    staleAfterMs: params.number('staleAfterMs'),
    latenessMs: params.number('latenessMs'),
  })
}

/** Returns of the last known mid from one second to the next. */
export class MidReturns {
  private readonly measure: Measure
  private readonly news: (change: MidReturn, outlet: SignalOutlet) => void
  private readonly sampler = new SecondSampler()
  private lastLog: number | undefined
  private lastQuoteUs = 0
  private isGapOpen = false

  constructor(measure: Measure, news: (change: MidReturn, outlet: SignalOutlet) => void) {
    this.measure = measure
    this.news = news
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    const reception = this.measure.receive(input, outlet)
    if (reception === 'gap') this.isGapOpen = true
    else if (reception === 'data' && input.kind === 'quote') this.quote(input, outlet)
    else if (reception === 'second' && !this.isGapOpen) {
      // Nothing is known of the seconds of a gap; otherwise silence means that the mid stood still.
      const over = Math.floor(this.measure.silentUntil(input.receiveTimeUs) / SECOND_US)
      this.sampler.closeUntil(over, (second, mid) => this.sample(second, mid, input.receiveTimeUs, outlet))
    }
  }

  private quote(quote: QuoteEvent, outlet: SignalOutlet): void {
    const { bidPrice, askPrice, receiveTimeUs } = quote
    if (!(bidPrice > 0 && askPrice >= bidPrice)) return
    const timeUs = timeOf(quote)
    const sample = (second: number, mid: number): void => this.sample(second, mid, receiveTimeUs, outlet)
    if (this.isGapOpen && timeUs - this.lastQuoteUs > LONGEST_BRIDGE_US) {
      this.sampler.clear()
      this.lastLog = undefined
    }
    this.isGapOpen = false
    if (!this.sampler.add(timeUs, (bidPrice + askPrice) / 2, sample)) this.measure.drop()
    this.lastQuoteUs = Math.max(this.lastQuoteUs, timeUs)
  }

  private sample(second: number, mid: number, receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    const log = Math.log(mid)
    const change = this.lastLog === undefined ? undefined : log - this.lastLog
    this.lastLog = log
    this.news({ timeUs: (second + 1) * SECOND_US, receiveTimeUs, mid, change }, outlet)
  }
}
