import type { Control } from './server/control.ts'

/** How a REST call is spoiled; what is left out stays as it is. */
export interface RestFault {
  readonly status?: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** How long the answer is held back. */
  readonly latencyMs?: number
}

export interface SnapshotFault {
  readonly status?: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** How long the answer is held back; the book in it is that of the end of the wait. */
  readonly delayMs?: number
  /** Serves the book as it stood so many actions ago. */
  readonly ageEvents?: number
}

export interface Refusal {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** What tests have asked to go wrong on one venue. Looked at by sockets and REST; chance only through the given source. */
export class FaultPlan {
  refusal: Refusal | undefined
  rest: RestFault | undefined
  snapshot: SnapshotFault | undefined
  arePingsPaused = false
  silentShare = 0
  rejects: ((names: readonly string[]) => { readonly code: number; readonly message: string } | undefined) | undefined
  private readonly random: () => number

  constructor(random: () => number) {
    this.random = random
  }

  controlFault(control: Control): 'silent' | { readonly code: number; readonly message: string } | undefined {
    if (this.silentShare > 0 && this.random() < this.silentShare) return 'silent'
    const names = control.kind === 'subscribe' || control.kind === 'unsubscribe' ? control.names : undefined
    return names === undefined ? undefined : this.rejects?.(names)
  }
}
