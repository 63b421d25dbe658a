/** Where the sum of the series counts as reached. */
const PRECISE = 1e-10
/** A series that needs more terms than this does not converge. */
const MOST_TERMS = 20_000
/** A pivot below this means that mid never changes from some state on: nothing can be said of it. */
const SINGULAR = 1e-12

export type Matrix = readonly (readonly number[])[]

/** Probabilities of a Markov chain of best quotes; rows are states. */
export interface Transitions {
  /** To each state, the mid unchanged. */
  readonly q: Matrix
  /** Of each change of the mid in `k`. */
  readonly r1: Matrix
  /** To each state, the mid changed. */
  readonly r2: Matrix
  /** Changes of the mid, in ticks, columns of `r1`. */
  readonly k: readonly number[]
}

export interface MicropriceSolution {
  /** Expected first change of the mid from each state, ticks: (I − Q)⁻¹·R1·K. */
  readonly g1: readonly number[]
  /** State after the first change of the mid: (I − Q)⁻¹·R2. */
  readonly b: Matrix
  /** Expected distance of the final mid from the present one, ticks: Σ Bⁱ·G1. */
  readonly g: readonly number[]
}

/**
 * Solves the micro-price model; undefined when some state never leads to a change of the mid, or the series has no limit.
 * Source: Stoikov, The micro-price: a high-frequency estimator of future prices, Quantitative Finance 18(12), 2018.
 */
export function solveMicroprice(transitions: Transitions): MicropriceSolution | undefined {
  const { q, r1, r2, k } = transitions
  const left = q.map((row, i) => row.map((value, j) => (i === j ? 1 - value : -value)))
  const drift = r1.map(row => row.reduce((sum, value, column) => sum + value * (k[column] ?? 0), 0))
  const solved = solve(
    left,
    r2.map((row, i) => [...row, drift[i] ?? 0]),
  )
  if (solved === undefined) return undefined
  const states = q.length
  const b = solved.map(row => row.slice(0, states))
  const g1 = solved.map(row => row[states] ?? 0)
  const g = seriesSum(b, g1)
  return g === undefined ? undefined : { g1, b, g }
}

function seriesSum(b: Matrix, g1: readonly number[]): readonly number[] | undefined {
  const sum = [...g1]
  let term = g1
  for (let i = 0; i < MOST_TERMS; i++) {
    if (term.every(value => Math.abs(value) < PRECISE)) return sum
    const last = term
    term = b.map(row => row.reduce((total, value, column) => total + value * (last[column] ?? 0), 0))
    for (const [index, value] of term.entries()) sum[index] = (sum[index] ?? 0) + value
  }
  return undefined
}

/** X of A·X = R by elimination with the largest pivot of each column; undefined when A is singular. */
function solve(a: Matrix, right: Matrix): Matrix | undefined {
  const rows = a.map((row, i) => [...row, ...(right[i] ?? [])])
  const size = a.length
  for (let column = 0; column < size; column++) {
    let best = column
    for (let i = column + 1; i < size; i++) if (magnitude(rows[i], column) > magnitude(rows[best], column)) best = i
    const pivotRow = rows[best]
    const pivot = pivotRow?.[column] ?? 0
    if (pivotRow === undefined || Math.abs(pivot) < SINGULAR) return undefined
    rows[best] = rows[column] ?? pivotRow
    rows[column] = pivotRow.map(value => value / pivot)
    eliminate(rows, column)
  }
  return rows.map(row => row.slice(size))
}

function eliminate(rows: number[][], column: number): void {
  const pivotRow = rows[column] ?? []
  for (const [i, row] of rows.entries()) {
    const factor = row[column] ?? 0
    if (i === column || factor === 0) continue
    for (let j = column; j < row.length; j++) row[j] = (row[j] ?? 0) - factor * (pivotRow[j] ?? 0)
  }
}

function magnitude(row: readonly number[] | undefined, column: number): number {
  return Math.abs(row?.[column] ?? 0)
}
