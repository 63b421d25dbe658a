import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { BacktestRun, RecordingRow } from '../../../../src/server/alert-protocol.ts'
import { compact, number } from '../../format/number.ts'
import { clock, dateTime } from '../../format/time.ts'
import { changeJson, getJson } from '../../state/api.ts'
import { alertsModel } from './alerts-model.ts'
import { backtesting } from './backtesting.ts'

/** Tries the rule on a recording of the server, and lists when it would have fired. */
export function BacktestBox() {
  const rule = backtesting.value
  if (rule === undefined) return null
  const texts = [rule['name'], rule['id']].filter(value => typeof value === 'string')
  const name = texts.find(text => text !== '') ?? 'rule'
  return (
    <section class="backtest" aria-label={`Back-test of ${name}`}>
      <p class="alert-what">
        <b>Back-test of {name}</b>
        <button
          type="button"
          class="tool"
          aria-label="Close the back-test"
          title="Close"
          onClick={() => {
            backtesting.value = undefined
          }}
        >
          ×
        </button>
      </p>
      {alertsModel.data.value.hasRecordings ? <Trial rule={rule} name={name} /> : <Missing />}
    </section>
  )
}

/** How to get what is missing. */
function Missing() {
  return (
    <p class="muted">
      This server has no recordings: start it with <code>--recordings DIR</code>. <code>tickwire capture</code> writes
      them; <code>tickwire alert backtest</code> does the same on the command line.
    </p>
  )
}

/** Starts the rule on a recording, and tells what comes of it. */
function Trial({ rule, name }: { readonly rule: Readonly<Record<string, unknown>>; readonly name: string }) {
  const recordings = useSignal<readonly RecordingRow[] | undefined>(undefined)
  const problem = useSignal('')
  const started = useSignal(0)
  const fail = (error: unknown): void => {
    problem.value = error instanceof Error ? error.message : String(error)
  }
  useEffect(() => {
    getJson('/api/alerts/recordings')
      .then(body => {
        recordings.value = rowsOf(body)
      })
      .catch(fail)
  }, [])
  const run = alertsModel.data.value.backtest
  const isRunning = run?.state === 'running'
  const stop = (): void => {
    changeJson('DELETE', '/api/alerts/backtest', {}).catch(fail)
  }
  const start = (recording: string): void => {
    problem.value = ''
    changeJson('POST', '/api/alerts/backtest', { rule, recording })
      .then(answer => {
        started.value = idOf(answer)
      })
      .catch(fail)
  }
  return (
    <>
      <TrialForm recordings={recordings.value} isRunning={isRunning} onStart={start} onStop={stop} />
      {problem.value !== '' && (
        <p class="amber" role="alert">
          {problem.value}
        </p>
      )}
      {run !== undefined && (run.id === started.value || isRunning) && <Result run={run} isOwn={run.rule === name} />}
    </>
  )
}

interface TrialFormProps {
  /** Undefined until they are known. */
  readonly recordings: readonly RecordingRow[] | undefined
  readonly isRunning: boolean
  readonly onStart: (recording: string) => void
  readonly onStop: () => void
}

function TrialForm({ recordings, isRunning, onStart, onStop }: TrialFormProps) {
  const chosen = useSignal('')
  const select = useRef<HTMLSelectElement>(null)
  useEffect(() => {
    if (recordings === undefined) return
    chosen.value = recordings[0]?.name ?? ''
    select.current?.focus()
  }, [recordings])
  return (
    <p class="backtest-form">
      <label class="field">
        <span>Recording</span>
        <select
          ref={select}
          value={chosen.value}
          onChange={event => {
            chosen.value = event.currentTarget.value
          }}
        >
          {(recordings ?? []).map(({ name: file, bytes }) => (
            <option key={file} value={file}>
              {file} ({compact(bytes / 1e6)} MB)
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="button"
        disabled={isRunning || chosen.value === ''}
        onClick={() => onStart(chosen.value)}
      >
        Start
      </button>
      <button type="button" class="button" disabled={!isRunning} onClick={onStop}>
        Stop
      </button>
      {recordings?.length === 0 && <span class="muted">The folder holds no .jsonl or .jsonl.gz.</span>}
    </p>
  )
}

/** How far it is, and what it found. */
function Result({ run, isOwn }: { readonly run: BacktestRun; readonly isOwn: boolean }) {
  const percent = Math.round(run.share * 100)
  return (
    <>
      <p class="backtest-told">
        {run.state === 'running' && (
          <progress max={100} value={percent} aria-label={`Read so far: ${percent} %`}>
            {percent} %
          </progress>
        )}
        <span role="status">{verdictOf(run, isOwn)}</span>
      </p>
      {run.notes.map(note => (
        <p key={note} class="muted">
          {note}
        </p>
      ))}
      {run.list.length > 0 && (
        <ol class="alert-fires" aria-label="When it would have fired">
          {run.list.map((fire, index) => (
            <li key={index}>
              <time class="muted">
                {dateTime(fire.firedUs).slice(0, 10)} {clock(fire.firedUs)}
              </time>
              <span>{fire.message}</span>
            </li>
          ))}
        </ol>
      )}
      {run.fires > run.list.length && <p class="muted">and {number(run.fires - run.list.length, 0)} more.</p>}
    </>
  )
}

/** One sentence, as it is read aloud. */
function verdictOf(
  { state, share, fires, suppressed, fromUs, toUs, reason, rule, recording }: BacktestRun,
  isOwn: boolean,
): string {
  const whose = isOwn ? '' : `“${rule}”: `
  const times = fires === 1 ? 'once' : `${number(fires, 0)} times`
  const found = fires === 0 ? 'would not have fired' : `would have fired ${times}`
  const kept = suppressed === 0 ? '' : `, ${number(suppressed, 0)} kept back`
  const when = fromUs === undefined || toUs === undefined ? `in ${recording}` : `from ${spanText(fromUs, toUs)} UTC`
  switch (state) {
    case 'running':
      if (share === 0) return `${whose}looking through ${recording}`
      return `${whose}reading ${recording}; so far ${fires === 0 ? 'no fire' : times}`
    case 'done':
      return `${whose}${found} ${when}${kept}.`
    case 'stopped':
      return `${whose}stopped before the end${reason === undefined ? '' : `: ${reason}`} Fires until then: ${number(fires, 0)}${kept}.`
    case 'failed':
      return `${whose}${reason ?? 'It failed.'}`
  }
}

function spanText(fromUs: number, toUs: number): string {
  const [from, to] = [dateTime(fromUs), dateTime(toUs)]
  return from.slice(0, 10) === to.slice(0, 10)
    ? `${from.slice(0, 10)} ${clock(fromUs)} to ${clock(toUs)}`
    : `${from} to ${to}`
}

function rowsOf(body: unknown): readonly RecordingRow[] {
  if (typeof body !== 'object' || body === null || !('recordings' in body)) return []
  return Array.isArray(body.recordings) ? body.recordings.filter(isRow) : []
}

function isRow(value: unknown): value is RecordingRow {
  return typeof value === 'object' && value !== null && 'name' in value && 'bytes' in value
}

function idOf(answer: unknown): number {
  const id = typeof answer === 'object' && answer !== null && 'id' in answer ? answer.id : 0
  return typeof id === 'number' ? id : 0
}
