import { effect, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Bar } from '../../../../src/server/protocol.ts'
import { frames } from '../../draw/frame-loop.ts'
import { palette } from '../../draw/palette.ts'
import { compact, number, signed } from '../../format/number.ts'
import { clock, countdown, dateTime } from '../../format/time.ts'
import { IntervalChips } from '../../shell/interval-chips.tsx'
import { listen, store } from '../../state/client.ts'
import { nowMs, serverNowUs } from '../../state/link.ts'
import { instrument, interval, priceDecimals } from '../../state/market.ts'
import { alertAtPrice } from '../alerts/make-alert.ts'
import { DataTable } from '../data-table.tsx'
import { PanelFrame } from '../panel-frame.tsx'
import { CandleModel, MOST_BARS } from './candle-model.ts'
import { ChartRenderer } from './chart-renderer.ts'
import { IndicatorLegend } from './indicators/indicator-legend.tsx'
import { isIndicatorsOpen } from './indicators/indicator-menu.tsx'
import { indicatorModels } from './indicators/indicator-models.ts'
import { loadOlder } from './load-older.ts'
import { PriceAlerts } from './price-alerts.tsx'
import { jumps, type ShownEpisode, shownEpisode } from './shown-episode.ts'

export const candleModel = new CandleModel()

listen(
  'chart',
  message => candleModel.accept(message),
  () => candleModel.clear(),
)

const KEYS = new Map<string, (chart: ChartRenderer) => void>([
  ['ArrowLeft', chart => chart.pan(-1)],
  ['ArrowRight', chart => chart.pan(1)],
  ['ArrowUp', chart => chart.zoom(1.15)],
  ['ArrowDown', chart => chart.zoom(1 / 1.15)],
  ['+', chart => chart.zoom(1.15)],
  ['-', chart => chart.zoom(1 / 1.15)],
  ['End', chart => chart.toEdge()],
  ['Home', chart => chart.pan(-MOST_BARS)],
])

function draw(renderer: ChartRenderer): void {
  const isAnew = candleModel.needsReset
  renderer.draw()
  if (isAnew && needsWholeSession(candleModel)) loadOlder(candleModel)
}

/** Keeps the chart as the page wants it until the returned function is called. */
function follow(renderer: ChartRenderer): () => void {
  const stops = [
    effect(() => renderer.recolor(palette.value)),
    effect(() => renderer.setDecimals(priceDecimals.value)),
    effect(() => {
      renderer.setIndicators(indicatorModels.value)
      if (needsWholeSession(candleModel)) loadOlder(candleModel)
    }),
    effect(() => {
      const { kind } = store('chart').state.value
      renderer.setLive(kind === 'live' || kind === 'quiet' || kind === 'backfilling')
    }),
    effect(() => renderer.setEpisode(markedHere())),
    effect(() => {
      const count = jumps.value
      const episode = count === 0 ? undefined : shownEpisode.peek()
      if (episode !== undefined) renderer.goTo(episode.startUs / 1e6)
    }),
    frames.add({ isDirty: () => candleModel.isDirty || renderer.isUnderWay, draw: () => draw(renderer) }),
  ]
  return () => {
    for (const stop of stops) stop()
    renderer.dispose()
  }
}

/** What is marked belongs to one market. */
function markedHere(): ShownEpisode | undefined {
  const episode = shownEpisode.value
  return episode?.instrument === instrument.value ? episode : undefined
}

let current: ChartRenderer | undefined

/** First and last second on the screen, for tests. */
export function visibleRange(): readonly [number, number] | undefined {
  return current?.visibleRange()
}

/** Opens the form for an alert at the crosshair, or at the last price where there is none. */
export function alertAtCrosshair(clientY?: number): void {
  const hovered = clientY === undefined ? current?.crosshairPrice : current?.priceAt(clientY)
  const price = hovered ?? candleModel.bars.at(-1)?.[4]
  alertAtPrice(price === undefined ? '' : price.toFixed(priceDecimals.value))
}

export function ChartPanel() {
  const box = useRef<HTMLDivElement>(null)
  const hovered = useSignal<Bar | undefined>(undefined)
  const hoveredIndex = useSignal<number | undefined>(undefined)
  const chart = useRef<ChartRenderer>(undefined)
  useEffect(() => {
    if (box.current === null) return undefined
    const onHover = (bar: Bar | undefined, index: number | undefined): void => {
      hovered.value = bar
      hoveredIndex.value = index
    }
    const renderer = new ChartRenderer(box.current, candleModel, palette.value, {
      onHover,
      onNeedOlder: () => loadOlder(candleModel),
    })
    chart.current = renderer
    current = renderer
    return follow(renderer)
  }, [])
  return (
    <PanelFrame
      id="chart"
      view="candles"
      title="Chart"
      meta={<Legend hovered={hovered.value} />}
      tools={<Tools />}
      table={CandleTable}
    >
      <div class="chart">
        <IndicatorLegend
          colorsOf={model => chart.current?.indicators.colorsOf(model) ?? []}
          hovered={hoveredIndex.value}
        />
        <EpisodeNote />
        <div class="chart-space">
          <div
            class="chart-box"
            ref={box}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: the chart is moved by the keyboard.
            tabIndex={0}
            role="application"
            aria-roledescription="chart"
            aria-label={`${instrument.value ?? ''} candles, ${interval.value}. Arrow keys move and zoom, Alt+R resets, Alt+A makes an alert.`}
            onKeyDown={event => {
              const act =
                event.altKey && event.key === 'r'
                  ? (renderer: ChartRenderer) => renderer.resetScale()
                  : KEYS.get(event.key)
              if (act === undefined || chart.current === undefined || event.ctrlKey || event.metaKey) return
              event.preventDefault()
              act(chart.current)
            }}
            onContextMenu={event => {
              event.preventDefault()
              // Without a pointer (Shift+F10) it is the crosshair that counts.
              alertAtCrosshair(event.button === 2 ? event.clientY : undefined)
            }}
          />
          <PriceAlerts chart={() => chart.current} />
        </div>
      </div>
    </PanelFrame>
  )
}

