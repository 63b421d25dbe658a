import type { Block, Report } from './block.ts'
import { escapeText } from './escape.ts'
import type { Plot } from './plot.ts'
import { REPORT_STYLE } from './style.ts'
import { svgPlot } from './svg-plot.ts'

/** A report as one HTML file that needs nothing else: no script, no font, no network. */
export function htmlReport({ title, subtitle, blocks }: Report): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeText(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<header><h1>${escapeText(title)}</h1><p>${escapeText(subtitle)}</p></header>
${blocks.map(write).join('\n')}
</main>
</body>
</html>
`
}

function write(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${escapeText(block.text)}</h${block.level}>`
    case 'text':
      return `<p>${escapeText(block.text)}</p>`
    case 'list':
      return `<ul>${block.items.map(item => `<li>${escapeText(item)}</li>`).join('')}</ul>`
    case 'verdict':
      return `<section class="verdict ${block.verdict}"><h3>${escapeText(block.title)}</h3><p>${escapeText(block.words)}</p></section>`
    case 'tiles':
      return `<dl class="tiles">${block.tiles.map(tile).join('')}</dl>`
    case 'plots':
      return `<div class="plots">${block.plots.map(plot).join('')}</div>`
    case 'table': {
      const style = (at: number): string => (block.columns[at]?.isFigure === true ? ' class="figure"' : '')
      const head = block.columns.map(({ name }, at) => `<th scope="col"${style(at)}>${escapeText(name)}</th>`).join('')
      const body = block.rows
        .map(row => `<tr>${row.map((cell, at) => `<td${style(at)}>${escapeText(cell)}</td>`).join('')}</tr>`)
        .join('')
      return `<div class="table" tabindex="0" role="group" aria-label="table, may scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
    }
  }
}

function tile({
  name,
  figure,
  beside,
}: {
  readonly name: string
  readonly figure: string
  readonly beside: string
}): string {
  return `<div><dt>${escapeText(name)}</dt><dd>${escapeText(figure)}<small>${escapeText(beside)}</small></dd></div>`
}

function plot(each: Plot): string {
  const drawn = svgPlot(each)
  const legend =
    each.series.length < 2
      ? ''
      : each.series.map(({ name, role }) => `<span class="key ${role}">${escapeText(name)}</span>`).join('')
  const inside = drawn === '' ? '<p class="empty">Too few onsets to draw anything.</p>' : drawn
  return `<figure><figcaption><b>${escapeText(each.title)}</b> <span class="unit">${escapeText(each.unit)}</span>${legend}</figcaption>${inside}<p class="caption">${escapeText(each.caption)}</p></figure>`
}
