import type { DurationMs } from '../../model/time.ts'

/** Which sockets or streams a fault is about; what is left out stands for all. */
export interface FaultScope {
  readonly venue?: string
  /** Sockets by age, 0 the oldest open one. */
  readonly connection?: number
  /** Native stream names, `*` standing for any run of characters: `btcusdt@depth*`. */
  readonly stream?: string
  /** An account, by its name or by one of its API keys. */
  readonly account?: string
}

/** What happens to the bytes between client and exchange. */
type TransportFault =
  /** No byte passes, either way, and nobody is told, on the sockets open at that moment; later ones live. Ends with `for`. */
  | { readonly fault: 'halfOpen' }
  /** Data stops; pings, pongs and control answers go on. */
  | { readonly fault: 'mute' }
  /** Sockets end: by reset (1006 at the client) without a code. */
  | { readonly fault: 'drop'; readonly code?: number }
  /** The server says goodbye and ends the socket only so much later. */
  | { readonly fault: 'slowClose'; readonly ms: DurationMs }
  /** What the server sends is kept back and comes in one burst at the end of `for`. */
  | { readonly fault: 'hold' }
  | {
      readonly fault: 'refuse'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  /** Sockets that are opened from now on never get beyond this stage. */
  | { readonly fault: 'stallHandshake'; readonly stage: 'tcp' | 'upgrade' }
  /** New sockets open and end after so long. */
  | { readonly fault: 'flap'; readonly afterMs: DurationMs }
  /** A socket on which nothing passed for so long is forgotten as by a router: half-open from then on. */
  | { readonly fault: 'natTimeout'; readonly afterMs: DurationMs }
  /** Bytes arrive so much later, each way, in order. */
  | { readonly fault: 'delay'; readonly ms: DurationMs; readonly jitterMs?: DurationMs }
  /** What the server sends passes at most so fast. */
  | { readonly fault: 'rate'; readonly kBPerSecond: number }

/** What the exchange itself does. */
type ExchangeFault =
  | { readonly fault: 'serverShutdown'; readonly leadMs: DurationMs }
  /** Ends sockets as the venue does at the end of their life. */
  | { readonly fault: 'rotate'; readonly afterMs: DurationMs }
  | { readonly fault: 'ping'; readonly payload?: string; readonly count?: number }
  | { readonly fault: 'pausePings' }
  /** Streams are acknowledged on every path and fed on none but their own class's; here: on none at all. */
  | { readonly fault: 'ackNoData' }
  /** This share of control frames is neither answered nor obeyed. */
  | { readonly fault: 'ackSilent'; readonly share: number }
  | { readonly fault: 'ackLate'; readonly ms: DurationMs }
  /** Every SUBSCRIBE that names a stream of the scope is refused. */
  | { readonly fault: 'ackError'; readonly code?: number; readonly message?: string }
  | { readonly fault: 'ignoreIfLarger'; readonly bytes: number }
  /** The server loses these subscriptions without a word. */
  | { readonly fault: 'forget' }
  /** The next messages of each stream of the scope are never sent, on any socket, or sent twice. */
  | { readonly fault: 'skip'; readonly count: number }
  | { readonly fault: 'dup'; readonly count: number }
  /** Depth snapshots: late, failing, or as old as so many changes. */
  | {
      readonly fault: 'snapshot'
      readonly delayMs?: DurationMs
      readonly ageEvents?: number
      readonly status?: number
    }
  /** Every REST call: late, failing, or its trades and candles so far behind. `hole` leaves these trade ids out. */
  | {
      readonly fault: 'rest'
      readonly status?: number
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly latencyMs?: DurationMs
      readonly lagMs?: DurationMs
      readonly hole?: readonly [from: number, to: number]
    }
  /** Every call costs so many times its weight. */
  | { readonly fault: 'weights'; readonly factor: number }
  /** A text sent as a data frame on every socket, or bytes in hexadecimal sent as they are. */
  | { readonly fault: 'hostile'; readonly text?: string; readonly hex?: string }
  /** What follows in the market is so many times as lively. */
  | { readonly fault: 'rateFactor'; readonly factor: number }

/** What happens to accounts, of all or of the one that `account` names. Amounts are decimal text. */
export type AccountFault =
  /** The listen key ends as after an hour without renewal; on spot the subscriptions are terminated. */
  | { readonly fault: 'expireListenKey' }
  /** API keys are no longer known; with `forMs` they come back. */
  | { readonly fault: 'revokeKey' }
  /** What happens is not told: so many events, or all while it lasts. */
  | { readonly fault: 'loseUserEvents'; readonly count?: number; readonly kinds?: readonly string[] }
  | { readonly fault: 'duplicateUserEvents'; readonly count: number; readonly kinds?: readonly string[] }
  /** Events come so much later, in order. */
  | { readonly fault: 'delayUserEvents'; readonly ms: DurationMs; readonly kinds?: readonly string[] }
  /** Positions are closed by force, whatever their margin. */
  | { readonly fault: 'liquidate'; readonly symbol?: string }
  /** This share of each position is closed at its mark price, against somebody who could not be liquidated. */
  | { readonly fault: 'adl'; readonly symbol?: string; readonly share?: number }
  /** Funding is paid now, at this rate or the contract's own. */
  | { readonly fault: 'funding'; readonly symbol?: string; readonly rate?: number }
  | { readonly fault: 'deposit'; readonly asset: string; readonly amount: string }
  /** Comes in, or goes out when the amount begins with a minus. */
  | { readonly fault: 'transfer'; readonly asset: string; readonly amount: string }
  /** The account buys or sells at the market although no client of ours asked for it. */
  | {
      readonly fault: 'foreignTrade'
      readonly symbol: string
      readonly side: 'BUY' | 'SELL'
      readonly quantity: string
    }
  /** The next orders are carried out, and answered with 503 and an unknown execution status. @default one */
  | { readonly fault: 'answerUnknown'; readonly count?: number }
  /** The venue's clock, as clients can ask for it and as it judges their timestamps, is so much ahead. */
  | { readonly fault: 'clockSkew'; readonly ms: DurationMs }

/** What happens to the machine or to the consumer; only where all of it runs inside one process. */
type HostFault =
  | { readonly fault: 'clockJump'; readonly ms: DurationMs }
  | { readonly fault: 'clockDrift'; readonly ppm: number }
  /** Timers stand still and no byte is read, while the world goes on; the wall clock has moved at the end, the monotonic one has not. */
  | { readonly fault: 'sleep'; readonly ms: DurationMs }
  /** The event loop is busy for so long. */
  | { readonly fault: 'stall'; readonly ms: DurationMs }
  | { readonly fault: 'consumerThrows'; readonly share: number }

export type Fault = TransportFault | ExchangeFault | HostFault
export type FaultName = Fault['fault']
export type AccountFaultName = AccountFault['fault']
export type HostFaultName = HostFault['fault']

/** One line of a plan: when, for how long, on what, and which fault. */
export type FaultStep = (Fault | AccountFault) &
  FaultScope & {
    /** From the start of the plan. */
    readonly atMs: DurationMs
    /** How long a lasting fault stays; left out, to the end of the plan. Without meaning for a single blow such as `drop`. */
    readonly forMs?: DurationMs
    /** Repeats the step at this distance until the plan ends. */
    readonly everyMs?: DurationMs
  }

/** A step that a server can take by itself: everything but faults of the host. */
export type ServerStep = Exclude<FaultStep, { readonly fault: HostFaultName }>

export interface FaultPlanFile {
  /** Draws whatever chance the plan contains. @default 1 */
  readonly seed?: number
  /** Takes everything back that lasts, and ends repetitions; left out, the plan ends with the simulation. */
  readonly endMs?: DurationMs
  readonly steps: readonly FaultStep[]
}
