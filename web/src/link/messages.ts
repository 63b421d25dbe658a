import type { LadderData, TapeData } from '../../../src/server/binary-frame.ts'
import type { HelloMessage, ViewRequest, ViewState } from '../../../src/server/protocol.ts'

/** Panels by name; each holds one subscription at a time. */
export const PANEL_IDS = [
  'header',
  'chart',
  'ladder',
  'tape',
  'funding',
  'liquidations',
  'signals',
  'flow',
  'pressure',
  'openInterest',
  'alerts',
  'health',
  'account',
] as const

export type PanelId = (typeof PANEL_IDS)[number]

/** Main thread to worker. */
export type ToWorker =
  | { readonly op: 'start'; readonly url: string; readonly token: string | undefined }
  /** `generation` comes back with every message of the subscription, so that what belongs to the last symbol is recognised. */
  | { readonly op: 'open'; readonly panel: PanelId; readonly request: ViewRequest; readonly generation: number }
  | { readonly op: 'close'; readonly panel: PanelId }
  | { readonly op: 'hidden'; readonly hidden: boolean }
  | { readonly op: 'retry' }

export type LinkState =
  | { readonly kind: 'connecting'; readonly sinceMs: number; readonly attempt: number }
  | { readonly kind: 'open'; readonly sinceMs: number }
  | {
      readonly kind: 'waiting'
      readonly sinceMs: number
      readonly attempt: number
      readonly retryAtMs: number
      readonly cause: string
    }

export type ViewContent =
  | { readonly as: 'json'; readonly data: unknown }
  | { readonly as: 'ladder'; readonly data: LadderData }
  | { readonly as: 'tape'; readonly data: TapeData }

export interface PanelData {
  readonly type: 'data'
  readonly panel: PanelId
  readonly generation: number
  readonly isSnapshot: boolean
  readonly seq: number
  readonly tsExch: number
  readonly tsRecv: number
  readonly tsSent: number
  readonly content: ViewContent
}

/** Worker to main thread. */
export type FromWorker =
  | { readonly type: 'link'; readonly state: LinkState }
  | { readonly type: 'hello'; readonly hello: HelloMessage }
  /** Server clock minus ours, milliseconds, and the round trip. */
  | { readonly type: 'clock'; readonly offsetMs: number; readonly roundTripMs: number }
  | {
      readonly type: 'state'
      readonly panel: PanelId
      readonly generation: number
      readonly seq: number
      readonly state: ViewState
    }
  | PanelData
  /** A hole in the numbering of a subscription: a new snapshot is on its way. */
  | { readonly type: 'hole'; readonly panel: PanelId; readonly generation: number; readonly missing: number }
  | { readonly type: 'throttled'; readonly hz: number | undefined; readonly reason: string }
