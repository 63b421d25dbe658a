import type { FillEvent } from '../model/account-event.ts'
import { AbortedError, HttpError } from '../model/error.ts'
import type { InstrumentId } from '../model/instrument.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import type { ServerClock } from '../net/server-clock.ts'
import type { AccountAdapter, StateRead, TimedOrder, Told } from '../venue/account-adapter.ts'
import type { Ledger, ToldUpdate } from './ledger.ts'
import { compareIds, type KnownOrder } from './order-ledger.ts'
import type { PrivateRest } from './private-rest.ts'

/** What REST says of the account, as data: the comparison with it is pure. */
export interface RestView {
  /** The venue's time when the first question was asked. */
  readonly askedUs: EpochUs
  readonly openOrders: readonly TimedOrder[]
  readonly states: readonly StateView[]
  /** Orders that were open here and are not listed as open there. */
  readonly vanished: readonly VanishedOrder[]
  readonly fills: readonly FillsView[]
}

export interface StateView {
  readonly complete: StateRead['complete']
  /** The only venue that it is complete for; undefined for all. */
  readonly venue: string | undefined
  readonly updates: readonly ToldUpdate[]
}

export interface VanishedOrder {
  readonly order: KnownOrder['event']
  /** Undefined: the venue does not know it. */
  readonly found: TimedOrder | undefined
}

export interface FillsView {
  readonly instrument: InstrumentId
  readonly fills: readonly Told<FillEvent>[]
  /** Everything up to here was asked for. */
  readonly untilUs: EpochUs
  /** Fills of this time are gone at the venue. */
  readonly lostFromUs: EpochUs | undefined
  readonly lostToUs: EpochUs | undefined
}

export interface ReadTools {
  readonly adapter: AccountAdapter
  readonly rest: PrivateRest
  readonly serverClock: ServerClock
  readonly signal: AbortSignal
}

/** REST may lag behind the engine by so much: a time up to which something was asked for is set back by it. */
export const REST_LAG_US = 60_000_000

/** @throws HttpError, RateLimited, DecodeError, AbortedError, AuthError */
export async function readOpenOrders(tools: ReadTools): Promise<readonly TimedOrder[]> {
  const { openOrders, openAlgoOrders, furtherOpenOrders = [] } = tools.adapter.reads
  // One goes first, so that a time which the venue refuses is refused once, not for all that follow together.
  const first = await tools.rest.read(openOrders, {}, tools.signal)
  const lists = [...(openAlgoOrders === undefined ? [] : [openAlgoOrders]), ...furtherOpenOrders]
  return [first, ...(await Promise.all(lists.map(list => tools.rest.read(list, {}, tools.signal))))].flat()
}

/** @throws as above */
export async function readStates(tools: ReadTools, withSettings: boolean): Promise<readonly StateView[]> {
  const wanted = tools.adapter.reads.state.filter(({ isSetting }) => isSetting !== true || withSettings)
  const read = async ({ complete, venue, endpoint }: StateRead): Promise<StateView> => {
    return { complete, venue, updates: await tools.rest.read(endpoint, undefined, tools.signal) }
  }
  return await Promise.all(wanted.map(read))
}

/** Asks for every order that is open here and not there. @throws as above */
export async function readVanished(
  tools: ReadTools,
  ledger: Ledger,
  listed: readonly TimedOrder[],
): Promise<readonly VanishedOrder[]> {
  const there = new Set(listed.map(({ order }) => `${order.instrument}|${order.orderId}`))
  const missing = [...ledger.orders.openOrders()].filter(
    ({ event }) => !there.has(`${event.instrument}|${event.orderId}`),
  )
  return await inGroups(missing, async ({ event }) => ({ order: event, found: await readOrder(tools, event) }))
}

/** Calls that go out together. */
const GROUP = 4

/** A few at a time: an answer is sooner whole, and market data's share of the weight is not taken at once. */
export async function inGroups<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += GROUP)
    results.push(...(await Promise.all(items.slice(at, at + GROUP).map(run))))
  return results
}

/** One order; undefined when the venue does not know it. @throws as above */
export async function readOrder(
  tools: ReadTools,
  asked: { readonly instrument: InstrumentId; readonly orderId?: string; readonly clientOrderId?: string },
): Promise<TimedOrder | undefined> {
  const { rest, adapter, signal } = tools
  const { instrument, orderId, clientOrderId } = asked
  const args = orderId === undefined ? { instrument, clientOrderId } : { instrument, orderId }
  try {
    return await rest.read(adapter.reads.order, args, signal)
  } catch (error) {
    if (error instanceof HttpError && rest.refusalOf(error) === 'unknownOrder') return undefined
    throw error
  }
}

/** Everything of one instrument since it was asked for last, page by page. @throws as above */
export async function readFills(tools: ReadTools, ledger: Ledger, instrument: InstrumentId): Promise<FillsView> {
  const nowUs = epochUs((await tools.serverClock.timestampMs()) * 1000)
  const { fromId, sinceUs } = ledger.fills.mark(instrument)
  const untilUs = epochUs(Math.max(sinceUs, nowUs - REST_LAG_US))
  const none = { lostFromUs: undefined, lostToUs: undefined }
  if (fromId !== undefined && tools.adapter.reads.fillsBy !== 'time') {
    return { instrument, fills: await pagesFrom(tools, instrument, fromId), untilUs, ...none }
  }
  const keptUs = nowUs - tools.adapter.reads.fillsKeptMs * 1000
  const startUs = epochUs(Math.max(sinceUs, keptUs))
  const lost = sinceUs < keptUs ? { lostFromUs: sinceUs, lostToUs: startUs } : none
  return { instrument, fills: await windowsFrom(tools, instrument, startUs, nowUs), untilUs, ...lost }
}

