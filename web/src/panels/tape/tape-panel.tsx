import { effect, signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { TAPE_GAP, TAPE_LIQUIDATION, TAPE_SELL } from '../../../../src/server/binary-frame.ts'
import { frames } from '../../draw/frame-loop.ts'
import { palette } from '../../draw/palette.ts'
import { Surface } from '../../draw/surface.ts'
import { compact, number } from '../../format/number.ts'
import { clock, clockMs, span } from '../../format/time.ts'
import { listen } from '../../state/client.ts'
import { isHidden, nowMs } from '../../state/link.ts'
import { baseUnit, instrument, priceDecimals, quoteUnit, sizeDecimals } from '../../state/market.ts'
import { tapeMinimum } from '../../state/settings.ts'
import { DataTable } from '../data-table.tsx'
import { PanelFrame } from '../panel-frame.tsx'
import { TapeModel } from './tape-model.ts'
import { paintTape, TAPE_HEAD, TAPE_ROW, TIERS } from './tape-painter.ts'

const DRAW_EVERY_MS = 48

export const tapeModel = new TapeModel()
const isPaused = signal(false)
const offset = signal(0)
const cursor = signal<number | undefined>(undefined)

listen(
  'tape',
  message => {
    tapeModel.accept(message)
    if (message.isSnapshot) resume()
  },
  () => {
    tapeModel.clear()
    resume()
  },
)
effect(() => tapeModel.filter(tapeMinimum.value))

function pause(): void {
  isPaused.value = true
  if (!tapeModel.isPaused) tapeModel.pause(true)
}

function resume(): void {
  isPaused.value = false
  offset.value = 0
  tapeModel.pause(false)
}

/** Space pauses and goes on. */
export function toggleTape(): void {
  if (isPaused.value) resume()
  else pause()
}

function scroll(by: number): void {
  if (by > 0) pause()
  const most = Math.max(0, tapeModel.shownCount - 5)
  offset.value = Math.max(0, Math.min(most, offset.value + by))
  if (offset.value === 0 && by < 0) resume()
  tapeModel.isDirty = true
}

/** Draws the tape on a canvas until the returned function is called. */
function attach(canvas: HTMLCanvasElement): () => void {
  const surface = new Surface(canvas, () => {
    tapeModel.isDirty = true
  })
  let drawnMs = 0
  const leave = frames.add({
    isDirty: () => tapeModel.isDirty && performance.now() - drawnMs >= DRAW_EVERY_MS && !isHidden.value,
    draw: () => {
      drawnMs = performance.now()
      tapeModel.isDirty = false
      const view = {
        offset: offset.value,
        cursor: cursor.value,
        priceDecimals: priceDecimals.value,
        sizeDecimals: sizeDecimals.value,
      }
      paintTape(surface, tapeModel, view, palette.value)
    },
  })
  const stopLook = effect(() => {
    // Read so that a change of theme or of the instrument's decimals is drawn.
    const look = [palette.value, priceDecimals.value, sizeDecimals.value]
    tapeModel.isDirty = look.length > 0
  })
  return () => {
    leave()
    stopLook()
    surface.dispose()
  }
}

export function TapePanel() {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    return canvas.current === null ? undefined : attach(canvas.current)
  }, [])
  return (
    <PanelFrame
      id="tape"
      view="tape"
      title="Trades"
      meta={<Waiting />}
      tools={<Tools />}
      table={TapeTable}
      footer={<Totals />}
    >
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label={`Trades of ${instrument.value ?? ''}, newest first. Space pauses, up and down move through the rows.`}
        aria-describedby="tape-reading"
        onWheel={event => {
          event.preventDefault()
          scroll(Math.sign(event.deltaY) * 3)
        }}
        onPointerMove={event => {
          const line = Math.floor((event.offsetY - TAPE_HEAD) / TAPE_ROW)
          cursor.value = line < 0 ? undefined : line
          tapeModel.isDirty = true
        }}
        onPointerLeave={() => {
          cursor.value = undefined
          tapeModel.isDirty = true
        }}
        onKeyDown={event => {
          const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
          if (step === 0) return
          event.preventDefault()
          pause()
          cursor.value = Math.max(0, Math.min(tapeModel.shownCount - 1, (cursor.value ?? -1) + step))
          tapeModel.isDirty = true
        }}
      />
    </PanelFrame>
  )
}

