import type { Palette } from '../../draw/palette.ts'
import { reducedMotion } from '../../draw/palette.ts'
import type { Surface } from '../../draw/surface.ts'
import { compact, number, size } from '../../format/number.ts'
import type { LadderModel, LadderRow } from './ladder-model.ts'

export const ROW_HEIGHT = 19
export const HEAD_HEIGHT = 20

/** Where the window on the price axis stands, and what the reader points at. */
export interface LadderWindow {
  /** Price index of the top row. */
  readonly top: number
  readonly cursor: number | undefined
  readonly priceDecimals: number
  readonly sizeDecimals: number
  readonly isFrozen: boolean
}

interface Columns {
  readonly cumBid: number
  readonly bid: number
  readonly price: number
  readonly ask: number
  readonly cumAsk: number
  readonly half: number
  readonly isNarrow: boolean
}

/** Draws the ladder: rows of a fixed price, sizes as bars, what was traded there as thin strokes beside the price. */
export function paintLadder(surface: Surface, model: LadderModel, view: LadderWindow, palette: Palette): void {
  const { context, width, height } = surface
  context.fillStyle = palette.panel
  context.fillRect(0, 0, width, height)
  const columns = columnsOf(width)
  paintHead(surface, columns, palette)
  const rows = Math.ceil((height - HEAD_HEIGHT) / ROW_HEIGHT)
  const scale = scaleOf(model, view, rows)
  context.textBaseline = 'middle'
  for (let line = 0; line < rows; line++) {
    const index = view.top - line
    const y = HEAD_HEIGHT + line * ROW_HEIGHT
    paintRow(surface, model, view, palette, columns, scale, index, y)
  }
  paintSpread(surface, model, view, palette)
}

function columnsOf(width: number): Columns {
  const isNarrow = width < 250
  const price = Math.round(width * (isNarrow ? 0.36 : 0.25))
  const rest = width - price
  const cumulative = isNarrow ? 0 : Math.round(rest * 0.21)
  const side = Math.round(rest / 2) - cumulative
  return {
    cumBid: 0,
    bid: cumulative,
    price: cumulative + side,
    ask: cumulative + side + price,
    cumAsk: cumulative + side + price + side,
    half: side,
    isNarrow,
  }
}

function paintHead({ context, width }: Surface, columns: Columns, palette: Palette): void {
  context.font = `10px ${palette.words}`
  context.fillStyle = palette.muted
  context.textBaseline = 'middle'
  const y = HEAD_HEIGHT / 2
  context.textAlign = 'center'
  context.fillText('Price', (columns.price + columns.ask) / 2, y)
  context.textAlign = 'right'
  context.fillText('Bid', columns.price - 8, y)
  context.textAlign = 'left'
  context.fillText('Ask', columns.ask + 8, y)
  if (!columns.isNarrow) {
    context.fillText('Sum', 8, y)
    context.textAlign = 'right'
    context.fillText('Sum', width - 8, y)
  }
  context.fillStyle = palette.line
  context.fillRect(0, HEAD_HEIGHT - 1, width, 1)
}

interface Scale {
  /** The 98th percentile of the visible sizes: one wall does not flatten the rest. */
  readonly quantity: number
  readonly traded: number
  readonly large: number
  /** Digits behind the point of every size, so that the points stand below one another and the numbers fit. */
  readonly decimals: number
}

function scaleOf(model: LadderModel, view: LadderWindow, rows: number): Scale {
  const sizes: number[] = []
  let traded = 0
  for (let line = 0; line < rows; line++) {
    const row = model.rows.get(view.top - line)
    if (row === undefined) continue
    sizes.push(row.quantity)
    traded = Math.max(traded, row.bought, row.sold)
  }
  sizes.sort((a, b) => a - b)
  const quantity = sizes[Math.floor((sizes.length - 1) * 0.98)] ?? 1
  const median = sizes[Math.floor((sizes.length - 1) / 2)] ?? 1
  const whole = Math.max(1, Math.ceil(Math.log10(quantity + 1)))
  const decimals = Math.max(0, Math.min(view.sizeDecimals, 6 - whole))
  return { quantity, traded, large: median * 5, decimals }
}

