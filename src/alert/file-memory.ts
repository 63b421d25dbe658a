import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, errorLine } from '../model/error.ts'
import { type Clock, systemClock } from '../net/clock.ts'
import { FileLock } from '../net/file-lock.ts'
import { makeFolder } from '../net/make-folder.ts'
import type { MachineState } from './alert-machine.ts'
import type { AlertMemory, ChannelProgress, Claim, DeliveryRecord, OutboxEntry, Remembrance } from './alert-memory.ts'
import { isSettled } from './alert-memory.ts'
import { createDurably, readText, replaceFile, writeDurably } from './durable-file.ts'
import { Lease } from './lease.ts'
import { readDelivery, readEntry, readState } from './memory-reader.ts'

/** Settled alerts that are kept: what came twice within this many is told once. */
const MOST_SETTLED = 5000
const MOST_SHOWN = 1000
const MOST_LOG_BYTES = 8 * 1024 * 1024

export interface FileAlertMemoryOptions {
  /** @default the system's */
  readonly clock?: Clock
}

/**
 * Alerts in files of one directory that only their owner may read. `outbox` holds a file for each alert until every channel has
 * it or gave up, `settled` the last 5000 of those, `state` one file per rule and instrument, `deliveries.ndjson` every attempt.
 * An alert is on the disk, together with its rule's state, before anything is sent. Processes that share the directory deliver
 * each alert once.
 * @throws ConfigError when the directory cannot be made
 */
export function fileAlertMemory(directory: string, options: FileAlertMemoryOptions = {}): AlertMemory {
  try {
    for (const name of ['state', 'outbox', 'settled']) makeFolder(join(directory, name), 0o700)
  } catch (cause) {
    throw new ConfigError(`memory: cannot use the directory "${directory}": ${errorLine(cause)}.`, [], cause)
  }
  return new FileMemory(directory, options.clock ?? systemClock)
}

class FileMemory implements AlertMemory {
  private readonly directory: string
  private readonly clock: Clock
  private opened = 0
  private readonly read = new Map<
    string,
    { readonly inode: number; readonly mtimeMs: number; readonly entry: OutboxEntry }
  >()

  constructor(directory: string, clock: Clock) {
    this.directory = directory
    this.clock = clock
  }

  load(): Remembrance {
    const states = new Map<string, MachineState>()
    for (const name of this.names('state')) {
      const found = readState(readText(join(this.directory, 'state', name)))
      if (found !== undefined) states.set(found.key, found.state)
    }
    const settled = this.newest('settled', MOST_SHOWN).flatMap(name => this.entry('settled', name) ?? [])
    const open = this.waiting()
    const entries = [...settled, ...open].sort((a, b) => a.fire.firedUs - b.fire.firedUs)
    // The fire was written first: where the process died in between, it knows better than the rule's own file.
    for (const { key, state } of entries) {
      const known = states.get(key)
      if (known === undefined || state.fires > known.fires) states.set(key, state)
    }
    return { states, fires: entries.map(({ fire }) => fire).slice(-MOST_SHOWN), deliveries: this.deliveries() }
  }

  saveState(key: string, state: MachineState): void {
    const name = createHash('sha256').update(key).digest('hex').slice(0, 32)
    replaceFile(join(this.directory, 'state', `${name}.json`), JSON.stringify({ key, state }))
  }

  open(entry: OutboxEntry): boolean {
    const { id } = entry.fire
    const isNew =
      !existsSync(this.path('settled', `${id}.json`)) &&
      createDurably(this.path('outbox', `${id}.json`), JSON.stringify(entry))
    // Whoever made it has written its state with it.
    if (!isNew) return false
    this.saveState(entry.key, entry.state)
    if (isSettled(entry)) this.settle(id)
    return true
  }

  waiting(): readonly OutboxEntry[] {
    const names = this.names('outbox')
    for (const name of this.read.keys()) if (!names.includes(name)) this.read.delete(name)
    return names.flatMap(name => this.seen(name) ?? []).sort((a, b) => a.fire.firedUs - b.fire.firedUs)
  }

  claim(id: string, channel: string): Claim | undefined {
    const lease = new Lease(this.path('outbox', `${id}.${encodeURIComponent(channel)}.lease`), this.clock)
    if (!lease.take()) return undefined
    const entry = this.entry('outbox', `${id}.json`)
    const progress = entry?.channels[channel]
    if (entry === undefined || progress?.state !== 'waiting') {
      lease.release()
      return undefined
    }
    return {
      fire: entry.fire,
      progress,
      save: changed => {
        if (lease.isOurs()) this.change(id, channel, changed)
      },
      release: () => lease.release(),
    }
  }

  note(record: DeliveryRecord): void {
    const path = join(this.directory, 'deliveries.ndjson')
    appendFileSync(path, `${JSON.stringify(record)}\n`, { mode: 0o600 })
    if (statSync(path).size > MOST_LOG_BYTES) renameSync(path, `${path}.old`)
  }

  /** Channels of one alert are served at the same time, maybe by several processes: none may undo what another has noted. */
  private change(id: string, channel: string, progress: ChannelProgress): void {
    const name = `${id}.json`
    const lock = new FileLock(this.path('outbox', `${id}.lock`), this.clock)
    const isHeld = lock.take()
    try {
      const entry = this.entry('outbox', name)
      if (entry === undefined) return
      const changed = { ...entry, channels: { ...entry.channels, [channel]: progress } }
      writeDurably(this.path('outbox', name), JSON.stringify(changed))
      if (isSettled(changed)) this.settle(id)
    } finally {
      if (isHeld) lock.release()
    }
  }

  private settle(id: string): void {
    const name = `${id}.json`
    renameSync(this.path('outbox', name), this.path('settled', name))
    // Looking at thousands of names for every alert would be slower than the alert.
    if (++this.opened % 100 !== 1) return
    const kept = new Set(this.newest('settled', MOST_SETTLED))
    for (const old of this.names('settled')) if (!kept.has(old)) rmSync(this.path('settled', old), { force: true })
  }

  private deliveries(): readonly DeliveryRecord[] {
    const text = readText(join(this.directory, 'deliveries.ndjson')) ?? ''
    return text
      .split('\n')
      .slice(-MOST_SHOWN - 1)
      .flatMap(line => readDelivery(line) ?? [])
  }

  /** A file that did not change is not read again: it is looked at every second. */
  private seen(name: string): OutboxEntry | undefined {
    const stat = statSync(this.path('outbox', name), { throwIfNoEntry: false })
    if (stat === undefined) return undefined
    const known = this.read.get(name)
    if (known !== undefined && known.inode === stat.ino && known.mtimeMs === stat.mtimeMs) return known.entry
    const entry = this.entry('outbox', name)
    if (entry !== undefined) this.read.set(name, { inode: stat.ino, mtimeMs: stat.mtimeMs, entry })
    return entry
  }

  private entry(folder: string, name: string): OutboxEntry | undefined {
    return readEntry(readText(this.path(folder, name)))
  }

  private names(folder: string): readonly string[] {
    return readdirSync(join(this.directory, folder)).filter(name => /^[0-9a-f]{32}\.json$/.test(name))
  }

  private newest(folder: string, most: number): readonly string[] {
    const names = this.names(folder)
    if (names.length <= most) return names
    const times = names.map(name => ({ name, ms: statSync(this.path(folder, name)).mtimeMs }))
    return times
      .sort((a, b) => b.ms - a.ms)
      .slice(0, most)
      .map(({ name }) => name)
  }

  private path(folder: string, name: string): string {
    return join(this.directory, folder, name)
  }
}
