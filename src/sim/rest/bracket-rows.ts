import type { SimInstrument } from '../instrument.ts'
import { brackets } from '../trading/futures/margin-brackets.ts'

/** USD-M: brackets in quote currency. */
export function bracketRow({ symbol }: SimInstrument): object {
  return {
    symbol,
    notionalCoef: 1,
    brackets: brackets.map(({ bracket, initialLeverage, cap, floor, ratio, cum }) => ({
      bracket,
      initialLeverage,
      notionalCap: cap,
      notionalFloor: floor,
      maintMarginRatio: ratio,
      cum,
    })),
  }
}

/**
 * COIN-M: the same brackets in base currency, which is what they are worth at this price. The documents spell the lower
 * edge `qtylFloor`; recorded answers have `qtyFloor`, which clients read.
 */
export function inverseBrackets(price: number): readonly object[] {
  const inBase = (quote: number): number => (price > 0 ? Math.round((quote / price) * 1e8) / 1e8 : 0)
  return brackets.map(({ bracket, initialLeverage, cap, floor, ratio, cum }) => ({
    bracket,
    initialLeverage,
    qtyCap: inBase(cap),
    qtyFloor: inBase(floor),
    qtylFloor: inBase(floor),
    maintMarginRatio: ratio,
    cum: inBase(cum),
  }))
}
