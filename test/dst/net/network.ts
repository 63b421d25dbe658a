import type { Dial } from '../../../src/net/dial.ts'
import type { Chance } from '../core/chance.ts'
import type { World } from '../core/world.ts'
import { Link } from './link.ts'

/** Every socket of the client, in the order of its birth. */
export class Network {
  readonly links = new Set<Link>()
  readonly dial: Dial
  dialled = 0
  /** Told of every socket the client asks for. */
  onDial: (link: Link) => void = () => undefined
  private readonly chance: Chance

  constructor(world: World, latencyMs: number, hello: (link: Link) => void) {
    this.chance = world.chance('network')
    this.dial = (url, handlers) => {
      this.dialled++
      const ownMs = latencyMs * this.chance.between(0.7, 1.6)
      const link = new Link(world, this.chance, this.dialled, url, handlers, ownMs, {
        hello,
        gone: gone => this.links.delete(gone),
      })
      this.links.add(link)
      this.onDial(link)
      return link
    }
  }

  /** Sockets of a host that the client holds open, the oldest first. */
  open(host: string): readonly Link[] {
    return [...this.links].filter(link => link.client === 'open' && link.url.host === host)
  }
}
