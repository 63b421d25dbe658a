import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ConfigError, errorLine } from '../model/error.ts'
import { parseRecordedLine, type RecordedLine } from './recorded-line.ts'

/** A whole REST table of a venue is some MiB. */
const LONGEST_LINE = 64 * 1024 * 1024
const CHUNK_BYTES = 256 * 1024

/** Where a file was cut off, as by a crash of its recorder. */
export interface CutOff {
  readonly file: string
  /** The last whole line. */
  readonly line: number
}

/**
 * Reads a recording batch by batch, gzip or plain by its first bytes; never more than a chunk is held. A last line that is
 * cut off, and a gzip stream without its end, are told to `onCut`: everything before them is good.
 * @throws ConfigError when the file cannot be read, or holds a line that is not of the format
 */
export async function* readRecordedLines(
  file: string,
  onCut: (cut: CutOff) => void,
): AsyncGenerator<readonly RecordedLine[], void, undefined> {
  const isCompressed = await isGzip(file)
  const raw = createReadStream(file, { highWaterMark: CHUNK_BYTES })
  const text: Readable = isCompressed ? raw.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : raw
  // A failure of the file must reach the reader of the text.
  if (text !== raw) raw.on('error', error => text.destroy(error))
  text.setEncoding('utf8')
  const splitter = new LineSplitter(file)
  let isCut = false
  try {
    for await (const chunk of text) yield splitter.lines(String(chunk))
  } catch (error) {
    if (error instanceof ConfigError) throw error
    if (!isEndMissing(error))
      throw new ConfigError(`recording "${file}" cannot be read: ${errorLine(error)}.`, [], error)
    isCut = true
  } finally {
    raw.destroy()
  }
  const { last, isWhole } = splitter.end()
  if (last !== undefined) yield [last]
  if (isCut || !isWhole) onCut({ file, line: splitter.count })
}

class LineSplitter {
  count = 0
  private readonly file: string
  private rest = ''

  constructor(file: string) {
    this.file = file
  }

  lines(chunk: string): readonly RecordedLine[] {
    const parts = (this.rest + chunk).split('\n')
    this.rest = parts.pop() ?? ''
    if (this.rest.length > LONGEST_LINE) throw this.malformed(this.rest)
    const lines: RecordedLine[] = []
    for (const part of parts) {
      this.count++
      if (part === '' || part === '\r') continue
      const line = parseRecordedLine(part)
      if (line === undefined) {
        this.count--
        throw this.malformed(part)
      }
      lines.push(line)
    }
    return lines
  }

  /** What stands behind the last line feed is a line when it can be read, otherwise it was cut off. */
  end(): { readonly last: RecordedLine | undefined; readonly isWhole: boolean } {
    if (this.rest.trim() === '') return { last: undefined, isWhole: true }
    const last = parseRecordedLine(this.rest)
    if (last !== undefined) this.count++
    else if (this.count === 0) throw this.malformed(this.rest)
    return { last, isWhole: last !== undefined }
  }

  private malformed(text: string): ConfigError {
    const shown = JSON.stringify(text.slice(0, 60))
    return new ConfigError(
      `recording "${this.file}": line ${this.count + 1} is not of the form {"t","conn","dir","msg"}, was ${shown}.`,
    )
  }
}

async function isGzip(file: string): Promise<boolean> {
  try {
    const handle = await open(file)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
      if (bytesRead === 0) throw new ConfigError(`recording "${file}" is empty.`)
      return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isAbsent) throw new ConfigError(`found no recording "${file}".`, [], error)
    throw new ConfigError(`recording "${file}" cannot be read: ${errorLine(error)}.`, [], error)
  }
}

/** The compressed stream ends before its end was written. */
function isEndMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR'
}
