import { signal } from '@preact/signals'
import { age, clock } from '../../format/time.ts'
import { tickerModel } from '../../shell/ticker-model.ts'
import { listen, store } from '../../state/client.ts'
import { nowMs } from '../../state/link.ts'
import { instrument } from '../../state/market.ts'
import { isDesktopOn, isSoundOn } from '../../state/settings.ts'
import { DataTable } from '../data-table.tsx'
import { PanelFrame } from '../panel-frame.tsx'
import { Fires } from './alert-fires.tsx'
import { announce, announced, noiseProblem, toggleDesktop, toggleSound } from './alert-noise.ts'
import { AlertRule } from './alert-rule.tsx'
import { AlertsModel } from './alerts-model.ts'
import { newDraft, type RuleDraft } from './rule-draft.ts'
import { RuleForm } from './rule-form.tsx'

export const alertsModel = new AlertsModel(announce)

/** The rule that is being written; undefined while none is. */
const editing = signal<RuleDraft | undefined>(undefined)

listen(
  'alerts',
  message => alertsModel.accept(message),
  () => alertsModel.clear(),
)

/** Rules with their state, what fired, and whether it was delivered. */
export function AlertsPanel() {
  const { rules, channels, isEditable } = alertsModel.data.value
  const draft = editing.value
  const isReady = store('alerts').hasData.value
  return (
    <PanelFrame id="alerts" view="alerts" title="Alerts" tools={<Tools />} table={FiresTable} footer={<Footer />}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by the keyboard. */}
      <section class="table-box" tabIndex={0} aria-label="Alert rules and what fired">
        {draft !== undefined && (
          <RuleForm
            key={draft.id}
            draft={draft}
            channels={channels}
            taken={rules.map(rule => rule.id)}
            onClose={() => {
              editing.value = undefined
            }}
          />
        )}
        <ul class="alert-rules">
          {rules.map(rule => (
            <AlertRule
              key={`${rule.id} ${rule.instrument}`}
              rule={rule}
              channels={channels}
              isEditable={isEditable}
              onEdit={found => {
                editing.value = found
              }}
            />
          ))}
        </ul>
        {isReady && rules.length === 0 && draft === undefined && (
          <p class="hint centred">No alerts yet.{isEditable ? ' “New” makes one.' : ''}</p>
        )}
        <Fires model={alertsModel} />
      </section>
      <p class="visually-hidden" role="alert">
        {announced.value}
      </p>
    </PanelFrame>
  )
}

function Tools() {
  const { isEditable } = alertsModel.data.value
  return (
    <>
      <button
        type="button"
        class="chip-button"
        aria-pressed={isSoundOn.value}
        title="Sound of rules with a channel of type sound"
        onClick={toggleSound}
      >
        Sound
      </button>
      <button
        type="button"
        class="chip-button"
        aria-pressed={isDesktopOn.value}
        title="Desktop notifications of rules with a channel of type desktop"
        onClick={toggleDesktop}
      >
        Desktop
      </button>
      {isEditable && (
        <button
          type="button"
          class="tool text"
          onClick={() => {
            const names = alertsModel.data.value.channels.map(channel => channel.name)
            editing.value = newDraft('price', instrument.value ?? '', names, String(tickerModel.value.last ?? ''))
          }}
        >
          New
        </button>
      )}
    </>
  )
}

function Footer() {
  const { rules, channels, deadLetters } = alertsModel.data.value
  const failing = channels.filter(channel => channel.failing !== undefined)
  const armed = rules.filter(rule => rule.state === 'armed' || rule.state === 'pending').length
  return (
    <p>
      <span>
        {rules.length} {rules.length === 1 ? 'rule' : 'rules'}, {armed} armed
        {deadLetters.length > 0 && <span class="amber"> · {deadLetters.length} given up</span>}
      </span>
      {failing.map(channel => (
        <span key={channel.name} class="amber" title={channel.failing}>
          {channel.name} fails
        </span>
      ))}
      {noiseProblem.value !== '' && <span class="amber">{noiseProblem.value}</span>}
    </p>
  )
}

function FiresTable() {
  const fires = alertsModel.data.value.fires.slice(-100).toReversed()
  return (
    <DataTable
      caption={`Latest ${fires.length} alerts`}
      columns={['Time UTC', 'Age', 'Severity', 'Rule', 'Message']}
      rows={fires.map(fire => [
        clock(fire.firedUs),
        age(nowMs.value - fire.firedUs / 1000),
        fire.severity,
        fire.name,
        fire.message,
      ])}
    />
  )
}
