/** Spans that do not overlap: in the order of time, each that begins when the one taken before it is over. */
export function thin<
  T extends { readonly entryTimeUs: number; readonly exitTimeUs: number; readonly instrument: string },
>(spans: readonly T[]): readonly T[] {
  const busyUntilUs = new Map<string, number>()
  return [...spans]
    .sort((a, b) => a.entryTimeUs - b.entryTimeUs)
    .filter(span => {
      if (span.entryTimeUs < (busyUntilUs.get(span.instrument) ?? Number.NEGATIVE_INFINITY)) return false
      busyUntilUs.set(span.instrument, span.exitTimeUs)
      return true
    })
}