/** What is marked on the chart, in words, and the way to be rid of it. */
function EpisodeNote() {
  const episode = markedHere()
  if (episode === undefined) return null
  const isOpen = episode.endUs === undefined
  return (
    <p class="episode-note">
      <span>
        <b>{episode.name}</b> {clock(episode.startUs)} UTC{isOpen ? ', goes on' : ''}
        <span class="muted"> {episode.headline}</span>
      </span>
      <button
        type="button"
        class="tool"
        aria-label="Take the mark off the chart"
        title="Take the mark off the chart"
        onClick={() => {
          shownEpisode.value = undefined
        }}
      >
        ×
      </button>
    </p>
  )
}

function Tools() {
  const isOpen = isIndicatorsOpen.value
  return (
    <>
      <IntervalChips place="chart" />
      <button
        type="button"
        class="tool"
        title="Alert at a price (Alt+A, or right-click at the price)"
        aria-label="Alert at a price"
        onClick={() => alertAtCrosshair()}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M3 12h10c-1.5-1.5-1.5-3-1.5-5a3.5 3.5 0 0 0-7 0c0 2 0 3.5-1.5 5zM6.7 14h2.6" />
        </svg>
      </button>
      <button
        type="button"
        class="tool"
        title="Indicators (Alt+I)"
        aria-label="Indicators"
        aria-expanded={isOpen}
        data-opens="indicators"
        onClick={() => {
          isIndicatorsOpen.value = !isOpen
        }}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M1.5 11c2.5 0 3-6 5.5-6s3 4.5 4 4.5M12.5 10v5M10 12.5h5" />
        </svg>
      </button>
    </>
  )
}

const DAY_S = 86_400

/** A session average needs the bars of its whole session. */
function needsWholeSession({ bars }: CandleModel): boolean {
  const [first] = bars
  const last = bars.at(-1)
  if (first === undefined || last === undefined) return false
  const isWanted = indicatorModels.value.some(model => model.spec.kind.id === 'vwap')
  return isWanted && first[0] % DAY_S !== 0 && Math.floor(first[0] / DAY_S) === Math.floor(last[0] / DAY_S)
}

function Legend({ hovered }: { readonly hovered: Bar | undefined }) {
  // Four times a second is as fast as a legend can be read.
  const localNow = nowMs.value
  const bar = hovered ?? candleModel.bars.at(-1)
  if (bar === undefined || localNow === 0) return null
  const [time, open, high, low, close, volume, bought] = bar
  const decimals = priceDecimals.value
  const change = ((close - open) / open) * 100
  const direction = close >= open ? 'up' : 'down'
  const share = bought >= 0 && volume > 0 ? `${number((bought / volume) * 100, 0)}%` : undefined
  return (
    <dl class="legend">
      <Item name="O" value={number(open, decimals)} tone={direction} />
      <Item name="H" value={number(high, decimals)} tone={direction} />
      <Item name="L" value={number(low, decimals)} tone={direction} />
      <Item name="C" value={number(close, decimals)} tone={direction} />
      <Item name="" value={`${signed(change, 2)}%`} tone={direction} />
      <Item name="Vol" value={compact(volume)} />
      {share !== undefined && <Item name="buy" value={share} />}
      {hovered === undefined ? <Closing time={time} /> : <Item name="" value={`${dateTime(time * 1e6)} UTC`} />}
    </dl>
  )
}

/** Time until the open candle closes, from the spacing of the candles. */
function Closing({ time }: { readonly time: number }) {
  const before = candleModel.bars.at(-2)
  if (before === undefined) return null
  const leftMs = (time + (time - before[0])) * 1000 - serverNowUs() / 1000
  return leftMs < 0 ? null : <Item name="closes" value={countdown(leftMs)} />
}

function Item({ name, value, tone = '' }: { readonly name: string; readonly value: string; readonly tone?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={tone}>{value}</dd>
    </div>
  )
}

function CandleTable() {
  const decimals = priceDecimals.value
  const rows = candleModel.bars.slice(-100).toReversed()
  return (
    <DataTable
      caption={`Latest ${rows.length} candles of ${interval.value}, UTC`}
      columns={['Open time', 'Open', 'High', 'Low', 'Close', 'Volume']}
      rows={rows.map(([time, open, high, low, close, volume]) => [
        dateTime(time * 1e6),
        ...[open, high, low, close].map(price => number(price, decimals)),
        compact(volume),
      ])}
    />
  )
}
