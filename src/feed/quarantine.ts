import type { DecodeError } from '../model/error.ts'

export interface QuarantinedFrame {
  readonly reason: string
  /** The first 256 bytes; what is not valid UTF-8 shows as replacement characters. */
  readonly excerpt: string
  readonly bytes: number
}

const KEPT_FRAMES = 16
const EXCERPT_BYTES = 256

/** Frames that could not be read and frames that belong to nobody: counted, the last few kept, the stream goes on. */
export class Quarantine {
  failures = 0
  ignored = 0
  private readonly frames: QuarantinedFrame[] = []
  private readonly reasons = new Map<string, number>()

  add(frame: Uint8Array, error: DecodeError): void {
    this.failures++
    if (this.frames.length >= KEPT_FRAMES) this.frames.shift()
    const excerpt = new TextDecoder().decode(frame.slice(0, EXCERPT_BYTES))
    this.frames.push({ reason: error.message, excerpt, bytes: frame.length })
  }

  countIgnored(reason: string): void {
    this.ignored++
    if (this.reasons.size < 64 || this.reasons.has(reason))
      this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1)
  }

  /** The last frames that could not be read, oldest first. */
  kept(): readonly QuarantinedFrame[] {
    return [...this.frames]
  }

  /** How often a frame was ignored, by reason. */
  ignoredBy(): ReadonlyMap<string, number> {
    return this.reasons
  }
}
