import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { place, sourceFiles, walk } from '../source-tree.ts'

/** Who sends keys: the signed calls, and the sockets of user streams. */
const MAY_REVEAL = /^src\/account\/(private-rest|session-socket|user-socket|listen-key-socket|credentials)\.ts$/

describe('F:M01 secrets in the source', () => {
  it('only those who send a key may open its wrapper', () => {
    const found: string[] = []
    for (const file of [...sourceFiles('src'), ...sourceFiles('web')]) {
      if (file.path.endsWith('.test.ts') || MAY_REVEAL.test(file.path)) continue
      walk(file.tree, node => {
        if (ts.isPropertyAccessExpression(node) && node.name.text === 'reveal') found.push(place(file, node))
      })
    }
    expect(found).toEqual([])
  })

  it('F:M14 nothing outside of simulators and venues names an order, a transfer or a withdrawal that could be sent', () => {
    const found: string[] = []
    for (const file of sourceFiles('src')) {
      if (file.path.startsWith('src/sim/') || file.path.endsWith('.test.ts')) continue
      walk(file.tree, node => {
        if (!ts.isPropertyAssignment(node) || node.name.getText(file.tree) !== 'method') return
        // CONNECT asks a proxy for a way, and changes nothing anywhere.
        if (!ts.isStringLiteral(node.initializer) || ['GET', 'CONNECT'].includes(node.initializer.text)) return
        found.push(`${place(file, node)} ${node.initializer.text}`)
      })
    }
    // A listen key is made, extended and given back; nothing else is written to a venue. Alerts are posted to what a user names.
    const allowed = /\/venue\/[a-z]+\/account\/(listen-key|session-access)\.ts|\/net\/guarded-post\.ts/
    expect(found.filter(text => !allowed.test(text))).toEqual([])
  })
})
