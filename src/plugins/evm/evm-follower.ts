import type { ExternalContext } from '../../external/source.ts'
import { StaleError } from '../../model/error.ts'
import { epochUs } from '../../model/time.ts'
import { type BlockChain, walkBack } from '../chain/block-chain.ts'
import type { BlockPoint, ToldPoints } from '../chain/told-points.ts'
import { amountNumber } from './amount.ts'
import type { EvmSetup } from './evm-options.ts'
import { fillLogs, type RpcCall } from './fill-logs.ts'
import type { FlowLedger } from './flow-ledger.ts'
import type { Netflow } from './netflow.ts'
import { type EvmBlock, readBlock, type TransferLog } from './wire.ts'

interface FollowerSetup {
  readonly setup: EvmSetup
  readonly chain: BlockChain<EvmBlock>
  readonly ledger: FlowLedger
  readonly netflow: Netflow
  readonly told: ToldPoints
  readonly context: ExternalContext
  readonly call: RpcCall
}

/** Of heads that wait only the newest count: the way back from them brings the rest. */
const MOST_HEADS = 64
/** Heads are due every block time; when so many are missing the node is asked, and when it has them the socket is given up. */
const SILENT_BLOCKS = 4
const LEAST_SILENCE_MS = 2000
/** One new block may be on its way just now. */
const BEHIND_BLOCKS = 2
const WEI_DIGITS = 9

/** Follows the chain over one socket, one thing at a time. */
export class EvmFollower {
  private readonly parts: FollowerSetup
  private readonly tokens: readonly string[]
  private heads: EvmBlock[] = []
  /** Blocks of which the node took logs back: they are looked at again. */
  private readonly doubted = new Set<string>()
  /** Lowest height whose transfers changed. */
  private changedFrom = Number.POSITIVE_INFINITY
  private mustLook = true
  private wake: () => void = () => undefined

  constructor(parts: FollowerSetup) {
    this.parts = parts
    this.tokens = parts.setup.tokens.map(({ address }) => address)
  }

  head(block: EvmBlock): void {
    this.heads.push(block)
    if (this.heads.length > MOST_HEADS) this.heads.shift()
    this.wake()
  }

  log(log: TransferLog): void {
    const { ledger, chain } = this.parts
    if (!this.parts.setup.tokens.some(({ address }) => address === log.token)) return
    const isChanged = log.isRemoved ? ledger.remove(log) : ledger.add(log)
    if (!chain.has(log.blockHash)) return
    if (log.isRemoved) this.doubted.add(log.blockHash)
    else if (isChanged) this.changedFrom = Math.min(this.changedFrom, log.blockNumber)
    else return
    this.wake()
  }

  /** Until the run is over. @throws whatever the node refuses, StaleError when its heads do not come */
  async run(): Promise<void> {
    const { signal } = this.parts.context
    let lastHeadMs = this.parts.context.clock.monotonicMs()
    while (!signal.aborted) {
      const heads = this.heads
      this.heads = []
      if (heads.length > 0) lastHeadMs = this.parts.context.clock.monotonicMs()
      for (const head of heads) await this.connect(head)
      if (this.mustLook || this.doubted.size > 0) await this.look()
      this.restate()
      if (this.heads.length > 0 || this.doubted.size > 0) continue
      const isWoken = await this.pause()
      const silentMs = this.parts.context.clock.monotonicMs() - lastHeadMs
      if (!isWoken && silentMs >= this.silenceMs) await this.askWhetherBehind(silentMs)
    }
  }

  private get silenceMs(): number {
    return Math.max(LEAST_SILENCE_MS, SILENT_BLOCKS * this.parts.setup.blockTimeMs)
  }

