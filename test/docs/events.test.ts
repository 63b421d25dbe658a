import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { DEFAULT_CAPACITY } from '../../src/feed/event-queue.ts'
import { PLAIN_CHANNELS } from '../../src/model/channel.ts'
import { readDoc, tableUnder } from './markdown.ts'

const page = readDoc('docs/EVENTS.md')
const file = 'src/model/event.ts'
const tree = ts.createSourceFile(file, readDoc(file), ts.ScriptTarget.ES2022, true)

interface EventType {
  readonly fields: readonly string[]
  /** Texts of the literal unions among its fields. */
  readonly values: readonly string[]
}

/** `EventBase` and every kind, as the types say: field names with `?` where optional, without `kind`. */
function eventTypes(): ReadonlyMap<string, EventType> {
  const types = new Map<string, EventType>()
  for (const node of tree.statements) {
    if (!ts.isInterfaceDeclaration(node)) continue
    const members = node.members.filter(ts.isPropertySignature)
    const kind = members.find(member => member.name.getText() === 'kind')?.type
    const name = kind !== undefined && ts.isLiteralTypeNode(kind) ? literal(kind) : node.name.text
    const others = members.filter(member => member.name.getText() !== 'kind')
    const fields = others.map(member => member.name.getText() + (member.questionToken === undefined ? '' : '?'))
    types.set(name ?? node.name.text, { fields, values: others.flatMap(member => unionOf(member.type)) })
  }
  return types
}

function literal(node: ts.LiteralTypeNode): string | undefined {
  return ts.isStringLiteral(node.literal) ? node.literal.text : undefined
}

/** Literal texts of a union, followed through the aliases of the file. */
function unionOf(node: ts.TypeNode | undefined): readonly string[] {
  if (node === undefined) return []
  if (ts.isTypeReferenceNode(node)) {
    const alias = tree.statements.find(
      statement => ts.isTypeAliasDeclaration(statement) && statement.name.text === node.typeName.getText(),
    )
    return alias !== undefined && ts.isTypeAliasDeclaration(alias) ? unionOf(alias.type) : []
  }
  if (!ts.isUnionTypeNode(node)) return []
  return node.types.flatMap(type => (ts.isLiteralTypeNode(type) ? (literal(type) ?? []) : []))
}

const types = eventTypes()

/** Names at the head of each part of a cell: "`bids` `asks`: …" gives two. */
function fieldsOf(cell: string): readonly string[] {
  return cell.split(' · ').flatMap(part => {
    const head = /^(?:`\w+\??`(?: |(?=[^ `]|$)))+/.exec(part.trim())?.[0] ?? ''
    return [...head.matchAll(/`(\w+\??)`/g)].flatMap(([, name]) => name ?? [])
  })
}

function documented(): ReadonlyMap<string, string> {
  const rows = [...tableUnder(page, '## Data'), ...tableUnder(page, '## Lifecycle, in order with the data')]
  return new Map(rows.map(([kind = '', fields = '']) => [kind.replaceAll('`', ''), fields]))
}

describe('docs/EVENTS.md', () => {
  it('has every kind, and no other', () => {
    const kinds = [...types.keys()].filter(name => name !== 'EventBase')
    expect(kinds.length).toBeGreaterThan(10)
    expect([...documented().keys()].sort()).toEqual(kinds.sort())
  })

  it('has the common fields', () => {
    const rows = tableUnder(page, '## Fields of every event').map(([name = '']) => name.replaceAll('`', ''))
    const common = types.get('EventBase')?.fields.map(name => name.replace('?', '')) ?? []
    expect(rows).toEqual(['kind', ...common])
  })

  for (const [kind, cell] of documented()) {
    it(`has the fields of "${kind}", optional where they are`, () => {
      expect([...fieldsOf(cell)].sort()).toEqual([...(types.get(kind)?.fields ?? ['no such kind'])].sort())
    })
  }

  it('names every reason of a gap and every state of a connection', () => {
    for (const kind of ['gap', 'connection']) {
      const values = types.get(kind)?.values ?? []
      expect(values.length).toBeGreaterThanOrEqual(5)
      for (const value of values) expect(documented().get(kind)).toContain(`\`${value}\``)
    }
  })

  it('has every channel', () => {
    const channels = tableUnder(page, '## Channels').map(([name = '']) => name.replaceAll('`', ''))
    expect([...channels].sort()).toEqual([...PLAIN_CHANNELS, 'kline:<interval>', 'raw:<stream>'].sort())
  })

  it('tells the capacity of a queue', () => {
    expect(page).toContain(`up to \`capacity\` events (${DEFAULT_CAPACITY.toLocaleString('en-US')})`)
  })
})
