// Completes package-lock.json for platforms other than this one: packages such as bundlers and linters ship one optional
// binary per platform, and a registry that lacks one of them makes npm leave it out, after which `npm ci` refuses the lock
// everywhere. Each missing name is added with the platform that its suffix tells. `--check` only reports.
import { readFileSync, writeFileSync } from 'node:fs'

const path = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(path, 'utf8'))
const isCheck = process.argv.includes('--check')

const SYSTEMS = ['linux', 'darwin', 'win32', 'android', 'freebsd', 'openbsd', 'netbsd', 'sunos', 'aix', 'openharmony']
const PROCESSORS = ['x64', 'arm64', 'arm', 'ia32', 'riscv64', 'ppc64', 's390x', 'loong64', 'mips64el', 'wasm32']

/** npm looks a dependency up from the package's own folder outwards. */
function isLocked(from, name) {
  for (let base = from; base !== ''; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${base}/node_modules/${name}`] !== undefined) return true
  }
  return lock.packages[`node_modules/${name}`] !== undefined
}

function platformOf(name) {
  const words = name.split(/[/\-_]/)
  const os = SYSTEMS.filter(system => words.includes(system) || (system === 'win32' && words.includes('windows')))
  const cpu = PROCESSORS.filter(processor => words.includes(processor))
  const libc = words.some(word => word.startsWith('musl'))
    ? ['musl']
    : words.some(word => word.startsWith('gnu'))
      ? ['glibc']
      : []
  return {
    ...(os.length > 0 ? { os } : {}),
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(libc.length > 0 ? { libc } : {}),
  }
}

const added = []
for (const [from, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (from === '' || isLocked(from, name)) continue
    // In the order in which npm itself writes the keys.
    const { os, cpu, libc } = platformOf(name)
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(cpu === undefined ? {} : { cpu }),
      ...(entry.dev === true ? { dev: true } : {}),
      ...(libc === undefined ? {} : { libc }),
      optional: true,
      ...(os === undefined ? {} : { os }),
    }
    added.push(`${name}@${version}`)
  }
}

if (isCheck && added.length > 0) {
  console.error(
    `package-lock.json lacks ${added.length} optional packages of other platforms (npm run lock adds them):\n${added.join('\n')}`,
  )
  process.exit(1)
}
if (added.length > 0) {
  const [root, ...rest] = Object.entries(lock.packages)
  rest.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  lock.packages = Object.fromEntries([root, ...rest])
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
}
console.log(added.length === 0 ? 'the lock is complete' : `added ${added.length} optional packages of other platforms`)
