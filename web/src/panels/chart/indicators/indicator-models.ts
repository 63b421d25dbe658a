import { computed, type ReadonlySignal } from '@preact/signals'
import { shownIndicators } from '../../../state/settings.ts'
import { IndicatorModel } from './indicator-model.ts'
import { type IndicatorSpec, readSpec } from './indicator-spec.ts'

/** More panes than this leave none of them readable. */
export const MOST_INDICATORS = 8

/** Made anew when the choice changes; what stays keeps what it has computed. */
export const indicatorModels: ReadonlySignal<readonly IndicatorModel[]> = computed(() => {
  const before = models
  const specs = shownIndicators.value.flatMap(text => readSpec(text) ?? [])
  models = unique(specs)
    .slice(0, MOST_INDICATORS)
    .map(spec => before.find(model => model.spec.text === spec.text) ?? new IndicatorModel(spec))
  return models
})

let models: readonly IndicatorModel[] = []

function unique(specs: readonly IndicatorSpec[]): readonly IndicatorSpec[] {
  return specs.filter((spec, index) => specs.findIndex(other => other.text === spec.text) === index)
}

/** Adds an indicator, or says that there is no room. */
export function addIndicator(spec: IndicatorSpec): void {
  if (models.length < MOST_INDICATORS) shownIndicators.value = [...models.map(model => model.spec.text), spec.text]
}

export function removeIndicator(spec: IndicatorSpec): void {
  shownIndicators.value = models.map(model => model.spec.text).filter(text => text !== spec.text)
}

export function changeIndicator(spec: IndicatorSpec, options: readonly number[]): void {
  const changed = readSpec([spec.kind.id, ...options].join(' '))
  if (changed === undefined) return
  shownIndicators.value = models.map(model => (model.spec.text === spec.text ? changed.text : model.spec.text))
}
