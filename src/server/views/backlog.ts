interface Entry<T> {
  readonly item: T
  /** Version of the view at which it came. */
  readonly version: number
}

/** The newest items of a view, each with the version at which it came: whoever knows an older version gets what followed. */
export class Backlog<T> {
  private readonly kept: number
  private entries: Entry<T>[] = []
  /** Version of the newest item that was given up. */
  private droppedAt = 0

  constructor(kept: number) {
    this.kept = kept
  }

  get size(): number {
    return this.entries.length
  }

  /** False when something that came after `version` is no longer kept: a snapshot is due. */
  reaches(version: number | undefined): version is number {
    return version !== undefined && version >= this.droppedAt
  }

  push(item: T, version: number): void {
    this.entries.push({ item, version })
    if (this.entries.length <= this.kept) return
    this.droppedAt = this.entries.shift()?.version ?? this.droppedAt
  }

  /** Puts another item in the place of one of the newest. @returns whether there was one */
  replace(isIt: (item: T) => boolean, item: T, version: number): boolean {
    let index = this.entries.length - 1
    while (index >= 0 && !isEntry(this.entries[index], isIt)) index--
    if (index < 0) return false
    this.entries.splice(index, 1)
    this.entries.push({ item, version })
    return true
  }

  /** Everything, or what came after `version`. */
  since(version: number | undefined): readonly T[] {
    const first = version === undefined ? 0 : this.entries.findIndex(entry => entry.version > version)
    return first < 0 ? [] : this.entries.slice(first).map(entry => entry.item)
  }
}

function isEntry<T>(entry: Entry<T> | undefined, isIt: (item: T) => boolean): boolean {
  return entry !== undefined && isIt(entry.item)
}
