import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../cli/built.ts'
import { isRecord } from '../cli/cli.ts'
import { codeSpans, prose, readDoc, relativeLinks } from './markdown.ts'

const decisions = readdirSync(`${projectRoot}docs/decisions`).map(name => `docs/decisions/${name}`)
const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'docs/ARCHITECTURE.md',
  'docs/EVALUATION.md',
  'docs/EVENTS.md',
  'docs/EXTERNAL.md',
  'docs/ACCOUNT.md',
  'docs/DASHBOARD.md',
  'docs/ADD_A_VENUE.md',
  'docs/ALERTS.md',
  'docs/FAULT_PLANS.md',
  'docs/RELIABILITY.md',
  'docs/REPLAY.md',
  'docs/SIGNALS.md',
  'docs/SIMULATOR.md',
  ...decisions,
]

const SOURCES = ['src', 'test', 'web', 'bench', 'scripts', 'examples', 'docs']

function below(folder: string): readonly string[] {
  const names = readdirSync(projectRoot + folder, { recursive: true, encoding: 'utf8' })
  return names.filter(name => !name.includes('node_modules')).map(name => `${folder}/${name}`)
}

function packageJson(): Record<string, unknown> {
  const parsed: unknown = JSON.parse(readFileSync(`${projectRoot}package.json`, 'utf8'))
  if (!isRecord(parsed)) throw new Error('expected an object in package.json')
  return parsed
}

function scripts(): readonly string[] {
  const found = packageJson()['scripts']
  return isRecord(found) ? Object.keys(found) : []
}

describe('every page', () => {
  it('links to files that exist', () => {
    const broken = pages.flatMap(page =>
      relativeLinks(readDoc(page))
        .map(target => posix.join(posix.dirname(page), target))
        .filter(target => !existsSync(projectRoot + target))
        .map(target => `${page}: ${target}`),
    )
    expect(broken).toEqual([])
  })

  it('names npm scripts that exist', () => {
    const known = scripts()
    const broken = pages.flatMap(page =>
      [...readDoc(page).matchAll(/npm (?:run )?([a-z][a-z:]*)/g)]
        .map(([, name]) => name ?? '')
        .filter(name => !['install', 'ci', 'i'].includes(name) && !known.includes(name))
        .map(name => `${page}: npm run ${name}`),
    )
    expect(broken).toEqual([])
  })

  it('names tests and folders that exist', () => {
    const broken = pages.flatMap(page =>
      [...readDoc(page).matchAll(/npx vitest run ([\w./ -]+)/g)]
        .flatMap(([, paths]) => paths?.trim().split(' ') ?? [])
        .filter(path => !existsSync(projectRoot + path))
        .map(path => `${page}: ${path}`),
    )
    expect(broken).toEqual([])
  })

  it('names source files that exist', () => {
    const isFile = (text: string): boolean => /^[\w@./*{}-]+\.(ts|tsx|mjs|json|yaml)$/.test(text)
    // Files that a user has, not the repository.
    const users = [
      'endpoints.json',
      'tickwire.yaml',
      'accounts.yaml',
      'keys.yaml',
      'rules.yaml',
      'summary.json',
      'evaluations.json',
      'external.yaml',
    ]
    const files = readdirSync(projectRoot, { withFileTypes: true })
      .flatMap(entry => (SOURCES.includes(entry.name) ? below(entry.name) : entry.name))
      .map(name => `/${name}`)
    const exists = (text: string): boolean => {
      const pattern = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('\\*', '[^/]*')
      return files.some(file => new RegExp(`/${pattern}$`).test(file))
    }
    const broken = pages.flatMap(page =>
      codeSpans(readDoc(page))
        .filter(text => isFile(text) && !users.includes(text) && !exists(text))
        .map(text => `${page}: ${text}`),
    )
    expect(broken).toEqual([])
  })

  it('names no modules of this package but its exports', () => {
    const exported = packageJson()['exports']
    const names = Object.keys(isRecord(exported) ? exported : {}).map(path => path.replace(/^\./, 'tickwire'))
    const broken = pages.flatMap(page =>
      [...readDoc(page).matchAll(/[`'"](tickwire(?:\/[a-z]+)*)[`'"]/g)]
        .map(([, name]) => name ?? '')
        .filter(name => !names.includes(name))
        .map(name => `${page}: ${name}`),
    )
    expect(broken).toEqual([])
  })
})

describe('README', () => {
  const readme = readDoc('README.md')

  it('says the versions and the licence that the package says', () => {
    const { engines, license } = packageJson()
    const node = isRecord(engines) ? String(engines['node']) : ''
    expect(readme).toContain(`Node ${node.replace('>=', '≥ ').replace(/\.0$/, '')}`)
    expect(readme).toContain(`${String(license)} licence`)
    expect(readDoc('LICENSE')).toContain(`${String(license)} License`)
  })

  it('says what it is in five lines', () => {
    const intro = prose(readme).split('\n\n')[1] ?? ''
    expect(intro.trim().split('\n')).toHaveLength(5)
  })

  it('names the venues that the command line knows', () => {
    for (const venue of ['spot', 'USD-M', 'COIN-M', 'options']) expect(readme).toContain(venue)
  })
})

describe('decisions', () => {
  it('are numbered without a hole, and each says its number', () => {
    const numbers = decisions.map(path => Number(posix.basename(path).slice(0, 3)))
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
    for (const [index, path] of decisions.entries()) expect(readDoc(path)).toMatch(new RegExp(`^# ${index + 1}\\. `))
  })
})
