import { ConfigError } from '../model/error.ts'
import { nearest } from '../model/nearest.ts'
import type { SignalKind } from './signal-kind.ts'
import { CheckedParams } from './signal-params.ts'

export type FigureKind = 'number' | 'text' | 'flag'

const KINDS: readonly FigureKind[] = ['number', 'text', 'flag']
const WORDS: Readonly<Record<FigureKind, string>> = { number: 'a number', text: 'a text', flag: 'true or false' }

/** One of the named figures of a signal, under its name in `values`. */
export interface Figure {
  readonly name: string
  readonly kind: FigureKind
  /** Of a number. @default the unit of the signal */
  readonly unit?: string
  readonly meaning: string
}

/** The figures of a kind, or a function where the options decide which there are. */
export type KindFigures = readonly Figure[] | ((params: CheckedParams) => readonly Figure[])

/**
 * Every name that `values` may hold under these options. A figure that cannot be said at a moment is absent then.
 * @default params those of the kind
 */
export function figuresOf(
  kind: SignalKind,
  params: CheckedParams = new CheckedParams(kind.id, kind.params, {}),
): readonly Figure[] {
  return typeof kind.figures === 'function' ? kind.figures(params) : kind.figures
}

/**
 * The figure of a name; `value` is the signal's own value, whatever else there is.
 * @param wanted what it has to be for what is done with it @default anything
 * @throws ConfigError naming the place, the figures that would do and the nearest
 */
export function figureNamed(
  place: string,
  kind: SignalKind,
  params: CheckedParams,
  name: string,
  wanted: readonly FigureKind[] = KINDS,
): Figure {
  const { id, unit, meaning } = kind
  const own = figuresOf(kind, params).filter(figure => figure.name !== 'value')
  const all: readonly Figure[] = [{ name: 'value', kind: 'number', unit, meaning }, ...own]
  const found = all.find(figure => figure.name === name)
  if (found !== undefined && wanted.includes(found.kind)) return found
  const known = all.filter(figure => wanted.includes(figure.kind)).map(figure => figure.name)
  const list = known.length === 0 ? 'it has none' : known.join(', ')
  const kinds = wanted === KINDS ? '' : ` that is ${wanted.map(each => WORDS[each]).join(' or ')}`
  const received = found === undefined ? '' : `, which is ${WORDS[found.kind]}`
  throw new ConfigError(
    `${place}: expected a figure of ${id}${kinds} (${list}), received "${name}"${received}.`,
    found === undefined ? nearest(name, known) : [],
  )
}

/** @param unit when it is not that of the signal */
export function numberFigure(name: string, meaning: string, unit?: string): Figure {
  return { name, kind: 'number', ...(unit === undefined ? {} : { unit }), meaning }
}

export function textFigure(name: string, meaning: string): Figure {
  return { name, kind: 'text', meaning }
}

export function flagFigure(name: string, meaning: string): Figure {
  return { name, kind: 'flag', meaning }
}

/** Of slices of time. */
export const OPEN_TIME_FIGURE = numberFigure('openTimeUs', 'Exchange time at which it opened.', 'us')

/** Of slices that are told before they are over. */
export const FINAL_FIGURE = flagFigure('final', 'Closed; otherwise a preview of the open one.')