  /** Waits for news, or for the time after which there should have been some. False when none came. */
  private async pause(): Promise<boolean> {
    const { clock, signal } = this.parts.context
    return await new Promise<boolean>(resolve => {
      const timer = clock.setTimer(this.silenceMs, () => done(false))
      const onAbort = (): void => done(true)
      const done = (isWoken: boolean): void => {
        timer[Symbol.dispose]()
        signal.removeEventListener('abort', onAbort)
        this.wake = () => undefined
        resolve(isWoken)
      }
      this.wake = () => done(true)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** A chain may stand still; a subscription that died while the chain goes on may not. @throws StaleError */
  private async askWhetherBehind(silentMs: number): Promise<void> {
    const latest = await this.byNumber('latest')
    const isBehind = latest.number >= (this.parts.chain.tip?.number ?? latest.number) + BEHIND_BLOCKS
    await this.connect(latest)
    if (isBehind) throw new StaleError(`no head for ${Math.round(silentMs / 1000)} s, although the chain goes on`)
  }

  /** What the node holds to be the chain now, and the transfers of blocks that are in doubt. */
  private async look(): Promise<void> {
    const { chain, ledger, call } = this.parts
    this.mustLook = false
    await this.connect(await this.byNumber('latest'))
    for (const hash of this.doubted) {
      this.doubted.delete(hash)
      const block = chain.all.find(each => each.hash === hash)
      if (block === undefined) continue
      ledger.replace(hash, await fillLogs(call, this.tokens, [block]))
      this.changedFrom = Math.min(this.changedFrom, block.number)
    }
  }

  private async connect(head: EvmBlock): Promise<void> {
    const { chain, ledger, setup, call } = this.parts
    if (chain.has(head.hash)) return
    const { tip } = chain
    // Heads come late and twice: one at a height that is known already only counts when the node stands by it.
    if (tip !== undefined && head.number <= tip.number) {
      const standing = await this.byNumber(`0x${head.number.toString(16)}`)
      if (standing.hash !== head.hash) return
    }
    const limits = { most: setup.mostBackfillBlocks, untilUs: head.timeUs - this.longestUs }
    const run = await walkBack(chain, head, limits, hash => this.byHash(hash))
    const logs = await fillLogs(call, this.tokens, run)
    // What the subscription brought meanwhile stays: the same transfer is counted once.
    for (const log of logs) ledger.add(log)
    this.putOn(run)
  }

  private putOn(run: readonly EvmBlock[]): void {
    const { chain, netflow, ledger, context, setup } = this.parts
    const [first] = run
    const last = run.at(-1)
    const { tip } = chain
    if (first === undefined || last === undefined) return
    if (chain.fits(run)) {
      const removed = chain.extend(run)
      netflow.forget(removed)
      for (const { hash } of removed) ledger.forget(hash)
      netflow.sumFrom(first.number)
      for (const block of run) this.tell(block)
    } else {
      if (tip !== undefined) context.gap('backfill limit', epochUs(tip.timeUs), epochUs(first.timeUs))
      else this.declareStart(run.length, first, last)
      netflow.forget(chain.all)
      for (const { hash } of chain.all) if (!run.some(block => block.hash === hash)) ledger.forget(hash)
      chain.restart(run)
      netflow.sumFrom(first.number)
      this.tell(last)
    }
    for (const point of this.parts.told.confirm(last.number, context.clock.nowUs())) context.emit(point)
    for (const { number, hash } of chain.all) {
      if (last.number - number >= setup.confirmations * 2) ledger.seal(hash, this.tokens)
    }
    this.prune(last)
  }

  /** The way back to the beginning of the longest window was too long: what lies before it will never be known. */
  private declareStart(blocks: number, first: EvmBlock, last: EvmBlock): void {
    const { setup, context } = this.parts
    const fromUs = last.timeUs - this.longestUs
    if (blocks < setup.mostBackfillBlocks || first.number === 0 || first.timeUs <= fromUs) return
    context.gap('backfill limit', epochUs(fromUs), epochUs(first.timeUs), `${setup.id}.exchangeNetflow`)
  }

  private get longestUs(): number {
    return Math.max(...this.parts.setup.windows.map(({ lengthUs }) => lengthUs))
  }

  /** What transfers that came late, or were taken back, change in what was told. */
  private restate(): void {
    const { chain, netflow } = this.parts
    const from = this.changedFrom
    this.changedFrom = Number.POSITIVE_INFINITY
    if (from === Number.POSITIVE_INFINITY) return
    netflow.sumFrom(from)
    for (const block of chain.all) if (block.number >= from && this.parts.told.has(block.number)) this.tell(block)
  }

  private tell(block: EvmBlock): void {
    const { told, chain, netflow, context } = this.parts
    const head: BlockPoint[] = [
      { series: `${this.parts.setup.id}.height`, key: undefined, value: block.number, unit: 'blocks', details: {} },
      ...(block.baseFee === undefined
        ? []
        : [
            {
              series: `${this.parts.setup.id}.baseFee`,
              key: undefined,
              value: amountNumber(block.baseFee, WEI_DIGITS),
              unit: 'gwei',
              details: {},
            },
          ]),
    ]
    const tipNumber = chain.tip?.number ?? block.number
    const points = told.tell(block, [...head, ...netflow.at(block)], tipNumber, context.clock.nowUs())
    for (const point of points) context.emit(point)
  }

  /** Keeps what the longest window and a reorganisation can still need. */
  private prune(tip: EvmBlock): void {
    const { chain, setup, ledger, netflow, told } = this.parts
    const oldest = chain.all.filter(block => block.timeUs <= tip.timeUs - this.longestUs).at(-1)
    const lowest = Math.min(oldest?.number ?? 0, tip.number) - setup.confirmations * 2
    const removed = chain.forgetBelow(lowest)
    netflow.forget(removed)
    for (const { hash } of removed) ledger.forget(hash)
    told.forgetBelow(tip.number - setup.confirmations * 4)
  }

  private async byNumber(number: string): Promise<EvmBlock> {
    return readBlock(await this.parts.call('eth_getBlockByNumber', [number, false]))
  }

  private async byHash(hash: string): Promise<EvmBlock | undefined> {
    const block = await this.parts.call('eth_getBlockByHash', [hash, false])
    return block === null ? undefined : readBlock(block)
  }
}
