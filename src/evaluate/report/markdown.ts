import type { Block, Report } from './block.ts'

/** A report as Markdown; plots stand in the HTML form, their figures in the tables of both. */
export function markdownReport({ title, subtitle, blocks }: Report): string {
  return `${[`# ${title}`, subtitle, ...blocks.map(write)].filter(part => part !== '').join('\n\n')}\n`
}

function write(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${block.text}`
    case 'text':
      return block.text
    case 'list':
      return block.items.map(item => `- ${item}`).join('\n')
    case 'verdict':
      return `**${block.title}** ${block.words}`
    case 'tiles':
      return block.tiles
        .map(tile => `- ${tile.name}: **${tile.figure}**${tile.beside === '' ? '' : `, ${tile.beside}`}`)
        .join('\n')
    case 'plots':
      return ''
    case 'table': {
      const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
      const marks = block.columns.map(column => (column.isFigure === true ? '---:' : '---'))
      return [row(block.columns.map(column => column.name)), `|${marks.join('|')}|`, ...block.rows.map(row)].join('\n')
    }
  }
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
