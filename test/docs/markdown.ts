import { readFileSync } from 'node:fs'
import { projectRoot } from '../cli/built.ts'

export interface CodeBlock {
  readonly language: string
  readonly text: string
}

export function readDoc(path: string): string {
  return readFileSync(`${projectRoot}${path}`, 'utf8')
}

export function codeBlocks(markdown: string, language: string): readonly string[] {
  const found = markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)
  return [...found].flatMap(([, name, text]) => (name === language && text !== undefined ? [text] : []))
}

/** Everything that is no code block. */
export function prose(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```$/gm, '')
}

/** What stands between single backticks. */
export function codeSpans(markdown: string): readonly string[] {
  return [...prose(markdown).matchAll(/`([^`\n]+)`/g)].flatMap(([, text]) => (text === undefined ? [] : [text]))
}

/** Targets of links and images that are no URLs, without their fragment. */
export function relativeLinks(markdown: string): readonly string[] {
  const targets = [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => target ?? [])
  return targets.filter(target => !/^[a-z]+:/.test(target)).map(target => target.replace(/#.*$/, ''))
}

/** Rows of the table under a heading, cells trimmed, the two header rows left out. */
export function tableUnder(markdown: string, heading: string): readonly (readonly string[])[] {
  const start = markdown.indexOf(`\n${heading}\n`)
  if (start < 0) throw new Error(`found no heading "${heading}"`)
  const section = markdown.slice(start + heading.length + 2).split(/^## /m, 1)[0] ?? ''
  const rows = section.split('\n').filter(line => line.startsWith('|'))
  return rows.slice(2).map(row =>
    row
      .slice(1, -1)
      .split(/ \| ?/)
      .map(cell => cell.trim()),
  )
}
