import { effect, signal } from '@preact/signals'

const KEY = 'tickwire.settings.1'

export const THEMES = ['dark', 'light'] as const
export const COLOR_SETS = ['green-red', 'blue-orange', 'red-green', 'mono'] as const

export type Theme = (typeof THEMES)[number]
export type ColorSet = (typeof COLOR_SETS)[number]

function stored(): ReadonlyMap<string, unknown> {
  try {
    const json: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return new Map(typeof json === 'object' && json !== null ? Object.entries(json) : [])
  } catch {
    return new Map()
  }
}

function choice<T extends string>(value: unknown, allowed: readonly T[], fallback: T): T {
  return allowed.find(candidate => candidate === value) ?? fallback
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

const saved = stored()
const systemTheme = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'

export const theme = signal<Theme>(choice(saved.get('theme'), THEMES, systemTheme))
export const colorSet = signal<ColorSet>(choice(saved.get('colorSet'), COLOR_SETS, 'green-red'))
export const lastInstrument = signal(
  typeof saved.get('instrument') === 'string' ? String(saved.get('instrument')) : undefined,
)
export const lastInterval = signal(typeof saved.get('interval') === 'string' ? String(saved.get('interval')) : '1m')
/** Smallest value of a print on the tape, in quote currency. */
export const tapeMinimum = signal(typeof saved.get('tapeMinimum') === 'number' ? Number(saved.get('tapeMinimum')) : 0)
export const SCREENS = ['market', 'account', 'signals'] as const

export type Screen = (typeof SCREENS)[number]

export const screen = signal<Screen>(
  choice(new URLSearchParams(location.search).get('screen') ?? saved.get('screen'), SCREENS, 'market'),
)
export const hideAmounts = signal(saved.get('hideAmounts') === true)
/** Price steps per ladder row; 0 chooses. */
export const ladderGroup = signal(typeof saved.get('ladderGroup') === 'number' ? Number(saved.get('ladderGroup')) : 0)

/** Kinds of signals that the list leaves out. */
export const mutedSignals = signal<readonly string[]>(texts(saved.get('mutedSignals')))
/** Indicators on the chart, as `<id> <option> <option>…`, so that the address of a view stays readable. */
export const shownIndicators = signal<readonly string[]>(texts(saved.get('indicators')))

/** Open interest in coins, or in quote currency. */
export const isOiInQuote = signal(saved.get('oiInQuote') === true)
export const FUNDING_PLOTS = ['premium', 'settled'] as const

/** What the plot of the funding panel shows. */
export const fundingPlot = signal(choice(saved.get('fundingPlot'), FUNDING_PLOTS, 'premium'))

/** Alerts are heard; off until somebody wants it. */
export const isSoundOn = signal(saved.get('sound') === true)
/** Alerts are shown by the desktop; off until somebody permits it. */
export const isDesktopOn = signal(saved.get('desktop') === true)

/** Writes every change to the page and to the browser's store. */
export function keepSettings(): void {
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value
    document.documentElement.dataset['colors'] = colorSet.value
    document
      .querySelector('meta[name="theme-color"]')
      ?.setAttribute('content', theme.value === 'dark' ? '#0b0e13' : '#eef1f5')
  })
  effect(() => {
    const settings = {
      theme: theme.value,
      colorSet: colorSet.value,
      instrument: lastInstrument.value,
      interval: lastInterval.value,
      tapeMinimum: tapeMinimum.value,
      ladderGroup: ladderGroup.value,
      screen: screen.value,
      hideAmounts: hideAmounts.value,
      mutedSignals: mutedSignals.value,
      indicators: shownIndicators.value,
      oiInQuote: isOiInQuote.value,
      fundingPlot: fundingPlot.value,
      sound: isSoundOn.value,
      desktop: isDesktopOn.value,
    }
    try {
      localStorage.setItem(KEY, JSON.stringify(settings))
    } catch (error) {
      // A full or forbidden store costs the memory of the settings, nothing else.
      console.info('settings are not kept', error)
    }
  })
}
