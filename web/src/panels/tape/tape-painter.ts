import {
  TAPE_GAP,
  TAPE_LIQUIDATION,
  TAPE_RECOVERED,
  TAPE_SELL,
  type TapeRow,
} from '../../../../src/server/binary-frame.ts'
import type { Palette } from '../../draw/palette.ts'
import type { Surface } from '../../draw/surface.ts'
import { compact, number, size } from '../../format/number.ts'
import { clock, span } from '../../format/time.ts'
import type { TapeModel } from './tape-model.ts'

export const TAPE_ROW = 18
export const TAPE_HEAD = 20

/** Values in quote currency from which a print stands out more. */
export const TIERS = [10_000, 100_000, 250_000, 1_000_000] as const

export interface TapeWindow {
  /** Rows scrolled away from the newest. */
  readonly offset: number
  readonly cursor: number | undefined
  readonly priceDecimals: number
  readonly sizeDecimals: number
}

export function paintTape(surface: Surface, model: TapeModel, view: TapeWindow, palette: Palette): void {
  const { context, width, height } = surface
  context.fillStyle = palette.panel
  context.fillRect(0, 0, width, height)
  const lines = Math.ceil((height - TAPE_HEAD) / TAPE_ROW)
  context.textBaseline = 'middle'
  for (let line = 0; line < lines; line++) {
    const row = model.row(view.offset + line)
    if (row === undefined) break
    const y = TAPE_HEAD + line * TAPE_ROW
    if ((row.flags & TAPE_GAP) !== 0) paintGap(surface, row, y, palette)
    else paintPrint(surface, row, y, view, palette)
    if (view.cursor === line) {
      context.strokeStyle = palette.accent
      context.strokeRect(0.5, y + 0.5, width - 1, TAPE_ROW - 1)
    }
  }
  paintHead(surface, palette)
}

interface Columns {
  readonly time: number
  readonly price: number
  readonly size: number
  readonly value: number
}

function columnsOf(width: number): Columns {
  return { time: 10, price: Math.round(width * 0.53), size: Math.round(width * 0.765), value: width - 10 }
}

function paintHead({ context, width }: Surface, palette: Palette): void {
  const columns = columnsOf(width)
  context.fillStyle = palette.panel
  context.fillRect(0, 0, width, TAPE_HEAD)
  context.fillStyle = palette.line
  context.fillRect(0, TAPE_HEAD - 1, width, 1)
  context.font = `10px ${palette.words}`
  context.fillStyle = palette.muted
  const y = TAPE_HEAD / 2
  context.textAlign = 'left'
  context.fillText('Time UTC', columns.time, y)
  context.textAlign = 'right'
  context.fillText('Price', columns.price, y)
  context.fillText('Size', columns.size, y)
  context.fillText('Value', columns.value, y)
}

function paintPrint({ context, width }: Surface, row: TapeRow, y: number, view: TapeWindow, palette: Palette): void {
  const isSell = (row.flags & TAPE_SELL) !== 0
  const isLiquidation = (row.flags & TAPE_LIQUIDATION) !== 0
  const tone = isSell ? palette.down : palette.up
  const tier = TIERS.filter(value => row.quote >= value).length
  if (tier > 0) {
    context.globalAlpha = [0, 0.1, 0.2, 0.3, 0.42][tier] ?? 0
    context.fillStyle = tone
    context.fillRect(0, y, width, TAPE_ROW)
    context.globalAlpha = 1
  }
  if (tier > 1 || isLiquidation) {
    context.fillStyle = tone
    context.fillRect(0, y, 2, TAPE_ROW)
  }
  const columns = columnsOf(width)
  const middle = y + TAPE_ROW / 2 + 0.5
  context.globalAlpha = (row.flags & TAPE_RECOVERED) === 0 ? 1 : 0.65
  context.font = `11px ${palette.numbers}`
  context.textAlign = 'left'
  context.fillStyle = palette.muted
  context.fillText(clock(row.timeUs), columns.time, middle)
  paintMark(context, columns.price - 84, middle, isSell, isLiquidation, tone)
  context.textAlign = 'right'
  context.fillStyle = tone
  context.fillText(number(row.price, view.priceDecimals), columns.price, middle)
  context.font = `${tier > 1 ? 'bold ' : ''}11px ${palette.numbers}`
  context.fillStyle = palette.text
  context.fillText(size(row.quantity, view.sizeDecimals), columns.size, middle)
  context.fillStyle = tier > 0 ? palette.text : palette.muted
  context.fillText(compact(row.quote), columns.value, middle)
  context.globalAlpha = 1
}

/** Side by shape: a triangle up or down for prints, a diamond for forced orders. */
function paintMark(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  isSell: boolean,
  isLiquidation: boolean,
  tone: string,
): void {
  context.fillStyle = tone
  context.beginPath()
  if (isLiquidation) {
    context.moveTo(x, y - 4.5)
    context.lineTo(x + 4.5, y)
    context.lineTo(x, y + 4.5)
    context.lineTo(x - 4.5, y)
  } else {
    const up = isSell ? -1 : 1
    context.moveTo(x, y - 3 * up)
    context.lineTo(x + 3.5, y + 2.5 * up)
    context.lineTo(x - 3.5, y + 2.5 * up)
  }
  context.fill()
}

function paintGap({ context, width }: Surface, row: TapeRow, y: number, palette: Palette): void {
  context.save()
  context.beginPath()
  context.rect(0, y, width, TAPE_ROW)
  context.clip()
  context.strokeStyle = palette.amber
  context.globalAlpha = 0.35
  context.beginPath()
  for (let x = -TAPE_ROW; x < width; x += 7) {
    context.moveTo(x, y + TAPE_ROW)
    context.lineTo(x + TAPE_ROW, y)
  }
  context.stroke()
  context.restore()
  const text = `missing ${span(row.timeUs, row.price)} · totals restart`
  context.font = `11px ${palette.words}`
  context.textAlign = 'center'
  const room = context.measureText(text).width + 16
  context.fillStyle = palette.panel
  context.fillRect((width - room) / 2, y + 1, room, TAPE_ROW - 2)
  context.fillStyle = palette.amber
  context.fillText(text, width / 2, y + TAPE_ROW / 2 + 0.5)
}