function Waiting() {
  if (nowMs.value === 0 || !isPaused.value) return null
  return (
    <button type="button" class="tool text" onClick={resume}>
      paused · {number(tapeModel.waiting, 0)} new
    </button>
  )
}

function Tools() {
  return (
    <label class="select">
      <span class="visually-hidden">Smallest value shown</span>
      <select
        value={tapeMinimum.value}
        title={`Smallest value shown, ${quoteUnit.value}. What is hidden is still counted.`}
        onChange={event => {
          tapeMinimum.value = Number(event.currentTarget.value)
        }}
      >
        <option value={0}>all</option>
        <option value={1000}>≥ 1k</option>
        {TIERS.map(tier => (
          <option key={tier} value={tier}>
            ≥ {compact(tier)}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Totals of every print, filtered or not; or the row under the cursor. */
function Totals() {
  const { totals } = tapeModel
  if (nowMs.value === 0 || totals === undefined) return <p id="tape-reading">&nbsp;</p>
  const row = cursor.value === undefined ? undefined : tapeModel.row(offset.value + cursor.value)
  if (row !== undefined && (row.flags & TAPE_GAP) === 0) {
    const kind = (row.flags & TAPE_LIQUIDATION) !== 0 ? 'forced ' : ''
    return (
      <p id="tape-reading" aria-live="polite">
        <b>{clockMs(row.timeUs)}</b>
        <span>
          {kind}
          {(row.flags & TAPE_SELL) !== 0 ? 'sell' : 'buy'} {number(row.quantity, sizeDecimals.value)} {baseUnit.value} ·{' '}
          {compact(row.quote)} {quoteUnit.value}
        </span>
      </p>
    )
  }
  const { count, buyQuote, sellQuote, sinceUs } = totals
  const all = buyQuote + sellQuote
  const share = all === 0 ? 50 : (buyQuote / all) * 100
  return (
    <>
      <div class="share" aria-hidden="true">
        <i class="up" style={{ width: `${share}%` }} />
        <i class="down" style={{ width: `${100 - share}%` }} />
      </div>
      <p id="tape-reading">
        <b class="up">buy {number(share, 0)}%</b>
        <span>
          {number(count, 0)} trades · {compact(all)} {quoteUnit.value} since {clock(sinceUs)}
        </span>
      </p>
    </>
  )
}

function TapeTable() {
  const tick = nowMs.value
  const count = tick === 0 ? 0 : Math.min(100, tapeModel.shownCount)
  const rows = Array.from({ length: count }, (_, index) => tapeModel.row(index)).flatMap(row =>
    row === undefined ? [] : [row],
  )
  return (
    <DataTable
      caption={`Latest ${rows.length} trades`}
      columns={['Time UTC', 'Side', 'Price', `Size ${baseUnit.value}`, `Value ${quoteUnit.value}`]}
      rows={rows.map(row =>
        (row.flags & TAPE_GAP) === 0
          ? [
              clockMs(row.timeUs),
              `${(row.flags & TAPE_LIQUIDATION) === 0 ? '' : 'forced '}${(row.flags & TAPE_SELL) === 0 ? 'buy' : 'sell'}`,
              number(row.price, priceDecimals.value),
              number(row.quantity, sizeDecimals.value),
              compact(row.quote),
            ]
          : [`missing ${span(row.timeUs, row.price)}`, 'gap', '', '', ''],
      )}
    />
  )
}
