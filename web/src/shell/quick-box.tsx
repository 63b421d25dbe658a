import { signal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { hello, INTERVALS, instrument, instruments, interval } from '../state/market.ts'

const SHOWN = 40

/** The box that opens on any letter (symbol) or digit (interval). */
export const quickBox = signal<{ readonly kind: 'symbol' | 'interval'; readonly text: string } | undefined>(undefined)

interface Choice {
  readonly id: string
  readonly label: string
  readonly note: string
}

export function QuickBox() {
  const box = quickBox.value
  if (box === undefined) return null
  return <OpenBox kind={box.kind} text={box.text} />
}

const selected = signal(0)

function OpenBox({ kind, text }: { readonly kind: 'symbol' | 'interval'; readonly text: string }) {
  const input = useRef<HTMLInputElement>(null)
  const before = useRef<Element | null>(document.activeElement)
  // Before the next key arrives, not after the next frame: whoever types fast loses nothing.
  useLayoutEffect(() => {
    selected.value = 0
    input.current?.focus()
    input.current?.setSelectionRange(text.length, text.length)
    const back = before.current
    return () => {
      if (back instanceof HTMLElement) back.focus()
    }
  }, [])
  const choices = kind === 'symbol' ? symbols(text) : intervals(text)
  const chosen = Math.min(selected.value, choices.length - 1)
  return (
    <div class="veil" onPointerDown={close}>
      <div
        class="quick"
        role="dialog"
        aria-modal="true"
        aria-label={kind === 'symbol' ? 'Choose a symbol' : 'Choose an interval'}
        onPointerDown={event => event.stopPropagation()}
      >
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="quick-list"
          aria-activedescendant={chosen >= 0 ? `quick-${chosen}` : undefined}
          aria-label={kind === 'symbol' ? 'Symbol' : 'Interval'}
          placeholder={kind === 'symbol' ? 'Symbol, e.g. BTCUSDT' : 'Interval, e.g. 15m'}
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={event => {
            selected.value = 0
            quickBox.value = { kind, text: event.currentTarget.value }
          }}
          onKeyDown={event => onKey(event, kind, choices, chosen)}
        />
        <div id="quick-list" role="listbox" aria-label="Choices">
          {choices.map((choice, index) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the input keeps the focus and names the active option.
            // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keys.
            <div
              key={choice.id}
              id={`quick-${index}`}
              role="option"
              aria-selected={index === chosen}
              onClick={() => choose(kind, choice.id)}
            >
              <b>{choice.label}</b>
              <span>{choice.note}</span>
            </div>
          ))}
          {choices.length === 0 && <p class="hint">Nothing matches. Enter opens it anyway.</p>}
        </div>
      </div>
    </div>
  )
}

function onKey(event: KeyboardEvent, kind: 'symbol' | 'interval', choices: readonly Choice[], chosen: number): void {
  if (event.isComposing) return
  switch (event.key) {
    case 'Escape':
      close()
      return
    case 'ArrowDown':
      selected.value = Math.min(choices.length - 1, chosen + 1)
      break
    case 'ArrowUp':
      selected.value = Math.max(0, chosen - 1)
      break
    case 'Enter':
      choose(kind, choices[chosen]?.id ?? typed(kind, quickBox.value?.text ?? ''))
      break
    default:
      return
  }
  event.preventDefault()
}

/** What was typed, as it stands: a wrong name shows its error and what is near. */
function typed(kind: 'symbol' | 'interval', text: string): string {
  if (kind === 'interval' || text.includes(':')) return text.trim()
  const venue = (instrument.value ?? hello.value?.instruments[0] ?? '').split(':')[0] ?? ''
  return `${venue}:${text.trim().toUpperCase()}`
}

function choose(kind: 'symbol' | 'interval', id: string): void {
  close()
  if (id === '' || id.endsWith(':')) return
  if (kind === 'symbol') instrument.value = id
  else interval.value = id
}

function close(): void {
  quickBox.value = undefined
}

function symbols(text: string): readonly Choice[] {
  const wanted = text.trim().toLowerCase()
  const offered = hello.value?.instruments ?? []
  const known = instruments.value
  if (known.length === 0) return offered.filter(id => id.toLowerCase().includes(wanted)).map(choiceOf)
  const rank = (id: string, symbol: string, base: string): number => {
    const at = symbol.toLowerCase().indexOf(wanted)
    if (at < 0 && !id.toLowerCase().includes(wanted)) return -1
    return (offered.includes(id) ? 4 : 0) + (base.toLowerCase() === wanted ? 3 : 0) + (at === 0 ? 2 : 0)
  }
  return known
    .map(entry => ({ entry, rank: rank(entry.id, entry.symbol, entry.base) }))
    .filter(scored => scored.rank >= 0)
    .sort((a, b) => b.rank - a.rank || (a.entry.symbol < b.entry.symbol ? -1 : 1))
    .slice(0, SHOWN)
    .map(({ entry }) => ({ id: entry.id, label: entry.symbol, note: `${entry.venue} · ${entry.kind}` }))
}

function choiceOf(id: string): Choice {
  const at = id.indexOf(':')
  return { id, label: id.slice(at + 1), note: id.slice(0, at) }
}

function intervals(text: string): readonly Choice[] {
  const wanted = text.trim().toLowerCase()
  return INTERVALS.filter(name => name.startsWith(wanted)).map(name => ({ id: name, label: name, note: 'candles' }))
}
