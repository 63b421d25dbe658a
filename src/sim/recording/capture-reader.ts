import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ConfigError } from '../../model/error.ts'
import type { CaptureLine } from './capture-line.ts'
import { parseCaptureLine } from './capture-line.ts'

/** Longest line taken: a REST snapshot of 5000 levels a side is far below. */
const longestLine = 64 * 1024 * 1024

/**
 * Reads a recording batch by batch; never more than one chunk of the file is held.
 * @throws ConfigError when the file cannot be read or holds a line that is not of the format
 */
export async function* readCapture(file: string): AsyncGenerator<readonly CaptureLine[], void, undefined> {
  const raw = createReadStream(file)
  const text: Readable = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw
  // A failure of the file must reach the reader of the text.
  if (text !== raw) raw.on('error', error => text.destroy(error))
  text.setEncoding('utf8')
  let rest = ''
  let lineNumber = 0
  const parse = (line: string): CaptureLine | undefined => {
    lineNumber++
    if (line.trim() === '') return undefined
    const parsed = parseCaptureLine(line)
    if (parsed === undefined)
      throw new ConfigError(`capture ${file}: line ${lineNumber} is not of the form {"t","conn","dir","msg"}`)
    return parsed
  }
  try {
    for await (const chunk of text) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > longestLine)
        throw new ConfigError(`capture ${file}: line ${lineNumber + lines.length + 1} is too long`)
      yield lines.flatMap(line => parse(line) ?? [])
    }
    yield [rest].flatMap(line => parse(line) ?? [])
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(
      `capture ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      [],
      error,
    )
  } finally {
    raw.destroy()
  }
}
