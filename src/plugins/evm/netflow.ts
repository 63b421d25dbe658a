import type { BlockChain } from '../chain/block-chain.ts'
import type { BlockPoint } from '../chain/told-points.ts'
import { amountNumber, amountText, share } from './amount.ts'
import type { EvmSetup, EvmToken } from './evm-options.ts'
import { type Flow, type FlowLedger, NO_FLOW, plus } from './flow-ledger.ts'
import type { EvmBlock } from './wire.ts'

/** What went to and from labelled addresses in windows that end with a block, by sums from the chain's beginning on. */
export class Netflow {
  private readonly setup: EvmSetup
  private readonly chain: BlockChain<EvmBlock>
  private readonly ledger: FlowLedger
  /** Of each block: the sums of every token up to and with it. */
  private readonly sums = new Map<string, ReadonlyMap<string, Flow>>()

  constructor(setup: EvmSetup, chain: BlockChain<EvmBlock>, ledger: FlowLedger) {
    this.setup = setup
    this.chain = chain
    this.ledger = ledger
  }

  /** Sums up anew from a height on. */
  sumFrom(number: number): void {
    const first = this.chain.all[0]
    if (first === undefined) return
    for (const block of this.chain.all.slice(Math.max(0, number - first.number))) {
      const before = this.sums.get(block.parentHash)
      const totals = this.setup.tokens.map(({ address }): [string, Flow] => {
        return [address, plus(before?.get(address) ?? NO_FLOW, this.ledger.flow(block.hash, address))]
      })
      this.sums.set(block.hash, new Map(totals))
    }
  }

  forget(blocks: readonly EvmBlock[]): void {
    for (const { hash } of blocks) this.sums.delete(hash)
  }

  /** One point for each token and window that the known blocks cover whole. */
  at(block: EvmBlock): readonly BlockPoint[] {
    return this.setup.windows.flatMap(({ name, lengthUs }) => {
      const before = this.lastBefore(block.timeUs - lengthUs)
      return before === undefined ? [] : this.setup.tokens.map(token => this.point(token, name, before, block))
    })
  }

  /** The newest block at or before a time: the window is what came after it. */
  private lastBefore(timeUs: number): EvmBlock | undefined {
    const blocks = this.chain.all
    let low = 0
    let high = blocks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((blocks[middle]?.timeUs ?? 0) <= timeUs) low = middle + 1
      else high = middle
    }
    return blocks[low - 1]
  }

  private point(token: EvmToken, window: string, before: EvmBlock, block: EvmBlock): BlockPoint {
    const total = (of: EvmBlock): Flow => this.sums.get(of.hash)?.get(token.address) ?? NO_FLOW
    const flow = plus(total(block), total(before), -1)
    const net = flow.inflow - flow.outflow
    const { decimals, symbol } = token
    const coverage = share(flow.inflow + flow.outflow + flow.internal, flow.volume)
    return {
      series: `${this.setup.id}.exchangeNetflow`,
      key: `${symbol}/${window}`,
      value: amountNumber(net, decimals),
      unit: symbol,
      details: {
        token: symbol,
        window,
        exact: amountText(net, decimals),
        inflow: amountText(flow.inflow, decimals),
        outflow: amountText(flow.outflow, decimals),
        internal: amountText(flow.internal, decimals),
        volume: amountText(flow.volume, decimals),
        transfers: flow.transfers,
        ...(coverage === undefined ? {} : { labelCoverage: coverage }),
        labelDate: this.setup.labelDate,
        labelledAddresses: this.setup.labels.size,
      },
    }
  }
}
