import type { ExternalContext, ExternalSource } from '../../external/source.ts'
import { BlockChain } from '../chain/block-chain.ts'
import { ToldPoints } from '../chain/told-points.ts'
import { EvmFollower } from './evm-follower.ts'
import { type EvmOptions, readEvmOptions } from './evm-options.ts'
import { FlowLedger } from './flow-ledger.ts'
import { Netflow } from './netflow.ts'
import { RpcSocket } from './rpc-socket.ts'
import { type EvmBlock, fieldsOf, readBlock, readTransfer, TRANSFER_TOPIC } from './wire.ts'

/**
 * Heads and ERC-20 transfers of an EVM chain, by JSON-RPC over WebSocket: `evm.height`, `evm.baseFee` (gwei) and
 * `evm.exchangeNetflow`, what went to labelled addresses minus what left them, by token and window. Blocks are followed by their
 * hashes: what was missed while the socket was away is filled in, and a reorganisation becomes a revision.
 * @throws ConfigError
 */
export function evmSource(options: EvmOptions): ExternalSource {
  const setup = readEvmOptions(options)
  const chain = new BlockChain<EvmBlock>()
  const ledger = new FlowLedger(setup.labels)
  // It outlives the runs: a new socket goes on where the old one ended.
  const shared = {
    setup,
    chain,
    ledger,
    netflow: new Netflow(setup, chain, ledger),
    told: new ToldPoints(setup.confirmations),
  }
  return {
    id: setup.id,
    kind: 'stream',
    cadenceMs: setup.blockTimeMs,
    series: [{ name: `${setup.id}.height` }, { name: `${setup.id}.exchangeNetflow` }],
    start: context => follow(context, shared),
    // The socket ends with the run.
    stop: () => undefined,
  }
}

type Shared = Omit<ConstructorParameters<typeof EvmFollower>[0], 'call' | 'context'>

/** Runs until the socket or the run ends. */
async function follow(context: ExternalContext, shared: Shared): Promise<void> {
  const { setup } = shared
  const socket: RpcSocket = new RpcSocket(context, setup.url, notice => {
    const fields = fieldsOf(notice)
    if (fields.has('topics')) {
      const log = readTransfer(notice)
      if (log !== undefined) follower.log(log)
    } else if (fields.has('parentHash')) follower.head(readBlock(notice))
  })
  const follower = new EvmFollower({ ...shared, context, call: (method, params) => socket.call(method, params) })
  try {
    await socket.ready()
    // Both before the first look, so that nothing falls between.
    await socket.call('eth_subscribe', ['newHeads'])
    const address = setup.tokens.map(token => token.address)
    await socket.call('eth_subscribe', ['logs', { address, topics: [TRANSFER_TOPIC] }])
    await Promise.race([follower.run(), socket.ended])
  } finally {
    socket.close()
  }
}
