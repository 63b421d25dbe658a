import { type CutOff, readRecordedLines } from './read-lines.ts'
import type { RecordedLine } from './recorded-line.ts'

/** A line and the file it stands in, by its place in the list of files. */
export interface MergedBatch {
  readonly file: number
  readonly lines: readonly RecordedLine[]
}

/**
 * The lines of all files in the order of their receive times; lines without one follow the line before them. Files that
 * follow one another in time are read one behind the other, batch by batch.
 * @throws ConfigError as {@link readRecordedLines}
 */
export async function* mergedLines(
  files: readonly string[],
  onCut: (cut: CutOff) => void,
): AsyncGenerator<MergedBatch, void, undefined> {
  const cursors = files.map((file, index) => new Cursor(index, readRecordedLines(file, onCut)))
  try {
    for (const cursor of cursors) await cursor.fill()
    for (;;) {
      const [first, second] = earliestTwo(cursors)
      if (first === undefined) return
      const lines = first.takeUntil(second?.timeUs ?? Number.POSITIVE_INFINITY, (second?.index ?? 0) > first.index)
      if (lines.length > 0) yield { file: first.index, lines }
      await first.fill()
    }
  } finally {
    for (const cursor of cursors) await cursor.close()
  }
}

function earliestTwo(cursors: readonly Cursor[]): readonly [Cursor | undefined, Cursor | undefined] {
  let first: Cursor | undefined
  let second: Cursor | undefined
  for (const cursor of cursors) {
    if (cursor.isEnded) continue
    if (first === undefined || cursor.timeUs < first.timeUs) {
      second = first
      first = cursor
    } else if (second === undefined || cursor.timeUs < second.timeUs) second = cursor
  }
  return [first, second]
}

/** The place in one file. */
class Cursor {
  readonly index: number
  isEnded = false
  /** Time of the next line, or of the last one before it that had any. */
  timeUs = Number.NEGATIVE_INFINITY
  private batch: readonly RecordedLine[] = []
  private at = 0
  private readonly batches: AsyncGenerator<readonly RecordedLine[], void, undefined>

  constructor(index: number, batches: AsyncGenerator<readonly RecordedLine[], void, undefined>) {
    this.index = index
    this.batches = batches
  }

  async fill(): Promise<void> {
    while (!this.isEnded && this.at >= this.batch.length) {
      const next = await this.batches.next()
      if (next.done === true) {
        this.isEnded = true
        return
      }
      this.batch = next.value
      this.at = 0
      this.look()
    }
  }

  /** Lines that come before `limitUs`; those at that very time, too, when this file was named first. */
  takeUntil(limitUs: number, isFirst: boolean): readonly RecordedLine[] {
    const from = this.at
    do {
      this.at++
      this.look()
    } while (this.at < this.batch.length && (this.timeUs < limitUs || (isFirst && this.timeUs === limitUs)))
    return from === 0 && this.at === this.batch.length ? this.batch : this.batch.slice(from, this.at)
  }

  async close(): Promise<void> {
    await this.batches.return()
  }

  private look(): void {
    this.timeUs = this.batch[this.at]?.timeUs ?? this.timeUs
  }
}
