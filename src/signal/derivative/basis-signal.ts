import { ConfigError } from '../../model/error.ts'
import { signalOf } from '../book/book-measure.ts'
import { type Figure, numberFigure } from '../figure.ts'
import { DEFAULT_LATENESS_MS, Measure } from '../measure.ts'
import type { Signal } from '../signal.ts'
import type { SignalInstrument, SignalKind } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { BasisPair } from './basis-pair.ts'
import { annualisedPercent, daysBetween, premiumBps } from './premium.ts'

const ID = 'deriv.basis'
/** Both prices come in one event, once per second or every third. */
const MARK_STALE_MS = 3000

const OF_PAIRS: readonly Figure[] = [
  numberFigure('quoteFx', 'What the reference’s quote currency is worth in the contract’s.', 'rate'),
  numberFigure('apartMs', 'Time between the two mids.', 'ms'),
]
const OF_DATED: readonly Figure[] = [
  numberFigure('daysToExpiry', 'Time to expiry.', 'days'),
  numberFigure('annualisedPercent', 'The basis scaled to a year.', 'percent'),
]

/**
 * (price − reference) / reference: mark price against index, or the mid of one market against another's (perpetual against
 * spot, against another venue's perpetual, a dated future against spot). Above 0: the contract is dearer.
 */
export const derivBasis: SignalKind = {
  id: ID,
  meaning: 'How much dearer (above 0) or cheaper a contract is than its reference.',
  unit: 'bps',
  needs: ['markPrice'],
  figures: params => [
    numberFigure('premiumBps', 'The basis.'),
    numberFigure('price', 'Of the contract: its mark price, or its mid.', 'price'),
    numberFigure('reference', 'What it is compared with, in its own quote currency.', 'price'),
    ...(params.text('reference') === '' ? [] : OF_PAIRS),
    ...(params.optionalNumber('expiryTimeUs') === undefined ? [] : OF_DATED),
  ],
  params: {
    reference: {
      kind: 'text',
      default: '',
      meaning: 'instrument whose mid is the reference; empty: the mark price against the index',
    },
    expiryTimeUs: {
      kind: 'number',
      least: 0,
      isWhole: true,
      unit: 'us',
      meaning: 'expiry of a dated future, microseconds since 1970: adds the annualised basis',
    },
    freshMs: {
      kind: 'number',
      default: 1000,
      least: 1,
      unit: 'ms',
      meaning: 'most age of both mids, and most time between them',
    },
    conversion: {
      kind: 'choice',
      default: 'same',
      choices: ['same', 'assumedPar', 'fixed', 'market'],
      meaning: 'quote currencies: the same, different but taken as equal, by quoteFx, or by the mid of rateInstrument',
    },
    quoteFx: {
      kind: 'number',
      least: 1e-12,
      unit: 'rate',
      meaning: 'what the reference’s quote currency is worth in the contract’s, for conversion "fixed"',
    },
    rateInstrument: { kind: 'text', default: '', meaning: 'market of that rate, for conversion "market"' },
    rateFreshMs: { kind: 'number', default: 60_000, least: 1, unit: 'ms', meaning: 'most age of that rate' },
    latenessMs: {
      kind: 'number',
      default: DEFAULT_LATENESS_MS,
      least: 0,
      unit: 'ms',
      meaning: 'how much older than the newest an input may be',
    },
  },
  create: (instrument, params) =>
    params.text('reference') === '' ? markBasis(instrument, params) : new BasisPair(instrument, params),
}

/** Mark price against index. @throws ConfigError for a conversion, which one instrument does not need */
function markBasis(instrument: SignalInstrument, params: CheckedParams): Signal {
  if (params.text('conversion') !== 'same') {
    throw new ConfigError('deriv.basis.conversion: expected a reference with it, received none.')
  }
  const measure = new Measure({
    id: ID,
    instruments: [instrument.id],
    params: params.all,
    needs: ['markPrice'],
    unit: 'bps',
    gapPolicy: 'reset',
    staleAfterMs: MARK_STALE_MS,
    latenessMs: params.number('latenessMs'),
  })
  const expiryTimeUs = params.optionalNumber('expiryTimeUs')
  return signalOf(measure, (input, outlet) => {
    if (measure.receive(input, outlet) !== 'data' || input.kind !== 'markPrice') return
    const { markPrice: price, indexPrice: reference, receiveTimeUs } = input
    const timeUs = measure.newestUs
    if (reference === undefined) {
      measure.emit({ timeUs, receiveTimeUs, n: 0, isWarming: true }, outlet)
      return
    }
    const value = premiumBps(price, reference)
    const days = expiryTimeUs === undefined ? undefined : daysBetween(timeUs, expiryTimeUs)
    const annualised = days === undefined ? undefined : annualisedPercent(price, reference, days)
    const values = { premiumBps: value, price, reference, daysToExpiry: days, annualisedPercent: annualised }
    measure.emit({ timeUs, receiveTimeUs, n: 1, value, values, isInvalid: value === undefined }, outlet)
  })
}
