import { styleText } from 'node:util'
import { signalCatalogue } from '../signal/catalogue.ts'
import type { SignalEvent, SignalOutput, SignalParams, SignalValue } from '../signal/signal.ts'
import { keyOf } from './conflator.ts'
import type { Output } from './output.ts'
import { Screen } from './screen.ts'
import { paramsText, signalEventLine, valueLine } from './signal-text.ts'

/** The newest value of every signal as a table that stands still; what begins and ends is written above it. */
export class SignalScreen implements Disposable {
  private readonly screen: Screen
  private readonly values = new Map<string, SignalValue>()
  private readonly defaults = new Map<string, SignalParams>()

  constructor(output: Output) {
    this.screen = new Screen(output)
  }

  take(output: SignalOutput): void {
    if (output.kind === 'signal') this.values.set(keyOf(output), output)
    else this.event(output)
  }

  above(line: string): void {
    this.screen.above(line)
  }

  draw(hint: string | undefined): void {
    const lines: string[] = []
    const byInstrument = group(this.values.values())
    for (const [instrument, values] of byInstrument) {
      lines.push(styleText('bold', instrument))
      for (const value of values) lines.push(valueLine(value, this.shownParams(value)))
    }
    if (hint !== undefined) lines.push(styleText('dim', hint))
    const rows = process.stdout.rows ?? 0
    this.screen.draw(rows > 2 && lines.length > rows - 1 ? [...lines.slice(0, rows - 2), more(lines, rows)] : lines)
  }

  [Symbol.dispose](): void {
    this.screen[Symbol.dispose]()
  }

  private event(event: SignalEvent): void {
    if (event.phase !== 'update') this.screen.above(signalEventLine(event))
  }

  private shownParams(value: SignalValue): string {
    let defaults = this.defaults.get(value.signal)
    if (defaults === undefined) {
      const specs = Object.entries(signalCatalogue.get(value.signal)?.params ?? {})
      defaults = Object.fromEntries(
        specs.flatMap(([name, spec]) => (spec.default === undefined ? [] : [[name, spec.default]])),
      )
      this.defaults.set(value.signal, defaults)
    }
    return paramsText(value.params, defaults)
  }
}

function group(values: Iterable<SignalValue>): ReadonlyMap<string, readonly SignalValue[]> {
  const groups = new Map<string, SignalValue[]>()
  for (const value of values) groups.set(value.instrument, [...(groups.get(value.instrument) ?? []), value])
  return groups
}

function more(lines: readonly string[], rows: number): string {
  return styleText('dim', `  … ${lines.length - rows + 2} more rows: a taller window shows them, --signal chooses`)
}
