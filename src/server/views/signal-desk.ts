import { errorLine } from '../../model/error.ts'
import type { Instrument, InstrumentId } from '../../model/instrument.ts'
import { SignalRun } from './signal-run.ts'
import type { SignalContext } from './view.ts'

interface Shared {
  readonly run: SignalRun
  users: number
}

/** A view's hold on the signals of a market. */
export interface SignalLease extends Disposable {
  readonly run: SignalRun
}

/** Signals of the markets that are looked at: computed once for all views, and not at all when nobody looks. */
export class SignalDesk {
  private readonly context: SignalContext
  private readonly shared = new Map<InstrumentId, Shared>()

  constructor(context: SignalContext) {
    this.context = context
  }

  /** Markets whose signals are computed now. */
  get size(): number {
    return this.shared.size
  }

  lease(instrument: Instrument): SignalLease {
    const found = this.shared.get(instrument.id) ?? { run: new SignalRun(this.context, instrument), users: 0 }
    this.shared.set(instrument.id, found)
    found.users++
    let isReleased = false
    return {
      run: found.run,
      [Symbol.dispose]: () => {
        if (isReleased) return
        isReleased = true
        this.release(instrument.id, found)
      },
    }
  }

  private release(instrument: InstrumentId, shared: Shared): void {
    shared.users--
    if (shared.users > 0) return
    this.shared.delete(instrument)
    shared.run[Symbol.asyncDispose]().catch((error: unknown) => this.context.warn(errorLine(error)))
  }
}
