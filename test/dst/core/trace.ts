/** What a person reads of a run, and a hash of everything that happened in it. */
export class Trace {
  readonly lines: string[] = []
  private readonly nowMs: () => number
  private readonly isVerbose: boolean
  private state = 0x811c9dc5

  constructor(nowMs: () => number, isVerbose: boolean) {
    this.nowMs = nowMs
    this.isVerbose = isVerbose
  }

  get hash(): string {
    return (this.state >>> 0).toString(16).padStart(8, '0')
  }

  /** Adds a number to the hash. */
  mix(value: number): void {
    const whole = value | 0
    this.state = Math.imul(this.state ^ whole, 0x01000193) ^ (this.state >>> 13)
  }

  mixText(text: string): void {
    let sum = text.length
    for (let i = 0; i < text.length; i++) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) | 0
    this.mix(sum)
  }

  say(text: string): void {
    this.mix(Math.round(this.nowMs() * 1000))
    this.mixText(text)
    this.lines.push(`${stamp(this.nowMs())}  ${text}`)
  }

  /** Shown with `--verbose` only. */
  detail(text: () => string): void {
    if (this.isVerbose) this.lines.push(`${stamp(this.nowMs())}    ${text()}`)
  }
}

/** `12:03.250`: minutes, seconds and milliseconds since the start. */
function stamp(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  const seconds = (ms - minutes * 60_000) / 1000
  return `${String(minutes).padStart(3)}:${seconds.toFixed(3).padStart(6, '0')}`
}
