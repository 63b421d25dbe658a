// Which faults of the catalogue have a test, and whether it passes: node scripts/faults.mjs [--from report.json] [--all]
// The catalogue stands outside this repository; a test names the rows it covers at the start of its name ("F:H07 …").
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, styleText } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const USAGE = 'usage: node scripts/faults.mjs [--from report.json] [--catalogue FAULTS.md] [--all] [--json]'

/** Families whose rows of highest priority must have a passing test before anything is released. */
const GATED = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J']
const RANK = ['passed', 'failed', 'skipped', 'none']

function options() {
  try {
    const { values } = parseArgs({
      options: {
        from: { type: 'string' },
        catalogue: { type: 'string', default: join(root, '../shared/FAULTS.md') },
        all: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`)
    process.exit(2)
  }
}

/** Rows of the tables of the catalogue: id and priority, in their order. */
function readCatalogue(path) {
  if (!existsSync(path)) {
    console.error(`faults: the catalogue ${path} is not there; --catalogue names another place`)
    process.exit(2)
  }
  const rows = []
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const match = /^\|\s*([A-Z]\d{2})\s*\|\s*(P\d)\s*\|/.exec(line)
    if (match !== null) rows.push({ id: match[1], priority: match[2] })
  }
  return rows
}

/** What vitest's JSON reporter wrote; the suite is run for it when no report is given. */
function readReport(from) {
  if (from !== undefined) return JSON.parse(readFileSync(from, 'utf8'))
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-faults-'))
  try {
    const path = join(folder, 'report.json')
    const args = ['vitest', 'run', '--reporter=json', `--outputFile=${path}`]
    const { error } = spawnSync('npx', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    if (error !== undefined || !existsSync(path)) {
      console.error(`faults: the tests could not be run: ${error?.message ?? 'no report was written'}`)
      process.exit(2)
    }
    return JSON.parse(readFileSync(path, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Row id → the tests that name it. */
function testsByRow(report) {
  const found = new Map()
  for (const file of report.testResults) {
    for (const test of file.assertionResults) {
      // A suite may name a row for all its tests.
      for (const [, id] of new Set(test.fullName.matchAll(/\bF:([A-Z]\d{2})\b/g))) {
        const tests = found.get(id) ?? []
        found.set(id, tests)
        const status = test.status === 'passed' ? 'passed' : test.status === 'failed' ? 'failed' : 'skipped'
        tests.push({ name: test.title.replace(/^(F:\w+\s+)+/, '').replace(/\s+/g, ' '), status })
      }
    }
  }
  return found
}

/** A row holds when one of its tests passes and none fails. */
function resultOf(tests) {
  if (tests.some(test => test.status === 'failed')) return 'failed'
  if (tests.some(test => test.status === 'passed')) return 'passed'
  return tests.length > 0 ? 'skipped' : 'none'
}

function paint(result, text) {
  return styleText({ passed: 'green', failed: 'red', skipped: 'yellow', none: 'dim' }[result], text)
}

function printRow(row) {
  const names = [...new Set(row.tests.map(test => test.name))]
  const shown = names.slice(0, 3).map(name => (name.length > 90 ? `${name.slice(0, 89)}…` : name))
  const more = names.length > 3 ? [`and ${names.length - 3} more`] : []
  console.log(
    `${row.id}  ${row.priority}  ${paint(row.result, row.result.padEnd(8))}${[...shown, ...more].join(' · ')}`,
  )
}

function printFamilies(rows) {
  console.log('\nfamily  P0 covered  all covered  without a passing test')
  for (const family of new Set(rows.map(row => row.id[0]))) {
    const own = rows.filter(row => row.id[0] === family)
    const urgent = own.filter(row => row.priority === 'P0')
    const count = list => `${list.filter(row => row.result === 'passed').length}/${list.length}`
    const open = own
      .filter(row => row.result !== 'passed')
      .sort((a, b) => a.priority.localeCompare(b.priority) || RANK.indexOf(a.result) - RANK.indexOf(b.result))
      .map(row => (row.priority === 'P0' ? styleText('bold', row.id) : row.id))
    const mark = GATED.includes(family) ? ' ' : '·'
    console.log(`${family}${mark}      ${count(urgent).padEnd(12)}${count(own).padEnd(13)}${open.join(' ') || '—'}`)
  }
  console.log('bold: P0; ·: family is not part of the gate yet')
}

const { from, catalogue, all, json } = options()
const listed = readCatalogue(catalogue)
const found = testsByRow(readReport(from))
const rows = listed.map(row => {
  const tests = found.get(row.id) ?? []
  return { ...row, tests, result: resultOf(tests) }
})
const known = new Set(listed.map(row => row.id))
const strange = [...found.keys()].filter(id => !known.has(id) && !/^R\d\d$/.test(id))
const open = rows.filter(row => row.priority === 'P0' && GATED.includes(row.id[0]) && row.result !== 'passed')

if (json) console.log(JSON.stringify({ rows, open: open.map(row => row.id), strange }, undefined, 2))
else {
  for (const row of rows) if (all || row.tests.length > 0) printRow(row)
  printFamilies(rows)
  if (strange.length > 0) console.log(`named by tests but not in the catalogue: ${strange.join(' ')}`)
  const verdict =
    open.length === 0
      ? 'every gated P0 row has a passing test'
      : `P0 rows that fail the gate: ${open.map(row => row.id).join(' ')}`
  console.log(paint(open.length === 0 ? 'passed' : 'failed', verdict))
}
process.exit(open.length === 0 ? 0 : 1)
