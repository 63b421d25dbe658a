import { INTERVALS, interval } from '../state/market.ts'

/** Intervals of the chart: in the header on a desktop, above the chart on a telephone. */
export function IntervalChips({ place }: { readonly place: 'header' | 'chart' }) {
  return (
    <fieldset class={`chips ${place}-chips`} aria-label="Interval">
      {INTERVALS.map(name => (
        <button
          key={name}
          type="button"
          class="chip-button"
          aria-pressed={interval.value === name}
          onClick={() => {
            interval.value = name
          }}
        >
          {name}
        </button>
      ))}
    </fieldset>
  )
}
