import type { StreamSpec } from '../adapter.ts'
import type { StreamEntry } from './stream-entry.ts'

const QUOTE = 0x22

/** The streams of a connection, found by the bytes of their names without making a text. */
export class StreamTable<S extends StreamSpec> {
  /** Where the name ended that was looked for last: the index of its closing quote. */
  nameEnd = 0
  private readonly entries = new Map<string, StreamEntry<S>>()
  private slots: (StreamEntry<S> | undefined)[] = []

  get size(): number {
    return this.entries.size
  }

  values(): Iterable<StreamEntry<S>> {
    return this.entries.values()
  }

  get(name: string): StreamEntry<S> | undefined {
    return this.entries.get(name)
  }

  set(entry: StreamEntry<S>): void {
    const isNew = !this.entries.has(entry.stream.name)
    this.entries.set(entry.stream.name, entry)
    if (isNew && this.entries.size * 4 <= this.slots.length) this.place(entry)
    else this.rebuild()
  }

  delete(name: string): void {
    if (this.entries.delete(name)) this.rebuild()
  }

  /** The stream whose name stands in `bytes` from `from` up to the next quote. */
  find(bytes: Uint8Array, from: number): StreamEntry<S> | undefined {
    let hash = SEED
    let at = from
    const end = bytes.length - 1
    while (at < end) {
      const first = bytes[at] ?? 0
      if (first === QUOTE) break
      const second = bytes[at + 1] ?? 0
      if (second === QUOTE) {
        hash = Math.imul(hash ^ first, PRIME)
        at++
        break
      }
      hash = Math.imul(hash ^ (first | (second << 8)), PRIME)
      at += 2
    }
    this.nameEnd = at
    const slots = this.slots
    const mask = slots.length - 1
    if (mask < 0) return undefined
    for (let slot = fold(hash) & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot]
      if (entry === undefined) return undefined
      if (isSame(entry.nameBytes, bytes, from, at)) return entry
    }
  }

  private place(entry: StreamEntry<S>): void {
    const hash = hashOf(entry.nameBytes)
    const mask = this.slots.length - 1
    let slot = fold(hash) & mask
    while (this.slots[slot] !== undefined) slot = (slot + 1) & mask
    this.slots[slot] = entry
  }

  /** At most a quarter of the slots is taken, so that a look-up ends within a step or two. */
  private rebuild(): void {
    let length = 16
    while (length < this.entries.size * 4) length *= 2
    this.slots = Array.from<StreamEntry<S> | undefined>({ length }).fill(undefined)
    for (const entry of this.entries.values()) this.place(entry)
  }
}

/** The FNV-1a hash over pairs of bytes: half the multiplications, which wait for one another. */
const SEED = 0x811c9dc5 | 0
const PRIME = 0x01000193

function hashOf(name: Uint8Array): number {
  let hash = SEED
  for (let i = 0; i < name.length; i += 2) {
    hash = Math.imul(hash ^ ((name[i] ?? 0) | ((name[i + 1] ?? 0) << 8)), PRIME)
  }
  return hash
}

function fold(hash: number): number {
  return (hash ^ (hash >>> 15)) & 0x7fffffff
}

function isSame(name: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== name.length) return false
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[from + i]) return false
  return true
}
