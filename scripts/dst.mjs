// Deterministic simulation testing: bundles test/dst/main.ts and runs it with plain Node. `--help` tells what it takes.
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = `${root}node_modules/.cache/tickwire-dst`

const HELP = `npm run dst -- [options]
  --seeds 300 --minutes 30 --from 1   many seeds on every core; exit 1 on a violation or a path never taken
  --seed 7 [--verbose]                one seed, with its timeline
  --twice                             each seed twice: the same hash is demanded
  --no-shrink                         leaves a failing plan as it is
  --signals                           every user runs signals, not only a share of them
  --speed [--minutes 60]              simulated hours per CPU second for the standard load
  --replay file.json                  one committed case
  --mutants [name …]                  seeded defects: each must be found
  --account [options]                 the private side: --seeds 2000, --seed 7, --from, --minutes 16, --twice, --mutants [name …]`

/** The two sides of the client, each with its own simulated exchange and its own seeded defects. */
const PUBLIC_SIDE = { main: 'test/dst/main.ts', mutants: 'test/dst/mutants/all-mutants.ts', minutes: 6 }
const ACCOUNT_SIDE = { main: 'test/dst/account/account-main.ts', mutants: 'test/dst/account/mutants.ts', minutes: 14 }

/** Messages live for as long as they are on their way: with less room the collector copies them. */
const YOUNG_MIB = 64

/** Builds the entry into one module. `patch` may change the text of a source file. */
async function bundle(entry, name, patch, from = root) {
  const folder = `${cache}/${process.pid}-${name}`
  mkdirSync(folder, { recursive: true })
  const plugins = patch === undefined ? [] : [{ name: 'patch', enforce: 'pre', transform: patch }]
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins,
    ssr: { noExternal: true },
    build: {
      ssr: `${from}${entry}`,
      outDir: folder,
      emptyOutDir: true,
      minify: false,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'bundle.mjs', format: 'es', codeSplitting: false } },
    },
  })
  return { path: `${folder}/bundle.mjs`, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Runs a bundle to its end. */
function run(path, args, stdio) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`--max-semi-space-size=${YOUNG_MIB}`, path, ...args], { stdio })
    let output = ''
    child.stdout?.on('data', data => (output += String(data)))
    child.stderr?.on('data', data => (output += String(data)))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code: signal === null ? code : 1, output }))
  })
}

/** Source text of a defect, with exactly one place where it belongs. @throws Error when the place is gone or not alone */
function patchOf({ name, file, find, replace }, tree) {
  const path = `${tree}src/${file}`
  const parts = readFileSync(path, 'utf8').split(find)
  if (parts.length !== 2) throw new Error(`mutant ${name}: its text stands ${parts.length - 1} times in src/${file}`)
  return (code, id) => (id === path ? code.replace(find, () => replace) : undefined)
}

/** The seeds that violate nothing without a defect: only they can show one. */
async function calmSeeds(seeds, minutes, tree, side) {
  const built = await bundle(side.main, 'calm', undefined, tree)
  try {
    const asked = ['--seeds', String(seeds), '--minutes', String(minutes), '--failed', '--partial', '--no-shrink']
    const { output } = await run(built.path, asked, 'pipe')
    const line = /^failed seeds:(.*)$/m.exec(output)
    if (line === null) throw new Error(`the client without defects could not be run:\n${output}`)
    const failed = new Set(line[1].trim().split(' ').filter(Boolean).map(Number))
    return Array.from({ length: seeds }, (_, index) => index + 1).filter(seed => !failed.has(seed))
  } finally {
    built.remove()
  }
}

/** Runs one defect until a seed finds it. */
async function hunt(mutant, seeds, minutes, tree, side) {
  const built = await bundle(side.main, mutant.name, patchOf(mutant, tree), tree)
  try {
    const asked = ['--list', seeds.join(','), '--minutes', String(minutes), '--first', '--partial', '--threads', '1']
    const { code, output } = await run(built.path, asked, 'pipe')
    const [, seed, rest = ''] = /^seed (\d+) at [^:]*: (.*)$/m.exec(output) ?? []
    if (seed !== undefined) return { found: `seed ${seed}: ${rest.slice(0, 110)}` }
    return code === 0 ? { found: undefined } : { found: `it does not run: ${output.trim().split('\n').at(-1)}` }
  } finally {
    built.remove()
  }
}

/** The sources as they are now, so that nobody's edit changes what is compared. */
function copyTree() {
  const tree = `${cache}/${process.pid}-tree/`
  for (const folder of ['src', 'test/dst']) cpSync(`${root}${folder}`, `${tree}${folder}`, { recursive: true })
  return tree
}

async function runMutants(words, side) {
  const value = name => (words.includes(name) ? Number(words[words.indexOf(name) + 1]) : undefined)
  const wanted = words.filter((word, index) => !word.startsWith('--') && !words[index - 1]?.startsWith('--'))
  const tree = copyTree()
  try {
    const built = await bundle(side.mutants, 'mutants', undefined, tree)
    const { MUTANTS } = await import(built.path)
    built.remove()
    for (const mutant of MUTANTS) patchOf(mutant, tree)
    const chosen = MUTANTS.filter(({ name }) => wanted.length === 0 || wanted.some(word => name.includes(word)))
    if (chosen.length === 0) throw new Error(`no mutant is named ${wanted.join(', ')}`)
    return await huntAll(chosen, value('--seeds') ?? 200, value('--minutes') ?? side.minutes, tree, side)
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}

async function huntAll(chosen, seeds, minutes, tree, side) {
  const calm = await calmSeeds(seeds, minutes, tree, side)
  console.log(
    `${chosen.length} seeded defects, ${calm.length} of ${seeds} seeds of ${minutes} minutes are calm without one`,
  )
  const waiting = [...chosen]
  const survivors = []
  const huntOnOneCore = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const { found } = await hunt(mutant, calm, minutes, tree, side)
      if (found === undefined) survivors.push(mutant.name)
      console.log(`${mutant.name.padEnd(40)} ${found ?? 'SURVIVED'}`)
    }
  }
  await Promise.all([huntOnOneCore(), huntOnOneCore()])
  const names = survivors.length > 0 ? `; survived: ${survivors.join(', ')}` : ''
  console.log(`${chosen.length - survivors.length} of ${chosen.length} found${names}`)
  return survivors.length > 0 ? 1 : 0
}

async function main(args) {
  if (args.includes('--help')) {
    console.log(HELP)
    return 0
  }
  const isAccount = args[0] === '--account'
  const side = isAccount ? ACCOUNT_SIDE : PUBLIC_SIDE
  const rest = isAccount ? args.slice(1) : args
  if (rest[0] === '--mutants') return await runMutants(rest.slice(1), side)
  const built = await bundle(side.main, 'main')
  try {
    return (await run(built.path, rest, 'inherit')).code
  } finally {
    built.remove()
  }
}

process.exitCode = await main(process.argv.slice(2))
