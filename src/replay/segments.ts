/** One socket of a recording as far as a group of streams is concerned; lines are counted over the whole recording. */
export interface Carrier {
  readonly connection: number
  readonly openLine: number
  readonly openUs: number
  readonly lastLine: number
  readonly lastUs: number
  /** The recorder noted its end. */
  readonly isEnded: boolean
  /** It was the recorder that ended it: at the end of a recording that is no loss. */
  readonly isClosed: boolean
  /** First and last line with data of the group; undefined when it was subscribed and stayed quiet. */
  readonly firstData: number | undefined
  readonly lastData: number | undefined
}

/** While this lasts the streams of a group come by one recorded socket, and perhaps by another one, too. */
export interface Segment {
  readonly connection: number
  /** First line, and the last one. */
  readonly from: number
  readonly to: number
  /** It began while the one before brought the same streams: nothing can be missing between them. */
  readonly isJoined: boolean
}

/** A socket that is replaced in a planned way lives on for so long at most. */
const PLANNED_US = 120_000_000

/** By which sockets a group of streams came, from beginning to end. What another one brought all the while is left out. */
export function segmentsOf(carriers: readonly Carrier[]): readonly Segment[] {
  const [first, ...later] = [...carriers].sort((a, b) => a.openLine - b.openLine)
  if (first === undefined) return []
  const segments: Segment[] = []
  let current = first
  let from = current.openLine
  let isJoined = false
  for (const next of later) {
    if (next.lastLine <= current.lastLine && (next.lastData ?? -1) <= (current.lastData ?? -1)) continue
    const change = changeOf(current, next)
    segments.push({ connection: current.connection, from, to: change.to, isJoined })
    from = Math.max(from + 1, change.from)
    isJoined = change.isJoined
    current = next
  }
  const to = current.isEnded && !current.isClosed ? current.lastLine : Number.POSITIVE_INFINITY
  segments.push({ connection: current.connection, from, to, isJoined })
  return segments
}

/** Where one socket ends and the next one begins. */
function changeOf(
  current: Carrier,
  next: Carrier,
): { readonly to: number; readonly from: number; readonly isJoined: boolean } {
  const { lastLine, lastData } = current
  const nextData = next.firstData ?? Number.POSITIVE_INFINITY
  if (next.openLine > lastLine) return { to: lastLine, from: next.openLine, isJoined: false }
  if (lastData !== undefined && lastData >= nextData) return { to: lastLine, from: nextData, isJoined: true }
  // A quiet group on a socket that was being replaced: the new one was there before the old one went.
  const isPlanned = current.isEnded && current.lastUs - next.openUs <= PLANNED_US
  if (isPlanned) return { to: lastLine, from: next.openLine, isJoined: true }
  const from = Math.min(nextData, Math.max(next.lastLine, next.openLine))
  return { to: Math.max(current.openLine, from - 1), from, isJoined: false }
}
