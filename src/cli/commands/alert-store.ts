import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isMap, isSeq, parseDocument } from 'yaml'
import { ConfigError } from '../../model/error.ts'
import type { RuleStore } from '../../server/index.ts'
import { readStructuredFile } from '../structured-file.ts'

/** Rules in their own file: what the dashboard changes is written there, and comments stay. */
export function fileRuleStore(path: string): RuleStore {
  const change = (edit: (rules: RuleList) => void): void => {
    const document = parseDocument(readFileSync(path, 'utf8'))
    if (!document.has('rules')) document.set('rules', document.createNode([]))
    const rules = document.get('rules')
    if (!isSeq(rules)) throw new ConfigError(`rules: "${path}": expected a list of rules.`)
    const indexOf = (id: string): number => rules.items.findIndex(item => isMap(item) && item.get('id') === id)
    edit({
      indexOf,
      set: (at, rule) => {
        if (at < 0) rules.add(document.createNode(rule))
        else rules.set(at, document.createNode(rule))
      },
      delete: at => rules.delete(at),
    })
    const temporary = `${path}.${process.pid}.new`
    writeFileSync(temporary, document.toString(), { mode: 0o600 })
    renameSync(temporary, path)
  }
  return {
    load: () => readStructuredFile('--rules', 'rules', path),
    put: rule => change(rules => rules.set(rules.indexOf(String(rule['id'])), rule)),
    remove: id => change(rules => rules.delete(rules.indexOf(id))),
  }
}

interface RuleList {
  indexOf(id: string): number
  set(at: number, rule: unknown): void
  delete(at: number): void
}
