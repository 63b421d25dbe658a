import { useEffect, useRef } from 'preact/hooks'
import { alertsModel } from './alerts-model.ts'
import { BacktestBox } from './backtest-box.tsx'
import { closeEditing, editing, isOverPage, isRefused } from './editing.ts'
import { RuleForm } from './rule-form.tsx'

/** The form of the rule that is being written. */
export function RuleEditor() {
  const current = editing.value
  const { channels, rules } = alertsModel.data.value
  if (current === undefined) return null
  return (
    <RuleForm
      key={current.number}
      draft={current.draft}
      channels={channels}
      taken={rules.map(rule => rule.id)}
      onClose={closeEditing}
    />
  )
}

/** The same over the page, on screens without the panel of alerts. */
export function RuleDialog() {
  return isOverPage() ? <OpenDialog /> : null
}

function OpenDialog() {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const before = document.activeElement
    if (box.current?.contains(document.activeElement) === false) box.current.querySelector('button')?.focus()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <div class="veil" onPointerDown={closeEditing}>
      <div
        class="rule-dialog"
        ref={box}
        role="dialog"
        aria-modal="true"
        aria-label="Alert"
        onPointerDown={event => event.stopPropagation()}
        onKeyDown={event => {
          if (event.key === 'Escape') closeEditing()
          else if (event.key === 'Tab') keepInside(event, box.current)
        }}
      >
        {isRefused.value ? <Refusal /> : <RuleEditor />}
        <BacktestBox />
      </div>
    </div>
  )
}

function Refusal() {
  return (
    <div class="rule-refusal">
      <p>
        No rule can be made here: start the server with <code>--rules FILE</code>. It runs the rules of that file beside
        the dashboard, and writes into it what is made here.
      </p>
      <button type="button" class="button" onClick={closeEditing}>
        Close
      </button>
    </div>
  )
}

/** A dialog keeps the focus. */
function keepInside(event: KeyboardEvent, box: HTMLElement | null): void {
  const all = [...(box?.querySelectorAll<HTMLElement>('button, input, select, [tabindex="0"]') ?? [])]
  const stops = all.filter(stop => stop.offsetParent !== null && !stop.hasAttribute('disabled'))
  const [first] = stops
  const last = stops.at(-1)
  const edge = event.shiftKey ? first : last
  if (document.activeElement !== edge) return
  event.preventDefault()
  const target = event.shiftKey ? last : first
  target?.focus()
}
