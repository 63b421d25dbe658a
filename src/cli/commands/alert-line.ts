import type { AlertFire, DeliveryRecord } from '../../alert/index.ts'
import { instrumentId, symbolOf } from '../../model/instrument.ts'
import { padColumns } from '../columns.ts'

/** `1 rule`, `2 rules`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** Time, severity, rule, instrument and words of a fire, in columns. */
export function fireLine(fire: AlertFire): string {
  const symbol = fire.instrument === '' ? '—' : symbolOf(instrumentId(fire.instrument))
  const kept = fire.suppressed > 0 ? ` (${fire.suppressed} more kept back)` : ''
  const columns = [
    timeOf(fire.firedUs),
    padColumns(fire.severity, 9),
    padColumns(fire.rule, 20),
    padColumns(symbol, 12),
  ]
  return `${columns.join('  ')}  ${fire.message}${kept}`
}

export function deliveryLine(record: DeliveryRecord): string {
  const { outcome, attempt, status, reason, latencyMs } = record
  const columns = [
    timeOf(record.atUs),
    padColumns(outcome, 9),
    padColumns(record.rule, 20),
    padColumns(record.channel, 12),
  ]
  const why = reason === undefined ? `HTTP ${status}` : reason
  return `${columns.join('  ')}  attempt ${attempt}: ${why}, ${latencyMs} ms`
}

function timeOf(us: number): string {
  return new Date(us / 1000).toISOString().replace('T', ' ').slice(0, 23)
}
