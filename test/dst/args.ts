export interface DstArgs {
  readonly mode: 'many' | 'one' | 'speed' | 'replay'
  readonly from: number
  readonly seeds: number
  readonly minutes: number
  readonly isVerbose: boolean
  readonly isTwice: boolean
  readonly isShrinking: boolean
  /** Ends at the first seed that fails. */
  readonly isHasty: boolean
  readonly areCountersDue: boolean
  readonly threads: number
  readonly replay: string | undefined
  /** These seeds, in place of a range. */
  readonly list: readonly number[] | undefined
  /** Every user runs signals, not only a share of them. */
  readonly hasSignals: boolean
  /** Ends with a line that names the seeds that failed. */
  readonly areFailedListed: boolean
}

/** @throws Error naming the option that is not known or has no number */
export function parseArgs(words: readonly string[]): DstArgs {
  const given = new Map<string, string>()
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (!word.startsWith('--')) throw new Error(`unexpected "${word}"`)
    const value = words[i + 1]
    if (value === undefined || value.startsWith('--')) given.set(word, '')
    else {
      given.set(word, value)
      i++
    }
  }
  const known = [
    '--seeds',
    '--seed',
    '--from',
    '--minutes',
    '--verbose',
    '--twice',
    '--no-shrink',
    '--first',
    '--speed',
    '--threads',
    '--replay',
    '--partial',
    '--failed',
    '--list',
    '--signals',
  ]
  for (const name of given.keys())
    if (!known.includes(name)) throw new Error(`unknown option ${name}; known: ${known.join(' ')}`)
  const number = (name: string, otherwise: number): number => {
    const text = given.get(name)
    if (text === undefined) return otherwise
    const value = Number(text)
    if (text === '' || !Number.isFinite(value) || value < 0) throw new Error(`${name} expects a number, was "${text}"`)
    return value
  }
  const isOne = given.has('--seed')
  const mode = given.has('--speed') ? 'speed' : given.has('--replay') ? 'replay' : isOne ? 'one' : 'many'
  const seeds = isOne ? 1 : number('--seeds', 300)
  return {
    mode,
    from: isOne ? number('--seed', 1) : number('--from', 1),
    seeds,
    minutes: number('--minutes', mode === 'speed' ? 60 : 30),
    isVerbose: given.has('--verbose'),
    isTwice: given.has('--twice'),
    isShrinking: !given.has('--no-shrink'),
    isHasty: given.has('--first'),
    areCountersDue: seeds >= 200 && !given.has('--partial'),
    threads: number('--threads', 0),
    replay: given.get('--replay'),
    list: given.get('--list')?.split(',').map(Number),
    hasSignals: given.has('--signals'),
    areFailedListed: given.has('--failed'),
  }
}
