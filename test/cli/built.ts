import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url))
export const mainFile = `${projectRoot}dist/cli/main.js`

const stampFile = `${projectRoot}node_modules/.tickwire-built`
const lockFolder = `${projectRoot}node_modules/.tickwire-build-lock`
/** A lock older than this was left behind by a killed run. */
const STALE_LOCK_MS = 120_000

/** Builds the library when `dist` is older than `src`; of parallel test files one builds, the others wait. */
export async function ensureBuilt(): Promise<void> {
  while (!isFresh()) {
    if (!takeLock()) {
      await delay(100)
      continue
    }
    try {
      if (!isFresh()) build()
    } finally {
      rmSync(lockFolder, { recursive: true, force: true })
    }
  }
}

function isFresh(): boolean {
  if (!existsSync(mainFile)) return false
  const builtMs = Math.max(modifiedMs(mainFile), existsSync(stampFile) ? modifiedMs(stampFile) : 0)
  return newestSourceMs() <= builtMs
}

function newestSourceMs(): number {
  const files = readdirSync(`${projectRoot}src`, { recursive: true, encoding: 'utf8' })
  const sources = files.filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  return Math.max(...sources.map(file => modifiedMs(`${projectRoot}src/${file}`)))
}

function modifiedMs(file: string): number {
  return statSync(file).mtimeMs
}

function takeLock(): boolean {
  try {
    mkdirSync(lockFolder)
    return true
  } catch {
    const isStale = existsSync(lockFolder) && Date.now() - modifiedMs(lockFolder) > STALE_LOCK_MS
    if (isStale) rmSync(lockFolder, { recursive: true, force: true })
    return false
  }
}

function build(): void {
  const startedMs = Date.now()
  const compiler = `${projectRoot}node_modules/tsc7/bin/tsc`
  const options = { cwd: projectRoot, encoding: 'utf8' } as const
  const done = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], options)
  if (done.status !== 0) throw new Error(`the library does not build:\n${done.stdout}${done.stderr}`)
  writeFileSync(stampFile, `${new Date(startedMs).toISOString()}\n`)
}
