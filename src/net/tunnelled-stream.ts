import { Duplex } from 'node:stream'

/**
 * A byte stream that is still being opened: it can be given up from the first moment. What it reads goes straight to `read`,
 * not through its readable side.
 */
export class TunnelledStream extends Duplex {
  private readonly controller = new AbortController()
  private inner: Duplex | undefined

  constructor(
    open: (signal: AbortSignal) => Promise<Duplex>,
    on: { connected(): void; read(bytes: Buffer, length: number): void },
  ) {
    super({ autoDestroy: true, emitClose: true })
    void open(this.controller.signal).then(
      inner => {
        if (this.destroyed) {
          inner.destroy()
          return
        }
        this.inner = inner
        inner.on('data', (chunk: Buffer) => on.read(chunk, chunk.length))
        inner.on('error', error => this.destroy(error))
        inner.on('close', () => this.destroy())
        on.connected()
      },
      (error: unknown) => {
        this.destroy(error instanceof Error ? error : new Error(String(error)))
      },
    )
  }

  override _read(): void {}

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.inner === undefined) done(new Error('nothing can be sent before the way is open'))
    else this.inner.write(chunk, encoding, done)
  }

  override _final(done: () => void): void {
    this.inner?.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.controller.abort()
    this.inner?.destroy()
    done(error)
  }
}
