export {
  createExternal,
  type External,
  type ExternalOptions,
  type ExternalSourceStatus,
} from './create-external.ts'
export { type ExternalPoint, knownFromUs, type PointDetails, type ReceivedPoint } from './point.ts'
export { PointInTime, type PointInTimeOptions } from './point-in-time.ts'
export { type ExternalLine, externalLine, parseExternal, parseRecording } from './point-lines.ts'
export { type ReplayExternalOptions, replayExternal } from './replay-external.ts'
export type { ExternalContext, ExternalSource, PostRequest, SeriesPromise } from './source.ts'
export type { SourceStatus } from './source-runner.ts'
export type { ExternalGap, ExternalValue } from './value.ts'
