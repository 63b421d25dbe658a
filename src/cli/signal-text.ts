import { styleText } from 'node:util'
import type { SignalEvent, SignalParams, SignalState, SignalValue } from '../signal/signal.ts'
import { padColumns } from './columns.ts'

const COLOURS: Readonly<Record<SignalState, 'green' | 'yellow' | 'red' | 'dim'>> = {
  ok: 'green',
  warming: 'dim',
  stale: 'yellow',
  gapped: 'yellow',
  invalid: 'red',
}

/** Figures of a value that stand beside it on one line. */
const MOST_FURTHER = 4

/** A number for people: six significant digits, no exponent where it can be helped. */
export function figure(value: number | string | boolean | undefined): string {
  if (typeof value !== 'number') return value === undefined ? '—' : String(value)
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e12 || size < 1e-9) return value.toExponential(3)
  if (size >= 1e6) return Math.round(value).toLocaleString('en-US').replaceAll(',', '\u202f')
  return String(Number(value.toPrecision(6)))
}

/** One signal as a row: what it measures, its value with its unit, its state and how good it is. */
export function valueLine(value: SignalValue, shownParams: string): string {
  const name = padColumns(`${value.signal}${shownParams}`, 34)
  if (value.reason !== undefined)
    return `  ${name} ${'—'.padStart(22)}  ${styleText('red', 'refused')} ${styleText('dim', value.reason)}`
  const main = mainFigure(value)
  const state = styleText(COLOURS[value.state], value.state.padEnd(7))
  return `  ${name} ${main.padStart(22)}  ${state} ${styleText('dim', qualityText(value))}${further(value)}`
}

function mainFigure(value: SignalValue): string {
  const choice = value.values?.['state']
  if (typeof choice === 'string') return choice
  if (value.value === undefined) return '—'
  return `${figure(value.value)} ${value.unit}`
}

function qualityText({ quality, revised, values }: SignalValue): string {
  const words = [`n ${quality.n}`]
  if (quality.gaps > 0) words.push(`${quality.gaps} ${quality.gaps === 1 ? 'gap' : 'gaps'}`)
  if (quality.lateDropped > 0) words.push(`${quality.lateDropped} late`)
  if (quality.converged === false) words.push('not converged')
  if (quality.coverage !== undefined && quality.coverage !== 'full') words.push(`${quality.coverage}: at least`)
  if (values?.['final'] === false) words.push('open candle')
  if (revised) words.push('revised')
  return words.join(', ')
}

function further({ values, value }: SignalValue): string {
  const entries = Object.entries(values ?? {}).filter(([name, each]) => {
    return each !== undefined && each !== value && !['final', 'state', 'openTimeUs', 'synthetic'].includes(name)
  })
  if (entries.length === 0) return ''
  const shown = entries.slice(0, MOST_FURTHER).map(([name, each]) => `${name} ${figure(each)}`)
  return `  ${shown.join('  ')}${entries.length > MOST_FURTHER ? '  …' : ''}`
}

/** Options that are not the defaults: `(windowMs=5000)`. */
export function paramsText(params: SignalParams, defaults: SignalParams): string {
  const own = Object.entries(params).filter(([name, value]) => defaults[name] !== value)
  return own.length === 0 ? '' : `(${own.map(([name, value]) => `${name}=${String(value)}`).join(',')})`
}

/** What began, went on or ended, on one line. */
export function signalEventLine(event: SignalEvent): string {
  const time = new Date(event.timeUs / 1000).toISOString().slice(11, 23)
  const colour = event.direction > 0 ? 'green' : event.direction < 0 ? 'red' : 'yellow'
  const arrow = event.direction > 0 ? '▲' : event.direction < 0 ? '▼' : '■'
  const head = `${styleText('dim', time)}  ${styleText(colour, `${arrow} ${event.type} ${event.phase}`)}`
  const reliability =
    event.reliability === null
      ? 'not measured'
      : `hit rate ${(event.reliability.hitRate * 100).toFixed(1)} % of ${event.reliability.n}`
  const against = event.against.length === 0 ? '' : `; against: ${event.against.join('; ')}`
  return `${head}  ${event.instruments.join(', ')}  ${event.headline}${against}  ${styleText('dim', `(${reliability})`)}`
}
