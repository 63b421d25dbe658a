import { effect } from '@preact/signals'
import { choosePanel } from '../../shell/screens.ts'
import { instrument } from '../../state/market.ts'
import { jumps, type ShownEpisode, shownEpisode } from '../chart/shown-episode.ts'
import { nameOf } from './signal-words.ts'
import { type Episode, marketOf, signalsModel } from './signals-model.ts'

/** Marks an episode on the chart of its market, and goes there. */
export function showOnChart(episode: Episode): void {
  const market = marketOf(episode.event)
  if (market !== '') instrument.value = market
  shownEpisode.value = shownOf(episode)
  choosePanel('chart')
  jumps.value++
}

/** The mark grows with its episode, and ends with it. */
effect(() => {
  const { episodes } = signalsModel
  const shown = shownEpisode.value
  const found = shown === undefined ? undefined : episodes.value.find(episode => episode.id === shown.id)
  if (shown === undefined || found === undefined) return
  const fresh = shownOf(found)
  if (fresh.endUs !== shown.endUs || fresh.headline !== shown.headline) shownEpisode.value = fresh
})

function shownOf({ id, event, startUs }: Episode): ShownEpisode {
  return {
    id,
    instrument: marketOf(event),
    name: nameOf(event.type),
    headline: event.headline,
    direction: event.direction,
    startUs,
    endUs: event.phase === 'end' ? event.timeUs : isMoment(event) ? event.timeUs : undefined,
  }
}

/** Some events have no length: a print begins and is over. */
function isMoment({ type }: Episode['event']): boolean {
  return type === 'flow.print'
}
