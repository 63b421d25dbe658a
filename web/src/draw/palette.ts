import { computed } from '@preact/signals'
import { colorSet, theme } from '../state/settings.ts'

export interface Palette {
  readonly panel: string
  readonly raised: string
  readonly line: string
  readonly text: string
  readonly muted: string
  readonly up: string
  readonly down: string
  readonly upFill: string
  readonly downFill: string
  readonly upSoft: string
  readonly downSoft: string
  readonly amber: string
  readonly accent: string
  readonly cursor: string
  /** Lines that are neither up nor down; none of them is amber. */
  readonly lines: readonly string[]
  readonly numbers: string
  readonly words: string
}

/** The theme's colours for canvases, read from the style sheet, so that they are written down once. */
export const palette = computed<Palette>(() => {
  // The signals are read so that a change of theme is followed.
  document.documentElement.dataset['theme'] = theme.value
  document.documentElement.dataset['colors'] = colorSet.value
  const style = getComputedStyle(document.documentElement)
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return {
    panel: read('panel'),
    raised: read('raised'),
    line: read('line'),
    text: read('text'),
    muted: read('muted'),
    up: read('up'),
    down: read('down'),
    upFill: read('up-fill'),
    downFill: read('down-fill'),
    upSoft: read('up-soft'),
    downSoft: read('down-soft'),
    amber: read('amber'),
    accent: read('accent'),
    cursor: read('cursor'),
    lines: ['line-1', 'line-2', 'line-3', 'line-4', 'line-5'].map(read),
    numbers: read('numbers'),
    words: read('words'),
  }
})

export const reducedMotion: boolean = matchMedia('(prefers-reduced-motion: reduce)').matches
