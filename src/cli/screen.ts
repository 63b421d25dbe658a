import type { Output } from './output.ts'

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
/** Synchronized output, mode 2026: a terminal that knows it paints the frame at once, others ignore it. */
const BEGIN_FRAME = '\x1b[?2026h'
const END_FRAME = '\x1b[?2026l'

/** Redraws a block of lines in place and writes only the lines that changed, so that nothing flickers. */
export class Screen implements Disposable {
  private readonly output: Output
  private shown: readonly string[] = []

  constructor(output: Output) {
    this.output = output
    output.write(HIDE_CURSOR)
  }

  draw(lines: readonly string[]): void {
    let frame = BEGIN_FRAME
    if (this.shown.length > 0) frame += `\x1b[${this.shown.length}A`
    const rows = Math.max(lines.length, this.shown.length)
    for (let row = 0; row < rows; row++) {
      const line = lines[row] ?? ''
      frame += line === this.shown[row] ? '\x1b[1B' : `\r${line}\x1b[K\n`
    }
    this.shown = rows === lines.length ? lines : [...lines, ...Array.from({ length: rows - lines.length }, () => '')]
    this.output.write(`${frame}\r${END_FRAME}`)
  }

  /** The last frame stays on the screen. */
  [Symbol.dispose](): void {
    this.output.write(SHOW_CURSOR)
  }
}
