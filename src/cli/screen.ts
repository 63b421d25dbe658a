import type { Output } from './output.ts'

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
/** A line longer than the terminal is cut, not wrapped: a wrapped one would move everything below it. */
const NO_WRAP = '\x1b[?7l'
const WRAP = '\x1b[?7h'
/** Synchronized output, mode 2026: a terminal that knows it paints the frame at once, others ignore it. */
const BEGIN_FRAME = '\x1b[?2026h'
const END_FRAME = '\x1b[?2026l'
const CLEAR_BELOW = '\x1b[J'

/** Redraws a block of lines in place and writes only the lines that changed, so that nothing flickers. */
export class Screen implements Disposable {
  private readonly output: Output
  private shown: readonly string[] = []
  private readonly restore = (): void => this.output.write(WRAP + SHOW_CURSOR)
  private readonly onResize = (): void => this.wipe()

  constructor(output: Output) {
    this.output = output
    output.write(HIDE_CURSOR + NO_WRAP)
    // The second Ctrl-C ends the process at once: the terminal is given back all the same.
    process.on('exit', this.restore)
    process.stdout.on('resize', this.onResize)
  }

  draw(lines: readonly string[]): void {
    let frame = BEGIN_FRAME + this.toTop()
    const rows = Math.max(lines.length, this.shown.length)
    for (let row = 0; row < rows; row++) {
      const line = lines[row] ?? ''
      frame += line === this.shown[row] ? '\x1b[1B' : `\r${line}\x1b[K\n`
    }
    this.shown = rows === lines.length ? lines : [...lines, ...Array.from({ length: rows - lines.length }, () => '')]
    this.output.write(`${frame}\r${END_FRAME}`)
  }

  /** Writes a line above the block, which moves down by it. */
  above(line: string): void {
    const block = this.shown
    this.output.write(`${BEGIN_FRAME}${this.toTop()}\r${CLEAR_BELOW}${line}\n${END_FRAME}`)
    this.shown = []
    if (block.length > 0) this.draw(block)
  }

  /** The last frame stays on the screen. */
  [Symbol.dispose](): void {
    process.off('exit', this.restore)
    process.stdout.off('resize', this.onResize)
    this.restore()
  }

  private toTop(): string {
    return this.shown.length > 0 ? `\x1b[${this.shown.length}A` : ''
  }

  /** Nobody knows where the lines stand after the terminal has changed its size. */
  private wipe(): void {
    this.shown = []
    this.output.write(`\x1b[H${CLEAR_BELOW}`)
  }
}
