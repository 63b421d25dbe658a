import type { RecordedLine } from './recorded-line.ts'

/**
 * Tells the sockets of a recording apart. A name means one socket in one file, until that socket has ended or another one is
 * opened under the same name; a file that goes on where another ended says so.
 */
export class ConnectionNames {
  /** Sockets seen so far; the next new one gets this number. */
  count = 0
  private readonly files: Map<string, number>[] = []
  private readonly newest = new Map<string, number>()

  /** The number of the socket that a line belongs to. */
  numberOf(file: number, line: RecordedLine): number {
    const names = (this.files[file] ??= new Map<string, number>())
    const { connection, note } = line
    const known = names.get(connection)
    if (note?.kind === 'ended' || note?.kind === 'closed') {
      names.delete(connection)
      return known ?? this.open(undefined, connection)
    }
    if (note?.kind === 'continues') {
      const earlier = known ?? this.newest.get(connection)
      const number = earlier ?? this.open(names, connection)
      names.set(connection, number)
      return number
    }
    const isOpening = !line.isInbound && line.text === '' && line.url !== undefined
    return known === undefined || isOpening ? this.open(names, connection) : known
  }

  private open(names: Map<string, number> | undefined, connection: string): number {
    const number = this.count++
    names?.set(connection, number)
    this.newest.set(connection, number)
    return number
  }
}
