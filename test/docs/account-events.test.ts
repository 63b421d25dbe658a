import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { readDoc, tableUnder } from './markdown.ts'

const page = readDoc('docs/EVENTS.md')
const tree = ts.createSourceFile(
  'account-event.ts',
  readDoc('src/model/account-event.ts'),
  ts.ScriptTarget.ES2022,
  true,
)

/** Fields of every kind as the types say, with `?` where optional, and the texts of its literal unions. */
function eventTypes(): ReadonlyMap<string, { readonly fields: readonly string[]; readonly values: readonly string[] }> {
  const types = new Map<string, { fields: readonly string[]; values: readonly string[] }>()
  for (const node of tree.statements) {
    if (!ts.isInterfaceDeclaration(node)) continue
    const members = node.members.filter(ts.isPropertySignature)
    const kind = members.find(member => member.name.getText() === 'kind')?.type
    if (kind === undefined || !ts.isLiteralTypeNode(kind) || !ts.isStringLiteral(kind.literal)) continue
    const others = members.filter(member => member.name.getText() !== 'kind')
    const fields = others.map(member => member.name.getText() + (member.questionToken === undefined ? '' : '?'))
    types.set(kind.literal.text, { fields, values: others.flatMap(member => unionOf(member.type)) })
  }
  return types
}

function unionOf(node: ts.TypeNode | undefined): readonly string[] {
  if (node === undefined) return []
  if (ts.isTypeReferenceNode(node)) {
    const alias = tree.statements.find(
      one => ts.isTypeAliasDeclaration(one) && one.name.text === node.typeName.getText(),
    )
    return alias !== undefined && ts.isTypeAliasDeclaration(alias) && node.typeName.getText() !== 'Side'
      ? unionOf(alias.type)
      : []
  }
  if (!ts.isUnionTypeNode(node)) return []
  return node.types.flatMap(type =>
    ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal) ? [type.literal.text] : [],
  )
}

const types = eventTypes()
const documented = new Map(
  tableUnder(page, '## Account events').map(([kind = '', fields = '']) => [kind.replaceAll('`', ''), fields] as const),
)

describe('docs/EVENTS.md: account events', () => {
  it('has every kind, and no other', () => {
    expect(types.size).toBeGreaterThanOrEqual(9)
    expect([...documented.keys()].sort()).toEqual([...types.keys()].sort())
  })

  for (const [kind, cell] of documented) {
    it(`has the fields of "${kind}", optional where they are, and their values`, () => {
      const { fields = [], values = [] } = types.get(kind) ?? {}
      const heads = cell.split(' · ').flatMap(part => {
        const head = /^(?:`\w+\??`(?: |(?=[^ `]|$)))+/.exec(part.trim())?.[0] ?? ''
        return [...head.matchAll(/`(\w+\??)`/g)].flatMap(([, name]) => name ?? [])
      })
      expect([...heads].sort()).toEqual([...fields].sort())
      const spoken = kind === 'fill' || kind === 'position' ? documented.get('order') + cell : cell
      for (const value of values) expect(spoken).toContain(`\`${value}\``)
    })
  }
})
