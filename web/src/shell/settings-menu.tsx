import { useEffect, useRef } from 'preact/hooks'
import { COLOR_SETS, type ColorSet, colorSet, THEMES, theme } from '../state/settings.ts'

const COLOR_NAMES: Readonly<Record<ColorSet, string>> = {
  'green-red': 'Green / red',
  'blue-orange': 'Blue / orange',
  'red-green': 'Red up / green down',
  mono: 'Monochrome',
}

const KEYS = [
  ['any letter', 'symbol search'],
  ['any digit', 'interval'],
  ['F6 / Shift+F6', 'next / previous panel'],
  ['← →  ↑ ↓', 'chart: pan, zoom'],
  ['End, Alt+R', 'chart: live edge, reset scale'],
  ['[  ]', 'book grouping'],
  ['Alt+C', 'recentre the book'],
  ['Space', 'pause the tape'],
  ['Alt+I', 'chart: indicators'],
  ['Alt+A', 'alert at the crosshair or last price'],
  ['Alt+U', 'open interest: coins, quote'],
  ['Alt+1, 2, 3', 'market, account, signals'],
  ['Alt+Y', 'hide account amounts'],
  ['Alt+V', 'speak the market'],
] as const

/** Theme, colours, and the list of keys. */
export function SettingsMenu({ onClose }: { readonly onClose: () => void }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    box.current?.querySelector('button')?.focus()
    const onPointer = (event: PointerEvent): void => {
      if (event.target instanceof Node && box.current?.contains(event.target) === false) onClose()
    }
    // The click that opened the menu must not close it.
    const timer = setTimeout(() => document.addEventListener('pointerdown', onPointer), 0)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('pointerdown', onPointer)
    }
  }, [])
  return (
    <div
      class="menu"
      ref={box}
      role="dialog"
      aria-label="Settings"
      onKeyDown={event => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <h3>Theme</h3>
      <fieldset class="chips" aria-label="Theme">
        {THEMES.map(name => (
          <button
            key={name}
            type="button"
            class="chip-button"
            aria-pressed={theme.value === name}
            onClick={() => {
              theme.value = name
            }}
          >
            {name}
          </button>
        ))}
      </fieldset>
      <h3>Colours</h3>
      <fieldset class="chips wrap" aria-label="Colours">
        {COLOR_SETS.map(name => (
          <button
            key={name}
            type="button"
            class="chip-button"
            aria-pressed={colorSet.value === name}
            onClick={() => {
              colorSet.value = name
            }}
          >
            {COLOR_NAMES[name]}
          </button>
        ))}
      </fieldset>
      <h3>Keys</h3>
      <dl class="keys">
        {KEYS.map(([key, action]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{action}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