function paintRow(
  surface: Surface,
  model: LadderModel,
  view: LadderWindow,
  palette: Palette,
  columns: Columns,
  scale: Scale,
  index: number,
  y: number,
): void {
  const { context, width } = surface
  const row = model.rows.get(index)
  const step = model.data?.step ?? 1
  const middle = y + ROW_HEIGHT / 2 + 0.5
  if (view.cursor === index) {
    context.fillStyle = palette.raised
    context.fillRect(0, y, width, ROW_HEIGHT)
  }
  if (row !== undefined) paintSide(surface, model, view, palette, columns, scale, row, y)
  context.font = `11px ${palette.numbers}`
  context.textAlign = 'center'
  context.fillStyle = row === undefined ? palette.muted : row.side === 'bid' ? palette.up : palette.down
  if (view.isFrozen) context.fillStyle = palette.amber
  context.fillText(number(index * step, view.priceDecimals), (columns.price + columns.ask) / 2, middle)
  if (view.cursor === index) {
    context.strokeStyle = palette.accent
    context.strokeRect(0.5, y + 0.5, width - 1, ROW_HEIGHT - 1)
  }
}

function paintSide(
  { context, width }: Surface,
  model: LadderModel,
  view: LadderWindow,
  palette: Palette,
  columns: Columns,
  scale: Scale,
  row: LadderRow,
  y: number,
): void {
  const isBid = row.side === 'bid'
  const bar = Math.min(1, row.quantity / scale.quantity) * (columns.half - 2)
  const edge = isBid ? columns.price : columns.ask
  context.fillStyle = isBid ? palette.upFill : palette.downFill
  context.fillRect(isBid ? edge - bar : edge, y + 1, bar, ROW_HEIGHT - 2)
  if (row.quantity > scale.large) {
    context.fillStyle = isBid ? palette.up : palette.down
    context.fillRect(isBid ? edge - bar : edge + bar - 2, y + 1, 2, ROW_HEIGHT - 2)
  }
  paintTraded(context, palette, columns, scale, row, y)
  const change = reducedMotion ? undefined : model.changeOf(row.index, performance.now())
  if (change !== undefined) paintChange(context, palette, isBid ? columns.price - 3 : columns.ask + 3, y, isBid, change)
  const middle = y + ROW_HEIGHT / 2 + 0.5
  context.font = `11px ${palette.numbers}`
  context.textAlign = isBid ? 'right' : 'left'
  context.fillStyle = view.isFrozen ? palette.amber : palette.text
  context.fillText(size(row.quantity, scale.decimals), isBid ? edge - 8 : edge + 8, middle)
  if (columns.isNarrow) return
  context.font = `10px ${palette.numbers}`
  context.fillStyle = palette.muted
  context.textAlign = isBid ? 'left' : 'right'
  context.fillText(compact(row.cumulative), isBid ? 8 : width - 8, middle)
}

/** What was bought and sold at this price in five minutes: strokes at the foot of the price cell, left sold, right bought. */
function paintTraded(
  context: CanvasRenderingContext2D,
  palette: Palette,
  columns: Columns,
  scale: Scale,
  row: LadderRow,
  y: number,
): void {
  if (scale.traded === 0) return
  const centre = (columns.price + columns.ask) / 2
  const room = (columns.ask - columns.price) / 2 - 6
  const sold = (row.sold / scale.traded) * room
  const bought = (row.bought / scale.traded) * room
  context.fillStyle = palette.down
  context.fillRect(centre - sold, y + ROW_HEIGHT - 2, sold, 1)
  context.fillStyle = palette.up
  context.fillRect(centre, y + ROW_HEIGHT - 2, bought, 1)
}

/** Added points outwards, removed points inwards: told by shape, not by colour. */
function paintChange(
  context: CanvasRenderingContext2D,
  palette: Palette,
  x: number,
  y: number,
  isBid: boolean,
  change: { readonly direction: 1 | -1; readonly share: number },
): void {
  const outwards = isBid ? -1 : 1
  const tip = outwards * change.direction * 3
  const middle = y + ROW_HEIGHT / 2
  context.globalAlpha = change.share
  context.fillStyle = palette.muted
  context.beginPath()
  context.moveTo(x + tip, middle)
  context.lineTo(x, middle - 3)
  context.lineTo(x, middle + 3)
  context.fill()
  context.globalAlpha = 1
}

function paintSpread({ context, width }: Surface, model: LadderModel, view: LadderWindow, palette: Palette): void {
  const { bidIndex, askIndex } = model
  if (bidIndex === undefined || askIndex === undefined) return
  const top = HEAD_HEIGHT + (view.top - askIndex + 1) * ROW_HEIGHT
  const bottom = HEAD_HEIGHT + (view.top - bidIndex) * ROW_HEIGHT
  if (bottom < HEAD_HEIGHT || top < HEAD_HEIGHT) return
  context.fillStyle = palette.cursor
  context.fillRect(0, top - 0.5, width, 1)
  if (bottom > top) context.fillRect(0, bottom - 0.5, width, 1)
}
