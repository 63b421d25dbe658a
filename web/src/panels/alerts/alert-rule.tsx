import { useSignal } from '@preact/signals'
import type { AlertChannelRow, AlertRuleRow } from '../../../../src/server/alert-protocol.ts'
import { locale } from '../../format/locale.ts'
import { age } from '../../format/time.ts'
import { changeJson } from '../../state/api.ts'
import { nowMs, serverNowUs } from '../../state/link.ts'
import { backtesting } from './backtesting.ts'
import { draftOf, type RuleDraft } from './rule-draft.ts'

const MUTE_MS = 3_600_000

export interface AlertRuleProps {
  readonly rule: AlertRuleRow
  readonly channels: readonly AlertChannelRow[]
  readonly isEditable: boolean
  readonly onEdit: (draft: RuleDraft) => void
}

/** One rule on one market: where it stands, how far it is, and what can be done with it. */
export function AlertRule(props: AlertRuleProps) {
  const { rule, channels } = props
  return (
    <li class={`alert-rule state-${rule.state}`} data-rule={rule.id}>
      <p class="alert-what">
        <span class="chip alert-state">{rule.state}</span>
        <b>{rule.name}</b>
        <span class="muted">
          {rule.severity}
          {rule.instrument === '' ? '' : ` · ${rule.instrument}`}
        </span>
      </p>
      <p>{rule.words}</p>
      <p class="muted">
        <Standing rule={rule} />
        {rule.channels.map(name => (
          <Channel key={name} name={name} channel={channels.find(one => one.name === name)} />
        ))}
      </p>
      <Acts {...props} />
    </li>
  )
}

/** What can be done with a rule, and what became of it. */
function Acts({ rule, isEditable, onEdit }: AlertRuleProps) {
  const told = useSignal('')
  const isSure = useSignal(false)
  const isMuted = rule.mutedUntilUs > serverNowUs()
  const path = `/api/alerts/rules/${encodeURIComponent(rule.id)}`
  const draft = isEditable ? draftOf(rule.definition) : undefined
  const attempt = (work: Promise<unknown>, done: string): void => {
    work
      .then(() => {
        told.value = done
      })
      .catch((error: unknown) => {
        told.value = error instanceof Error ? error.message : String(error)
      })
  }
  return (
    <p class="alert-acts">
      {draft !== undefined && (
        <button type="button" class="link" onClick={() => onEdit(draft)}>
          Edit
        </button>
      )}
      <button
        type="button"
        class="link"
        onClick={() => attempt(changeJson('POST', `${path}/mute`, { forMs: isMuted ? 0 : MUTE_MS }), '')}
      >
        {isMuted ? 'Unmute' : 'Mute 1 h'}
      </button>
      <button
        type="button"
        class="link"
        onClick={() => attempt(changeJson('POST', '/api/alerts/test', { name: rule.id }), 'A sample was sent.')}
      >
        Test
      </button>
      {isRecord(rule.definition) && (
        <button
          type="button"
          class="link"
          onClick={() => {
            if (isRecord(rule.definition)) backtesting.value = rule.definition
          }}
        >
          Back-test
        </button>
      )}
      {isEditable && (
        <button
          type="button"
          class="link"
          onClick={() => {
            if (isSure.value) attempt(changeJson('DELETE', path, {}), '')
            isSure.value = !isSure.value
          }}
        >
          {isSure.value ? 'Really delete' : 'Delete'}
        </button>
      )}
      <span role="status">{told.value}</span>
    </p>
  )
}

/** Value, distance, fires and what was kept back. */
function Standing({ rule }: { readonly rule: AlertRuleRow }) {
  const { value, distance, lastFireUs, fires, suppressed, mutedUntilUs } = rule
  const now = nowMs.value === 0 ? 0 : serverNowUs()
  const parts = [
    value === undefined ? 'no value yet' : `now ${plain(value)}`,
    ...(distance === undefined ? [] : [`${plain(Math.abs(distance))} from its level`]),
    ...(fires === 0
      ? ['never fired']
      : [`fired ${fires}×${lastFireUs === undefined ? '' : `, last ${age((now - lastFireUs) / 1000)} ago`}`]),
    ...(suppressed > 0 ? [`${suppressed} kept back`] : []),
    ...(mutedUntilUs > now && now > 0 ? [`muted for ${age((mutedUntilUs - now) / 1000)}`] : []),
  ]
  return <span>{parts.join(' · ')}</span>
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const format = new Intl.NumberFormat(locale, { maximumSignificantDigits: 7 })

function plain(value: number): string {
  return Number.isFinite(value) ? format.format(value === 0 ? 0 : value) : '–'
}

function Channel({ name, channel }: { readonly name: string; readonly channel: AlertChannelRow | undefined }) {
  const failing = channel?.failing
  return (
    <span class={failing === undefined ? 'chip' : 'chip amber'} title={failing ?? channel?.type}>
      {failing !== undefined && <i class="lamp" aria-hidden="true" />}
      {name}
      {failing === undefined ? '' : ' fails'}
    </span>
  )
}
