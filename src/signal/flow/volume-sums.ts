import type { Side } from '../../model/event.ts'
import { CompensatedSum } from '../compensated-sum.ts'
import type { SignalValue } from '../signal.ts'

/** What both sides of takers traded. */
export interface VolumeFigures {
  readonly buyBase: number
  readonly sellBase: number
  readonly buyQuote: number
  readonly sellQuote: number
  readonly buyCount: number
  readonly sellCount: number
}

/** delta = Vb - Vs; deltaRatio = (Vb - Vs) / (Vb + Vs); buyShare = Vb / (Vb + Vs): absent where nothing was traded. */
export function volumeValues(figures: VolumeFigures): NonNullable<SignalValue['values']> & { readonly delta: number } {
  const { buyBase, sellBase } = figures
  const delta = buyBase - sellBase
  const total = buyBase + sellBase
  if (!(total > 0)) return { ...figures, delta }
  return { ...figures, delta, deltaRatio: delta / total, buyShare: buyBase / total }
}

/** Adds up trades of one slice of time. */
export class VolumeSums {
  buyCount = 0
  sellCount = 0
  private readonly buys = new CompensatedSum()
  private readonly sells = new CompensatedSum()
  private readonly paid = new CompensatedSum()
  private readonly received = new CompensatedSum()

  add(side: Side, base: number, quote: number): void {
    if (side === 'buy') {
      this.buys.add(base)
      this.paid.add(quote)
      this.buyCount++
    } else {
      this.sells.add(base)
      this.received.add(quote)
      this.sellCount++
    }
  }

  get figures(): VolumeFigures {
    return {
      buyBase: this.buys.value,
      sellBase: this.sells.value,
      buyQuote: this.paid.value,
      sellQuote: this.received.value,
      buyCount: this.buyCount,
      sellCount: this.sellCount,
    }
  }
}
