import { styleText } from 'node:util'
import { signalCatalogue } from '../../signal/catalogue.ts'
import { type Figure, figuresOf } from '../../signal/figure.ts'
import type { ParamSpec } from '../../signal/signal-params.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { Output } from '../output.ts'

/** `tickwire signals list`: every signal with its options; JSON lines when piped. */
export async function signalsList(options: { readonly json?: boolean }): Promise<ExitCode> {
  const output = new Output(() => undefined)
  const isJson = options.json ?? !output.isTerminal
  for (const kind of signalCatalogue.values()) {
    const { id, meaning, unit, needs, params } = kind
    const figures = figuresOf(kind)
    if (isJson) {
      output.json({ signal: id, meaning, unit, needs, params, figures })
      continue
    }
    output.line(`${styleText('bold', id)} ${styleText('dim', `(${unit}; from ${needs.join(', ')})`)}`)
    output.line(`  ${meaning}`)
    for (const [name, spec] of Object.entries(params)) output.line(`  ${styleText('dim', paramLine(name, spec))}`)
    output.line(`  figures${typeof kind.figures === 'function' ? ' (of these options; others have others)' : ''}`)
    for (const figure of figures) output.line(`  ${styleText('dim', figureLine(figure, unit))}`)
  }
  await output.flush()
  return EXIT.ok
}

function paramLine(name: string, spec: ParamSpec): string {
  const head = `  ${`${name}=${spec.default === undefined ? '…' : String(spec.default)}`.padEnd(26)}`
  const kind =
    spec.kind === 'choice' ? ` (${spec.choices.join(', ')})` : spec.kind === 'number' ? ` (${spec.unit})` : ''
  return `${head}${spec.meaning}${kind}`
}

function figureLine({ name, kind, unit, meaning }: Figure, unitOfSignal: string): string {
  return `  ${name.padEnd(26)}${meaning} (${kind === 'number' ? (unit ?? unitOfSignal) : kind})`
}
