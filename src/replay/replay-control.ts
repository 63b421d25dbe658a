import { InvariantError } from '../model/error.ts'
import type { InboundSink, StreamSpec } from '../venue/adapter.ts'

/** What the feed asks its side of a replayed socket. The venue's own form of it is not needed: nobody else reads it. */
export interface ControlRequest {
  readonly method: 'subscribe' | 'unsubscribe' | 'list'
  readonly id: number
  readonly names: readonly string[]
}

export type ControlAnswer =
  | { readonly kind: 'ack'; readonly id: number }
  | { readonly kind: 'list'; readonly id: number; readonly names: readonly string[] }
  | { readonly kind: 'goingAway'; readonly reason: string }

/** No venue's message begins with it. */
const MARK = 0

export function writeControl(method: ControlRequest['method'], names: readonly string[], id: number): string {
  return JSON.stringify([method, id, names])
}

/** @throws InvariantError for what {@link writeControl} did not write */
export function readControl(text: string): ControlRequest {
  const value: unknown = JSON.parse(text)
  const [method, id, names]: readonly unknown[] = Array.isArray(value) ? value : []
  const isKnown = method === 'subscribe' || method === 'unsubscribe' || method === 'list'
  if (!isKnown || typeof id !== 'number' || !Array.isArray(names))
    throw new InvariantError(`a replayed socket was sent ${text}`)
  return { method, id, names: names.map(String) }
}

export function controlAnswer(answer: ControlAnswer): Uint8Array {
  return Buffer.concat([Buffer.from([MARK]), Buffer.from(JSON.stringify(answer))])
}

export function isControlAnswer(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === MARK
}

/** Hands an answer of the replayed socket to the feed. */
export function takeControlAnswer<S extends StreamSpec>(
  bytes: Uint8Array,
  start: number,
  end: number,
  sink: InboundSink<S>,
): void {
  const value: unknown = JSON.parse(Buffer.from(bytes.subarray(start + 1, end)).toString('utf8'))
  if (typeof value !== 'object' || value === null) return
  const id: unknown = Reflect.get(value, 'id')
  switch (Reflect.get(value, 'kind')) {
    case 'ack':
      sink.ack(Number(id))
      return
    case 'list':
      sink.reply(Number(id), Reflect.get(value, 'names'))
      return
    default:
      sink.goingAway(String(Reflect.get(value, 'reason')))
  }
}
