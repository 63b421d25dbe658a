import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { AlertRuleRow } from '../../../../src/server/alert-protocol.ts'
import { number } from '../../format/number.ts'
import { changeJson } from '../../state/api.ts'
import { instrument, priceDecimals, tick } from '../../state/market.ts'
import { alertsModel } from '../alerts/alerts-model.ts'
import { edit } from '../alerts/editing.ts'
import { definitionOf, draftOf, type RuleDraft } from '../alerts/rule-draft.ts'
import { keepPlaces, place } from './alert-places.ts'
import type { ChartRenderer } from './chart-renderer.ts'

const WORDS: Readonly<Record<string, string>> = {
  above: 'at or above',
  below: 'at or below',
  crossUp: 'crosses up',
  crossDown: 'crosses down',
}
const MARKS: Readonly<Record<string, string>> = { above: '≥', below: '≤', crossUp: '↗', crossDown: '↘' }

const STEPS: ReadonlyMap<string, number> = new Map([
  ['ArrowUp', 1],
  ['ArrowDown', -1],
  ['PageUp', 10],
  ['PageDown', -10],
])

/** Lines of the rules on the price of this market: dragged, or moved by the keyboard, they change their rule. */
export function PriceAlerts({ chart }: { readonly chart: () => ChartRenderer | undefined }) {
  const { rules, isEditable } = alertsModel.data.value
  useEffect(() => keepPlaces(chart), [])
  const shown = rules.flatMap(rule => {
    const draft = rule.instrument === instrument.value ? draftOf(rule.definition) : undefined
    return draft?.kind === 'price' ? [{ rule, draft }] : []
  })
  return (
    <div class="price-alerts">
      {shown.map(({ rule, draft }) => (
        <Line key={rule.id} rule={rule} draft={draft} chart={chart} isEditable={isEditable} />
      ))}
    </div>
  )
}

interface LineProps {
  readonly rule: AlertRuleRow
  readonly draft: RuleDraft
  readonly chart: () => ChartRenderer | undefined
  readonly isEditable: boolean
}

/** A line at the level of a rule; what it is moved to is saved by letting go, or by Enter. */
function Line({ rule, draft, chart, isEditable }: LineProps) {
  const box = useRef<HTMLDivElement>(null)
  /** Where it is moved to and not yet saved; undefined while it rests. */
  const moved = useSignal<number | undefined>(undefined)
  /** What was saved stands until the server tells it back. */
  const saved = useSignal<number | undefined>(undefined)
  const problem = useSignal('')
  const level = moved.value ?? saved.value ?? Number(draft.level)
  const wanted = useRef(level)
  wanted.current = level
  useEffect(() => {
    const line = box.current
    const handle = line?.querySelector<HTMLElement>('.price-alert-handle')
    if (line === null || handle === null || handle === undefined) return undefined
    return place({ line, handle, level: () => wanted.current })
  }, [])
  useEffect(() => {
    saved.value = undefined
  }, [draft.level])
  const save = (): void => {
    const to = moved.value
    moved.value = undefined
    if (to === undefined || to === Number(draft.level)) return
    saved.value = to
    problem.value = ''
    const definition = definitionOf({ ...draft, level: String(to), name: renamed(draft, to) }, [])
    changeJson('PUT', `/api/alerts/rules/${encodeURIComponent(rule.id)}`, definition).catch((error: unknown) => {
      saved.value = undefined
      problem.value = error instanceof Error ? error.message : String(error)
    })
  }
  return (
    <div class="price-alert" ref={box} data-alert={rule.id}>
      <Handle
        name={rule.name}
        draft={draft}
        level={level}
        moved={moved}
        problem={problem.value}
        chart={chart}
        isEditable={isEditable}
        onSave={save}
      />
    </div>
  )
}

interface HandleProps extends Omit<LineProps, 'rule'> {
  readonly name: string
  readonly level: number
  readonly moved: Signal<number | undefined>
  readonly problem: string
  readonly onSave: () => void
}

/** What is taken hold of, by a pointer or by keys. */
function Handle({ name, draft, level, moved, problem, chart, isEditable, onSave }: HandleProps) {
  const price = number(level, priceDecimals.value)
  const rest = (): void => {
    moved.value = undefined
  }
  const words = `${WORDS[draft.comparison] ?? ''} ${price}${moved.value === undefined ? '' : ', Enter saves'}`
  const help = `${name}: drag it, or arrow keys and Enter; double-click opens the rule`
  return (
    <span
      class="price-alert-handle"
      role="slider"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={`Level of ${name}`}
      aria-valuenow={level}
      aria-valuetext={words}
      aria-readonly={!isEditable}
      title={problem === '' ? help : problem}
      onDblClick={() => edit(draft)}
      onPointerDown={event => {
        if (!isEditable || event.button !== 0) return
        event.preventDefault()
        event.currentTarget.focus()
        event.currentTarget.setPointerCapture(event.pointerId)
        moved.value = level
      }}
      onPointerMove={event => {
        if (moved.value === undefined || !event.currentTarget.hasPointerCapture(event.pointerId)) return
        const to = chart()?.priceAt(event.clientY)
        if (to !== undefined) moved.value = onGrid(to)
      }}
      onPointerUp={onSave}
      onPointerCancel={rest}
      onBlur={rest}
      onKeyDown={event => {
        if (!isEditable || event.ctrlKey || event.metaKey || event.altKey) return
        const steps = STEPS.get(event.key)
        if (steps !== undefined) moved.value = onGrid(level + steps * tick.value)
        else if (event.key === 'Enter' && moved.value !== undefined) onSave()
        else if (event.key === 'Enter') edit(draft)
        else if (event.key === 'Escape' && moved.value !== undefined) rest()
        else return
        event.preventDefault()
        event.stopPropagation()
      }}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M3 12h10c-1.5-1.5-1.5-3-1.5-5a3.5 3.5 0 0 0-7 0c0 2 0 3.5-1.5 5zM6.7 14h2.6" />
      </svg>
      {MARKS[draft.comparison] ?? ''} {price}
      {problem !== '' && <span class="amber">not saved</span>}
    </span>
  )
}

/** The nearest price that the market has. */
function onGrid(price: number): number {
  const steps = Math.max(1, Math.round(price / tick.value))
  return Number((steps * tick.value).toFixed(priceDecimals.value))
}

/** A name that was made from the level follows it; one of somebody's own stays. */
function renamed({ name, level }: RuleDraft, to: number): string {
  return name.endsWith(` ${level}`) ? `${name.slice(0, -level.length)}${to}` : name
}
