import { text } from './amount.ts'
import type { Change, TrueBalance, TrueFill, TrueOrder, TruePosition, Truth } from './truth.ts'

/** One message of the user stream, before anybody wraps it. */
export interface Told {
  readonly name: string
  readonly body: Readonly<Record<string, unknown>>
}

/** What the exchange says of a change, in its usual order. */
export function toldOf(truth: Truth, change: Change, sentMs: number): readonly Told[] {
  return truth.isFutures ? futuresTold(truth, change, sentMs) : spotTold(truth, change, sentMs)
}

function futuresTold(truth: Truth, change: Change, E: number): readonly Told[] {
  const { order, fill, timeMs: T } = change
  const told: Told[] = []
  if (fill !== undefined) {
    const { symbol: s, quantity, price, clientId: c, side: S, id: t, orderId: i, isMaker: m } = fill
    told.push({
      name: 'TRADE_LITE',
      body: {
        e: 'TRADE_LITE',
        E,
        T,
        s,
        q: text(quantity),
        p: text(price),
        m,
        c,
        S,
        L: text(price),
        l: text(quantity),
        t,
        i,
      },
    })
  }
  if (change.assets.length > 0) {
    const moment = truth.asOf(Number.POSITIVE_INFINITY)
    const B = change.assets.map(a => {
      const wallet = text(moment.balances.get(a)?.free ?? 0)
      return { a, wb: wallet, cw: wallet, bc: text(change.kind === 'funding' ? change.amount : 0) }
    })
    const P = change.positions.map(s => {
      const { quantity = 0, entry = 0 } = moment.positions.get(s) ?? {}
      return { s, pa: text(quantity), ep: text(entry), bep: '0', cr: '0', up: '0', mt: 'cross', iw: '0', ps: 'BOTH' }
    })
    const m = change.kind === 'funding' ? 'FUNDING_FEE' : 'ORDER'
    told.push({ name: 'ACCOUNT_UPDATE', body: { e: 'ACCOUNT_UPDATE', E, T, a: { m, B, P } } })
  }
  if (order !== undefined) {
    const o = futuresOrderBody(order, fill, change)
    told.push({ name: 'ORDER_TRADE_UPDATE', body: { e: 'ORDER_TRADE_UPDATE', E, T, o } })
  }
  return told
}

function futuresOrderBody(
  order: TrueOrder,
  fill: TrueFill | undefined,
  change: Change,
): Readonly<Record<string, unknown>> {
  return {
    s: order.symbol,
    c: order.clientId,
    S: order.side,
    o: order.type,
    f: 'GTC',
    q: text(order.quantity),
    p: text(order.price),
    ap: text(order.filled > 0 ? (order.quote / order.filled) * 1e8 : 0),
    sp: '0',
    x: change.execution,
    X: order.status,
    i: order.id,
    l: text(fill?.quantity ?? 0),
    z: text(order.filled),
    L: text(fill?.price ?? 0),
    ...(fill === undefined ? {} : { N: fill.feeAsset, n: text(fill.fee) }),
    T: change.timeMs,
    t: fill?.id ?? 0,
    b: '0',
    a: '0',
    m: fill?.isMaker ?? false,
    R: false,
    wt: 'CONTRACT_PRICE',
    ot: order.type,
    ps: 'BOTH',
    cp: false,
    rp: '0',
    pP: false,
    V: 'NONE',
    pm: 'NONE',
    gtd: 0,
    er: '0',
  }
}

function spotTold(truth: Truth, change: Change, E: number): readonly Told[] {
  const { order, fill, timeMs } = change
  const told: Told[] = []
  if (order !== undefined) told.push({ name: 'executionReport', body: executionReport(order, fill, change, E) })
  const moment = truth.asOf(Number.POSITIVE_INFINITY)
  const B = change.assets.map(a => {
    const { free = 0, locked = 0 } = moment.balances.get(a) ?? {}
    return { a, f: text(free), l: text(locked) }
  })
  told.push({ name: 'outboundAccountPosition', body: { e: 'outboundAccountPosition', E, u: timeMs, B } })
  if (change.kind === 'deposit')
    told.push({
      name: 'balanceUpdate',
      body: { e: 'balanceUpdate', E, a: change.assets[0], d: text(change.amount), T: timeMs },
    })
  return told
}

