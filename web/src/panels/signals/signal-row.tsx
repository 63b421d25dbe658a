import { useSignal } from '@preact/signals'
import type { SignalEvent } from '../../../../src/signal/signal.ts'
import { number, signed } from '../../format/number.ts'
import { age, clock, clockMs, span } from '../../format/time.ts'
import { mutedSignals } from '../../state/settings.ts'
import { alertFromSignal } from '../alerts/make-alert.ts'
import type { SignalOrigin } from '../alerts/rule-draft.ts'
import { OnsetChart } from './onset-chart.tsx'
import { showOnChart } from './show-on-chart.ts'
import { directionOf, nameOf, reasonText } from './signal-words.ts'
import { type Episode, isWhole, marketOf, signalsModel } from './signals-model.ts'

export interface SignalRowProps {
  readonly episode: Episode
  /** Its market is the one that is shown: others are not watched, and their episodes do not go on here. */
  readonly isOfNow: boolean
  readonly isOpen: boolean
  readonly onToggle: () => void
}

/** One episode: in a line, and unfolded with everything that is known of it. */
export function SignalRow({ episode, isOfNow, isOpen, onToggle }: SignalRowProps) {
  const { event, startUs } = episode
  const direction = directionOf(event.direction)
  const isOver = event.phase === 'end'
  return (
    <li class={isOver ? 'over' : ''} data-episode={episode.id}>
      <button type="button" class="signal-line" aria-expanded={isOpen} onClick={onToggle}>
        <time class="muted">{clock(startUs)}</time>
        {!isWhole(event) && (
          <span class="chip amber" title={qualityTitle(event)}>
            <i class="lamp" aria-hidden="true" />
            {event.quality.state === 'ok' ? 'gaps' : event.quality.state}
          </span>
        )}
        {!isOfNow && (
          <span class="chip" title="Of a market that is not shown now: what followed is not known here">
            {marketOf(event)}
          </span>
        )}
        <span class={direction.tone} title={`direction: ${direction.word}`}>
          {direction.mark}
          <span class="visually-hidden">{direction.word}</span>
        </span>
        <b>{nameOf(event.type)}</b>
        <Strength value={event.strength} />
        {isOfNow && !isOver && event.phase !== 'start' && <span class="chip">goes on</span>}
        <span class="headline">{event.headline}</span>
      </button>
      {isOpen && <Details episode={episode} />}
    </li>
  )
}

/** Why it is marked before it is read. */
function qualityTitle({ quality }: SignalEvent): string {
  if (quality.state === 'warming') return 'Told before enough was known of what is usual'
  if (quality.state === 'stale') return 'Its data was too old when it was told'
  return 'Something was missing in its data'
}

/** Five steps; it is no probability, and the title says so. */
function Strength({ value }: { readonly value: number }) {
  const steps = Math.max(1, Math.ceil(Math.min(1, Math.max(0, value)) * 5))
  const text = `strength ${Math.round(value * 100)} %, no probability`
  return (
    <span class="strength" role="img" aria-label={text} title={text}>
      {[1, 2, 3, 4, 5].map(step => (
        <i key={step} class={step <= steps ? 'on' : ''} />
      ))}
    </span>
  )
}

function Details({ episode }: { readonly episode: Episode }) {
  const { event, count, startUs } = episode
  return (
    <div class="signal-details">
      <OnsetChart
        instrument={marketOf(event)}
        startUs={startUs}
        endUs={event.phase === 'end' ? event.timeUs : undefined}
      />
      <table class="data compact">
        <thead>
          <tr>
            <th scope="col">Reason</th>
            <th scope="col">Passed</th>
            <th scope="col">Value</th>
            <th scope="col">Threshold</th>
          </tr>
        </thead>
        <tbody>
          {event.reasons.map(reason => {
            const text = reasonText(reason)
            return (
              <tr key={reason.term}>
                <td>{reason.term}</td>
                <td>{reason.pass ? '✓ yes' : '✗ no'}</td>
                <td>{text.value}</td>
                <td>{text.threshold}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <dl class="facts">
        <Fact name="Against" lines={event.against} none="nothing known" />
        <Fact name="Notes" lines={event.notes} none="none" />
        <Fact name="Data" lines={[qualityText(event)]} none="" />
        <Fact name="Reliability" lines={[reliabilityText(event)]} none="" />
        <Fact
          name="When"
          lines={[
            `${clockMs(event.timeUs)} UTC by the venue, ${count === 1 ? 'told once' : `told ${count} times`}, from ${event.evidence.streams.join(' and ')} of ${span(event.evidence.fromUs, event.evidence.toUs)}`,
          ]}
          none=""
        />
      </dl>
      <p class="choices">
        <Actions episode={episode} />
      </p>
    </div>
  )
}

interface FactProps {
  readonly name: string
  readonly lines: readonly string[]
  readonly none: string
}

function Fact({ name, lines, none }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      {lines.length === 0 ? <dd class="muted">{none}</dd> : lines.map(line => <dd key={line}>{line}</dd>)}
    </div>
  )
}

function qualityText({ quality }: SignalEvent): string {
  const gaps = quality.gaps === 0 ? 'no gap' : quality.gaps === 1 ? 'one gap' : `${quality.gaps} gaps`
  const coverage = quality.coverage === undefined ? '' : `, coverage ${quality.coverage}`
  const late = quality.lateDropped === 0 ? '' : `, ${number(quality.lateDropped, 0)} came too late`
  return `${quality.state}, ${number(quality.n, 0)} inputs, newest ${age(quality.ageMs)} old, ${gaps}${coverage}${late}`
}

/** Only what was measured is told; nothing stands in its place. */
function reliabilityText({ reliability }: SignalEvent): string {
  if (reliability === null) return 'not measured'
  const { hitRate, low95, high95, baseRate, n, horizonMs, meanNetBps, measuredOn } = reliability
  const percent = (value: number): string => number(value * 100, 0)
  return `${percent(hitRate)} % of ${number(n, 0)} (${percent(low95)} to ${percent(high95)} %) after ${age(horizonMs)}, by chance ${percent(baseRate)} %, ${signed(meanNetBps, 1)} bps net; ${measuredOn}`
}

function Actions({ episode }: { readonly episode: Episode }) {
  const { event } = episode
  const told = useSignal('')
  const name = nameOf(event.type).toLowerCase()
  return (
    <>
      <button type="button" class="link" onClick={() => showOnChart(episode)}>
        Show on chart
      </button>
      <button type="button" class="link" onClick={() => alertFromSignal(originOf(event))}>
        Make alert
      </button>
      <button
        type="button"
        class="link"
        onClick={() => {
          navigator.clipboard
            .writeText(JSON.stringify(event, undefined, 2))
            .then(() => {
              told.value = 'Copied.'
            })
            .catch((error: unknown) => {
              told.value = 'The browser does not let it be copied.'
              console.info('the clipboard is not available', error)
            })
        }}
      >
        Copy JSON
      </button>
      <button
        type="button"
        class="link"
        onClick={() => {
          mutedSignals.value = [...new Set([...mutedSignals.value, event.type])]
        }}
      >
        Mute {name}
      </button>
      <span role="status">{told.value}</span>
    </>
  )
}

/** What an alert on the next such event needs to know. */
function originOf(event: SignalEvent): SignalOrigin {
  const { type, direction, reasons } = event
  const now = signalsModel.readings.value.find(reading => reading.signal === type)?.value
  const threshold = reasons.map(reason => reason.threshold).find(value => typeof value === 'number')
  const params = signalsModel.options.value[type]
  return { type, direction, instrument: marketOf(event), level: now ?? threshold, params }
}
