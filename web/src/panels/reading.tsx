import type { SignalReading } from '../../../src/server/protocol.ts'

/** What a value says of itself, when it is not simply current and whole. */
export function stateNote(reading: SignalReading | undefined): string {
  switch (reading?.state) {
    case undefined:
    case 'warming':
      return 'warming'
    case 'stale':
      return 'stale'
    case 'gapped':
      return 'gapped'
    case 'invalid':
      return 'invalid'
    case 'ok':
      return ''
  }
}

/** A figure of the reading by its name; undefined unless it is a number. */
export function figure(reading: SignalReading | undefined, name: string): number | undefined {
  const value = reading?.values?.[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

export function textFigure(reading: SignalReading | undefined, name: string): string | undefined {
  const value = reading?.values?.[name]
  return typeof value === 'string' ? value : undefined
}

export interface ReadingFigureProps {
  readonly name: string
  readonly reading: SignalReading | undefined
  /** Shown as it is while the reading is current; undefined shows that there is none. */
  readonly value: string | undefined
  readonly tone?: string
  readonly title?: string
  /** Why there will never be one here. */
  readonly refused?: string | undefined
}

/** One figure of a signal. What is not current or not whole says so, and is never in a colour of the market. */
export function ReadingFigure({ name, reading, value, tone = '', title, refused }: ReadingFigureProps) {
  if (refused !== undefined) {
    return (
      <div title={refused}>
        <dt>{name}</dt>
        <dd class="muted">not available</dd>
      </div>
    )
  }
  const note = stateNote(reading)
  const isCurrent = note === ''
  const isBad = !isCurrent && note !== 'warming'
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd class={isCurrent ? tone : 'old'}>
        {value === undefined || note === 'warming' ? '–' : value}
        {!isCurrent && <small class={isBad ? 'amber' : 'muted'}>{note}</small>}
      </dd>
    </div>
  )
}
