import { type Frame, Scribe } from './scribe.ts'
import type { StreamTruth } from './stream-truth.ts'

/** A socket as seen by a stream. */
export interface Receiver {
  readonly isCombined: boolean
  readonly isMuted: boolean
  readonly mutedNames: ReadonlySet<string> | undefined
  /** How long the silence of a stream lasts, with those that were on when it began. */
  mutedForMs(name: string): number
  /** False when nothing that is sent arrives, now or ever: a client may give the socket up before. */
  readonly isReachable: boolean
  deliver(bytes: Buffer, start: number, end: number): void
}

/** A client has learned a rhythm after eight distances, looked at once per second. */
const FEW_SECONDS = 12

/** One native stream of the exchange with the sockets that are fed. */
export class Feed {
  readonly name: string
  /** What it emitted; undefined for streams nobody checks by their events. */
  readonly truth: StreamTruth | undefined
  receivers: readonly Receiver[] = []
  /** Messages that will not be sent to anybody, and that will be sent twice. */
  skips = 0
  dups = 0
  /** A silence shorter than this may pass for a quiet market. */
  noticeMs = 60_000
  /** Different seconds in which the stream reached somebody. */
  private heardSeconds = 0
  private lastSecond = -1
  private second = 0
  /** What a combined stream puts before a message. */
  readonly head: Uint8Array
  private readonly scribe = new Scribe()

  constructor(name: string, truth: StreamTruth | undefined) {
    this.name = name
    this.truth = truth
    this.head = Buffer.from(`{"stream":"${name}","data":`)
  }

  add(receiver: Receiver): void {
    if (!this.receivers.includes(receiver)) this.receivers = [...this.receivers, receiver]
  }

  remove(receiver: Receiver): void {
    this.receivers = this.receivers.filter(other => other !== receiver)
  }

  /** True when somebody would get a message: then its text is worth building. */
  get isHeard(): boolean {
    return this.receivers.length > 0
  }

  /** A stream without ids whose rhythm nobody could learn yet: that it is silent cannot be known. */
  private get isUnknown(): boolean {
    return this.truth !== undefined && /@(bookTicker|ticker)$/.test(this.name) && this.heardSeconds < FEW_SECONDS
  }

  /** Notes an event; true when the exchange will send it. */
  emitted(key: number, nowMs: number): boolean {
    this.second = Math.floor(nowMs / 1000)
    const isSkipped = this.skips > 0
    if (isSkipped) this.skips--
    const index = this.truth?.emitted(key, nowMs, isSkipped)
    if (isSkipped && index !== undefined) this.truth?.excused.add(index)
    return !isSkipped && this.isHeard
  }

  sendText(payload: string): void {
    this.scribe.begin(this.head, payload.length * 3)
    this.scribe.anyText(payload)
    this.send(this.scribe.end())
  }

  send(frame: Frame): void {
    const { receivers } = this
    const copies = this.dups > 0 ? 2 : 1
    if (this.dups > 0) this.dups--
    let isLostBriefly = false
    let isSent = false
    for (let i = 0; i < receivers.length; i++) {
      const receiver = receivers[i]
      if (receiver === undefined) continue
      if (receiver.isMuted || receiver.mutedNames?.has(this.name) === true) {
        if (receiver.mutedForMs(this.name) < this.noticeMs || this.isUnknown) isLostBriefly = true
        continue
      }
      isSent ||= receiver.isReachable
      const from = receiver.isCombined ? frame.start : frame.payload
      const to = receiver.isCombined ? frame.end : frame.payloadEnd
      for (let copy = 0; copy < copies; copy++) receiver.deliver(frame.bytes, from, to)
    }
    if (isSent && this.second !== this.lastSecond) {
      this.heardSeconds++
      this.lastSecond = this.second
    }
    if (isLostBriefly && !isSent && this.truth !== undefined) this.truth.excused.add(this.truth.size - 1)
  }
}
