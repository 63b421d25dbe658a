import { useSignal } from '@preact/signals'
import { compact, number, signed } from '../format/number.ts'
import { age, countdown } from '../format/time.ts'
import { store } from '../state/client.ts'
import { nowMs, serverNowUs } from '../state/link.ts'
import { hello, instrument, priceDecimals, symbol, turnoverUnit } from '../state/market.ts'
import { SCREENS, type Screen, screen } from '../state/settings.ts'
import { stateSentence, stateWord } from '../state/state-text.ts'
import { IntervalChips } from './interval-chips.tsx'
import { isLive, lamp } from './lamp.ts'
import { quickBox } from './quick-box.tsx'
import { SettingsMenu } from './settings-menu.tsx'
import { lastDirection, tickerModel } from './ticker-model.ts'

/** Symbol, price, day, derivatives, theme, and the lamp that tells the worst of what is visible. */
export function Header() {
  const panel = store('header')
  const state = panel.state.value
  const isMenuOpen = useSignal(false)
  return (
    <header
      class="top"
      data-testid="panel-header"
      data-state={state.kind}
      data-view="ticker"
      data-seq={panel.seq}
      data-ts={panel.lastRecvUs}
    >
      <span class="brand" title="Tickwire">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M2 18h6l3-10 6 17 4-12 2 5h7" />
        </svg>
      </span>
      <button
        type="button"
        class="symbol"
        title="Change symbol: type any letter"
        onClick={() => {
          quickBox.value = { kind: 'symbol', text: '' }
        }}
      >
        <b>{symbol.value || '…'}</b>
        <span>{venueName()}</span>
      </button>
      <Screens />
      <Price isCurrent={isLive(state)} />
      <Day isCurrent={isLive(state)} />
      <IntervalChips place="header" />
      <Source />
      <Lamp />
      <button
        type="button"
        class="tool"
        aria-label="Settings"
        aria-expanded={isMenuOpen.value}
        onClick={() => {
          isMenuOpen.value = !isMenuOpen.value
        }}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2 4.5h7m3 0h2M2 11.5h2m3 0h7M10.5 2.8v3.4M5.5 9.8v3.4" />
        </svg>
      </button>
      {isMenuOpen.value && (
        <SettingsMenu
          onClose={() => {
            isMenuOpen.value = false
          }}
        />
      )}
    </header>
  )
}

const SCREEN_NAMES: Readonly<Record<Screen, string>> = { market: 'Market', account: 'Account', signals: 'Signals' }

function Screens() {
  return (
    <nav class="screens" aria-label="Screens">
      {SCREENS.map((name, index) => (
        <button
          key={name}
          type="button"
          class="chip-button"
          title={`Alt+${index + 1}`}
          aria-current={screen.value === name ? 'page' : undefined}
          onClick={() => {
            screen.value = name
          }}
        >
          {SCREEN_NAMES[name]}
        </button>
      ))}
    </nav>
  )
}

function venueName(): string {
  const id = instrument.value ?? ''
  return id.slice(0, Math.max(0, id.indexOf(':')))
}

function Price({ isCurrent }: { readonly isCurrent: boolean }) {
  const { last, open } = tickerModel.value
  const change = last !== undefined && open !== undefined && open > 0 ? ((last - open) / open) * 100 : undefined
  const direction = lastDirection.value
  const shownDirection = isCurrent ? direction : 'old'
  return (
    <div class="price" data-testid="price" data-current={isCurrent}>
      <b class={shownDirection}>{last === undefined ? '–' : number(last, priceDecimals.value)}</b>
      <span class={isCurrent && change !== undefined ? (change >= 0 ? 'up' : 'down') : 'old'}>
        {change === undefined ? '' : `${change >= 0 ? '▲' : '▼'} ${signed(change, 2)}%`}
      </span>
      {!isCurrent && last !== undefined && <PriceAge />}
    </div>
  )
}

/** A price that is not current says how old it is. */
function PriceAge() {
  const receivedUs = store('header').lastRecvUs
  const isKnown = nowMs.value > 0 && receivedUs > 0
  return isKnown ? <em class="amber">{age((serverNowUs() - receivedUs) / 1000)} old</em> : null
}

function Day({ isCurrent }: { readonly isCurrent: boolean }) {
  const { high, low, quoteVolume, mark, index, fundingRate, fundingTimeUs, markReason } = tickerModel.value
  const decimals = priceDecimals.value
  const tick = nowMs.value
  const shown = (value: number | undefined): string => (value === undefined ? '–' : number(value, decimals))
  return (
    <dl class={`day ${isCurrent ? '' : 'old'}`}>
      <Cell name="24h high" value={shown(high)} />
      <Cell name="24h low" value={shown(low)} />
      <Cell name={`24h ${turnoverUnit.value}`} value={quoteVolume === undefined ? '–' : compact(quoteVolume)} />
      {markReason === undefined ? (
        <>
          <Cell name="Mark" value={shown(mark)} />
          <Cell name="Index" value={shown(index)} />
          <Cell
            name="Funding"
            value={fundingRate === undefined ? '–' : `${signed(fundingRate * 100, 4)}%`}
            extra={fundingTimeUs === undefined || tick === 0 ? '' : countdown((fundingTimeUs - serverNowUs()) / 1000)}
          />
        </>
      ) : (
        <Cell name="Mark, index, funding" value="none for spot" title={markReason} />
      )}
    </dl>
  )
}

interface CellProps {
  readonly name: string
  readonly value: string
  readonly extra?: string
  readonly title?: string
}

function Cell({ name, value, extra = '', title }: CellProps) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>
        {value}
        {extra !== '' && <small>{extra}</small>}
      </dd>
    </div>
  )
}

/** Whether this is the real market: anything else is said in words and in the one colour for it. */
function Source() {
  const source = hello.value?.source
  if (source === undefined) return null
  const names = {
    generated: 'Generated market',
    recording: 'Recording',
    live: 'Live',
    testnet: 'Testnet',
    demo: 'Demo',
  }
  const isReal = source.kind === 'live'
  return (
    <span
      class={`source ${isReal ? '' : 'amber'}`}
      data-testid="source"
      data-source={source.kind}
      title={isReal ? `Source: ${source.label}` : `These are not live prices. ${names[source.kind]}: ${source.label}`}
    >
      <b>{names[source.kind]}</b>
      <span>{source.label}</span>
    </span>
  )
}

function Lamp() {
  const worst = lamp.value
  const tick = nowMs.value
  if (worst === undefined || tick === 0) return null
  const live = isLive(worst.state)
  const text = live
    ? 'Everything visible is live.'
    : `${worst.panel}: ${stateSentence(worst.state, serverNowUs(), tick)}`
  return (
    <span
      class={`live-lamp ${live ? '' : 'amber'}`}
      data-testid="lamp"
      data-state={live ? 'live' : worst.state.kind}
      title={text}
    >
      <i class="lamp" aria-hidden="true" />
      {live ? 'Live' : stateWord(worst.state)}
    </span>
  )
}
