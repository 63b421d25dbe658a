import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'

export interface Bundle {
  /** An ES module for plain Node. */
  readonly path: string
  remove(): void
}

/** Builds one source file with all it imports, so that a test can run it in a process of its own. */
export async function bundle(entry: string): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-bundle-'))
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: entry,
      outDir: folder,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'bundle.mjs', format: 'es' } },
    },
  })
  return { path: join(folder, 'bundle.mjs'), remove: () => rmSync(folder, { recursive: true, force: true }) }
}
