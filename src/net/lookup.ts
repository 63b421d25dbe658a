import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** An address gets this long before the next one is tried: Node's own 250 ms never reach a far host. */
export const ADDRESS_ATTEMPT_MS = 1500

/** Hosts whose last addresses are kept; a feed has a handful. */
const MOST_HOSTS = 100

type AllAddresses = (
  host: string,
  options: { readonly all: true; readonly family: number; readonly hints: number },
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/**
 * Resolves anew for each attempt, so that a venue that moved is found; while the name server fails, the last good answer
 * is used.
 */
export function rememberingLookup(resolve: AllAddresses = systemLookup): LookupFunction {
  const known = new Map<string, LookupAddress[]>()
  return (host, options, answer) => {
    const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : (options.family ?? 0)
    const key = `${host}|${family}`
    resolve(host, { all: true, family, hints: options.hints ?? 0 }, (error, found) => {
      const addresses = error === null && found.length > 0 ? found : known.get(key)
      const [first] = addresses ?? []
      if (addresses === undefined || first === undefined) {
        answer(error ?? Object.assign(new Error(`no address for ${host}`), { code: 'ENOTFOUND' }), '')
        return
      }
      if (known.size >= MOST_HOSTS) known.clear()
      known.set(key, addresses)
      if (options.all === true) answer(null, addresses)
      else answer(null, first.address, first.family)
    })
  }
}
