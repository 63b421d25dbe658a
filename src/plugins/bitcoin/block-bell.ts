import type { ExternalContext } from '../../external/source.ts'
import type { DurationMs } from '../../model/time.ts'

const MOST_FRAME_BYTES = 4 * 1024 * 1024

/**
 * Rings when the explorer says that there is a new block. What it says beside that is not believed: the block is read by REST.
 * A socket that is refused, cut or silent costs nothing but time, because everything is looked at every cadence as well.
 */
export class BlockBell {
  private readonly context: ExternalContext
  private readonly url: string | undefined
  private isUp = false
  private hasRung = false
  private ring: () => void = () => undefined

  /** @param url undefined for a backend without one */
  constructor(context: ExternalContext, url: string | undefined) {
    this.context = context
    this.url = url
  }

  /** Resolves at the next ring, at the end of the run, and after `atMostMs`. */
  async rung(atMostMs: DurationMs): Promise<void> {
    const { clock, signal } = this.context
    if (signal.aborted) return
    if (!this.isUp && this.url !== undefined) this.hang(this.url)
    await new Promise<void>(resolve => {
      const done = (): void => {
        timer[Symbol.dispose]()
        signal.removeEventListener('abort', done)
        this.ring = () => undefined
        this.hasRung = false
        resolve()
      }
      const timer = clock.setTimer(atMostMs, done)
      signal.addEventListener('abort', done, { once: true })
      this.ring = done
      if (this.hasRung) done()
    })
  }

  private hang(url: string): void {
    this.isUp = true
    const socket = this.context.dial(
      url,
      {
        opened: () => socket.send(JSON.stringify({ action: 'want', data: ['blocks'] })),
        reading: () => undefined,
        frame: (bytes, start, end) => {
          // Its answer to the wish is a list of "blocks"; a new one comes alone.
          const text = new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + 4096)))
          if (!/"block"\s*:/.test(text)) return
          this.hasRung = true
          this.ring()
        },
        pinged: () => undefined,
        ponged: () => undefined,
        closed: () => {
          this.isUp = false
        },
      },
      { maxFrameBytes: MOST_FRAME_BYTES },
    )
  }
}
