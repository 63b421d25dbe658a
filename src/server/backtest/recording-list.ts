import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { RecordingRow } from '../alert-protocol.ts'

const MOST_FILES = 500
const MOST_DEPTH = 3
const RECORDING = /\.jsonl(\.gz)?$/

/** Recordings of a folder and of the folders in it, by their path in there; what a link points to is left out. */
export async function listRecordings(root: string): Promise<readonly RecordingRow[]> {
  const rows: RecordingRow[] = []
  await collect(root, root, 1, rows)
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function collect(root: string, folder: string, depth: number, rows: RecordingRow[]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (rows.length >= MOST_FILES) return
    const path = join(folder, entry.name)
    if (entry.isDirectory() && depth < MOST_DEPTH) await collect(root, path, depth + 1, rows)
    if (!entry.isFile() || !RECORDING.test(entry.name)) continue
    const { size } = await stat(path)
    rows.push({ name: relative(root, path).split(sep).join('/'), bytes: size })
  }
}
