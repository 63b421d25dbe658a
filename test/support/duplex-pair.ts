import { Duplex } from 'node:stream'

/** One end of a line in memory: what is written here is read there, in order; nothing is lost when an end closes properly. */
class LineEnd extends Duplex {
  private other: LineEnd | undefined
  private letGo: (() => void) | undefined

  join(other: LineEnd): void {
    this.other = other
  }

  override _read(): void {
    const { letGo } = this
    this.letGo = undefined
    letGo?.()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const { other } = this
    if (other === undefined || other.destroyed) {
      done()
      return
    }
    if (other.push(Buffer.from(chunk))) done()
    else other.letGo = done
  }

  override _final(done: () => void): void {
    if (this.other?.destroyed === false) this.other.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // As a reset: what the other end has not read yet is still there for it.
    if (this.other?.destroyed === false && !this.other.readableEnded) this.other.push(null)
    this.letGo?.()
    done(error)
  }
}

/** Two ends of one line, as a TCP connection inside the process. */
export function duplexPair(): readonly [Duplex, Duplex] {
  const left = new LineEnd()
  const right = new LineEnd()
  left.join(right)
  right.join(left)
  return [left, right]
}
