import { join } from 'node:path'
import { ConfigError, errorLine } from '../../model/error.ts'
import { nearest } from '../../model/nearest.ts'
import type { Clock } from '../../net/clock.ts'
import type { BacktestRun, RecordingRow } from '../alert-protocol.ts'
import { NOTHING_YET, type ServedRecordings } from './backtest.ts'
import { listRecordings } from './recording-list.ts'

/** A recording that takes longer is for the command line. */
const LONGEST_MS = 600_000

export interface BacktestDeskOptions {
  /** Undefined where the server was given no folder. */
  readonly recordings: ServedRecordings | undefined
  readonly clock: Clock
  readonly scrub: (text: string) => string
}

/** Tries rules on recordings: one at a time, for at most ten minutes, until somebody stops it. */
export class BacktestDesk implements AsyncDisposable {
  run: BacktestRun | undefined
  private readonly options: BacktestDeskOptions
  private controller: AbortController | undefined
  private working: Promise<void> = Promise.resolve()
  private count = 0

  constructor(options: BacktestDeskOptions) {
    this.options = options
  }

  get isServed(): boolean {
    return this.options.recordings !== undefined
  }

  /** @throws ConfigError on a server without recordings */
  async list(): Promise<readonly RecordingRow[]> {
    return await listRecordings(this.served().directory)
  }

  /** @returns its number @throws ConfigError for an unknown recording, or while another one runs */
  async start(rule: Readonly<Record<string, unknown>>, recording: string): Promise<number> {
    const { directory } = this.served()
    // Only a name of the list can be read: no path leads out of the folder.
    const names = (await this.list()).map(({ name }) => name)
    if (!names.includes(recording))
      throw new ConfigError(`recording: there is no "${recording}".`, nearest(recording, names))
    if (this.controller !== undefined)
      throw new ConfigError('back-test: one runs already; stop it, or wait for its end.')
    this.count++
    this.run = { ...NOTHING_YET, id: this.count, rule: nameOf(rule), recording, state: 'running' }
    this.working = this.work(rule, join(directory, recording), this.count)
    return this.count
  }

  /** Ends the one that runs; does nothing when none does. */
  stop(): void {
    this.controller?.abort()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop()
    await this.working
  }

  private async work(rule: Readonly<Record<string, unknown>>, file: string, id: number): Promise<void> {
    const { clock, scrub } = this.options
    const controller = new AbortController()
    const { signal } = controller
    this.controller = controller
    let isLate = false
    using _limit = clock.setTimer(LONGEST_MS, () => {
      isLate = true
      controller.abort()
    })
    const change = (news: Partial<BacktestRun>): void => {
      if (this.run?.id === id) this.run = { ...this.run, ...news }
    }
    try {
      const onProgress = (progress: Partial<BacktestRun>): void => change(progress)
      await this.served().run({ file, rule }, onProgress, signal)
      change(signal.aborted ? { state: 'stopped' } : { state: 'done', share: 1 })
    } catch (error) {
      change(signal.aborted ? { state: 'stopped' } : { state: 'failed', reason: scrub(errorLine(error)) })
    } finally {
      this.controller = undefined
    }
    if (isLate)
      change({ reason: `It took longer than ${LONGEST_MS / 60_000} minutes: tickwire alert backtest has no limit.` })
  }

  private served(): ServedRecordings {
    const { recordings } = this.options
    if (recordings === undefined)
      throw new ConfigError('recordings: this server has none; start it with --recordings <dir>.')
    return recordings
  }
}

function nameOf(rule: Readonly<Record<string, unknown>>): string {
  const texts = [rule['name'], rule['id']].filter(value => typeof value === 'string')
  return texts.find(text => text !== '') ?? 'rule'
}
