import { ConfigError } from '../model/error.ts'
import { nearest } from '../model/nearest.ts'
import { createSignal, signalCatalogue } from '../signal/catalogue.ts'
import type { Signal, SignalNeed, SignalParams } from '../signal/signal.ts'
import type { SignalInstrument } from '../signal/signal-kind.ts'

/** A signal as it was asked for: its id and the options that were given. */
export interface AskedSignal {
  readonly id: string
  readonly params: SignalParams
}

const CANDLES = 'candle.'

/** Options of an indicator in the order in which people write them: `macd(12, 26, 9)`. */
const POSITIONAL: ReadonlyMap<string, readonly string[]> = new Map([
  ['sma', ['period']],
  ['ema', ['period']],
  ['rma', ['period']],
  ['rsi', ['period']],
  ['macd', ['fast', 'slow', 'signal']],
  ['bbands', ['period', 'k']],
  ['atr', ['period']],
  ['vwap', ['window']],
])

/** Of poorer input, or told by another one as well: `book.microprice` says the weighted mid until it is fitted. */
const LEFT_OUT = new Set(['book.ofi.sampled', 'book.wmid'])

/** All signals but candles and their indicators: asked for when nobody says. */
export function defaultSignals(): readonly AskedSignal[] {
  const ids = [...signalCatalogue.keys()].filter(id => !id.startsWith(CANDLES) && !LEFT_OUT.has(id))
  return ids.map(id => ({ id, params: {} }))
}

/** Reads `flow.cvd,book.ofi(windowMs=10000)`. @throws ConfigError naming what was expected and what was received */
export function readSignals(text: string): readonly AskedSignal[] {
  return splitCalls('--signal', text).map(({ name, args }) => {
    if (!signalCatalogue.has(name)) throw unknown('--signal', name, [...signalCatalogue.keys()])
    return { id: name, params: Object.fromEntries(args.map(arg => namedParam('--signal', name, arg))) }
  })
}

/** Reads `rsi(14),macd(12,26,9),ema(20,seed=first)`, all on candles of one interval. @throws ConfigError */
export function readIndicators(text: string, common: SignalParams): readonly AskedSignal[] {
  return splitCalls('--indicator', text).map(({ name, args }) => {
    const names = POSITIONAL.get(name)
    if (names === undefined) throw unknown('--indicator', name, [...POSITIONAL.keys()])
    const params = args.map((arg, index) => {
      if (arg.includes('=')) return namedParam('--indicator', name, arg)
      const param = names[index]
      if (param === undefined)
        throw new ConfigError(`--indicator: ${name} takes ${names.join(', ')}, received ${args.length} values.`)
      return [param, readValue(arg)] as const
    })
    const own = Object.fromEntries(params)
    // A number stands for so many candles.
    const anchored = name === 'vwap' && 'window' in own ? { anchor: 'rolling', ...own } : own
    return { id: `${CANDLES}${name}`, params: { ...common, ...anchored } }
  })
}

/**
 * The signals of one instrument. Those that its market has no data for are left out when nobody asked for them by name; where
 * only single trades are told, not aggregated ones, they are counted.
 * @throws ConfigError for one that was asked for by name and cannot be had
 */
export function makeSignals(
  asked: readonly AskedSignal[],
  instrument: SignalInstrument,
  hasChannel: (need: SignalNeed) => boolean,
  isDefault: boolean,
): readonly Signal[] {
  const made: Signal[] = []
  for (const { id, params } of asked) {
    const kind = signalCatalogue.get(id)
    const isRaw = kind !== undefined && 'trades' in kind.params && !hasChannel('trade') && hasChannel('rawTrade')
    try {
      const signal = createSignal(id, instrument, isRaw ? { trades: 'rawTrade', ...params } : params)
      const missing = signal.needs.filter(need => !hasChannel(need))
      if (missing.length === 0) made.push(signal)
      else if (!isDefault)
        throw new ConfigError(`${id} needs ${missing.join(', ')}, which ${instrument.id} does not have here.`)
    } catch (error) {
      if (!isDefault || !(error instanceof ConfigError)) throw error
    }
  }
  return made
}

interface Call {
  readonly name: string
  readonly args: readonly string[]
}

/** Commas inside of parentheses belong to the options. */
function splitCalls(option: string, text: string): readonly Call[] {
  const calls = text.match(/[^,(]+(\([^()]*\))?/g) ?? []
  if (calls.join(',').replaceAll(' ', '') !== text.replaceAll(' ', '') || calls.length === 0)
    throw new ConfigError(
      `${option}: expected names with options such as "rsi(14)" or "book.ofi(windowMs=5000)", was "${text}".`,
    )
  return calls.map(call => {
    const [, name = '', inner] = /^([^(]+)(?:\(([^()]*)\))?$/.exec(call.trim()) ?? []
    const args = (inner ?? '').split(',').map(arg => arg.trim())
    return { name: name.trim(), args: args.filter(arg => arg !== '') }
  })
}

function namedParam(option: string, name: string, arg: string): readonly [string, number | string | boolean] {
  const at = arg.indexOf('=')
  if (at <= 0) throw new ConfigError(`${option}: options of ${name} look like name=value, was "${arg}".`)
  return [arg.slice(0, at).trim(), readValue(arg.slice(at + 1).trim())]
}

function readValue(text: string): number | string | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  const number = Number(text)
  return text === '' || Number.isNaN(number) ? text : number
}

function unknown(option: string, name: string, known: readonly string[]): ConfigError {
  return new ConfigError(`${option}: unknown "${name}"; known are ${known.join(', ')}.`, nearest(name, known))
}
