import { systemClock } from '../net/clock.ts'
import type { Replay } from '../replay/replay.ts'
import type { Context } from './context.ts'
import type { Output } from './output.ts'
import { Screen } from './screen.ts'

const FRAME_MS = 100

/** Events scroll by above one line that says where in the recording the replay is. */
export class ReplayScreen implements Disposable {
  private readonly screen: Screen
  private readonly source: Replay
  private readonly divert: Disposable
  private timer: Disposable | undefined

  constructor(output: Output, context: Context, source: Replay) {
    this.screen = new Screen(output)
    this.source = source
    this.divert = context.log.divert(line => this.screen.above(line))
    this.draw()
  }

  line(text: string): void {
    this.screen.above(text)
  }

  [Symbol.dispose](): void {
    this.draw()
    this.timer?.[Symbol.dispose]()
    this.divert[Symbol.dispose]()
    this.screen[Symbol.dispose]()
  }

  private draw(): void {
    const { lines, messages, timeUs } = this.source.progress()
    const share = Math.floor((100 * lines) / Math.max(1, this.source.recording.lines))
    const time = new Date(timeUs / 1000).toISOString()
    this.screen.draw([`${time}  ${share} %  ${messages} messages`])
    this.timer = systemClock.setTimer(FRAME_MS, () => this.draw())
  }
}
