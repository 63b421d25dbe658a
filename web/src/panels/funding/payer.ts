/** The sign in words. */
export function payer(rate: number): string {
  if (rate === 0) return 'nobody pays'
  return rate > 0 ? 'longs pay shorts' : 'shorts pay longs'
}
