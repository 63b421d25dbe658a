const DAY_US = 86_400_000_000
const DAYS_PER_YEAR = 365

/** (price − reference) / reference, basis points; undefined without a reference above 0. */
export function premiumBps(price: number, reference: number): number | undefined {
  return reference > 0 && price > 0 ? ((price - reference) / reference) * 10_000 : undefined
}

/** (F/S − 1)·365/days, percent a year; undefined within a day of expiry, where it says nothing any more. */
export function annualisedPercent(future: number, spot: number, days: number): number | undefined {
  if (!(days > 1 && future > 0 && spot > 0)) return undefined
  return ((future / spot - 1) * DAYS_PER_YEAR * 100) / days
}

export function daysBetween(fromUs: number, untilUs: number): number {
  return (untilUs - fromUs) / DAY_US
}
