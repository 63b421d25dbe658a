import type { ExternalContext, ExternalSource } from '../../external/source.ts'
import { ConfigError } from '../../model/error.ts'
import { type DurationMs, epochUs } from '../../model/time.ts'
import { sleep } from '../../net/clock.ts'
import { BlockChain, walkBack } from '../chain/block-chain.ts'
import { type BlockPoint, ToldPoints } from '../chain/told-points.ts'
import type { BitcoinBackend, BitcoinBlock } from './backend.ts'
import { BlockBell } from './block-bell.ts'
import { explorerBackend } from './explorer.ts'
import { nodeBackend } from './node.ts'

export interface BitcoinOptions {
  /** @default 'bitcoin' */
  readonly id?: string
  /** Base URL of an explorer, `https://…`; blocks are told at once by its WebSocket. Either this or `node`. */
  readonly explorer?: string
  /** URL of the user's own node. */
  readonly node?: { readonly url: string; readonly auth: () => string }
  /** How often everything is looked at, 1 s to 10 min. @default 10000 */
  readonly cadenceMs?: DurationMs
  /** From so many blocks on, its own included, a block is final. @default 6 */
  readonly confirmations?: number
}

interface Shared {
  readonly id: string
  readonly chain: BlockChain<BitcoinBlock>
  readonly told: ToldPoints
  readonly confirmations: number
}

const LEAST_PAUSE_MS = 500
/** A day of blocks; a longer hole is declared instead of filled. */
const MOST_BACKFILL = 144
/** Blocks come every ten minutes; half an hour without one happens twice a week. */
const BLOCK_CADENCE_MS = 1_200_000

/**
 * Mempool, fees and blocks of Bitcoin, of an explorer or of the user's own node: `bitcoin.mempool` (keys `transactions`,
 * `vsize`), `bitcoin.fee` (by how soon, sat/vB), `bitcoin.height`, `bitcoin.blockTransactions`, `bitcoin.blockFees` (sat).
 * @throws ConfigError
 */
export function bitcoinSource(options: BitcoinOptions): ExternalSource {
  const { id = 'bitcoin', explorer, node, cadenceMs = 10_000, confirmations = 6 } = options
  if ((explorer === undefined) === (node === undefined))
    throw new ConfigError(`${id}: expected either explorer or node.`)
  const url = explorer ?? node?.url ?? ''
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new ConfigError(`${id}: ${node === undefined ? 'explorer' : 'node'}: expected an http: or https: URL.`)
  whole(id, 'cadenceMs', cadenceMs, 1000, 600_000)
  whole(id, 'confirmations', confirmations, 1, 144)
  const shared: Shared = { id, chain: new BlockChain(), told: new ToldPoints(confirmations), confirmations }
  return {
    id,
    kind: 'stream',
    cadenceMs,
    series: [
      { name: `${id}.mempool` },
      { name: `${id}.fee` },
      { name: `${id}.height`, cadenceMs: BLOCK_CADENCE_MS },
      { name: `${id}.blockTransactions`, cadenceMs: BLOCK_CADENCE_MS },
      ...(explorer === undefined ? [] : [{ name: `${id}.blockFees`, cadenceMs: BLOCK_CADENCE_MS }]),
    ],
    start: async context => {
      const base = url.replace(/\/+$/, '')
      const backend = node === undefined ? explorerBackend(context, base) : nodeBackend(context, url, node.auth)
      const bell = new BlockBell(context, node === undefined ? `${base.replace(/^http/, 'ws')}/api/v1/ws` : undefined)
      while (!context.signal.aborted) {
        await look(context, backend, shared)
        // However often it rings.
        await sleep(context.clock, LEAST_PAUSE_MS, context.signal)
        await bell.rung(cadenceMs - LEAST_PAUSE_MS)
      }
    },
    // Sockets and calls end with the run.
    stop: () => undefined,
  }
}

function whole(id: string, name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new ConfigError(`${id}: ${name}: expected a whole number from ${least} to ${most}, was ${value}.`)
}

async function look(context: ExternalContext, backend: BitcoinBackend, shared: Shared): Promise<void> {
  await followBlocks(context, backend, shared)
  const { id } = shared
  const { transactions, vsize } = await backend.mempool()
  tellNow(context, `${id}.mempool`, 'transactions', transactions, 'transactions')
  tellNow(context, `${id}.mempool`, 'vsize', vsize, 'vB')
  for (const [soon, rate] of await backend.fees()) tellNow(context, `${id}.fee`, soon, rate, 'sat/vB')
}

/** A measurement of this moment, which nothing takes back. */
function tellNow(context: ExternalContext, series: string, key: string, value: number, unit: string): void {
  const nowUs = context.clock.nowUs()
  context.emit({ series, key, value, unit, effectiveTimeUs: nowUs, publishedTimeUs: nowUs, revision: 0, isFinal: true })
}

async function followBlocks(context: ExternalContext, backend: BitcoinBackend, shared: Shared): Promise<void> {
  const { chain, told, confirmations } = shared
  const head = await backend.tip()
  if (chain.has(head.hash)) return
  const { tip } = chain
  // One of several servers behind a name lags; a branch that is shorter has not won.
  if (tip !== undefined && head.number < tip.number) return
  // At the start only as many blocks as a reorganisation could take back.
  const most = tip === undefined ? confirmations + 1 : MOST_BACKFILL
  const run = await walkBack(chain, head, { most, untilUs: 0 }, hash => backend.block(hash))
  const [first] = run
  if (chain.fits(run)) {
    chain.extend(run)
    for (const block of run) tell(context, shared, block, head)
  } else {
    if (tip !== undefined && first !== undefined)
      context.gap('backfill limit', epochUs(tip.timeUs), epochUs(Math.max(tip.timeUs, first.timeUs)))
    chain.restart(run)
    tell(context, shared, head, head)
  }
  for (const point of told.confirm(head.number, context.clock.nowUs())) context.emit(point)
  chain.forgetBelow(head.number - MOST_BACKFILL)
  told.forgetBelow(head.number - MOST_BACKFILL)
}

function tell(context: ExternalContext, { id, told }: Shared, block: BitcoinBlock, head: BitcoinBlock): void {
  const base = { key: undefined, details: {} }
  const points: BlockPoint[] = [
    { ...base, series: `${id}.height`, value: block.number, unit: 'blocks' },
    { ...base, series: `${id}.blockTransactions`, value: block.transactions, unit: 'transactions' },
  ]
  if (block.fees !== undefined) points.push({ ...base, series: `${id}.blockFees`, value: block.fees, unit: 'sat' })
  for (const point of told.tell(block, points, head.number, context.clock.nowUs())) context.emit(point)
}