async function pagesFrom(
  tools: ReadTools,
  instrument: InstrumentId,
  firstId: string,
): Promise<readonly Told<FillEvent>[]> {
  const { rest, adapter, signal } = tools
  const limit = adapter.reads.fillsPerPage
  const fills: Told<FillEvent>[] = []
  for (let fromId = firstId; ; ) {
    const page = await rest.read(adapter.reads.fills, { instrument, fromId, limit }, signal)
    fills.push(...page)
    const last = highestId(page)
    if (page.length < limit || last === undefined || compareIds(last, fromId) <= 0) return fills
    fromId = last
  }
}

/** Windows of time, until there is an id to go on by. */
async function windowsFrom(
  tools: ReadTools,
  instrument: InstrumentId,
  startUs: EpochUs,
  nowUs: EpochUs,
): Promise<readonly Told<FillEvent>[]> {
  const { rest, adapter, signal } = tools
  const { fillsPerPage: limit, fillWindowMs } = adapter.reads
  if (adapter.reads.fillsBy === 'time') return await pagesByTime(tools, instrument, startUs, nowUs)
  for (let fromUs: number = startUs; fromUs <= nowUs; fromUs += fillWindowMs * 1000) {
    // A window that ends in the future holds what happens while it is asked for.
    const endTimeUs = epochUs(fromUs + fillWindowMs * 1000 - 1)
    const window = { instrument, startTimeUs: epochUs(fromUs), endTimeUs, limit }
    const page = await rest.read(adapter.reads.fills, window, signal)
    const last = highestId(page)
    if (last === undefined) continue
    // From the lowest of the page, because a full page may have left out either end of the window.
    return page.length < limit && endTimeUs >= nowUs
      ? page
      : [...page, ...(await pagesFrom(tools, instrument, lowestId(page) ?? last))]
  }
  return []
}

/** Where ids do not lead on: each page begins at the moment at which the one before ended. */
async function pagesByTime(
  tools: ReadTools,
  instrument: InstrumentId,
  startUs: EpochUs,
  nowUs: EpochUs,
): Promise<readonly Told<FillEvent>[]> {
  const { rest, adapter, signal } = tools
  const { fillsPerPage: limit, fillWindowMs } = adapter.reads
  const fills: Told<FillEvent>[] = []
  for (let fromUs: number = startUs; fromUs <= nowUs; ) {
    const endUs = fromUs + fillWindowMs * 1000 - 1
    const window = { instrument, startTimeUs: epochUs(fromUs), endTimeUs: epochUs(endUs), limit }
    const page = await rest.read(adapter.reads.fills, window, signal)
    fills.push(...page)
    const newestUs = Math.max(...page.map(({ exchangeTimeUs }) => exchangeTimeUs ?? 0))
    // More of one millisecond than a page holds cannot be had.
    fromUs = page.length < limit ? endUs + 1 : newestUs > fromUs ? newestUs : fromUs + 1000
  }
  return fills
}

/** More pages than this of one window are not asked for. */
const MOST_PAGES = 20

/** Instruments that traded since a moment, where the venue has such a question. @throws as above */
export async function readTraded(tools: ReadTools, sinceUs: EpochUs): Promise<readonly InstrumentId[]> {
  const { rest, adapter, serverClock, signal } = tools
  const { traded, furtherTraded = [], fillWindowMs, fillsKeptMs } = adapter.reads
  if (traded === undefined) return []
  const nowUs = (await serverClock.timestampMs()) * 1000
  const found = new Set<InstrumentId>()
  for (let fromUs = Math.max(sinceUs, nowUs - fillsKeptMs * 1000); fromUs <= nowUs; fromUs += fillWindowMs * 1000) {
    const window = {
      startTimeUs: epochUs(fromUs),
      endTimeUs: epochUs(Math.min(nowUs, fromUs + fillWindowMs * 1000 - 1)),
    }
    for (const question of [traded, ...furtherTraded])
      for (let page = 1; page <= MOST_PAGES; page++) {
        const ids = await rest.read(question, { ...window, page }, signal)
        for (const id of ids) found.add(id)
        if (ids.length === 0) break
      }
    if (signal.aborted) throw new AbortedError('the comparison was aborted')
  }
  return [...found]
}

function highestId(fills: readonly Told<FillEvent>[]): string | undefined {
  return fills.reduce<string | undefined>((best, { tradeId }) => {
    return best === undefined || compareIds(tradeId, best) > 0 ? tradeId : best
  }, undefined)
}

function lowestId(fills: readonly Told<FillEvent>[]): string | undefined {
  return fills.reduce<string | undefined>((best, { tradeId }) => {
    return best === undefined || compareIds(tradeId, best) < 0 ? tradeId : best
  }, undefined)
}
