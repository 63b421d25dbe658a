/** Writes lines to stdout and ends the command quietly when the reader went away (`| head`). */
export class Output {
  private readonly onClosed: () => void
  private isClosed = false

  constructor(onClosed: () => void) {
    this.onClosed = onClosed
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error
      this.isClosed = true
      this.onClosed()
    })
  }

  /** True when stdout is a terminal. */
  get isTerminal(): boolean {
    return process.stdout.isTTY
  }

  /** Columns of the terminal; 120 when unknown. */
  get columns(): number {
    return process.stdout.columns ?? 120
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value))
  }

  line(text: string): void {
    this.write(`${text}\n`)
  }

  write(text: string): void {
    if (!this.isClosed) process.stdout.write(text)
  }

  /** Resolves when what was written has left the process but for what may wait; for writers that could be far ahead. */
  async drained(): Promise<void> {
    if (process.stdout.writableNeedDrain) await this.flush()
  }

  /** Resolves when everything has left the process. */
  async flush(): Promise<void> {
    if (this.isClosed) return
    await new Promise<void>(resolve => process.stdout.write('', () => resolve()))
  }
}
