/** A block as the order of blocks needs it. */
export interface Block {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  /** What the block itself says, microseconds since 1970. */
  readonly timeUs: number
}

/** The newest part of a chain: blocks that follow one another by their hashes, and never a hole. */
export class BlockChain<B extends Block> {
  private blocks: B[] = []
  private readonly hashes = new Set<string>()

  get tip(): B | undefined {
    return this.blocks.at(-1)
  }

  get all(): readonly B[] {
    return this.blocks
  }

  has(hash: string): boolean {
    return this.hashes.has(hash)
  }

  at(number: number): B | undefined {
    const first = this.blocks[0]
    return first === undefined ? undefined : this.blocks[number - first.number]
  }

  /** Whether a run of blocks can be put on without a hole. */
  fits(run: readonly B[]): boolean {
    const [first] = run
    return first !== undefined && this.has(first.parentHash) && this.at(first.number - 1)?.hash === first.parentHash
  }

  /** Puts a run on the block it follows; what stood above that block is taken back, and returned. */
  extend(run: readonly B[]): readonly B[] {
    const [first] = run
    const base = this.blocks[0]
    if (first === undefined || base === undefined) return []
    const removed = this.blocks.splice(first.number - base.number)
    for (const { hash } of removed) this.hashes.delete(hash)
    this.push(run)
    return removed
  }

  /** Begins anew with a run of blocks. */
  restart(run: readonly B[]): void {
    this.blocks = []
    this.hashes.clear()
    this.push(run)
  }

  /** Lets go of the blocks below a number; the removed ones. */
  forgetBelow(number: number): readonly B[] {
    const first = this.blocks[0]
    if (first === undefined || first.number >= number) return []
    const removed = this.blocks.splice(0, number - first.number)
    for (const { hash } of removed) this.hashes.delete(hash)
    return removed
  }

  private push(run: readonly B[]): void {
    for (const block of run) {
      this.blocks.push(block)
      this.hashes.add(block.hash)
    }
  }
}

export interface WalkLimits {
  /** Blocks that are asked for at most. */
  readonly most: number
  /** Blocks from before this are needed no more. */
  readonly untilUs: number
}

/**
 * Walks from a block back to the newest one that the chain has, by hashes: a hole, a reorganisation and both together are all the
 * same to it.
 * @returns the new blocks, oldest first; they do not fit the chain when the way was too long
 * @throws whatever `byHash` throws
 */
export async function walkBack<B extends Block>(
  chain: BlockChain<B>,
  head: B,
  limits: WalkLimits,
  byHash: (hash: string) => Promise<B | undefined>,
): Promise<readonly B[]> {
  const run: B[] = [head]
  for (let oldest = head; !chain.has(oldest.parentHash) && run.length < limits.most; ) {
    if (oldest.number === 0 || oldest.timeUs < limits.untilUs) break
    const parent = await byHash(oldest.parentHash)
    // A node that was started from a snapshot has nothing older.
    if (parent === undefined) break
    if (parent.hash !== oldest.parentHash || parent.number !== oldest.number - 1)
      throw new Error(`expected block ${oldest.number - 1} with the hash its successor names, received another`)
    run.push(parent)
    oldest = parent
  }
  return run.reverse()
}
