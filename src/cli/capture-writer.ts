import { createWriteStream, existsSync, type WriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { constants, createGzip, type Gzip } from 'node:zlib'
import { ConfigError, errorLine, TickwireError } from '../model/error.ts'
import type { DurationMs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'
import { formatRecordedLine, type RecordedLine } from '../replay/recorded-line.ts'

export interface CaptureWriterOptions {
  /** `….jsonl.gz`; with `rotateMs` the time of its beginning is put before the ending. */
  readonly path: string
  readonly rotateMs: DurationMs | undefined
  readonly clock: Clock
  /** A file was finished. */
  readonly onFile: (file: CaptureFile) => void
  /** It goes no further. */
  readonly onFailure: (error: TickwireError) => void
  readonly onWarning: (text: string) => void
  /** Most bytes that wait for the disk; lines beyond them are left out, and counted. @default 64 MiB */
  readonly mostWaitingBytes?: number
}

/** A file that was closed. */
export interface CaptureFile {
  readonly file: string
  readonly lines: number
  /** Lines that could not be written. */
  readonly lost: number
  readonly bytes: number
}

const ENDING = '.jsonl.gz'
/** What is being written bears another name: a file with the right one is whole. */
const UNFINISHED = '.part'
/** A crash loses no more than this. */
const FLUSH_EVERY_MS = 1000
const MOST_WAITING_BYTES = 64 * 1024 * 1024

/** Writes recordings: compressed, flushed every second, whole files under their own name only. */
export class CaptureWriter implements AsyncDisposable {
  private readonly options: CaptureWriterOptions
  private readonly mostWaitingBytes: number
  /** Sockets that are open, with the line that says so; every file begins with them. */
  private readonly sockets = new Map<string, RecordedLine>()
  private current: OpenFile
  private readonly closing = new Set<Promise<void>>()
  private flushTimer: Disposable | undefined
  private rotateTimer: Disposable | undefined
  private lost = 0
  private isClosed = false
  private isUnwanted = false

  /** @throws ConfigError when the file has another ending, or is there already */
  constructor(options: CaptureWriterOptions) {
    this.options = options
    this.mostWaitingBytes = options.mostWaitingBytes ?? MOST_WAITING_BYTES
    if (!options.path.endsWith(ENDING))
      throw new ConfigError(`--to: expected a file that ends in ${ENDING}, was "${options.path}".`)
    this.current = this.open()
    this.scheduleFlush()
    this.scheduleRotation()
  }

  /** Resolves when the file is there. @throws ConfigError when it cannot be made */
  get opened(): Promise<void> {
    return this.current.opened
  }

  get lines(): number {
    return this.current.lines
  }

  write(line: RecordedLine): void {
    if (this.isClosed) return
    this.follow(line)
    if (this.current.waitingBytes > this.mostWaitingBytes) {
      if (this.lost === 0) this.options.onWarning('the disk is too slow: lines are left out until it has caught up')
      this.lost++
      this.current.lost++
      return
    }
    if (this.lost > 0) this.tellLost(line)
    this.current.write(line)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    this.flushTimer?.[Symbol.dispose]()
    this.rotateTimer?.[Symbol.dispose]()
    if (this.lost > 0) this.tellLost(undefined)
    this.finish(this.current)
    await Promise.all(this.closing)
  }

  /** Nothing was recorded that anybody wants: the file is taken away again. */
  async discard(): Promise<void> {
    this.isUnwanted = true
    await this[Symbol.asyncDispose]()
  }

  /** Where lines are missing the recording says so. */
  private tellLost(before: RecordedLine | undefined): void {
    const timeUs = before?.timeUs ?? this.options.clock.nowUs()
    const note = { kind: 'lost', lines: this.lost } as const
    this.current.write({ timeUs, connection: 'capture', isInbound: false, url: undefined, text: '', note })
    this.lost = 0
  }

  private follow(line: RecordedLine): void {
    if (line.isInbound || line.text !== '') return
    if (line.note?.kind === 'ended' || line.note?.kind === 'closed') this.sockets.delete(line.connection)
    else if (line.url !== undefined) this.sockets.set(line.connection, { ...line, note: { kind: 'continues' } })
  }

  private scheduleFlush(): void {
    this.flushTimer = this.options.clock.setTimer(FLUSH_EVERY_MS, () => {
      this.current.flush()
      this.scheduleFlush()
    })
  }

  private scheduleRotation(): void {
    const { rotateMs, clock } = this.options
    if (rotateMs === undefined) return
    this.rotateTimer = clock.setTimer(rotateMs, () => {
      this.scheduleRotation()
      const before = this.current
      this.current = this.open()
      const timeUs = clock.nowUs()
      for (const socket of this.sockets.values()) this.current.write({ ...socket, timeUs })
      this.finish(before)
    })
  }

  private finish(file: OpenFile): void {
    const closing = file.close(this.isUnwanted).then(finished => {
      if (finished !== undefined) this.options.onFile(finished)
    })
    this.closing.add(closing)
    void closing.finally(() => this.closing.delete(closing))
  }

  private open(): OpenFile {
    const { path, rotateMs, clock } = this.options
    const name = rotateMs === undefined ? path : freeName(path, clock.nowUs())
    for (const taken of [name, name + UNFINISHED]) {
      if (existsSync(taken)) throw new ConfigError(`--to: the file "${taken}" is there already, choose another name.`)
    }
    return new OpenFile(name, error => this.options.onFailure(error))
  }
}

/** `btc-20261121T195531Z.jsonl.gz` of `btc.jsonl.gz`. */
function freeName(path: string, nowUs: number): string {
  const stamp = new Date(nowUs / 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
  const base = `${path.slice(0, -ENDING.length)}-${stamp}Z`
  for (let copy = 1; ; copy++) {
    const name = `${base}${copy === 1 ? '' : `-${copy}`}${ENDING}`
    if (!existsSync(name) && !existsSync(name + UNFINISHED)) return name
  }
}

class OpenFile {
  readonly opened: Promise<void>
  lines = 0
  lost = 0
  private readonly name: string
  private readonly gzip: Gzip
  private readonly file: WriteStream
  private readonly closed: Promise<void>
  private isDirty = false
  private hasFailed = false

  constructor(name: string, onFailure: (error: TickwireError) => void) {
    this.name = name
    this.file = createWriteStream(name + UNFINISHED, { flags: 'wx' })
    this.gzip = createGzip()
    this.gzip.pipe(this.file)
    let isOpen = false
    this.closed = new Promise(resolve => this.file.once('close', resolve))
    this.opened = new Promise((resolve, reject) => {
      this.file.once('open', () => {
        isOpen = true
        resolve()
      })
      this.file.once('error', cause => {
        this.hasFailed = true
        this.gzip.destroy()
        const text = `the capture "${name}" cannot be written: ${errorLine(cause)}`
        if (isOpen) onFailure(new TickwireError('SINK', 'process', text, cause))
        else reject(new ConfigError(`--to: ${text}.`, [], cause))
      })
    })
    this.opened.catch(() => undefined)
  }

  get waitingBytes(): number {
    return this.gzip.writableLength + this.file.writableLength
  }

  write(line: RecordedLine): void {
    if (this.hasFailed) return
    this.lines++
    this.isDirty = true
    this.gzip.write(formatRecordedLine(line))
  }

  /** Everything so far can be read after a crash. */
  flush(): void {
    if (!this.isDirty || this.hasFailed || this.waitingBytes > 1024 * 1024) return
    this.isDirty = false
    this.gzip.flush(constants.Z_SYNC_FLUSH)
  }

  /** Undefined when it could not be written to its end. */
  async close(isUnwanted: boolean): Promise<CaptureFile | undefined> {
    if (!this.hasFailed) this.gzip.end()
    await this.closed
    if (isUnwanted) await rm(this.name + UNFINISHED, { force: true })
    if (isUnwanted || this.hasFailed) return undefined
    await rename(this.name + UNFINISHED, this.name)
    return { file: this.name, lines: this.lines, lost: this.lost, bytes: this.file.bytesWritten }
  }
}
