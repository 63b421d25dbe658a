/**
 * A symbol as it stands in a stream name: `BTCUSDT` becomes `btcusdt`. Only A–Z change, since what the venue does to
 * other letters is nowhere written, and Unicode rules would turn one letter into two.
 */
export function streamSymbol(symbol: string): string {
  return symbol.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}
