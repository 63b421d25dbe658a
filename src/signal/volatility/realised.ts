import { epochUs } from '../../model/time.ts'
import { numberFigure } from '../figure.ts'
import type { Measure } from '../measure.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { SignalInstrument, SignalKind } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { TimeWindow } from '../time-window.ts'
import { type MidReturn, MidReturns, RETURN_PARAMS, returnMeasure } from './mid-returns.ts'

const SECONDS_PER_YEAR = 31_536_000

/** Realised volatility: RV = Σ r² of one-second log mids over a window; annualised % = 100·√(RV · 31 536 000 / W). */
export const volRealised: SignalKind = {
  id: 'vol.realised',
  meaning: 'How much the mid moved from second to second over a window, scaled to a year.',
  unit: 'percent',
  needs: ['quote'],
  figures: [
    numberFigure('annualisedPercent', 'The volatility.'),
    numberFigure('variance', 'Sum of squared returns over the window.', 'variance'),
    numberFigure('mid', 'Mean of best bid and ask.', 'price'),
  ],
  params: {
    windowMs: { kind: 'number', default: 300_000, least: 2000, unit: 'ms', meaning: 'Length of the window.' },
    ...RETURN_PARAMS,
  },
  create: (instrument, params) => new Realised(instrument, params),
}

class Realised implements Signal {
  readonly id = 'vol.realised'
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  private readonly measure: Measure
  private readonly returns: MidReturns
  private readonly squares: TimeWindow

  constructor(instrument: SignalInstrument, params: CheckedParams) {
    const windowMs = params.number('windowMs')
    this.measure = returnMeasure(instrument, params, { id: this.id, unit: 'percent', windowMs })
    this.returns = new MidReturns(this.measure, (change, outlet) => this.returned(change, outlet))
    this.squares = new TimeWindow(windowMs, 1)
    this.instruments = this.measure.setup.instruments
    this.needs = this.measure.setup.needs
    this.params = params.all
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    this.returns.accept(input, outlet)
  }

  private returned({ timeUs, receiveTimeUs, mid, change }: MidReturn, outlet: SignalOutlet): void {
    const { squares, measure } = this
    if (change === undefined) squares.advance(timeUs)
    else squares.push(timeUs, change * change)
    const seconds = squares.sizeUs / 1_000_000
    const variance = Math.max(0, squares.sum(0))
    const value = 100 * Math.sqrt((variance * SECONDS_PER_YEAR) / seconds)
    const isWarming = timeUs - (measure.sinceUs ?? timeUs) < squares.sizeUs
    const values = { annualisedPercent: value, variance, mid }
    measure.emit({ timeUs: epochUs(timeUs), receiveTimeUs, value, values, n: squares.count, isWarming }, outlet)
  }
}
