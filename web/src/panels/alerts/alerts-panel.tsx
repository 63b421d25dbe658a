import { age, clock } from '../../format/time.ts'
import { tickerModel } from '../../shell/ticker-model.ts'
import { listen, store } from '../../state/client.ts'
import { nowMs } from '../../state/link.ts'
import { instrument } from '../../state/market.ts'
import { isDesktopOn, isSoundOn } from '../../state/settings.ts'
import { DataTable } from '../data-table.tsx'
import { PanelFrame } from '../panel-frame.tsx'
import { Fires } from './alert-fires.tsx'
import { announced, noiseProblem, toggleDesktop, toggleSound } from './alert-noise.ts'
import { AlertRule } from './alert-rule.tsx'
import { alertsModel } from './alerts-model.ts'
import { BacktestBox } from './backtest-box.tsx'
import { edit, editing, isOverPage } from './editing.ts'
import { RuleEditor } from './rule-dialog.tsx'
import { newDraft } from './rule-draft.ts'

listen(
  'alerts',
  message => alertsModel.accept(message),
  () => alertsModel.clear(),
)

/** Rules with their state, what fired, and whether it was delivered. */
export function AlertsPanel() {
  const { rules, channels, isEditable } = alertsModel.data.value
  const isEditing = editing.value !== undefined
  const isReady = store('alerts').hasData.value
  return (
    <PanelFrame id="alerts" view="alerts" title="Alerts" tools={<Tools />} table={FiresTable} footer={<Footer />}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by the keyboard. */}
      <section class="table-box" tabIndex={0} aria-label="Alert rules and what fired">
        {!isOverPage() && (
          <>
            <RuleEditor />
            <BacktestBox />
          </>
        )}
        <ul class="alert-rules">
          {rules.map(rule => (
            <AlertRule
              key={`${rule.id} ${rule.instrument}`}
              rule={rule}
              channels={channels}
              isEditable={isEditable}
              onEdit={edit}
            />
          ))}
        </ul>
        {isReady && rules.length === 0 && !isEditing && (
          <p class="hint centred">
            No alerts yet.{isEditable ? ' “New” makes one, or Alt+A at a price of the chart.' : ''}
          </p>
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
            edit(newDraft('price', instrument.value ?? '', names, String(tickerModel.value.last ?? '')))
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
