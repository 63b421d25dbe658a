import { ConfigError, errorLine } from '../model/error.ts'
import type { AccountDesk } from './account-desk.ts'
import { AlertDesk } from './alert-desk.ts'
import type { ViewRequest } from './protocol.ts'
import { AccountView } from './views/account-view.ts'
import { AlertsView } from './views/alerts-view.ts'
import { CandlesView } from './views/candles-view.ts'
import { FlowView } from './views/flow-view.ts'
import { FundingView } from './views/funding-view.ts'
import { HealthView } from './views/health-view.ts'
import { LadderView } from './views/ladder-view.ts'
import { LiquidationsView } from './views/liquidations-view.ts'
import type { MarketView } from './views/market-view.ts'
import { OpenInterestView } from './views/open-interest-view.ts'
import { PressureView } from './views/pressure-view.ts'
import { SignalsView } from './views/signals-view.ts'
import { TapeView } from './views/tape-view.ts'
import { TickerView } from './views/ticker-view.ts'
import type { View, ViewContext } from './views/view.ts'

/** A view that nobody looks at stays open this long: switching back, or reloading the page, finds it warm. */
const LINGER_MS = 10_000
const MOST_VIEWS = 256

interface Shared {
  readonly key: string
  readonly view: View
  users: number
  linger: Disposable | undefined
}

/** A client's hold on a shared view. */
export interface ViewLease {
  readonly view: View
  release(): void
}

/** Views by their parameters: one picture is computed once, however many clients look at it. */
export class ViewRegistry implements AsyncDisposable {
  private readonly context: ViewContext
  private readonly figures: () => unknown
  private readonly desk: AccountDesk
  private readonly alerts: AlertDesk
  private readonly shared = new Map<string, Shared>()
  private readonly closing = new Set<Promise<void>>()

  constructor(
    context: ViewContext,
    figures: () => unknown,
    desk: AccountDesk,
    alerts: AlertDesk = new AlertDesk(undefined, context.scrub),
  ) {
    this.context = context
    this.figures = figures
    this.desk = desk
    this.alerts = alerts
  }

  get size(): number {
    return this.shared.size
  }

  /** @throws ConfigError when a parameter is missing or the server shows too many views already */
  lease(request: ViewRequest): ViewLease {
    const key = keyOf(request)
    const found = this.shared.get(key)
    // A failed view is made anew for whoever asks again, rather than handing out an old failure.
    const isUsable = found !== undefined && found.view.state.kind !== 'error'
    const shared = isUsable ? found : this.create(key, request)
    shared.users++
    shared.linger?.[Symbol.dispose]()
    shared.linger = undefined
    let isReleased = false
    return {
      view: shared.view,
      release: () => {
        if (isReleased) return
        isReleased = true
        this.release(shared)
      },
    }
  }

  tick(): void {
    for (const { view } of this.shared.values()) view.tick()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const shared of this.shared.values()) this.close(shared)
    await Promise.all(this.closing)
  }

  private create(key: string, request: ViewRequest): Shared {
    const old = this.shared.get(key)
    if (old === undefined && this.shared.size >= MOST_VIEWS) {
      throw new ConfigError(`the server shows ${MOST_VIEWS} different views already, which is its limit.`)
    }
    if (old !== undefined && old.users === 0) this.close(old)
    const shared = { key, view: this.open(request), users: 0, linger: undefined }
    this.shared.set(key, shared)
    return shared
  }

  private open(request: ViewRequest): View {
    const { context } = this
    if (request.view === 'health') return new HealthView(context, this.figures)
    if (request.view === 'account') return new AccountView(context, this.desk)
    if (request.view === 'alerts') return new AlertsView(context, this.alerts)
    const instrument = request.instrument
    if (instrument === undefined) throw new ConfigError(`view "${request.view}" needs an instrument.`)
    const view = marketView(context, request, instrument)
    view.start().catch((error: unknown) => context.warn(errorLine(error)))
    return view
  }

  private release(shared: Shared): void {
    shared.users--
    if (shared.users > 0) return
    if (this.shared.get(shared.key) !== shared) {
      this.dispose(shared)
      return
    }
    shared.linger = this.context.clock.setTimer(LINGER_MS, () => this.close(shared))
  }

  private close(shared: Shared): void {
    if (this.shared.get(shared.key) === shared) this.shared.delete(shared.key)
    this.dispose(shared)
  }

  private dispose(shared: Shared): void {
    shared.linger?.[Symbol.dispose]()
    const done = Promise.resolve(shared.view[Symbol.asyncDispose]())
      .catch((error: unknown) => this.context.warn(errorLine(error)))
      .finally(() => this.closing.delete(done))
    this.closing.add(done)
  }
}

function marketView(context: ViewContext, request: ViewRequest, instrument: string): MarketView {
  const { params = {} } = request
  switch (request.view) {
    case 'ticker':
      return new TickerView(context, instrument)
    case 'candles':
      return new CandlesView(context, instrument, params.interval ?? '1m')
    case 'ladder':
      return new LadderView(context, instrument, { rows: params.rows ?? 40, group: params.group ?? 0 })
    case 'tape':
      return new TapeView(context, instrument)
    case 'funding':
      return new FundingView(context, instrument)
    case 'liquidations':
      return new LiquidationsView(context, instrument)
    case 'signals':
      return new SignalsView(context, instrument)
    case 'flow':
      return new FlowView(context, instrument)
    case 'pressure':
      return new PressureView(context, instrument)
    case 'openInterest':
      return new OpenInterestView(context, instrument)
    default:
      throw new ConfigError(`view "${request.view}" has no instrument.`)
  }
}

function keyOf(request: ViewRequest): string {
  const { view, instrument = '', params = {} } = request
  const own =
    view === 'candles' ? [params.interval ?? '1m'] : view === 'ladder' ? [params.rows ?? 40, params.group ?? 0] : []
  return JSON.stringify([view, instrument, ...own])
}
