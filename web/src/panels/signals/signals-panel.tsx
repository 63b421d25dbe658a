import { useSignal } from '@preact/signals'
import { clock } from '../../format/time.ts'
import { listen, store } from '../../state/client.ts'
import { instrument } from '../../state/market.ts'
import { mutedSignals } from '../../state/settings.ts'
import { DataTable } from '../data-table.tsx'
import { PanelFrame } from '../panel-frame.tsx'
import { SignalRow } from './signal-row.tsx'
import { nameOf } from './signal-words.ts'
import { marketOf, NO_FILTER, signalsModel } from './signals-model.ts'

/** Rows on the page at once; a filter brings the older ones forward. */
const SHOWN = 120

const STRENGTHS = [
  [0, 'any strength'],
  [0.25, 'from 25 %'],
  [0.5, 'from 50 %'],
  [0.75, 'from 75 %'],
] as const

listen(
  'signals',
  message => signalsModel.accept(message),
  () => signalsModel.clear(),
)

/** What signals told, newest first: each with its reasons, what speaks against it, and how good its data was. */
export function SignalsPanel() {
  return (
    <PanelFrame
      id="signals"
      view="signals"
      title="Signals"
      tools={<Filters />}
      table={SignalsTable}
      footer={<Footer />}
    >
      <div class="signals-box">
        <Muted />
        <List />
      </div>
    </PanelFrame>
  )
}

/** What is muted stays in sight, and each can be heard again. */
function Muted() {
  const muted = mutedSignals.value
  if (muted.length === 0) return null
  return (
    <p class="signals-muted">
      <span class="muted">Muted:</span>
      {muted.map(type => (
        <button
          key={type}
          type="button"
          class="chip-button"
          aria-label={`Unmute ${nameOf(type)}`}
          title="Show them again"
          onClick={() => {
            mutedSignals.value = muted.filter(other => other !== type)
          }}
        >
          {nameOf(type)} ×
        </button>
      ))}
    </p>
  )
}

function List() {
  const open = useSignal('')
  const shown = signalsModel.shown.value
  const all = signalsModel.episodes.value.length
  const isReady = store('signals').hasData.value
  if (isReady && shown.length === 0) return <Nothing hidden={all} />
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by the keyboard.
    <section class="table-box" tabIndex={0} aria-label="Signals, newest first">
      <ul class="signals">
        {shown.slice(0, SHOWN).map(episode => (
          <SignalRow
            key={episode.id}
            episode={episode}
            isOfNow={marketOf(episode.event) === instrument.value}
            isOpen={open.value === episode.id}
            onToggle={() => {
              open.value = open.value === episode.id ? '' : episode.id
            }}
          />
        ))}
      </ul>
      {shown.length > SHOWN && <p class="hint">{shown.length - SHOWN} older ones match; filter to see them.</p>}
    </section>
  )
}

/** An empty list says why it is empty. */
function Nothing({ hidden }: { readonly hidden: number }) {
  return (
    <div class="hint centred signals-nothing">
      <p>
        {hidden === 0
          ? 'Nothing has happened yet. Signals need some minutes to learn what is usual; silence is normal here.'
          : `${hidden} left out by the filter.`}
      </p>
      {hidden > 0 && (
        <button
          type="button"
          class="button"
          onClick={() => {
            signalsModel.filter.value = NO_FILTER
            mutedSignals.value = []
          }}
        >
          Show all
        </button>
      )}
    </div>
  )
}

function Filters() {
  const filter = signalsModel.filter.value
  return (
    <>
      <span class="select">
        <select
          aria-label="Type of signal"
          value={filter.type}
          onChange={event => {
            signalsModel.filter.value = { ...filter, type: event.currentTarget.value }
          }}
        >
          <option value="">all types</option>
          {signalsModel.types.value.map(type => (
            <option key={type} value={type}>
              {nameOf(type)}
            </option>
          ))}
        </select>
      </span>
      <span class="select">
        <select
          aria-label="Market of signal"
          value={filter.market}
          onChange={event => {
            signalsModel.filter.value = { ...filter, market: event.currentTarget.value }
          }}
        >
          <option value="">all markets</option>
          {signalsModel.markets.value.map(market => (
            <option key={market} value={market}>
              {market}
            </option>
          ))}
        </select>
      </span>
      <span class="select">
        <select
          aria-label="Least strength"
          value={String(filter.minStrength)}
          onChange={event => {
            signalsModel.filter.value = { ...filter, minStrength: Number(event.currentTarget.value) }
          }}
        >
          {STRENGTHS.map(([value, name]) => (
            <option key={value} value={String(value)}>
              {name}
            </option>
          ))}
        </select>
      </span>
      <button
        type="button"
        class="chip-button"
        aria-pressed={filter.isWholeOnly}
        title="Only what rests on whole and current data"
        onClick={() => {
          signalsModel.filter.value = { ...filter, isWholeOnly: !filter.isWholeOnly }
        }}
      >
        whole
      </button>
    </>
  )
}

function Footer() {
  const readings = signalsModel.readings.value
  const warming = readings.filter(reading => reading.state === 'warming').map(reading => nameOf(reading.signal))
  const refused = signalsModel.refused.value
  const dropped = signalsModel.dropped.value
  return (
    <p>
      <span title={warming.length === 0 ? undefined : `Warming up: ${warming.join(', ')}`}>
        {signalsModel.sinceUs.value === 0
          ? '\u00a0'
          : `${readings.length} watch since ${clock(signalsModel.sinceUs.value)} UTC${warming.length === 0 ? '' : ` · ${warming.length} warming up`}`}
        {dropped > 0 && ` · ${dropped} older ones dropped`}
      </span>
      {refused.length > 0 && (
        <span title={refused.map(one => `${nameOf(one.signal)}: ${one.reason}`).join('\n')}>
          not here: {refused.map(one => nameOf(one.signal)).join(', ')}
        </span>
      )}
    </p>
  )
}

function SignalsTable() {
  const rows = signalsModel.shown.value.slice(0, 100)
  return (
    <DataTable
      caption={`Latest ${rows.length} signals`}
      columns={['Begin UTC', 'Market', 'Type', 'Phase', 'Strength', 'Data', 'What']}
      rows={rows.map(({ event, startUs }) => [
        clock(startUs),
        marketOf(event),
        nameOf(event.type),
        event.phase === 'end' ? 'over' : 'open',
        `${Math.round(event.strength * 100)} %`,
        event.quality.state,
        event.headline,
      ])}
    />
  )
}
