import type { BacktestProgress, BacktestRequest } from '../server/index.ts'

/** What the process of a back-test tells. */
export type WorkerMessage =
  | { readonly kind: 'progress'; readonly progress: BacktestProgress }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly reason: string }

/** Undefined for anything else. */
export function readWorkerMessage(raw: unknown): WorkerMessage | undefined {
  if (!isRecord(raw)) return undefined
  if (raw['kind'] === 'end') return { kind: 'end' }
  if (raw['kind'] === 'failed') return { kind: 'failed', reason: String(raw['reason']) }
  const { progress } = raw
  return raw['kind'] === 'progress' && isProgress(progress) ? { kind: 'progress', progress } : undefined
}

/** Undefined for anything else. */
export function readRequest(raw: unknown): BacktestRequest | undefined {
  if (!isRecord(raw) || typeof raw['file'] !== 'string' || !isRecord(raw['rule'])) return undefined
  return { file: raw['file'], rule: raw['rule'] }
}

function isProgress(value: unknown): value is BacktestProgress {
  return isRecord(value) && typeof value['share'] === 'number' && Array.isArray(value['list'])
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
