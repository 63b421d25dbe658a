/** The candidates nearest to a mistyped text by edit distance, best first; only those that a person could have meant. */
export function nearest(text: string, candidates: Iterable<string>, most = 3): readonly string[] {
  const wanted = text.toLowerCase()
  const limit = Math.max(2, Math.floor(wanted.length / 3))
  const scored: { readonly name: string; readonly distance: number }[] = []
  for (const name of candidates) {
    if (Math.abs(name.length - wanted.length) > limit) continue
    const distance = editDistance(wanted, name.toLowerCase())
    if (distance <= limit) scored.push({ name, distance })
  }
  scored.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
  return scored.slice(0, most).map(entry => entry.name)
}

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours cost 1 each. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
