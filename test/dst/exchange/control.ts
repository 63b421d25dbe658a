import type { Chance } from '../core/chance.ts'
import type { Session } from './session.ts'
import type { VenueServer } from './venue-server.ts'

interface Request {
  readonly method: string
  readonly params: readonly string[]
  readonly id: number
}

/** What subscriptions suffer while a fault is on. */
export interface ControlFaults {
  /** Share of frames that are neither answered nor obeyed. */
  silentShare: number
  lateMs: number
  ignoreAboveBytes: number
  readonly refused: { readonly matches: (name: string) => boolean; readonly code: number; readonly message: string }[]
  readonly dry: ((name: string) => boolean)[]
}

/** Answers SUBSCRIBE, UNSUBSCRIBE and LIST_SUBSCRIPTIONS. */
export class Control {
  readonly faults: ControlFaults = { silentShare: 0, lateMs: 0, ignoreAboveBytes: 0, refused: [], dry: [] }
  /** SUBSCRIBEs per socket and stream, UNSUBSCRIBEs, LISTs. */
  readonly subscribes = new Map<string, number>()
  unsubscribes = 0
  private readonly unfed: { readonly session: Session; readonly name: string }[] = []
  lists = 0
  private readonly server: VenueServer
  private readonly chance: Chance

  constructor(server: VenueServer, chance: Chance) {
    this.server = server
    this.chance = chance
  }

  receive(session: Session, text: string): void {
    this.server.world.trace.detail(() => `socket ${session.link.id} ← ${text.slice(0, 160)}`)
    const request = parse(text)
    if (request === undefined) {
      this.server.report('I9', `a control frame that cannot be read: ${text.slice(0, 100)}`)
      return
    }
    this.note(session, request)
    const { faults } = this
    if (faults.ignoreAboveBytes > 0 && text.length > faults.ignoreAboveBytes) {
      this.server.count('control ignored: too large')
      return
    }
    if (this.chance.isLess(faults.silentShare)) {
      this.server.count('control ignored')
      return
    }
    const answer = this.obey(session, request)
    if (faults.lateMs > 0) this.server.world.after(faults.lateMs, () => session.link.push(answer))
    else session.link.push(answer)
  }

  private obey(session: Session, { method, params, id }: Request): string {
    if (method === 'LIST_SUBSCRIPTIONS') return JSON.stringify({ result: [...session.names], id })
    if (method === 'UNSUBSCRIBE') {
      session.forget(params)
      return `{"result":null,"id":${id}}`
    }
    if (method !== 'SUBSCRIBE')
      return JSON.stringify({ code: 2, msg: `Invalid request: unknown variant ${method}`, id })
    for (const refusal of this.faults.refused) {
      if (!params.some(refusal.matches)) continue
      this.server.count('subscribe refused')
      return JSON.stringify({ code: refusal.code, msg: refusal.message, id })
    }
    for (const name of params) this.subscribe(session, name)
    return `{"result":null,"id":${id}}`
  }

  /** Streams of another class are acknowledged and never fed. */
  private subscribe(session: Session, name: string): void {
    session.names.add(name)
    const feed = this.server.feed(name)
    if (feed === undefined || this.server.routeOf(name) !== session.route) return
    if (this.faults.dry.some(matches => matches(name))) this.unfed.push({ session, name })
    else feed.add(session)
  }

  /** What was acknowledged and not fed is fed from now on, where it is still subscribed. */
  feedAll(): void {
    for (const { session, name } of this.unfed.splice(0))
      if (session.names.has(name)) this.server.feed(name)?.add(session)
  }

  private note(session: Session, { method, params }: Request): void {
    if (method === 'LIST_SUBSCRIPTIONS') this.lists++
    if (method === 'UNSUBSCRIBE') this.unsubscribes++
    if (method !== 'SUBSCRIBE') return
    if (params.length > 1) this.server.count('subscribe in batches')
    for (const name of params) {
      const key = `${session.link.id} ${name}`
      const times = (this.subscribes.get(key) ?? 0) + 1
      this.subscribes.set(key, times)
      if (times > 1) this.server.count('stream subscribed anew')
    }
  }
}

function parse(text: string): Request | undefined {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('method' in value) || !('id' in value)) return undefined
  const params: readonly unknown[] = 'params' in value && Array.isArray(value.params) ? value.params : []
  if (typeof value.method !== 'string' || typeof value.id !== 'number' || !Number.isSafeInteger(value.id))
    return undefined
  return { method: value.method, params: params.filter(name => typeof name === 'string'), id: value.id }
}