function executionReport(
  order: TrueOrder,
  fill: TrueFill | undefined,
  change: Change,
  E: number,
): Readonly<Record<string, unknown>> {
  return {
    e: 'executionReport',
    E,
    s: order.symbol,
    c: change.execution === 'CANCELED' ? `cancel-${order.id}` : order.clientId,
    S: order.side,
    o: order.type,
    f: 'GTC',
    q: text(order.quantity),
    p: text(order.price),
    P: '0.00000000',
    F: '0.00000000',
    g: -1,
    C: change.execution === 'CANCELED' ? order.clientId : '',
    x: change.execution,
    X: order.status,
    r: 'NONE',
    i: order.id,
    l: text(fill?.quantity ?? 0),
    z: text(order.filled),
    L: text(fill?.price ?? 0),
    n: text(fill?.fee ?? 0),
    N: fill?.feeAsset ?? null,
    T: change.timeMs,
    t: fill?.id ?? -1,
    I: change.executionId,
    w: order.status === 'NEW' || order.status === 'PARTIALLY_FILLED',
    m: fill?.isMaker ?? false,
    M: false,
    O: order.createdMs,
    Z: text(order.quote),
    Y: text(0),
    Q: '0.00000000',
    W: order.createdMs,
    V: 'NONE',
  }
}

export function orderRow(isFutures: boolean, order: TrueOrder): Readonly<Record<string, unknown>> {
  const shared = {
    symbol: order.symbol,
    orderId: order.id,
    clientOrderId: order.clientId,
    price: text(order.price),
    origQty: text(order.quantity),
    executedQty: text(order.filled),
    status: order.status,
    timeInForce: 'GTC',
    type: order.type,
    side: order.side,
    time: order.createdMs,
    updateTime: order.timeMs,
    stopPrice: '0',
  }
  if (!isFutures) return { ...shared, orderListId: -1, cummulativeQuoteQty: text(order.quote), isWorking: true }
  return {
    ...shared,
    avgPrice: '0',
    cumQuote: text(order.quote),
    reduceOnly: false,
    positionSide: 'BOTH',
    origType: order.type,
  }
}

export function fillRow(isFutures: boolean, fill: TrueFill): Readonly<Record<string, unknown>> {
  const shared = {
    symbol: fill.symbol,
    id: fill.id,
    orderId: fill.orderId,
    price: text(fill.price),
    qty: text(fill.quantity),
    commission: text(fill.fee),
    commissionAsset: fill.feeAsset,
    time: fill.timeMs,
  }
  return isFutures
    ? { ...shared, side: fill.side, maker: fill.isMaker, positionSide: 'BOTH', realizedPnl: '0' }
    : { ...shared, isBuyer: fill.side === 'BUY', isMaker: fill.isMaker }
}

export function futuresAccount(balances: ReadonlyMap<string, TrueBalance>): unknown {
  return {
    assets: [...balances].map(([asset, { free, timeMs }]) => ({
      asset,
      walletBalance: text(free),
      crossWalletBalance: text(free),
      availableBalance: text(free),
      maintMargin: text(0),
      marginBalance: text(free),
      updateTime: timeMs,
    })),
  }
}

export function positionRisk(positions: ReadonlyMap<string, TruePosition>): unknown {
  return [...positions]
    .filter(([, { quantity }]) => quantity !== 0)
    .map(([symbol, { quantity, entry, timeMs }]) => ({
      symbol,
      positionSide: 'BOTH',
      positionAmt: text(quantity),
      entryPrice: text(entry),
      breakEvenPrice: '0',
      unRealizedProfit: '0',
      liquidationPrice: '0',
      isolatedWallet: '0',
      updateTime: timeMs,
    }))
}

export function spotAccount(balances: ReadonlyMap<string, TrueBalance>, updateTime: number): unknown {
  return {
    updateTime,
    balances: [...balances]
      .filter(([, { free, locked }]) => free !== 0 || locked !== 0)
      .map(([asset, { free, locked }]) => ({ asset, free: text(free), locked: text(locked) })),
  }
}
