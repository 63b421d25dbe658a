import type { Stamps } from './protocol.ts'

/** Bytes before the payload: kind, view, id, sequence and three stamps. */
const HEADER_BYTES = 40
const LADDER_HEAD_BYTES = 72
const LADDER_LEVEL_BYTES = 32
const TAPE_HEAD_BYTES = 56
const TAPE_ROW_BYTES = 40

export interface FrameHeader extends Stamps {
  readonly type: 'snapshot' | 'delta'
  readonly view: 'ladder' | 'tape'
  readonly id: number
  readonly seq: number
}

/** One grouped price of a ladder: what rests there and what was traded there in the last five minutes. */
export interface LadderLevel {
  readonly price: number
  readonly quantity: number
  readonly bought: number
  readonly sold: number
}

export interface LadderData {
  /** Update id of the book. */
  readonly sequence: number
  /** Price step of one row. */
  readonly step: number
  readonly bestBid: number
  readonly bestAsk: number
  /** (bid − ask) ÷ (bid + ask) quantity over the best 5 and 20 levels; NaN while unknown. */
  readonly imbalance5: number
  readonly imbalance20: number
  /** Size-weighted mid of the touch. */
  readonly weightedMid: number
  /** Outermost known prices; NaN where the whole side is known. */
  readonly horizonBid: number
  readonly horizonAsk: number
  /** Best first. */
  readonly bids: readonly LadderLevel[]
  readonly asks: readonly LadderLevel[]
}

export const TAPE_SELL = 1
export const TAPE_LIQUIDATION = 2
export const TAPE_RECOVERED = 4
/** The row is a gap: `timeUs` is its begin, `price` its end in microseconds since 1970. */
export const TAPE_GAP = 8

export interface TapeRow {
  readonly timeUs: number
  readonly price: number
  readonly quantity: number
  readonly quote: number
  readonly flags: number
}

export interface TapeData {
  /** Totals since `sinceUs`: every print counts, shown or not. */
  readonly count: number
  readonly buyCount: number
  readonly buyQuote: number
  readonly sellQuote: number
  readonly sinceUs: number
  /** Index of the first row of this message in the whole tape. */
  readonly firstIndex: number
  /** Rows that are gone from the server's ring before they could be sent; they are inside the totals. */
  readonly skipped: number
  readonly rows: readonly TapeRow[]
}

/** A frame whose header is still to be written by {@link stampFrame}. */
export function encodeLadder(data: LadderData): Uint8Array {
  const levels = data.bids.length + data.asks.length
  const frame = new Uint8Array(HEADER_BYTES + LADDER_HEAD_BYTES + levels * LADDER_LEVEL_BYTES)
  const view = new DataView(frame.buffer)
  frame[1] = 1
  const head = [
    data.sequence,
    data.step,
    data.bestBid,
    data.bestAsk,
    data.imbalance5,
    data.imbalance20,
    data.weightedMid,
    data.horizonBid,
    data.horizonAsk,
  ]
  writeHead(view, head)
  view.setUint16(2, data.bids.length, true)
  let at = HEADER_BYTES + LADDER_HEAD_BYTES
  for (const level of [...data.bids, ...data.asks]) {
    view.setFloat64(at, level.price, true)
    view.setFloat64(at + 8, level.quantity, true)
    view.setFloat64(at + 16, level.bought, true)
    view.setFloat64(at + 24, level.sold, true)
    at += LADDER_LEVEL_BYTES
  }
  return frame
}

/** A frame whose header is still to be written by {@link stampFrame}. */
export function encodeTape(data: TapeData): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + TAPE_HEAD_BYTES + data.rows.length * TAPE_ROW_BYTES)
  const view = new DataView(frame.buffer)
  frame[1] = 2
  const { count, buyCount, buyQuote, sellQuote, sinceUs, firstIndex, skipped } = data
  const head = [count, buyCount, buyQuote, sellQuote, sinceUs, firstIndex, skipped]
  writeHead(view, head)
  let at = HEADER_BYTES + TAPE_HEAD_BYTES
  for (const row of data.rows) {
    view.setFloat64(at, row.timeUs, true)
    view.setFloat64(at + 8, row.price, true)
    view.setFloat64(at + 16, row.quantity, true)
    view.setFloat64(at + 24, row.quote, true)
    view.setUint8(at + 32, row.flags)
    at += TAPE_ROW_BYTES
  }
  return frame
}

