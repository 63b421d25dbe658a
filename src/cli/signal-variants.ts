import { ConfigError } from '../model/error.ts'
import { nearest } from '../model/nearest.ts'
import { signalCatalogue } from '../signal/catalogue.ts'
import type { SignalParams } from '../signal/signal.ts'

/** Most variants of one signal in one run. */
const MOST_VARIANTS = 64

/**
 * `zMin=5`, or `flow.print.zMin=5` for one of several signals.
 * @throws ConfigError for what is no option of any of them
 */
export function readParams(texts: readonly string[], id: string, ids: readonly string[]): SignalParams {
  const own = ownPairs('--params', texts, id, ids)
  return Object.fromEntries(own.map(([name, value]) => [name, typedValue(id, name, value)]))
}

/** `zMin=4,5,6`: every combination of what varies. @throws ConfigError */
export function readVariants(
  texts: readonly string[],
  params: SignalParams,
  id: string,
  ids: readonly string[],
): readonly SignalParams[] {
  let variants: readonly SignalParams[] = [params]
  for (const [name, list] of ownPairs('--vary', texts, id, ids)) {
    const values = list.split(',').map(value => typedValue(id, name, value))
    variants = variants.flatMap(variant => values.map(value => ({ ...variant, [name]: value })))
  }
  if (variants.length <= MOST_VARIANTS) return variants
  throw new ConfigError(`--vary: expected at most ${MOST_VARIANTS} variants of ${id}, received ${variants.length}.`)
}

type Pair = readonly [name: string, value: string]

function ownPairs(option: string, texts: readonly string[], id: string, ids: readonly string[]): readonly Pair[] {
  return texts.map(text => ownPair(option, text, id, ids)).filter(pair => pair !== undefined)
}

/** Undefined for what belongs to another of the signals. */
function ownPair(option: string, text: string, id: string, ids: readonly string[]): Pair | undefined {
  const at = text.indexOf('=')
  if (at <= 0) throw new ConfigError(`${option}: expected name=value, was "${text}".`)
  const [name, value] = [text.slice(0, at), text.slice(at + 1)]
  const owner = ids.find(each => name.startsWith(`${each}.`))
  if (owner !== undefined) return owner === id ? [name.slice(owner.length + 1), value] : undefined
  if (namesOf(id).includes(name)) return [name, value]
  const known = ids.flatMap(namesOf)
  if (known.includes(name)) return undefined
  throw new ConfigError(`${option}: no option "${name}" of ${ids.join(', ')}.`, nearest(name, known))
}

function namesOf(id: string): readonly string[] {
  return Object.keys(signalCatalogue.get(id)?.params ?? {})
}

/** As the option wants it; whether it is one that may be, the signal says. */
function typedValue(id: string, name: string, text: string): number | string | boolean {
  const kind = signalCatalogue.get(id)?.params[name]?.kind
  if (kind === 'flag' && (text === 'true' || text === 'false')) return text === 'true'
  return kind === 'number' && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}
