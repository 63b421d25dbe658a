import { number } from '../../../format/number.ts'
import { nowMs } from '../../../state/link.ts'
import { indicatorDecimals } from './indicator-decimals.ts'
import { isIndicatorsOpen } from './indicator-menu.tsx'
import type { IndicatorModel } from './indicator-model.ts'
import { indicatorModels, removeIndicator } from './indicator-models.ts'
import { titleOf } from './indicator-spec.ts'

export interface IndicatorLegendProps {
  readonly colorsOf: (model: IndicatorModel) => readonly string[]
  /** Index of the bar under the cursor; undefined shows the newest. */
  readonly hovered: number | undefined
}

/** What is on the chart, with its values: those of the open bar are marked as provisional. */
export function IndicatorLegend({ colorsOf, hovered }: IndicatorLegendProps) {
  const models = indicatorModels.value
  // Four times a second is as fast as a legend can be read.
  if (models.length === 0 || nowMs.value === 0) return null
  return (
    <div class="indicators" data-testid="indicators">
      {models.map(model => (
        <Entry key={model.spec.text} model={model} colors={colorsOf(model)} hovered={hovered} />
      ))}
    </div>
  )
}

interface EntryProps {
  readonly model: IndicatorModel
  readonly colors: readonly string[]
  readonly hovered: number | undefined
}

function Entry({ model, colors, hovered }: EntryProps) {
  const { spec } = model
  const isOpen = hovered === undefined || hovered >= model.values.length
  const figures = isOpen ? model.newest() : (model.values[hovered] ?? [])
  const decimals = indicatorDecimals(spec.kind)
  const isProvisional = isOpen && model.provisional !== undefined
  const isKnown = figures.some(figure => figure !== undefined)
  return (
    <div class="indicator">
      <button
        type="button"
        class="link"
        title={`${spec.kind.meaning}; options: Alt+I`}
        onClick={() => {
          isIndicatorsOpen.value = true
        }}
      >
        {titleOf(spec)}
      </button>
      {isKnown ? (
        figures.map((figure, index) => (
          <span key={spec.kind.lines[index]?.name ?? index} title={spec.kind.lines[index]?.name}>
            <i class="swatch" style={{ background: colors[index] ?? 'currentColor' }} aria-hidden="true" />
            {figure === undefined ? '–' : number(figure, decimals)}
          </span>
        ))
      ) : (
        <span class="muted" title="Fewer candles than the definition needs">
          warming
        </span>
      )}
      {isProvisional && isKnown && (
        <span class="muted" title="Of the open bar: it can turn back until the close">
          ○<span class="visually-hidden"> provisional</span>
        </span>
      )}
      {isKnown && !model.isConverged && (
        <span class="muted" title="Depends on where the bars begin: more history would change it">
          not converged
        </span>
      )}
      <button
        type="button"
        class="tool"
        aria-label={`Remove ${titleOf(spec)}`}
        title="Remove"
        onClick={() => removeIndicator(spec)}
      >
        ×
      </button>
    </div>
  )
}
