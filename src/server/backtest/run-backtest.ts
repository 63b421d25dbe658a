import { type Alerts, createAlerts, processMemory, readAlerts } from '../../alert/index.ts'
import { systemClock } from '../../net/clock.ts'
import { createReplay } from '../../replay/create-replay.ts'
import type { Replay, ReplayOptions } from '../../replay/replay.ts'
import type { BacktestFire, BacktestProgress } from '../alert-protocol.ts'
import { type BacktestRunner, NOTHING_YET } from './backtest.ts'
import { passTime } from './pass-time.ts'

const TOLD_EVERY_MS = 200
const MOST_FIRES = 200
const MOST_NOTES = 10

/** Tries rules in this very process: nothing is sent, and time is that of the recording. @throws ConfigError */
export function backtestRunner(venues: ReplayOptions['venues']): BacktestRunner {
  return async ({ file, rule }, onProgress, signal) => {
    const config = readAlerts({ rules: [asTried(rule)] })
    await using replay = await createReplay({ files: [file], venues, autoStart: false })
    if (signal.aborted) return
    // What the rule reads and the recording lacks is said here, before anything is read.
    const problems: string[] = []
    await using alerts = createAlerts({
      feed: replay,
      config,
      memory: processMemory(),
      deliver: false,
      isReplay: true,
      onProblem: message => void problems.push(message),
    })
    const tally = new Tally(replay, alerts, problems)
    await alerts.asked
    using _time = passTime(replay, alerts)
    using _telling = tellEvery(() => onProgress(tally.progress()))
    const onAbort = (): void => void replay[Symbol.asyncDispose]()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      replay.play()
      const report = await replay.ended
      const { toUs } = replay.recording
      if (report.isComplete && toUs !== undefined) alerts.advance(toUs)
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
    onProgress(tally.progress())
  }
}

/** The question of a rule without where and until when its answers are sent. */
function asTried(rule: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { channels: _channels, enabled: _enabled, expiresAt: _expiresAt, ...question } = rule
  return question
}

function tellEvery(tell: () => void): Disposable {
  let timer: Disposable | undefined
  const arm = (): void => {
    timer = systemClock.setTimer(TOLD_EVERY_MS, () => {
      tell()
      arm()
    })
  }
  arm()
  return { [Symbol.dispose]: () => timer?.[Symbol.dispose]() }
}

class Tally {
  private readonly replay: Replay
  private readonly problems: readonly string[]
  private fires = 0
  private suppressed = 0
  private readonly list: BacktestFire[] = []

  constructor(replay: Replay, alerts: Alerts, problems: readonly string[]) {
    this.replay = replay
    this.problems = problems
    alerts.observe(told => {
      if (told.kind === 'suppressed') this.suppressed++
      if (told.kind !== 'alert') return
      this.fires++
      const { firedUs, instrument, message, value } = told
      if (this.list.length < MOST_FIRES) this.list.push({ firedUs, instrument, message, value })
    })
  }

  progress(): BacktestProgress {
    const { recording } = this.replay
    const { lines } = this.replay.progress()
    const { fires, suppressed, problems } = this
    return {
      ...NOTHING_YET,
      share: recording.lines === 0 ? 1 : Math.min(1, lines / recording.lines),
      fromUs: recording.fromUs,
      toUs: recording.toUs,
      fires,
      suppressed,
      list: [...this.list],
      notes: [...recording.notes, ...problems].slice(0, MOST_NOTES),
    }
  }
}
