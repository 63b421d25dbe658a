import type { Feed } from '../../feed/feed.ts'
import type { Instrument } from '../../model/instrument.ts'
import type { Clock } from '../../net/clock.ts'
import type { SignalEvent } from '../../signal/signal.ts'
import type { Catalog } from '../catalog.ts'
import type { FeedProbe } from '../feed-probe.ts'
import type { IncidentLog } from '../incident-log.ts'
import type { SourceInfo, ViewName, ViewState } from '../protocol.ts'
import type { SignalDesk } from './signal-desk.ts'

/** Fills in what was measured of signals of this kind on such an instrument. */
export type Measured = (event: SignalEvent, instrument: Instrument) => SignalEvent

/** What signals are run with. */
export type SignalContext = Pick<ViewContext, 'feed' | 'clock' | 'warn'> & { readonly measured?: Measured | undefined }

/** What every view is made of. */
export interface ViewContext {
  readonly feed: Feed
  readonly clock: Clock
  readonly probe: FeedProbe
  readonly catalog: Catalog
  readonly incidents: IncidentLog
  readonly source: SourceInfo
  /** Undefined on a server that computes no signals. */
  readonly signals: SignalDesk | undefined
  /** Takes secrets out of texts that come from elsewhere, before a browser sees them. */
  readonly scrub: (text: string) => string
  /** Called when something failed that no state of a panel tells. */
  readonly warn: (message: string) => void
}

export interface Payload {
  readonly type: 'snapshot' | 'delta'
  readonly exchangeUs: number
  readonly receiveUs: number
  readonly content:
    | { readonly as: 'json'; readonly data: unknown }
    | { readonly as: 'binary'; readonly frame: Uint8Array }
}

/**
 * One picture of the market, computed once for all clients with the same parameters. Clients pull from it at their own
 * rate: `version` tells whether there is something new, `payload(since)` gives what a client lacks.
 */
export interface View extends AsyncDisposable {
  readonly name: ViewName
  /** Grows with every change of content; 0 while there is nothing to show. */
  readonly version: number
  readonly state: ViewState
  /** Grows with every change of `state`. */
  readonly stateVersion: number
  /** What somebody who knows `since` lacks (a snapshot when `since` is undefined or too old); undefined when nothing. */
  payload(since: number | undefined): Payload | undefined
  /** Looks at the clock: called several times a second. */
  tick(): void
}
