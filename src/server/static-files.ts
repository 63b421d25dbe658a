import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'

const TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
  ['.json', 'application/json; charset=utf-8'],
  ['.webmanifest', 'application/manifest+json; charset=utf-8'],
  ['.txt', 'text/plain; charset=utf-8'],
])
const MOST_FILES = 500

export interface StaticFile {
  readonly body: Buffer
  readonly type: string
  readonly etag: string
  /** Names with a content hash never change; everything else is asked for again. */
  readonly isHashed: boolean
}

/**
 * The dashboard's files by URL path, read once: a request can only ever name a file of this list, so no path can leave the
 * folder. Symbolic links are left out. Empty when the folder does not exist.
 */
export async function loadStaticFiles(root: string): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>()
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  for (const entry of entries.slice(0, MOST_FILES)) {
    const type = TYPES.get(extname(entry.name))
    if (!entry.isFile() || type === undefined) continue
    const path = join(entry.parentPath, entry.name)
    const body = await readFile(path)
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
    const url = `/${relative(root, path).split(sep).join('/')}`
    files.set(url, { body, type, etag, isHashed: url.startsWith('/assets/') })
  }
  return files
}
