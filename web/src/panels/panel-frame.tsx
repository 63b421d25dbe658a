import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { severityOf, type ViewState } from '../../../src/server/protocol.ts'
import { age } from '../format/time.ts'
import type { PanelId } from '../link/messages.ts'
import { reopen, retryNow, store } from '../state/client.ts'
import { link, nowMs, serverNowUs, throttledHz } from '../state/link.ts'
import { instrument } from '../state/market.ts'
import { stateSentence, stateWord } from '../state/state-text.ts'

export interface PanelFrameProps {
  readonly id: PanelId
  readonly view: string
  readonly title: string
  /** Figures beside the title. */
  readonly meta?: ComponentChildren
  readonly tools?: ComponentChildren
  readonly children: ComponentChildren
  readonly footer?: ComponentChildren
  /** The accessible twin of a canvas. */
  readonly table?: () => ComponentChildren
  readonly className?: string
}

/** What every panel has around its content: title, state in words, age, and the banner that says what is wrong. */
export function PanelFrame(props: PanelFrameProps) {
  const { id, view, title, meta, tools, children, footer, table, className = '' } = props
  const panel = store(id)
  const isTable = useSignal(false)
  const state = panel.state.value
  // Reading the clock here keeps ages and attributes fresh; the canvas inside is not touched by it.
  const localNow = nowMs.value
  return (
    <section
      class={`panel panel-${id} ${className}`}
      aria-label={title}
      tabIndex={-1}
      data-testid={`panel-${id}`}
      data-state={state.kind}
      data-view={view}
      data-seq={panel.seq}
      data-ts={panel.lastRecvUs}
    >
      <header class="panel-head">
        <h2>{title}</h2>
        <div class="panel-meta">{meta}</div>
        <div class="panel-tools">
          {tools}
          {table !== undefined && (
            <button
              type="button"
              class="tool"
              aria-pressed={isTable.value}
              title="Show as table"
              aria-label={`Show ${title} as table`}
              onClick={() => {
                isTable.value = !isTable.value
              }}
            >
              <svg viewBox="0 0 16 16" aria-hidden="true">
                <path d="M2 3.5h12M2 8h12M2 12.5h12M6 3.5v9" />
              </svg>
            </button>
          )}
          <StateChip state={state} localNow={localNow} />
        </div>
      </header>
      <StateBanner id={id} state={state} localNow={localNow} hasData={panel.hasData.value} />
      <div class="panel-body" data-faded={isFaded(state)}>
        {isTable.value && table !== undefined ? (
          <section
            class="table-box"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by the keyboard.
            tabIndex={0}
            aria-label={`${title}, latest rows`}
          >
            {table()}
          </section>
        ) : (
          children
        )}
        <EmptyState state={state} hasData={panel.hasData.value} id={id} localNow={localNow} />
      </div>
      {footer !== undefined && <footer class="panel-foot">{footer}</footer>}
    </section>
  )
}

function isFaded(state: ViewState): string | undefined {
  if (state.kind === 'disconnected') return 'grey'
  if (state.kind === 'stale' || state.kind === 'gapped') return 'dim'
  return undefined
}

function StateChip({ state, localNow }: { readonly state: ViewState; readonly localNow: number }) {
  const sentence = stateSentence(state, serverNowUs(), localNow)
  const hz = throttledHz.value
  const isBad = severityOf(state.kind) >= severityOf('throttled')
  const since = state.kind === 'stale' ? age((serverNowUs() - (state.lastEventUs ?? state.sinceUs)) / 1000) : ''
  return (
    <>
      {hz !== undefined && <span class="chip amber">{hz} Hz</span>}
      <span class={`chip state-${state.kind} ${isBad ? 'amber' : ''}`} title={sentence} data-testid="state-chip">
        <i class="lamp" aria-hidden="true" />
        {state.kind === 'live' ? <span class="chip-word">live</span> : `${stateWord(state)} ${since}`}
      </span>
    </>
  )
}

interface BannerProps {
  readonly id: PanelId
  readonly state: ViewState
  readonly localNow: number
  readonly hasData: boolean
}

/** Says in words what is wrong, over content that is kept. */
function StateBanner({ state, localNow, hasData }: BannerProps) {
  const sentence = stateSentence(state, serverNowUs(), localNow)
  if (
    state.kind === 'disconnected' ||
    state.kind === 'stale' ||
    state.kind === 'gapped' ||
    state.kind === 'backfilling'
  ) {
    return (
      <p class="banner amber" role="status" title={sentence}>
        <span>{sentence}</span>
        {state.kind === 'disconnected' && link.value.kind !== 'open' && (
          <button type="button" class="link" onClick={retryNow}>
            Retry
          </button>
        )}
      </p>
    )
  }
  if (state.kind === 'quiet' && hasData) return <p class="banner muted">{sentence}</p>
  return null
}

/** Stands in the middle of a panel that has nothing to draw. */
function EmptyState({ id, state, localNow, hasData }: BannerProps) {
  if (state.kind === 'loading' && !hasData) {
    const isSlow = localNow * 1000 - state.sinceUs > 5_000_000
    return (
      <div class="empty skeleton" role="status">
        <p>{stateSentence(state, serverNowUs(), localNow)}</p>
        {isSlow && (
          <button type="button" class="button" onClick={() => reopen(id)}>
            Retry
          </button>
        )}
      </div>
    )
  }
  if (state.kind === 'unsupported' || state.kind === 'empty') {
    return (
      <div class="empty">
        <p class="strong">{state.kind === 'empty' ? 'Nothing here' : 'Not published here'}</p>
        <p>{state.text}</p>
      </div>
    )
  }
  if (state.kind !== 'error') return null
  return (
    <div class="empty solid" role="alert">
      <p class="strong">{state.text}</p>
      <p class="choices">
        {(state.suggestions ?? []).map(suggestion => (
          <button
            key={suggestion}
            type="button"
            class="button"
            onClick={() => {
              instrument.value = suggestion
            }}
          >
            {suggestion}
          </button>
        ))}
        <button type="button" class="button" onClick={() => reopen(id)}>
          Retry
        </button>
      </p>
    </div>
  )
}
