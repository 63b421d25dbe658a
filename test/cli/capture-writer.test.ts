import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type CaptureFile, CaptureWriter } from '../../src/cli/capture-writer.ts'
import { epochUs } from '../../src/model/time.ts'
import { systemClock } from '../../src/net/clock.ts'
import type { RecordedLine } from '../../src/replay/recorded-line.ts'
import { parseRecordedLine } from '../../src/replay/recorded-line.ts'
import { Folder } from '../replay/record.ts'

function frame(number: number): RecordedLine {
  const text = JSON.stringify({ number, filling: Math.sin(number).toString().repeat(50) })
  return { timeUs: epochUs(number * 1000), connection: 'x#1', isInbound: true, url: undefined, text, note: undefined }
}

function linesOf(file: string): readonly RecordedLine[] {
  const text = gunzipSync(readFileSync(file)).toString('utf8')
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => {
      const parsed = parseRecordedLine(line)
      if (parsed === undefined) throw new Error(`not of the format: ${line}`)
      return parsed
    })
}

describe('the writer of captures', () => {
  it('leaves lines out when the disk is too slow, and says in the recording how many and where', async () => {
    using folder = new Folder()
    const files: CaptureFile[] = []
    const warnings: string[] = []
    const writer = new CaptureWriter({
      path: folder.file('slow.jsonl.gz'),
      rotateMs: undefined,
      clock: systemClock,
      onFile: file => files.push(file),
      onWarning: text => warnings.push(text),
      onFailure: error => {
        throw error
      },
      mostWaitingBytes: 100_000,
    })
    await writer.opened
    // Nothing is written while this goes on: the queue fills up.
    for (let number = 1; number <= 1000; number++) writer.write(frame(number))
    await delay(300)
    writer.write(frame(1001))
    await writer[Symbol.asyncDispose]()
    const lines = linesOf(folder.file('slow.jsonl.gz'))
    const at = lines.findIndex(line => line.note?.kind === 'lost')
    const lost = lines[at]?.note?.kind === 'lost' ? lines[at].note.lines : 0
    expect(lost).toBeGreaterThan(500)
    expect(lines.slice(0, at).map(line => line.text)).toEqual(
      Array.from({ length: 1000 - lost }, (_, index) => frame(index + 1).text),
    )
    expect(lines.slice(at + 1).map(line => line.text)).toEqual([frame(1001).text])
    expect(files).toEqual([
      {
        file: folder.file('slow.jsonl.gz'),
        lines: lines.length,
        lost,
        bytes: readFileSync(folder.file('slow.jsonl.gz')).length,
      },
    ])
    expect(warnings).toHaveLength(1)
  })

  it('is disposed twice without harm, takes nothing then, and leaves nothing when it was in vain', async () => {
    using folder = new Folder()
    const writer = new CaptureWriter({
      path: folder.file('vain.jsonl.gz'),
      rotateMs: undefined,
      clock: systemClock,
      onFile: () => undefined,
      onWarning: () => undefined,
      onFailure: () => undefined,
    })
    await writer.opened
    writer.write(frame(1))
    await writer.discard()
    await writer[Symbol.asyncDispose]()
    writer.write(frame(2))
    expect(existsSync(folder.file('vain.jsonl.gz'))).toBe(false)
    expect(existsSync(folder.file('vain.jsonl.gz.part'))).toBe(false)
  })
})
