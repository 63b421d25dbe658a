import { ConfigError } from '../../model/error.ts'
import { type InstrumentId, instrumentId, venueOf } from '../../model/instrument.ts'
import { type EpochUs, epochUs } from '../../model/time.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet, SignalState, SignalValue } from '../signal.ts'
import type { SignalInstrument } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { apartMs, BasisLeg } from './basis-leg.ts'
import { annualisedPercent, daysBetween, premiumBps } from './premium.ts'

/** `deriv.basis` of two markets: a value every second, `stale` unless both mids are fresh and of one time. */
export class BasisPair implements Signal {
  readonly id = 'deriv.basis'
  readonly instruments: Signal['instruments']
  readonly params: Signal['params']
  readonly needs: readonly SignalNeed[] = ['quote']
  private readonly price: BasisLeg
  private readonly reference: BasisLeg
  /** What the reference's quote currency is worth in the price's; a market, or a constant. */
  private readonly rate: BasisLeg | number
  private readonly freshMs: number
  private readonly rateFreshMs: number
  private readonly expiryTimeUs: number | undefined
  private last: SignalValue | undefined
  private sinceUs: EpochUs | undefined

  /** @throws ConfigError for options that contradict each other */
  constructor(instrument: SignalInstrument, params: CheckedParams) {
    const latenessMs = params.number('latenessMs')
    const reference = instrumentId(params.text('reference'))
    if (reference === instrument.id) {
      throw new ConfigError(`deriv.basis.reference: expected another instrument than ${instrument.id}, was the same.`)
    }
    this.price = new BasisLeg(instrument.id, latenessMs)
    this.reference = new BasisLeg(reference, latenessMs)
    this.rate = rateOf(params, latenessMs)
    this.freshMs = params.number('freshMs')
    this.rateFreshMs = params.number('rateFreshMs')
    this.expiryTimeUs = params.optionalNumber('expiryTimeUs')
    this.params = params.all
    this.instruments = this.legs.map(leg => leg.instrument)
  }

  private get legs(): readonly BasisLeg[] {
    const { price, reference, rate } = this
    return typeof rate === 'number' ? [price, reference] : [price, reference, rate]
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    switch (input.kind) {
      case 'quote':
        this.sinceUs ??= input.receiveTimeUs
        for (const leg of this.legs) if (leg.instrument === input.instrument) leg.accept(input)
        break
      case 'gap':
        if (input.channel !== 'quote' || input.healed) return
        for (const leg of this.legs) if (isOf(input.instrument, leg.instrument)) leg.lose()
        break
      case 'second':
        this.say(input.receiveTimeUs, outlet)
        break
      default:
        break
    }
  }

  private say(nowUs: EpochUs, outlet: SignalOutlet): void {
    if (this.legs.every(leg => leg.state === 'empty')) return
    const state = this.stateAt(nowUs)
    const fresh = state === 'ok' ? this.figures() : undefined
    const kept = state === 'stale' ? this.last : undefined
    const figures = fresh ?? { value: kept?.value, values: kept?.values }
    const judged = state === 'ok' && figures.value === undefined ? 'invalid' : state
    this.last = {
      kind: 'signal',
      signal: this.id,
      instrument: this.price.instrument,
      params: this.params,
      timeUs: this.timeUs,
      receiveTimeUs: nowUs,
      ...(figures.value === undefined ? {} : { value: figures.value, values: figures.values }),
      unit: 'bps',
      state: judged,
      quality: {
        n: this.legs.reduce((sum, leg) => sum + leg.count, 0),
        sinceUs: this.sinceUs ?? nowUs,
        lateDropped: this.legs.reduce((sum, leg) => sum + leg.lateDropped, 0),
        gaps: this.legs.filter(leg => leg.state === 'gapped').length,
        ageMs: Math.max(this.price.ageMs(nowUs), this.reference.ageMs(nowUs)),
      },
    }
    outlet.emit(this.last)
  }

  private get timeUs(): EpochUs {
    return epochUs(Math.max(this.price.timeUs, this.reference.timeUs))
  }

  private stateAt(nowUs: EpochUs): SignalState {
    const { price, reference, rate, legs, freshMs } = this
    if (legs.some(leg => leg.state === 'crossed')) return 'invalid'
    if (legs.some(leg => leg.state === 'gapped')) return 'gapped'
    if (legs.some(leg => leg.state === 'empty')) return 'warming'
    const isFresh = price.ageMs(nowUs) <= freshMs && reference.ageMs(nowUs) <= freshMs
    const isRateFresh = typeof rate === 'number' || rate.ageMs(nowUs) <= this.rateFreshMs
    return isFresh && isRateFresh && apartMs(price, reference) <= freshMs ? 'ok' : 'stale'
  }

  private figures(): Pick<SignalValue, 'value' | 'values'> {
    const { price, reference, rate, expiryTimeUs } = this
    const quoteFx = typeof rate === 'number' ? rate : rate.mid
    const value = premiumBps(price.mid, reference.mid * quoteFx)
    if (value === undefined) return {}
    const days = expiryTimeUs === undefined ? undefined : daysBetween(this.timeUs, expiryTimeUs)
    return {
      value,
      values: {
        premiumBps: value,
        price: price.mid,
        reference: reference.mid,
        quoteFx,
        apartMs: apartMs(price, reference),
        daysToExpiry: days,
        annualisedPercent: days === undefined ? undefined : annualisedPercent(price.mid, reference.mid * quoteFx, days),
      },
    }
  }
}

/** A stream of the whole market tells its gaps under the name of the market. */
function isOf(told: InstrumentId, instrument: InstrumentId): boolean {
  return told === instrument || told === `${venueOf(instrument)}:*`
}

/** A rate between two currencies is never 1 unless somebody says so. */
function rateOf(params: CheckedParams, latenessMs: number): BasisLeg | number {
  const given = params.optionalNumber('quoteFx')
  const market = params.text('rateInstrument')
  const conversion = params.text('conversion')
  if (given !== undefined && conversion !== 'fixed') {
    throw new ConfigError(`deriv.basis.quoteFx: expected conversion "fixed" with it, was "${conversion}".`)
  }
  if (market !== '' && conversion !== 'market') {
    throw new ConfigError(`deriv.basis.rateInstrument: expected conversion "market" with it, was "${conversion}".`)
  }
  switch (conversion) {
    case 'fixed':
      if (given !== undefined) return given
      throw new ConfigError('deriv.basis.quoteFx: expected a rate for conversion "fixed", received none.')
    case 'market':
      if (market !== '') return new BasisLeg(instrumentId(market), latenessMs)
      throw new ConfigError('deriv.basis.rateInstrument: expected a market for conversion "market", received none.')
    default:
      return 1
  }
}
