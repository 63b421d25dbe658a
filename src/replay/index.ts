export { createReplay } from './create-replay.ts'
export type { EventSource } from './event-source.ts'
export type {
  RecordedChannel,
  RecordingSummary,
  Replay,
  ReplayOptions,
  ReplayProgress,
  ReplayReport,
} from './replay.ts'
