import { ConfigError } from '../../model/error.ts'
import { instrumentId } from '../../model/instrument.ts'
import { createSignal } from '../../signal/catalogue.ts'
import { compositeSignal } from '../../signal/composite.ts'
import type { Signal, SignalParams } from '../../signal/signal.ts'
import type { SignalInstrument } from '../../signal/signal-kind.ts'
import type { Subject } from '../evaluation-config.ts'
import { ExternalSignal } from '../external-signal.ts'

/** A fresh signal of a subject. @throws ConfigError for an unknown id or option */
export function signalOf(subject: Subject, instrument: SignalInstrument, all: readonly SignalInstrument[]): Signal {
  switch (subject.kind) {
    case 'catalogue':
      return createSignal(subject.signal, instrument, subject.params)
    case 'external':
      return new ExternalSignal(instrument, subject.series, subject.points)
    case 'composite': {
      const instrumentOf = (text: string): SignalInstrument => {
        const found = all.find(each => each.id === instrumentId(text))
        if (found === undefined) throw new ConfigError(`composite: the recording holds no "${text}".`)
        return found
      }
      return compositeSignal(subject.definition, { instrument, instrumentOf })
    }
  }
}

export function idOf(subject: Subject): string {
  switch (subject.kind) {
    case 'catalogue':
      return subject.signal
    case 'composite':
      return subject.id
    case 'external':
      return `external.${subject.series}`
  }
}

/** Options by name, as text that is equal for equal options. */
export function paramsText(params: SignalParams): string {
  const names = Object.keys(params).sort()
  return names.map(name => `${name}=${String(params[name])}`).join(' ')
}

/** What a composite is made of, too: two rules of one name are not the same. */
export function textOf(subject: Subject): string {
  if (subject.kind === 'catalogue') return `${subject.signal} ${paramsText(subject.params)}`.trim()
  if (subject.kind === 'external') return idOf(subject)
  return `${subject.id} ${JSON.stringify(subject.definition)}`
}
