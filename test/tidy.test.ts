import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { place, type SourceFile, sourceFiles, walk } from './source-tree.ts'

const MOST_LINES = 400
const MOST_FUNCTION_LINES = 70
/** The brands' parsers: the only casts. */
const MAY_CAST = ['src/model/instrument.ts', 'src/model/time.ts', 'web/src/draw/chart-brands.ts']

const source = [...sourceFiles('src'), ...sourceFiles('web')]
const shipped = source.filter(file => !/\.test\.tsx?$/.test(file.path))

function found(files: readonly SourceFile[], matches: (node: ts.Node, file: SourceFile) => boolean): readonly string[] {
  return files.flatMap(file => {
    const places: string[] = []
    walk(file.tree, node => {
      if (matches(node, file)) places.push(place(file, node))
    })
    return places
  })
}

function lineSpan(node: ts.Node, file: SourceFile): number {
  const start = file.tree.getLineAndCharacterOfPosition(node.getStart(file.tree)).line
  return file.tree.getLineAndCharacterOfPosition(node.getEnd()).line - start + 1
}

describe('tidy', () => {
  it(`no file has more than ${MOST_LINES} lines`, () => {
    const long = source.filter(file => file.text.split('\n').length - 1 > MOST_LINES).map(file => file.path)
    expect(long).toEqual([])
  })

  it('the median file has at most 120 lines', () => {
    const lines = shipped.map(file => file.text.split('\n').length - 1).sort((a, b) => a - b)
    expect(lines[Math.floor(lines.length / 2)]).toBeLessThanOrEqual(120)
  })

  it(`no function has more than ${MOST_FUNCTION_LINES} lines`, () => {
    const isFunction = (node: ts.Node): boolean => ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
    expect(found(shipped, (node, file) => isFunction(node) && lineSpan(node, file) > MOST_FUNCTION_LINES)).toEqual([])
  })

  it('no any, no non-null assertion, no enum', () => {
    expect(
      found(
        shipped,
        node => node.kind === ts.SyntaxKind.AnyKeyword || ts.isNonNullExpression(node) || ts.isEnumDeclaration(node),
      ),
    ).toEqual([])
  })

  it('no cast but "as const" and in a brand’s parser', () => {
    const isCast = (node: ts.Node): boolean =>
      ts.isTypeAssertionExpression(node) || (ts.isAsExpression(node) && node.type.getText() !== 'const')
    expect(found(shipped, (node, file) => isCast(node) && !MAY_CAST.includes(file.path))).toEqual([])
  })

  it('no catch that swallows', () => {
    const isEmptyCatch = (node: ts.Node, file: SourceFile): boolean =>
      ts.isCatchClause(node) && node.block.statements.length === 0 && !/\/[/*]/.test(node.block.getText(file.tree))
    expect(found(shipped, isEmptyCatch)).toEqual([])
  })

  it('files are kebab-case', () => {
    const names = source.map(file => file.path.split('/').at(-1) ?? '')
    expect(names.filter(name => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.config|\.d|\.worker)?\.tsx?$/.test(name))).toEqual(
      [],
    )
  })

  it('there is no utils file and no barrel but the public index', () => {
    const names = source.map(file => file.path)
    expect(names.filter(name => /\/(utils?|helpers?|misc|common)\.tsx?$/.test(name))).toEqual([])
    const publicIndex =
      /^src\/(index|book\/index|signal\/index|alert\/index|replay\/index|sim\/index|server\/index|testing\/index|external\/index|(venue|plugins)\/[a-z]+\/index)\.ts$/
    expect(names.filter(name => /\/index\.tsx?$/.test(name) && !publicIndex.test(name))).toEqual([])
  })

  it('no left-over notes, no focused tests', () => {
    const all = [...source, ...sourceFiles('test')]
    expect(
      all
        .filter(file => /\b(TODO|FIXME|XXX|HACK)\b/.test(file.text) && file.path !== 'test/tidy.test.ts')
        .map(file => file.path),
    ).toEqual([])
    expect(found(all, node => ts.isPropertyAccessExpression(node) && node.name.text === 'only')).toEqual([])
  })
})
