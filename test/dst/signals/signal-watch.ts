import type { SignalNeed, SignalOutput, SignalValue } from '../../../src/signal/signal.ts'
import { START_MS } from '../core/host-clock.ts'
import type { PlannedSignal } from './signal-plan.ts'
import { openOf, SignalTruth, type WatchTools } from './signal-truth.ts'
import type { TradedWindow, TradeOracle } from './trade-oracle.ts'

/** Windows and books change often: one value in so many is recomputed, and each that says something else than the one before. */
const ONE_IN = 8
/** Silence is noticed at a whole second. */
const NOTICED_MS = 1500

/** I6 and I7 for one signal: each value is judged in the moment in which it is said. */
export class SignalWatch {
  readonly plan: PlannedSignal
  private readonly tools: WatchTools
  private readonly truth: SignalTruth
  last: SignalValue | undefined
  isJudged = true
  private saidMs = 0
  private said = 0
  /** Slices that are over: what was said of them last, by their opening. */
  private readonly slices = new Map<number, SignalValue>()
  private readonly unjudged = new Set<number>()

  constructor(plan: PlannedSignal, tools: WatchTools) {
    this.plan = plan
    this.tools = tools
    this.truth = new SignalTruth(plan, tools)
  }

  take(output: SignalOutput): void {
    if (output.kind !== 'signal') return
    const { world, report } = this.tools
    const before = this.last?.state
    this.last = output
    this.saidMs = world.nowMs
    this.said++
    this.count(output, before)
    if (output.value !== undefined && !Number.isFinite(output.value))
      this.truth.fail('I6', `a value of ${output.value}`)
    if (output.state !== 'ok' && output.state !== 'gapped') return
    const openMs = this.overSince(output)
    // What waited for history is told behind time; history itself is final.
    if (openMs !== undefined) this.remember(openMs, output)
    else if (this.plan.by.startsWith('kline')) this.judge(output)
    else if (this.isJudged && (output.state !== before || this.said % ONE_IN === 0 || this.isCheap)) this.judge(output)
    report.count('signal values')
  }

  /** A trade came: what was told of its slice before is looked at again. */
  traded(timeMs: number): void {
    const openMs = timeMs - (timeMs % Math.max(1, this.plan.lengthMs))
    const told = this.slices.get(openMs)
    if (told !== undefined && told.state === 'ok') this.remember(openMs, told)
  }

  /** After an event that something is missing, or that a book cannot be read, nothing is ok that rests on it. */
  lost(need: SignalNeed): void {
    if (this.last?.state !== 'ok' || !this.plan.signal.needs.includes(need)) return
    // A slice that was over before is no part of what is missing.
    if (this.isPast(this.last) && this.plan.by !== 'slice') return
    this.truth.fail('I7', `still ok after a gap in ${need}`)
  }

  /** I7: nothing is ok that is older than its bound. */
  second(frozenUntilMs: number, setBackMs: number): void {
    const { world } = this.tools
    const { last } = this
    if (last?.state !== 'ok' || world.nowMs - this.saidMs < 2 * NOTICED_MS) return
    for (const [need, boundMs] of this.plan.staleMs) {
      const { heardMs } = this.tools.ledger(need)
      // By a clock that was set back the age of what came before cannot be told.
      const limitMs = Math.max(Math.max(heardMs, setBackMs) + boundMs, frozenUntilMs) + NOTICED_MS
      if (heardMs >= 0 && world.nowMs > limitMs)
        this.truth.fail('I7', `ok, although ${need} is silent for ${((world.nowMs - heardMs) / 1000).toFixed(1)} s`)
    }
  }

  /** At the end each slice is told as the exchange knows it, but for what was declared missing. */
  finish(): void {
    if (this.plan.by !== 'slice' && this.plan.by !== 'tradeCandle') return
    const { trades, market } = this.tools
    const truth = this.tradesOf().truth
    let openMs = -1
    const { ledger } = trades
    if (ledger.next < 0) return
    const lastMs = truth.times.at(truth.indexOf(ledger.next - 1)) ?? 0
    for (let index = truth.indexOf(this.tradesOf().ledger.first); index < truth.size; index++) {
      const timeMs = truth.times.at(index) ?? 0
      const slotMs = timeMs - (timeMs % this.plan.lengthMs)
      if (slotMs === openMs) continue
      openMs = slotMs
      // Whoever joins in the middle of a slice has seen a part of it only.
      if (slotMs < (truth.times.at(truth.indexOf(ledger.first)) ?? 0)) continue
      // The newest slices may not be told to be over yet.
      if (slotMs + this.plan.lengthMs > lastMs || market.pace.name === 'rare') break
      this.finishSlice(slotMs)
    }
  }

