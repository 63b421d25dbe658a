import { flagFigure, numberFigure } from '../figure.ts'
import type { SignalKind } from '../signal-kind.ts'
import { NO_READING } from './book-gauge.ts'
import { bookMeasure } from './book-measure.ts'
import { tickOf } from './option-checks.ts'
import { midOf, spreadBps, spreadTicks, touchCondition, weightedMid } from './touch.ts'
import { MID_FIGURE, TOUCH_INPUT, touchGauge, touchInput, touchNeeds } from './touch-gauge.ts'

const SPREAD = 'book.spread'
const WMID = 'book.wmid'

/** Mid, and the spread in basis points of it and in ticks. A locked book is flagged, a crossed one is invalid. */
export const bookSpread: SignalKind = {
  id: SPREAD,
  meaning: 'Distance of the best ask from the best bid, in basis points of the mid.',
  unit: 'bps',
  needs: ['quote'],
  figures: [
    numberFigure('spreadBps', 'The spread.'),
    numberFigure('spreadTicks', 'The spread in price steps, where the step is known.', 'ticks'),
    MID_FIGURE,
    flagFigure('locked', 'Best bid and ask are equal.'),
  ],
  params: { input: TOUCH_INPUT },
  create(instrument, params) {
    const input = touchInput(params)
    const measure = bookMeasure({ id: SPREAD, instrument, params, needs: touchNeeds(input), unit: 'bps' })
    const tick = instrument.tickSize === undefined ? undefined : tickOf(instrument)
    return touchGauge(measure, input, touch => {
      const value = spreadBps(touch)
      const ticks = tick === undefined ? undefined : spreadTicks(touch, tick)
      const locked = touchCondition(touch) === 'locked'
      return { value, values: { spreadBps: value, spreadTicks: ticks, mid: midOf(touch), locked } }
    })
  },
}

/** (Qa·Pb + Qb·Pa) / (Qa + Qb). It is no micro-price: nothing about it was fitted to what happened next. */
export const bookWeightedMid: SignalKind = {
  id: WMID,
  meaning: 'Mid weighted by the quantity of the other side: nearer to the side that holds less.',
  unit: 'price',
  needs: ['quote'],
  figures: [numberFigure('wmid', 'The weighted mid.'), MID_FIGURE],
  params: { input: TOUCH_INPUT },
  create(instrument, params) {
    const input = touchInput(params)
    const measure = bookMeasure({ id: WMID, instrument, params, needs: touchNeeds(input), unit: 'price' })
    return touchGauge(measure, input, touch => {
      const value = weightedMid(touch)
      return value === undefined ? NO_READING : { value, values: { wmid: value, mid: midOf(touch) } }
    })
  },
}
