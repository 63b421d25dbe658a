import type { TradeEvent } from '../../model/event.ts'
import { baseQuantity, quoteQuantity } from '../../model/instrument.ts'
import type { DurationMs } from '../../model/time.ts'
import { textFigure } from '../figure.ts'
import { DEFAULT_LATENESS_MS, Measure, type MeasureSetup } from '../measure.ts'
import type { SignalNeed } from '../signal.ts'
import type { SignalInstrument } from '../signal-kind.ts'
import type { CheckedParams, ParamSpecs } from '../signal-params.ts'

/** Options that every signal over trades has. */
export const TRADE_PARAMS: ParamSpecs = {
  trades: {
    kind: 'choice',
    default: 'trade',
    choices: ['trade', 'rawTrade'],
    meaning: 'Which trades are counted: the gap-checked stream, or every single match.',
  },
  excludeRpi: {
    kind: 'flag',
    default: false,
    meaning: 'Leaves out fills of retail price improvement orders where the venue tells them apart.',
  },
  latenessMs: {
    kind: 'number',
    default: DEFAULT_LATENESS_MS,
    least: 0,
    unit: 'ms',
    meaning: 'How late a trade may come and still be counted; Infinity in a replay.',
  },
  staleAfterMs: {
    kind: 'number',
    least: 1,
    unit: 'ms',
    meaning: 'Silence after which the value is stale; 10 s for BTC and ETH, otherwise 60 s.',
  },
}

/** How a venue's trade event was made: counts and sizes of different kinds are not comparable. */
export type TradeKind = 'raw' | 'aggOrder' | 'aggWindow'

export const TRADE_KIND_FIGURE = textFigure(
  'tradeKind',
  'What one trade is to the venue; counts of different kinds are not comparable.',
)

/**
 * What a trade is: one match; the fills of one order at one price; or, on contracts, all fills at one price and side within a
 * short time, possibly of several takers.
 */
export function tradeKindOf(trade: TradeEvent, instrument: SignalInstrument): TradeKind {
  if (trade.channel === 'rawTrade' || trade.firstId === undefined) return 'raw'
  return instrument.kind === 'spot' ? 'aggOrder' : 'aggWindow'
}

/** Reads what a trade counts: quantities in base and quote, whatever unit the venue trades in. */
export class TradeSource {
  readonly instrument: SignalInstrument
  private readonly isRpiExcluded: boolean

  constructor(instrument: SignalInstrument, params: CheckedParams) {
    this.instrument = instrument
    this.isRpiExcluded = params.flag('excludeRpi')
  }

  base(trade: TradeEvent): number {
    return baseQuantity(this.instrument, this.counted(trade), trade.price)
  }

  quote(trade: TradeEvent): number {
    return quoteQuantity(this.instrument, this.counted(trade), trade.price)
  }

  /** In the instrument's unit; 0 for a trade that is left out as a whole. */
  private counted(trade: TradeEvent): number {
    return this.isRpiExcluded ? (trade.normalQuantity ?? trade.quantity) : trade.quantity
  }
}

type TradeMeasure = Pick<MeasureSetup, 'id' | 'unit' | 'gapPolicy'> &
  Partial<Pick<MeasureSetup, 'windowMs' | 'staleAfterMs' | 'isSliced'>> & { readonly more?: readonly SignalNeed[] }

/** The measure of a signal over trades. */
export function tradeMeasure(instrument: SignalInstrument, params: CheckedParams, setup: TradeMeasure): Measure {
  const channel: SignalNeed = params.text('trades') === 'rawTrade' ? 'rawTrade' : 'trade'
  return new Measure({
    id: setup.id,
    instruments: [instrument.id],
    params: params.all,
    needs: [channel, ...(setup.more ?? [])],
    unit: setup.unit,
    gapPolicy: setup.gapPolicy,
    staleAfterMs: setup.staleAfterMs ?? new Map([[channel, staleTradesAfterMs(instrument, params)]]),
    windowMs: setup.windowMs,
    isSliced: setup.isSliced,
    latenessMs: params.number('latenessMs'),
  })
}

/** Bitcoin and ether trade all the time; of others a minute of silence is common. */
function staleTradesAfterMs(instrument: SignalInstrument, params: CheckedParams): DurationMs {
  const isMajor = instrument.base === 'BTC' || instrument.base === 'ETH'
  return params.optionalNumber('staleAfterMs') ?? (isMajor ? 10_000 : 60_000)
}