  private finishSlice(openMs: number): void {
    const window = this.tradesOf().window(openMs, openMs + this.plan.lengthMs)
    const said = this.slices.get(openMs)
    if (window.before > 0 || window.buys + window.sells === 0) return
    if (said === undefined) {
      // A line of candles begins with the first that is whole.
      if (this.plan.by === 'slice') this.truth.fail('I6', `the slice of ${openMs} was never told`)
      return
    }
    if (
      said.state !== 'ok' &&
      window.declared === 0 &&
      !this.tradesOf().touchesGap(openMs, openMs + this.plan.lengthMs)
    )
      this.truth.fail('I6', `the slice of ${openMs} is ${said.state} at the end, although nothing of it is missing`)
    const sums = said.quality.n
    if (sums !== window.buys + window.sells)
      this.truth.fail(
        'I6',
        `the slice of ${openMs} has ${sums} trades at the end, the exchange ${window.buys + window.sells}`,
      )
  }

  /** When the slice opened that the output tells to be over; undefined for any other output. */
  private overSince(output: SignalValue): number | undefined {
    const { by } = this.plan
    const isOver = by === 'slice' || ((by === 'tradeCandle' || by === 'tradeRsi') && output.values?.['final'] === true)
    return isOver ? openOf(output) : undefined
  }

  /** Trades that are healed come one by one in one instant: what counts is what has been said at its end. */
  private remember(openMs: number, output: SignalValue): void {
    this.slices.set(openMs, output)
    if (!this.isJudged) return
    if (this.unjudged.size === 0) queueMicrotask(() => this.judgeSlices())
    this.unjudged.add(openMs)
  }

  private judgeSlices(): void {
    const opened = [...this.unjudged]
    this.unjudged.clear()
    for (const openMs of opened) {
      const output = this.slices.get(openMs)
      if (output !== undefined) this.judge(output)
    }
  }

  private count(output: SignalValue, before: SignalValue['state'] | undefined): void {
    const { report } = this.tools
    const { state, revised } = output
    if (state === 'gapped') report.count('signal: a gap overlapped a window')
    if (state === 'stale') report.count('signal: stale')
    if (state === 'ok' && (before === 'gapped' || before === 'stale')) report.count('signal: ok again')
    if (revised !== true || state !== 'ok') return
    const { by } = this.plan
    if (by === 'slice' || by === 'tradeCandle') report.count('signal: repaired after healing')
    if (by === 'tradeCandle') report.count('signal: candle revised')
  }

  private judge(output: SignalValue): void {
    switch (this.plan.by) {
      case 'slice':
        this.slice(output)
        return
      case 'window':
        this.window(output)
        return
      case 'session':
        this.truth.sums(output, this.tradesOf().sinceFirst())
        return
      case 'tradeCandle':
        this.tradeCandle(output)
        return
      case 'tradeRsi':
        this.tradeRsi(output)
        return
      case 'kline':
      case 'klineRsi':
      case 'klineMacd':
        this.truth.kline(output)
        return
      default:
        this.unbroken(output)
        if (output.state === 'ok') this.truth.ofBook(output)
    }
  }

  private slice(output: SignalValue): void {
    const openMs = openOf(output)
    // A gap repeats the state, without a slice.
    if (openMs === undefined) return
    const closeMs = openMs + this.plan.lengthMs
    const window = this.tradesOf().window(openMs, closeMs)
    this.whole(output, window, openMs, closeMs)
    this.over(output, closeMs)
    this.truth.sums(output, window)
  }

