import type { TransferLog } from './wire.ts'

/** Sums of one token, in its smallest unit. */
export interface Flow {
  /** From elsewhere to labelled addresses. */
  readonly inflow: bigint
  /** From labelled addresses to elsewhere. */
  readonly outflow: bigint
  /** Between labelled addresses: neither of the two. */
  readonly internal: bigint
  /** All transfers. */
  readonly volume: bigint
  readonly transfers: number
}

export const NO_FLOW: Flow = { inflow: 0n, outflow: 0n, internal: 0n, volume: 0n, transfers: 0 }

export function plus(a: Flow, b: Flow, sign: 1 | -1 = 1): Flow {
  const factor = BigInt(sign)
  return {
    inflow: a.inflow + factor * b.inflow,
    outflow: a.outflow + factor * b.outflow,
    internal: a.internal + factor * b.internal,
    volume: a.volume + factor * b.volume,
    transfers: a.transfers + sign * b.transfers,
  }
}

type Counted = Pick<TransferLog, 'token' | 'from' | 'to' | 'amount'>

/** Blocks of which transfers are known although nobody has seen the block. */
const MOST_BLOCKS = 20_000

/**
 * Transfers by the block that holds them, each once: its block's hash and its place there name it. Which blocks count is the
 * chain's business, so that a reorganisation takes nothing away and counts nothing twice.
 */
export class FlowLedger {
  private readonly labels: ReadonlyMap<string, string>
  private readonly blocks = new Map<string, Map<number, Counted>>()
  /** Blocks that are final: of them only the sums are kept. */
  private readonly sealed = new Map<string, ReadonlyMap<string, Flow>>()

  constructor(labels: ReadonlyMap<string, string>) {
    this.labels = labels
  }

  /** True when it was not there. */
  add(log: TransferLog): boolean {
    if (this.sealed.has(log.blockHash)) return false
    const block = this.blockOf(log.blockHash)
    if (block.has(log.logIndex)) return false
    const { token, from, to, amount } = log
    block.set(log.logIndex, { token, from, to, amount })
    return true
  }

  /** True when it was there. */
  remove(log: TransferLog): boolean {
    return this.blocks.get(log.blockHash)?.delete(log.logIndex) ?? false
  }

  /** All transfers of a block, as the node lists them. */
  replace(blockHash: string, logs: readonly TransferLog[]): void {
    if (this.sealed.has(blockHash)) return
    this.blockOf(blockHash).clear()
    for (const log of logs) this.add(log)
  }

  flow(blockHash: string, token: string): Flow {
    const sums = this.sealed.get(blockHash)
    if (sums !== undefined) return sums.get(token) ?? NO_FLOW
    let flow = NO_FLOW
    for (const transfer of this.blocks.get(blockHash)?.values() ?? []) {
      if (transfer.token === token) flow = plus(flow, this.flowOf(transfer))
    }
    return flow
  }

  seal(blockHash: string, tokens: readonly string[]): void {
    if (this.sealed.has(blockHash)) return
    this.sealed.set(blockHash, new Map(tokens.map(token => [token, this.flow(blockHash, token)])))
    this.blocks.delete(blockHash)
  }

  forget(blockHash: string): void {
    this.blocks.delete(blockHash)
    this.sealed.delete(blockHash)
  }

  private flowOf({ from, to, amount }: Counted): Flow {
    const isFrom = this.labels.has(from)
    const isTo = this.labels.has(to)
    const base = { ...NO_FLOW, volume: amount, transfers: 1 }
    if (isFrom && isTo) return { ...base, internal: amount }
    if (isTo) return { ...base, inflow: amount }
    return isFrom ? { ...base, outflow: amount } : base
  }

  private blockOf(hash: string): Map<number, Counted> {
    let block = this.blocks.get(hash)
    if (block === undefined) {
      const [oldest] = this.blocks.keys()
      if (this.blocks.size >= MOST_BLOCKS && oldest !== undefined) this.blocks.delete(oldest)
      block = new Map()
      this.blocks.set(hash, block)
    }
    return block
  }
}
