import type { BacktestProgress } from '../alert-protocol.ts'

export interface BacktestRequest {
  /** Path of the recording. */
  readonly file: string
  /** As it stands in a rules file. */
  readonly rule: Readonly<Record<string, unknown>>
}

/**
 * Tries a rule on a recording, away from what is live: a recording is read as fast as a core can.
 * Resolves at the end of the recording, rejects with the reason that people are told, and ends soon after `signal`.
 */
export type BacktestRunner = (
  request: BacktestRequest,
  onProgress: (progress: BacktestProgress) => void,
  signal: AbortSignal,
) => Promise<void>

/** Recordings that rules can be tried on. */
export interface ServedRecordings {
  /** Its files `.jsonl` and `.jsonl.gz`, and those of its folders; nothing else can be read. */
  readonly directory: string
  readonly run: BacktestRunner
}

export const NOTHING_YET: BacktestProgress = { share: 0, fires: 0, suppressed: 0, list: [], notes: [] }
