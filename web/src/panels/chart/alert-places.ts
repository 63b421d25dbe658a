import { frames } from '../../draw/frame-loop.ts'
import { isShown } from '../../shell/lamp.ts'
import type { ChartRenderer } from './chart-renderer.ts'

/** A line at a price; `handle` is what is taken hold of. */
export interface PlacedLine {
  readonly line: HTMLElement
  readonly handle: HTMLElement
  level(): number
}

/** Handles nearer to one another than this stand side by side, so that each can be hit. */
const APART_PX = 36
const COLUMN_PX = 116
/** Width of the price scale. */
const SCALE_PX = 72

const lines = new Set<PlacedLine>()

/** Keeps the line at its price until the returned function is called. */
export function place(line: PlacedLine): () => void {
  lines.add(line)
  return () => void lines.delete(line)
}

/** Moves every line in the frame in which the scale moves. */
export function keepPlaces(chart: () => ChartRenderer | undefined): () => void {
  let drawn = ''
  let wanted: readonly (readonly [PlacedLine, number | undefined])[] = []
  return frames.add({
    isDirty: () => {
      if (lines.size === 0 || !isShown('chart')) return false
      wanted = [...lines].map(line => [line, chart()?.yOf(line.level())])
      return wanted.map(([, y]) => (y === undefined ? '' : Math.round(y))).join() !== drawn
    },
    draw: () => {
      drawn = wanted.map(([, y]) => (y === undefined ? '' : Math.round(y))).join()
      const placed: { readonly y: number; readonly column: number }[] = []
      for (const [{ line, handle }, y] of wanted.toSorted(([, a], [, b]) => (a ?? 0) - (b ?? 0))) {
        line.style.visibility = y === undefined ? 'hidden' : 'visible'
        if (y === undefined) continue
        const columns = Math.max(1, Math.floor((line.clientWidth - SCALE_PX) / COLUMN_PX))
        const taken = placed.filter(other => y - other.y < APART_PX).map(other => other.column)
        const free = Array.from({ length: columns }, (_, at) => at).find(at => !taken.includes(at))
        const column = free ?? placed.length % columns
        placed.push({ y, column })
        line.style.transform = `translateY(${Math.round(y)}px)`
        handle.style.right = `${SCALE_PX + column * COLUMN_PX}px`
      }
    },
  })
}
