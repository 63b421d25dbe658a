import { epochUs } from '../model/time.ts'
import { type DeskOutlet, ExternalDesk } from './desk.ts'
import type { PointInTime, PointInTimeOptions } from './point-in-time.ts'
import { type ExternalLine, parseRecording } from './point-lines.ts'

export interface ReplayExternalOptions {
  /** For messages. */
  readonly name: string
  /** The lines that `record` was given. */
  readonly text: string
  readonly onPoint?: DeskOutlet['point']
  readonly onValue?: DeskOutlet['value']
  readonly onGap?: DeskOutlet['gap']
  /** Lets time pass behind the last line up to here, microseconds since 1970. @default not at all */
  readonly untilUs?: number
  readonly keep?: PointInTimeOptions
}

/**
 * Plays a recording of external series: the points, values, states and gaps that the live run told, at the same times.
 * @throws ConfigError naming a line that cannot be read
 */
export function replayExternal(options: ReplayExternalOptions): PointInTime {
  const nothing = (): void => undefined
  const { onPoint = nothing, onValue = nothing, onGap = nothing } = options
  const desk = new ExternalDesk({ point: onPoint, value: onValue, gap: onGap }, options.keep)
  const lines = parseRecording(options.name, options.text)
  // Files that others wrote may be in any order; ours are in that of receipt already.
  const timed = lines.filter(line => line.kind !== 'source').sort((a, b) => timeOf(a) - timeOf(b))
  const startUs = epochUs(timed[0] === undefined ? 0 : timeOf(timed[0]))
  for (const line of lines) if (line.kind === 'source') desk.open(line.source, line.cadenceMs, line.series, startUs)
  for (const line of timed) {
    if (line.kind === 'point') desk.accept(line.point)
    else if (line.kind === 'gap') desk.gap(line.gap)
  }
  if (options.untilUs !== undefined) desk.advance(epochUs(options.untilUs))
  return desk.store
}

function timeOf(line: ExternalLine): number {
  if (line.kind === 'source') return 0
  return line.kind === 'point' ? line.point.receiveTimeUs : line.gap.receiveTimeUs
}
