import { effect, signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { frames } from '../../draw/frame-loop.ts'
import { palette } from '../../draw/palette.ts'
import { Surface } from '../../draw/surface.ts'
import { compact, number, signed } from '../../format/number.ts'
import { listen, store } from '../../state/client.ts'
import { isHidden, nowMs } from '../../state/link.ts'
import { baseUnit, inQuote, instrument, priceDecimals, quoteUnit, sizeDecimals, tick } from '../../state/market.ts'
import { ladderGroup } from '../../state/settings.ts'
import { DataTable } from '../data-table.tsx'
import { PanelFrame } from '../panel-frame.tsx'
import { LadderModel } from './ladder-model.ts'
import { HEAD_HEIGHT, paintLadder, ROW_HEIGHT } from './ladder-painter.ts'

const DRAW_EVERY_MS = 95
const GROUPS = [0, 1, 2, 5, 10, 20, 50, 100, 500, 1000]

export const ladderModel = new LadderModel()
/** Off while the reader scrolled away from the touch. */
const isFollowing = signal(true)
const cursor = signal<number | undefined>(undefined)
let top = 0

listen(
  'ladder',
  message => ladderModel.accept(message),
  () => {
    ladderModel.clear()
    isFollowing.value = true
    cursor.value = undefined
  },
)

function recentre(): void {
  isFollowing.value = true
  top = 0
  ladderModel.isDirty = true
}

/** Keeps the touch inside the middle third, and moves only when it leaves it, so that rows do not dance. */
function follow(rows: number): void {
  const { bidIndex, askIndex } = ladderModel
  if (bidIndex === undefined || askIndex === undefined || !isFollowing.value) return
  const middle = Math.round((bidIndex + askIndex) / 2)
  const line = top - middle
  if (line < rows / 3 || line > (rows * 2) / 3) top = middle + Math.floor((rows - 1) / 2)
}

function isFrozen(): boolean {
  const { kind } = store('ladder').state.value
  return kind === 'gapped' || kind === 'stale'
}

/** Steps through the groupings: the keys [ and ]. */
export function changeGroup(by: 1 | -1): void {
  const index = GROUPS.indexOf(ladderGroup.value)
  ladderGroup.value = GROUPS[Math.max(0, Math.min(GROUPS.length - 1, index + by))] ?? 0
}

/** Draws the book on a canvas until the returned function is called. */
function attach(canvas: HTMLCanvasElement, onRows: (visible: number) => void): () => void {
  const surface = new Surface(canvas, () => {
    ladderModel.isDirty = true
  })
  let drawnMs = 0
  const leave = frames.add({
    isDirty: () => ladderModel.isDirty && performance.now() - drawnMs >= DRAW_EVERY_MS && !isHidden.value,
    draw: () => {
      drawnMs = performance.now()
      const visible = Math.floor((surface.height - HEAD_HEIGHT) / ROW_HEIGHT)
      onRows(visible)
      follow(visible)
      const window = {
        top,
        cursor: cursor.value,
        priceDecimals: priceDecimals.value,
        sizeDecimals: sizeDecimals.value,
        isFrozen: isFrozen(),
      }
      paintLadder(surface, ladderModel, window, palette.value)
      ladderModel.isDirty = ladderModel.changes.size > 0 && drawnMs - newest() < 600
    },
  })
  const stopLook = effect(() => {
    // Read so that a change of theme or of the instrument's decimals is drawn.
    const look = [palette.value, priceDecimals.value, sizeDecimals.value]
    ladderModel.isDirty = look.length > 0
  })
  const stopState = store('ladder').state.subscribe(() => {
    ladderModel.isDirty = true
  })
  return () => {
    leave()
    stopLook()
    stopState()
    surface.dispose()
  }
}

export function LadderPanel() {
  const canvas = useRef<HTMLCanvasElement>(null)
  const rows = useSignal(20)
  useEffect(() => {
    return canvas.current === null
      ? undefined
      : attach(canvas.current, visible => {
          rows.value = visible
        })
  }, [])
  return (
    <PanelFrame
      id="ladder"
      view="ladder"
      title="Book"
      meta={<Spread />}
      tools={<Tools />}
      table={LadderTable}
      footer={<Reading />}
    >
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label={`Order book of ${instrument.value ?? ''}. Up and down move through the prices, Alt+C recentres.`}
        aria-describedby="ladder-reading"
        onKeyDown={event => moveCursor(event, rows.value)}
        onPointerMove={event => {
          cursor.value = top - Math.floor((event.offsetY - HEAD_HEIGHT) / ROW_HEIGHT)
          ladderModel.isDirty = true
        }}
        onPointerLeave={() => {
          cursor.value = undefined
          ladderModel.isDirty = true
        }}
        onWheel={event => {
          event.preventDefault()
          isFollowing.value = false
          top -= Math.sign(event.deltaY) * 3
          ladderModel.isDirty = true
        }}
      />
    </PanelFrame>
  )
}

function newest(): number {
  let atMs = 0
  for (const change of ladderModel.changes.values()) atMs = Math.max(atMs, change.atMs)
  return atMs
}

function moveCursor(event: KeyboardEvent, rows: number): void {
  if (event.altKey && event.key === 'c') {
    recentre()
    return
  }
  const step =
    event.key === 'ArrowUp'
      ? 1
      : event.key === 'ArrowDown'
        ? -1
        : event.key === 'PageUp'
          ? rows
          : event.key === 'PageDown'
            ? -rows
            : 0
  if (step === 0) return
  event.preventDefault()
  const from = cursor.value ?? ladderModel.bidIndex ?? top
  cursor.value = from + step
  if (cursor.value > top || cursor.value <= top - rows) {
    isFollowing.value = false
    top = cursor.value + Math.floor(rows / 2)
  }
  ladderModel.isDirty = true
}

/** Distance of the best prices. */
function Spread() {
  const { data } = ladderModel
  if (nowMs.value === 0 || data === undefined) return null
  const mid = (data.bestBid + data.bestAsk) / 2
  const spread = data.bestAsk - data.bestBid
  return (
    <dl class="legend">
      <div title="Spread">
        <dt>{number(spread / tick.value, 0)} ticks</dt>
        <dd>{number((spread / mid) * 10_000, 2)} bps</dd>
      </div>
    </dl>
  )
}

function Tools() {
  const step = ladderModel.data?.step
  const auto = nowMs.value > 0 && step !== undefined ? `auto ×${number(step / tick.value, 0)}` : 'auto'
  return (
    <>
      {!isFollowing.value && (
        <button type="button" class="tool text" onClick={recentre} title="Alt+C">
          recentre
        </button>
      )}
      <label class="select">
        <span class="visually-hidden">Price grouping</span>
        <select
          value={ladderGroup.value}
          title="Price steps per row, keys [ and ]"
          onChange={event => {
            ladderGroup.value = Number(event.currentTarget.value)
          }}
        >
          {GROUPS.map(group => (
            <option key={group} value={group}>
              {group === 0 ? auto : `×${group}`}
            </option>
          ))}
        </select>
      </label>
    </>
  )
}

/** What the cursor, or otherwise the touch, reads. */
function Reading() {
  const { data } = ladderModel
  const row = cursor.value === undefined ? undefined : ladderModel.rows.get(cursor.value)
  if (nowMs.value === 0 || data === undefined) return <p id="ladder-reading">&nbsp;</p>
  if (row === undefined) {
    return (
      <p id="ladder-reading">
        <span title="Mid of the touch, weighted by the sizes across">
          wmid <b>{number(data.weightedMid, priceDecimals.value + 1)}</b>
        </span>
        <Imbalance name="5" value={data.imbalance5} />
        <Imbalance name="20" value={data.imbalance20} />
      </p>
    )
  }
  const mid = (data.bestBid + data.bestAsk) / 2
  const bps = ((row.price - mid) / mid) * 10_000
  return (
    <p id="ladder-reading" aria-live="polite">
      <b>{number(row.price, priceDecimals.value)}</b>
      <span>
        {row.side} {number(row.quantity, sizeDecimals.value)} · sum {compact(row.cumulative)} {baseUnit.value} ≈{' '}
        {compact(inQuote(row.cumulative, row.price))} {quoteUnit.value} · {signed(bps, 1)} bps
      </span>
    </p>
  )
}

/** (bid − ask) ÷ (bid + ask); nothing is told of a book that is not whole. */
function Imbalance({ name, value }: { readonly name: string; readonly value: number }) {
  const { kind } = store('ladder').state.value
  const isWhole = kind === 'live' || kind === 'quiet'
  return (
    <span title={`(bid − ask) ÷ (bid + ask) over the best ${name} levels`}>
      I<sub>{name}</sub> <b class={value >= 0 ? 'up' : 'down'}>{isWhole ? signed(value, 2) : '–'}</b>
    </span>
  )
}

function LadderTable() {
  const { data } = ladderModel
  const rows =
    data === undefined || nowMs.value === 0 ? [] : [...ladderModel.rows.values()].sort((a, b) => b.index - a.index)
  const at = ladderModel.bidIndex ?? 0
  const near = rows.filter(row => Math.abs(row.index - at) < 50)
  return (
    <DataTable
      caption={`Order book, ${near.length} rows around the touch`}
      columns={['Side', 'Price', `Size ${baseUnit.value}`, 'Sum']}
      rows={near.map(row => [
        row.side,
        number(row.price, priceDecimals.value),
        number(row.quantity, sizeDecimals.value),
        compact(row.cumulative),
      ])}
    />
  )
}
