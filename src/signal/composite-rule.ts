import type { Comparison, CompositeRule, CompositeTerm } from './composite-config.ts'
import type { SignalReason } from './signal.ts'

/** What a composite knows of its parts. Undefined: nothing can be said now. */
export interface PartsView {
  figure(part: string, path: string): number | string | boolean | undefined
  unit(part: string): string
  /** True while an episode of the part is open. */
  isOpen(part: string): boolean | undefined
}

/** One term, judged. */
export interface JudgedTerm {
  readonly name: string
  /** Undefined: a part has no value that can be trusted. */
  readonly pass: boolean | undefined
  readonly reason: SignalReason
}

export function judgeTerm(term: CompositeTerm, parts: PartsView): JudgedTerm {
  const { name } = term
  switch (term.kind) {
    case 'episode': {
      const isOpen = parts.isOpen(term.part)
      const value = isOpen === undefined ? undefined : isOpen ? 'open' : 'none'
      return { name, pass: isOpen, reason: reasonOf(`${term.part}: episode`, value, '', 'open', isOpen) }
    }
    case 'figure': {
      const value = parts.figure(term.part, term.path)
      const pass = value === undefined ? undefined : compares(value, term.comparison, term.threshold)
      const shown = typeof value === 'boolean' ? String(value) : value
      const label = `${term.part}.${term.path} ${WORDS[term.comparison]}`
      const threshold = typeof term.threshold === 'boolean' ? String(term.threshold) : term.threshold
      return { name, pass, reason: reasonOf(label, shown, parts.unit(term.part), threshold, pass) }
    }
    case 'sum': {
      const value = sumOf(term.summands, parts)
      const pass = value === undefined ? undefined : compares(value, term.comparison, term.threshold)
      const label = `${name} ${WORDS[term.comparison]}`
      return { name, pass, reason: reasonOf(label, value, 'weighted sum', term.threshold, pass) }
    }
  }
}

/** Undefined while what is unknown could decide either way. */
export function judgeRule(rule: CompositeRule, terms: ReadonlyMap<string, JudgedTerm>): boolean | undefined {
  switch (rule.kind) {
    case 'term':
      return terms.get(rule.term.name)?.pass
    case 'not': {
      const inner = judgeRule(rule.rule, terms)
      return inner === undefined ? undefined : !inner
    }
    case 'all':
    case 'any': {
      const decisive = rule.kind === 'any'
      const results = rule.rules.map(inner => judgeRule(inner, terms))
      if (results.includes(decisive)) return decisive
      return results.includes(undefined) ? undefined : !decisive
    }
  }
}

const WORDS: Readonly<Record<Comparison, string>> = {
  above: 'above',
  below: 'below',
  atLeast: 'at least',
  atMost: 'at most',
  equals: 'equal to',
}

function compares(
  value: number | string | boolean,
  comparison: Comparison,
  threshold: number | string | boolean,
): boolean | undefined {
  if (comparison === 'equals') return value === threshold
  if (typeof value !== 'number' || typeof threshold !== 'number') return undefined
  switch (comparison) {
    case 'above':
      return value > threshold
    case 'below':
      return value < threshold
    case 'atLeast':
      return value >= threshold
    case 'atMost':
      return value <= threshold
  }
}

function sumOf(
  summands: readonly { readonly part: string; readonly path: string; readonly weight: number }[],
  parts: PartsView,
): number | undefined {
  let sum = 0
  for (const { part, path, weight } of summands) {
    const figure = parts.figure(part, path)
    if (typeof figure !== 'number') return undefined
    sum += weight * figure
  }
  return sum
}

function reasonOf(
  term: string,
  value: number | string | undefined,
  unit: string,
  threshold: number | string,
  pass: boolean | undefined,
): SignalReason {
  return { term, value, unit, threshold, pass: pass === true }
}
