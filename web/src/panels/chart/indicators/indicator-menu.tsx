import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { INDICATOR_KINDS } from './indicator-kinds.ts'
import type { IndicatorModel } from './indicator-model.ts'
import { addIndicator, changeIndicator, indicatorModels, MOST_INDICATORS, removeIndicator } from './indicator-models.ts'
import { type IndicatorSpec, specOf, titleOf } from './indicator-spec.ts'

export const isIndicatorsOpen = signal(false)

function close(): void {
  isIndicatorsOpen.value = false
}

/** Adds indicators to the chart, changes their options while they are seen, and takes them away. */
export function IndicatorMenu() {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    box.current?.querySelector('button')?.focus()
    const onPointer = (event: PointerEvent): void => {
      const { target } = event
      if (!(target instanceof Element) || target.closest('[data-opens="indicators"]') !== null) return
      if (box.current?.contains(target) === false) close()
    }
    // The click that opened the menu must not close it.
    const timer = setTimeout(() => document.addEventListener('pointerdown', onPointer), 0)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('pointerdown', onPointer)
    }
  }, [])
  const shown = indicatorModels.value
  return (
    <div
      class="menu indicator-menu"
      ref={box}
      role="dialog"
      aria-label="Indicators"
      onKeyDown={event => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        close()
      }}
    >
      <h3>Add</h3>
      <div class="chips wrap">
        {INDICATOR_KINDS.map(kind => (
          <button
            key={kind.id}
            type="button"
            class="chip-button"
            title={kind.meaning}
            disabled={shown.length >= MOST_INDICATORS}
            onClick={() => addIndicator(freshSpec(specOf(kind), shown))}
          >
            {kind.name}
          </button>
        ))}
      </div>
      {shown.length > 0 && <h3>On the chart</h3>}
      {shown.map(model => (
        <Shown key={model.spec.text} spec={model.spec} />
      ))}
      <p class="hint">
        Computed from the bars shown. The value of the open bar is drawn hollow: it can turn back until the close.
      </p>
    </div>
  )
}

/** The same indicator once more has a longer period, so that both can be told apart. */
function freshSpec(spec: IndicatorSpec, shown: readonly IndicatorModel[]): IndicatorSpec {
  let fresh = spec
  while (fresh.options.length > 0 && shown.some(model => model.spec.text === fresh.text)) {
    const options = fresh.options.map((value, index) => (index === 0 && spec.kind.id !== 'macd' ? value + 30 : value))
    if (options.join() === fresh.options.join()) break
    fresh = { ...fresh, options, text: [spec.kind.id, ...options].join(' ') }
  }
  return fresh
}

function Shown({ spec }: { readonly spec: IndicatorSpec }) {
  return (
    <div class="indicator-row">
      <b>{spec.kind.name}</b>
      {spec.kind.options.map((option, index) => (
        <label key={option.name}>
          <span>{option.name}</span>
          <input
            type="number"
            min={option.least}
            max={option.most}
            step={option.step}
            value={spec.options[index]}
            onChange={event => {
              const value = Number(event.currentTarget.value)
              changeIndicator(
                spec,
                spec.options.map((known, at) => (at === index ? value : known)),
              )
            }}
          />
        </label>
      ))}
      <button type="button" class="tool" aria-label={`Remove ${titleOf(spec)}`} onClick={() => removeIndicator(spec)}>
        ×
      </button>
    </div>
  )
}
