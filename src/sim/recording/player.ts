import type { Clock } from '../../net/clock.ts'
import { sleep } from '../../net/clock.ts'
import type { CaptureLine, RecordedMessage } from './capture-line.ts'
import { eventMs, isControlAnswer, recordedMessage, recordedOpenInterest } from './capture-line.ts'
import { readCapture } from './capture-reader.ts'

/** A message to play, or the text of one that names no stream. */
export type Playable = RecordedMessage | { readonly key: undefined; readonly payload: string }

export interface PlayedFile {
  readonly file: string
  /** Holds single messages without a time line. */
  readonly isLoose: boolean
}

export interface PlayerOptions {
  readonly files: readonly PlayedFile[]
  /** Moment of the recording at which the replay begins, epoch ms. */
  readonly originMs: number
  /** 1 is the recording's own timing; Infinity does not wait. */
  readonly speed: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Most bytes that a client has not read yet. */
  readonly unreadBytes: () => number
  readonly play: (message: Playable) => void
}

/** Unread bytes from which an unpaced replay waits, and for how long it does so before it goes on all the same. */
const highWater = 1024 * 1024
const longestWaitMs = 30_000
/** Messages played in one turn, so that sockets and REST get theirs. */
const messagesPerTurn = 256
/** Distance of messages that have no time line, in the recording's own time. */
const loosePaceMs = 50

interface Pending {
  readonly atMs: number
  readonly message: Playable
}

/** Messages of one file in order, with the time they are due. */
async function* timedMessages(file: string): AsyncGenerator<readonly Pending[], void, undefined> {
  let atMs = 0
  const timed = (line: CaptureLine): readonly Pending[] => {
    if (!line.isInbound || line.connection === 'rest') return []
    const message = recordedMessage(line.text)
    if (message === undefined) return []
    // Where neither is known, a message keeps the time of the one before it.
    atMs = line.receivedMs ?? eventMs(message.payload) ?? atMs
    return [{ atMs, message }]
  }
  for await (const lines of readCapture(file)) yield lines.flatMap(timed)
}

/** Single messages in the order of the file; what the exchange itself answers on request is left out. */
async function* looseMessages(file: string, originMs: number): AsyncGenerator<readonly Pending[], void, undefined> {
  let atMs = originMs
  const placed = ({ isInbound, text }: CaptureLine): readonly Pending[] => {
    if (!isInbound || isControlAnswer(text) || recordedOpenInterest(text) !== undefined) return []
    atMs += loosePaceMs
    return [{ atMs, message: recordedMessage(text) ?? { key: undefined, payload: text } }]
  }
  for await (const lines of readCapture(file)) yield lines.flatMap(placed)
}

/** Plays files of one venue once, merged by time. Ends early when aborted. */
export async function playOnce(options: PlayerOptions): Promise<number> {
  const { clock, signal, speed, originMs } = options
  const cursors = options.files.map(
    ({ file, isLoose }) => new Cursor(isLoose ? looseMessages(file, originMs) : timedMessages(file)),
  )
  const startMs = clock.monotonicMs()
  let played = 0
  try {
    await Promise.all(cursors.map(cursor => cursor.fill()))
    while (!signal.aborted) {
      const next = earliest(cursors)
      if (next?.head === undefined) break
      const waitMs = startMs + (next.head.atMs - originMs) / speed - clock.monotonicMs()
      if (waitMs > 1) await sleep(clock, waitMs, signal)
      else if (played % messagesPerTurn === messagesPerTurn - 1) await breathe(options)
      if (signal.aborted) break
      options.play(next.head.message)
      played++
      if (!next.advance()) await next.fill()
    }
  } finally {
    await Promise.all(cursors.map(cursor => cursor.close()))
  }
  return played
}

function earliest(cursors: readonly Cursor[]): Cursor | undefined {
  let best: Cursor | undefined
  for (const cursor of cursors) {
    if (cursor.head !== undefined && (best?.head === undefined || cursor.head.atMs < best.head.atMs)) best = cursor
  }
  return best
}

/** Lets others run, and an unpaced replay wait for clients that read more slowly. */
async function breathe(options: PlayerOptions): Promise<void> {
  const { clock, signal, speed, unreadBytes } = options
  await sleep(clock, 0, signal)
  if (Number.isFinite(speed)) return
  const sinceMs = clock.monotonicMs()
  while (!signal.aborted && unreadBytes() > highWater && clock.monotonicMs() - sinceMs < longestWaitMs) {
    await sleep(clock, 1, signal)
  }
}

/** The place in one file. */
class Cursor {
  head: Pending | undefined
  private batch: readonly Pending[] = []
  private index = 0
  private readonly batches: AsyncGenerator<readonly Pending[], void, undefined>

  constructor(batches: AsyncGenerator<readonly Pending[], void, undefined>) {
    this.batches = batches
  }

  /** Goes to the next message at hand; false when more must be read first. */
  advance(): boolean {
    this.head = this.batch[++this.index]
    return this.head !== undefined
  }

  async fill(): Promise<void> {
    while (this.head === undefined) {
      const next = await this.batches.next()
      if (next.done === true) return
      this.batch = next.value
      this.index = 0
      this.head = this.batch[0]
    }
  }

  async close(): Promise<void> {
    await this.batches.return()
  }
}
