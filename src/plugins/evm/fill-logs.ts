import { DecodeError } from '../../model/error.ts'
import { RpcError } from './rpc-socket.ts'
import { type EvmBlock, readTransfer, TRANSFER_TOPIC, type TransferLog } from './wire.ts'

export type RpcCall = (method: string, params: readonly unknown[]) => Promise<unknown>

/** Blocks of one question; nodes that answer with less make it smaller by themselves. */
const MOST_RANGE = 500
const TOO_MUCH =
  /too many|too large|limit exceeded|more than \d+ (?:results|logs)|response size|block range|range is too|query returned/i

/**
 * All transfers of a run of blocks. One block is asked for by its hash, because a node that does not have it yet says so instead
 * of "nothing"; many by their numbers, halved for as long as the node finds it too much. An answer from another branch is asked
 * for again block by block.
 * @throws RpcError, DecodeError
 */
export async function fillLogs(
  call: RpcCall,
  tokens: readonly string[],
  blocks: readonly EvmBlock[],
): Promise<readonly TransferLog[]> {
  const filter = { address: tokens, topics: [TRANSFER_TOPIC] }
  const [first] = blocks
  const last = blocks.at(-1)
  if (first === undefined || last === undefined) return []
  if (first === last) return await ask(call, { ...filter, blockHash: first.hash }, blocks)
  if (blocks.length > MOST_RANGE) return await inHalves(call, tokens, blocks)
  const range = { fromBlock: `0x${first.number.toString(16)}`, toBlock: `0x${last.number.toString(16)}` }
  try {
    return await ask(call, { ...filter, ...range }, blocks)
  } catch (error) {
    const isTooMuch = error instanceof RpcError && TOO_MUCH.test(error.message)
    if (!isTooMuch && !(error instanceof OtherBranch)) throw error
    return await inHalves(call, tokens, blocks)
  }
}

class OtherBranch extends Error {}

async function inHalves(
  call: RpcCall,
  tokens: readonly string[],
  blocks: readonly EvmBlock[],
): Promise<readonly TransferLog[]> {
  const middle = blocks.length >> 1
  const older = await fillLogs(call, tokens, blocks.slice(0, middle))
  return [...older, ...(await fillLogs(call, tokens, blocks.slice(middle)))]
}

async function ask(call: RpcCall, filter: object, blocks: readonly EvmBlock[]): Promise<readonly TransferLog[]> {
  const answer = await call('eth_getLogs', [filter])
  if (!Array.isArray(answer)) throw new DecodeError('eth_getLogs: expected a list')
  const logs = answer.map(readTransfer).filter(log => log !== undefined)
  const hashes = new Set(blocks.map(({ hash }) => hash))
  const isOther = logs.some(({ blockHash }) => !hashes.has(blockHash))
  if (isOther && blocks.length === 1) throw new DecodeError('eth_getLogs: expected logs of one block, received others')
  if (isOther) throw new OtherBranch('the node changed its branch meanwhile')
  return logs
}
