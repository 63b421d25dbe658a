import { posix } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { place, type SourceFile, sourceFiles, walk } from './source-tree.ts'

/** Who may import whom; every layer may import itself. Held for tests beside the source, too, but for `testing`. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  model: [],
  net: ['model'],
  venue: ['model'],
  book: ['model'],
  signal: ['model', 'book'],
  feed: ['model', 'net', 'venue', 'book', 'signal'],
  account: ['model', 'net', 'venue', 'book', 'signal', 'feed'],
  record: ['model', 'net', 'venue', 'book', 'signal', 'feed'],
  replay: ['model', 'net', 'venue', 'book', 'feed'],
  alert: ['model', 'net', 'venue', 'book', 'signal', 'feed', 'account', 'replay'],
  external: ['model', 'net', 'signal'],
  plugins: ['model', 'net', 'external'],
  evaluate: ['model', 'net', 'book', 'signal', 'feed', 'replay', 'external'],
  sim: ['model', 'net', 'venue', 'book', 'signal', 'feed'],
  store: ['model', 'net', 'venue', 'book', 'signal', 'feed'],
  bus: ['model', 'net', 'venue', 'book', 'signal', 'feed'],
  testing: ['model', 'net', 'feed', 'venue', 'book', 'sim'],
  server: ['model', 'net', 'book', 'signal', 'feed', 'account', 'alert', 'record', 'replay', 'sim', 'store', 'bus'],
  cli: [
    'model',
    'net',
    'venue',
    'book',
    'signal',
    'feed',
    'account',
    'alert',
    'record',
    'replay',
    'evaluate',
    'external',
    'plugins',
    'sim',
    'store',
    'bus',
    'server',
  ],
}

const VENUE_NAME = /binance|bybit|okx|gate-?io|gate-spot|gate-usdt/i
const PURE_LAYERS = ['model', 'venue', 'book', 'signal']
const IMPURE_NAMES = ['process', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'performance', 'Date']

const files = sourceFiles('src')
const shipped = files.filter(file => !file.path.endsWith('.test.ts'))

function layerOf(path: string): string {
  return path.split('/')[1] ?? ''
}

function targetOf(file: SourceFile, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return posix.normalize(posix.join(posix.dirname(file.path), specifier))
}

function findNodes(file: SourceFile, matches: (node: ts.Node) => boolean): readonly string[] {
  const found: string[] = []
  walk(file.tree, node => {
    if (matches(node)) found.push(place(file, node))
  })
  return found
}

/** An identifier used as a free name: not a property, not a type member, not an import name. */
function isFreeName(node: ts.Node, names: readonly string[]): boolean {
  if (!ts.isIdentifier(node) || !names.includes(node.text)) return false
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false
  if (ts.isPropertySignature(parent) || ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent))
    return parent.name !== node
  return !ts.isTypeReferenceNode(parent)
}

describe('layering', () => {
  it('knows every layer', () => {
    const layers = new Set(files.map(file => layerOf(file.path)).filter(layer => !layer.endsWith('.ts')))
    for (const layer of layers) expect(ALLOWED).toHaveProperty(layer)
  })

  it('imports go one way', () => {
    const broken = files.flatMap(file => {
      const layer = layerOf(file.path)
      const allowed = ALLOWED[layer]
      if (allowed === undefined) return []
      const isTest = file.path.endsWith('.test.ts')
      return file.imports.flatMap(specifier => {
        const target = targetOf(file, specifier)
        if (target === undefined || !target.startsWith('src/')) return []
        const other = layerOf(target)
        if (other === layer || allowed.includes(other) || (isTest && other === 'testing')) return []
        return [`${file.path} imports ${target}`]
      })
    })
    expect(broken).toEqual([])
  })

  it('no venue imports another', () => {
    const broken = files.flatMap(file => {
      const own = /^src\/venue\/([^/]+)\//.exec(file.path)?.[1]
      if (own === undefined) return []
      return file.imports.flatMap(specifier => {
        const other = /^src\/venue\/([^/]+)\//.exec(targetOf(file, specifier) ?? '')?.[1]
        return other === undefined || other === own ? [] : [`${file.path} imports ${specifier}`]
      })
    })
    expect(broken).toEqual([])
  })

  it('only venues, simulators and the venue table name an exchange', () => {
    const mayName = /^src\/(venue|sim)\/|^src\/cli\/venue-table\.ts$|^src\/model\/instrument\.ts$/
    const broken = shipped
      .filter(file => !mayName.test(file.path))
      .flatMap(file =>
        findNodes(file, node => {
          if (
            ts.isStringLiteralLike(node) &&
            (ts.isImportDeclaration(node.parent) || ts.isExportDeclaration(node.parent))
          )
            return false
          const isText =
            ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateTail(node) || ts.isIdentifier(node)
          return isText && VENUE_NAME.test(node.text)
        }),
      )
    expect(broken).toEqual([])
  })

  it('pure layers read no clock, socket, file, environment or random source', () => {
    const pure = shipped.filter(file => PURE_LAYERS.includes(layerOf(file.path)))
    const broken = pure.flatMap(file => [
      ...file.imports
        .filter(specifier => /^node:(?!buffer$)/.test(specifier))
        .map(specifier => `${file.path} imports ${specifier}`),
      ...findNodes(file, node => isFreeName(node, IMPURE_NAMES)),
      ...findNodes(file, isMathRandom),
    ])
    expect(broken).toEqual([])
  })

  it('time below the command line comes from the Clock, chance from Random', () => {
    const below = shipped.filter(file => layerOf(file.path) !== 'cli' && file.path !== 'src/net/clock.ts')
    const names = ['Date', 'setTimeout', 'setInterval', 'setImmediate', 'performance']
    const broken = below.flatMap(file => [
      ...findNodes(file, node => isFreeName(node, names)),
      ...(file.path === 'src/net/random.ts' ? [] : findNodes(file, isMathRandom)),
    ])
    expect(broken).toEqual([])
  })

  it('sockets and HTTP are opened in net, sim and server only', () => {
    const mayOpen = ['net', 'sim', 'server', 'cli', 'testing']
    const broken = shipped
      .filter(file => !mayOpen.includes(layerOf(file.path)))
      .flatMap(file =>
        file.imports
          .filter(specifier => /^(ws|node:(net|tls|http|https|dns.*))$/.test(specifier))
          .map(specifier => `${file.path} imports ${specifier}`),
      )
    expect(broken).toEqual([])
  })
})

function isMathRandom(node: ts.Node): boolean {
  return ts.isPropertyAccessExpression(node) && node.getText() === 'Math.random'
}