  private window(output: SignalValue): void {
    const untilMs = output.timeUs / 1000
    const window = this.tradesOf().window(untilMs - this.plan.lengthMs + 1, untilMs + 1)
    // What happened in the same millisecond may be on its way.
    const pendingMs = this.timeOf(window.pending)
    if (output.state === 'ok' && window.pending >= 0 && pendingMs < untilMs)
      this.truth.fail('I7', `ok, although trade ${window.pending} in its window was neither delivered nor declared`)
    if (output.state === 'ok' && (window.declared > 0 || window.before > 0))
      this.truth.fail('I7', `ok, although ${window.declared + window.before} trades of its window are missing`)
    if (output.state === 'gapped' && !this.tradesOf().touchesGap(untilMs - this.plan.lengthMs + 1, untilMs + 1))
      this.truth.fail('I6', 'gapped, although nothing of its window is missing')
    this.truth.sums(output, window)
  }

  private tradeCandle(output: SignalValue): void {
    const openMs = openOf(output)
    if (output.values?.['final'] !== true || openMs === undefined) return
    const closeMs = openMs + this.plan.lengthMs
    const oracle = this.tradesOf()
    const window = oracle.window(openMs, closeMs)
    this.whole(output, window, openMs, closeMs)
    this.over(output, closeMs)
    this.truth.tradeCandle(output, openMs, window)
  }

  private tradeRsi(output: SignalValue): void {
    const openMs = openOf(output)
    if (output.values?.['final'] !== true || openMs === undefined) return
    const { lengthMs } = this.plan
    this.whole(output, this.tradesOf().window(openMs, openMs + lengthMs), openMs, openMs + lengthMs)
    this.truth.tradeRsi(output, openMs)
  }

  /** Where nothing has ids that follow one another: ok means that no declared interruption lies inside the window. */
  private unbroken(output: SignalValue): void {
    if (output.state !== 'ok') return
    const { signal, lengthMs } = this.plan
    const fromUs = output.timeUs - lengthMs * 1000
    for (const need of signal.needs) {
      const { behindGapUs } = this.tools.ledger(need)
      if (behindGapUs > output.timeUs) this.truth.fail('I7', `ok between a gap in ${need} and what came behind it`)
      else if (need !== 'markPrice' && lengthMs > 0 && behindGapUs > fromUs)
        this.truth.fail('I7', `ok, although a gap in ${need} lies in its window`)
    }
    if (!signal.needs.includes('book')) return
    const handle = this.tools.handle()
    if (handle?.state !== 'synced') this.truth.fail('I7', `ok while the book is ${handle?.state}`)
  }

  /** A slice is ok only when all that the exchange emitted in it is there, as far as anybody can know. */
  private whole(output: SignalValue, window: TradedWindow, openMs: number, closeMs: number): void {
    const { report } = this.tools
    if (output.state === 'gapped') {
      // An index looks back on slots before this one.
      const isHonest = this.plan.by === 'tradeRsi' || this.tradesOf().touchesGap(openMs, closeMs)
      if (!isHonest) this.truth.fail('I6', `gapped, although nothing of the slice of ${openMs} is missing`)
      return
    }
    if (window.declared + window.before > 0)
      this.truth.fail(
        'I7',
        `ok, although ${window.declared + window.before} trades of the slice of ${openMs} are missing`,
      )
    if (window.pending < 0) return
    report.count('signal: slice told before its last trades came')
    const { truth } = this.tradesOf()
    // What was told before anybody could know of a loss is told again step by step while it is healed; the end counts.
    if (output.revised === true) return
    const reason = this.tools.isBehind(this.plan.need, truth.noticeableMs.at(truth.indexOf(window.pending)) ?? 0)
    if (reason !== undefined)
      this.truth.fail('I7', `ok, although trade ${window.pending} of the slice of ${openMs} is not there: ${reason}`)
  }

  private over(output: SignalValue, closeMs: number): void {
    const earlyMs = closeMs - START_MS - this.tools.world.nowMs
    if (output.state === 'ok' && earlyMs > 0)
      this.truth.fail('I6', `told to be over ${earlyMs.toFixed(0)} ms too early`)
  }

  /** What is judged without adding anything up. */
  private get isCheap(): boolean {
    const { by } = this.plan
    return by === 'bookSpread' || by === 'quoteSpread' || by === 'markBasis' || by.startsWith('kline')
  }

  private isPast(output: SignalValue): boolean {
    return output.values?.['final'] === true || this.plan.by === 'slice'
  }

  private tradesOf(): TradeOracle {
    return this.tools.trades
  }

  private timeOf(id: number): number {
    const { truth } = this.tradesOf()
    return truth.times.at(truth.indexOf(id)) ?? Number.POSITIVE_INFINITY
  }
}
