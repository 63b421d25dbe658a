import type { AlertDeliveryRow, AlertFireRow } from '../../../../src/server/alert-protocol.ts'
import { clock } from '../../format/time.ts'
import type { AlertsModel } from './alerts-model.ts'

const SHOWN = 40

/** What fired, newest first, with what became of it on each channel. */
export function Fires({ model }: { readonly model: AlertsModel }) {
  const { fires, deliveries } = model.data.value
  if (fires.length === 0) return null
  return (
    <>
      <h3 class="alert-heading">Fired</h3>
      <ul class="alert-fires">
        {fires
          .slice(-SHOWN)
          .toReversed()
          .map(fire => (
            <Fire key={fire.id} fire={fire} attempts={deliveries.filter(attempt => attempt.id === fire.id)} />
          ))}
      </ul>
    </>
  )
}

function Fire({ fire, attempts }: { readonly fire: AlertFireRow; readonly attempts: readonly AlertDeliveryRow[] }) {
  // The newest attempt of a channel is how it stands.
  const byChannel = new Map(attempts.map(attempt => [attempt.channel, attempt]))
  return (
    <li>
      <time class="muted">{clock(fire.firedUs)}</time>
      <span class={`chip severity-${fire.severity}`}>{fire.severity}</span>
      <span>{fire.message}</span>
      {fire.suppressed > 0 && <span class="muted">({fire.suppressed} kept back before)</span>}
      {[...byChannel.values()].map(attempt => (
        <Outcome key={attempt.channel} attempt={attempt} />
      ))}
    </li>
  )
}

function Outcome({ attempt }: { readonly attempt: AlertDeliveryRow }) {
  const { channel, outcome, attempt: number, reason, latencyMs } = attempt
  const isDelivered = outcome === 'delivered'
  const words = isDelivered ? '✓' : outcome === 'dead' ? 'given up' : `failed ${number}×, tries again`
  return (
    <span
      class={isDelivered ? 'chip' : 'chip amber'}
      title={isDelivered ? `delivered in ${Math.round(latencyMs)} ms` : reason}
    >
      {!isDelivered && <i class="lamp" aria-hidden="true" />}
      {channel} {words}
      {isDelivered && <span class="visually-hidden">delivered</span>}
    </span>
  )
}