function writeHead(view: DataView, values: readonly number[]): void {
  let at = HEADER_BYTES
  for (const value of values) {
    view.setFloat64(at, value, true)
    at += 8
  }
}

/** A copy of `frame` with its header; the payload is shared by every client, the header is each client's own. */
export function stampFrame(frame: Uint8Array, header: Omit<FrameHeader, 'view'>): Uint8Array {
  const stamped = frame.slice()
  const view = new DataView(stamped.buffer)
  stamped[0] = header.type === 'snapshot' ? 1 : 2
  view.setUint32(4, header.id, true)
  view.setUint32(8, header.seq, true)
  view.setFloat64(16, header.tsExch, true)
  view.setFloat64(24, header.tsRecv, true)
  view.setFloat64(32, header.tsSent, true)
  return stamped
}

/** Header of a binary frame; undefined when it is none. */
export function readHeader(view: DataView): FrameHeader | undefined {
  if (view.byteLength < HEADER_BYTES) return undefined
  const type = view.getUint8(0)
  const kind = view.getUint8(1)
  if (type < 1 || type > 2 || kind < 1 || kind > 2) return undefined
  return {
    type: type === 1 ? 'snapshot' : 'delta',
    view: kind === 1 ? 'ladder' : 'tape',
    id: view.getUint32(4, true),
    seq: view.getUint32(8, true),
    tsExch: view.getFloat64(16, true),
    tsRecv: view.getFloat64(24, true),
    tsSent: view.getFloat64(32, true),
  }
}

/** Payload of a ladder frame. */
export function readLadder(view: DataView): LadderData {
  const head = (index: number): number => view.getFloat64(HEADER_BYTES + index * 8, true)
  const start = HEADER_BYTES + LADDER_HEAD_BYTES
  const total = Math.floor((view.byteLength - start) / LADDER_LEVEL_BYTES)
  const bidCount = Math.min(view.getUint16(2, true), total)
  const level = (index: number): LadderLevel => {
    const at = start + index * LADDER_LEVEL_BYTES
    return {
      price: view.getFloat64(at, true),
      quantity: view.getFloat64(at + 8, true),
      bought: view.getFloat64(at + 16, true),
      sold: view.getFloat64(at + 24, true),
    }
  }
  return {
    sequence: head(0),
    step: head(1),
    bestBid: head(2),
    bestAsk: head(3),
    imbalance5: head(4),
    imbalance20: head(5),
    weightedMid: head(6),
    horizonBid: head(7),
    horizonAsk: head(8),
    bids: Array.from({ length: bidCount }, (_, index) => level(index)),
    asks: Array.from({ length: total - bidCount }, (_, index) => level(bidCount + index)),
  }
}

/** Payload of a tape frame. */
export function readTape(view: DataView): TapeData {
  const head = (index: number): number => view.getFloat64(HEADER_BYTES + index * 8, true)
  const start = HEADER_BYTES + TAPE_HEAD_BYTES
  const rows = Math.floor((view.byteLength - start) / TAPE_ROW_BYTES)
  return {
    count: head(0),
    buyCount: head(1),
    buyQuote: head(2),
    sellQuote: head(3),
    sinceUs: head(4),
    firstIndex: head(5),
    skipped: head(6),
    rows: Array.from({ length: rows }, (_, index) => {
      const at = start + index * TAPE_ROW_BYTES
      return {
        timeUs: view.getFloat64(at, true),
        price: view.getFloat64(at + 8, true),
        quantity: view.getFloat64(at + 16, true),
        quote: view.getFloat64(at + 24, true),
        flags: view.getUint8(at + 32),
      }
    }),
  }
}
