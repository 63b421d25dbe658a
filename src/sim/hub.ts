import { textFrame } from './wire/frame.ts'

/** A socket as the hub sees it. */
export interface Subscriber {
  /** Wrapped as `{"stream":…,"data":…}`. */
  readonly isCombined: boolean
  readonly isMicro: boolean
  deliver(frame: Buffer): void
  /** Whether it asked for events of this kind on a stream that carries several; without it, for all. */
  hears?(stream: string, kind: string): boolean
}

/** Writes a payload in milliseconds, or in microseconds for sockets that asked for them. */
export type Encode = (isMicro: boolean) => string

/** One stream: encoded at most once per form, whatever the number of sockets. Nobody subscribed, nothing encoded. */
export class Topic {
  readonly name: string
  readonly subscribers = new Set<Subscriber>()
  /** Published payloads; frames written are counted by the sockets. */
  published = 0
  isMuted = false
  /** Tells of a subscriber whether this stream is muted for it alone; undefined when it is for none. */
  isMutedFor: ((subscriber: Subscriber) => boolean) | undefined
  /** Messages still to be swallowed, and still to be sent twice. */
  skipNext = 0
  duplicateNext = 0
  private readonly prefix: string

  constructor(name: string) {
    this.name = name
    this.prefix = `{"stream":${JSON.stringify(name)},"data":`
  }

  /** `kind` is given on streams that carry several, so that sockets can choose. */
  publish(encode: Encode, kind?: string): void {
    if (this.isMuted || this.subscribers.size === 0) return
    if (this.skipNext > 0) {
      this.skipNext--
      return
    }
    this.published++
    const times = this.duplicateNext > 0 ? 2 : 1
    if (times === 2) this.duplicateNext--
    let plain: string | undefined
    let micro: string | undefined
    const frames: (Buffer | undefined)[] = [undefined, undefined, undefined, undefined]
    for (const subscriber of this.subscribers) {
      if (this.isMutedFor?.(subscriber) === true) continue
      if (kind !== undefined && subscriber.hears?.(this.name, kind) === false) continue
      const form = (subscriber.isCombined ? 1 : 0) + (subscriber.isMicro ? 2 : 0)
      let frame = frames[form]
      if (frame === undefined) {
        const payload = subscriber.isMicro ? (micro ??= encode(true)) : (plain ??= encode(false))
        frame = textFrame(subscriber.isCombined ? `${this.prefix}${payload}}` : payload)
        frames[form] = frame
      }
      for (let count = 0; count < times; count++) subscriber.deliver(frame)
    }
  }
}

/** Opens what feeds a topic when its first subscriber comes; undefined for a name that nothing feeds. */
export type OpenTopic = (topic: Topic) => Disposable | undefined

interface OpenStream {
  readonly topic: Topic
  readonly feed: Disposable | undefined
}

/** Which streams are silent, and for whom. */
export interface MuteRule {
  readonly matches: (name: string) => boolean
  /** The one socket that does not hear them; undefined for all. */
  readonly subscriber: Subscriber | undefined
}

/** The streams of one venue that somebody listens to. */
export class Hub {
  private readonly open: OpenTopic
  private readonly streams = new Map<string, OpenStream>()
  /** Set by name (`all` for all), and by rules that end by themselves. */
  private readonly mutedNames = new Set<string>()
  private readonly muteRules = new Set<MuteRule>()

  constructor(open: OpenTopic) {
    this.open = open
  }

  get size(): number {
    return this.streams.size
  }

  subscribe(name: string, subscriber: Subscriber): void {
    const known = this.streams.get(name)
    if (known !== undefined) {
      known.topic.subscribers.add(subscriber)
      return
    }
    const topic = new Topic(name)
    this.applyMutes(topic)
    topic.subscribers.add(subscriber)
    this.streams.set(name, { topic, feed: this.open(topic) })
  }

  unsubscribe(name: string, subscriber: Subscriber): void {
    const stream = this.streams.get(name)
    if (stream === undefined) return
    stream.topic.subscribers.delete(subscriber)
    if (stream.topic.subscribers.size > 0) return
    this.streams.delete(name)
    stream.feed?.[Symbol.dispose]()
  }

  /** Sends to whoever listens to a stream that nothing feeds by itself. */
  publish(name: string, kind: string, encode: Encode): void {
    this.streams.get(name)?.topic.publish(encode, kind)
  }

  /** Stops the data of a stream, or of all when the name is `all`, while sockets and control frames live on. */
  mute(name: string, isMuted: boolean): void {
    if (isMuted) this.mutedNames.add(name)
    else if (name === 'all') this.mutedNames.clear()
    else this.mutedNames.delete(name)
    this.applyAllMutes()
  }

  /** Mutes streams, those opened later included, until the end of the returned. */
  addMute(rule: MuteRule): Disposable {
    this.muteRules.add(rule)
    this.applyAllMutes()
    return {
      [Symbol.dispose]: () => {
        this.muteRules.delete(rule)
        this.applyAllMutes()
      },
    }
  }

  /** @returns the number of streams that match */
  skip(count: number, matches: (name: string) => boolean): number {
    return this.each(matches, topic => (topic.skipNext = count))
  }

  /** @returns the number of streams that match */
  duplicate(count: number, matches: (name: string) => boolean): number {
    return this.each(matches, topic => (topic.duplicateNext = count))
  }

  /** How many open streams match. */
  count(matches: (name: string) => boolean): number {
    return this.each(matches, () => undefined)
  }

  private each(matches: (name: string) => boolean, act: (topic: Topic) => void): number {
    let count = 0
    for (const { topic } of this.streams.values()) {
      if (!matches(topic.name)) continue
      act(topic)
      count++
    }
    return count
  }

  private applyAllMutes(): void {
    for (const { topic } of this.streams.values()) this.applyMutes(topic)
  }

  private applyMutes(topic: Topic): void {
    const rules = [...this.muteRules].filter(rule => rule.matches(topic.name))
    topic.isMuted =
      this.mutedNames.has('all') ||
      this.mutedNames.has(topic.name) ||
      rules.some(({ subscriber }) => subscriber === undefined)
    const single = new Set(rules.map(({ subscriber }) => subscriber))
    topic.isMutedFor = single.size === 0 ? undefined : subscriber => single.has(subscriber)
  }
}
