import { isOverPage } from '../panels/alerts/editing.ts'
import { alertAtCrosshair } from '../panels/chart/chart-panel.tsx'
import { isIndicatorsOpen } from '../panels/chart/indicators/indicator-menu.tsx'
import { changeGroup } from '../panels/ladder/ladder-panel.tsx'
import { toggleTape } from '../panels/tape/tape-panel.tsx'
import { hideAmounts, isOiInQuote, screen } from '../state/settings.ts'
import { quickBox } from './quick-box.tsx'
import { speak } from './speech.ts'

/** Keys of the whole page; none acts while somebody types or composes. */
export function listenToKeys(): void {
  document.addEventListener('keydown', event => {
    if (event.defaultPrevented || event.isComposing || isTyping(event.target)) return
    if (quickBox.value !== undefined || isOverPage()) return
    if (event.key === 'F6') {
      event.preventDefault()
      nextPanel(event.shiftKey ? -1 : 1)
      return
    }
    if (event.altKey && !event.ctrlKey && !event.metaKey && account(event.key.toLowerCase())) {
      event.preventDefault()
      return
    }
    if (event.altKey && event.key.toLowerCase() === 'v') {
      event.preventDefault()
      speak()
      return
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === ' ' && !isControl(event.target)) {
      event.preventDefault()
      toggleTape()
    } else if (event.key === '[' || event.key === ']') changeGroup(event.key === '[' ? -1 : 1)
    else if (/^\p{L}$/u.test(event.key)) open(event, 'symbol')
    else if (/^[0-9]$/.test(event.key)) open(event, 'interval')
  })
}

/** Keys of the account, the screens and the indicators. @returns whether it was one of them */
function account(key: string): boolean {
  if (key === 'y') hideAmounts.value = !hideAmounts.value
  else if (key === '1') screen.value = 'market'
  else if (key === '2') screen.value = 'account'
  else if (key === '3') screen.value = 'signals'
  else if (key === 'i') isIndicatorsOpen.value = !isIndicatorsOpen.value
  else if (key === 'a') alertAtCrosshair()
  else if (key === 'u') isOiInQuote.value = !isOiInQuote.value
  else return false
  return true
}

function open(event: KeyboardEvent, kind: 'symbol' | 'interval'): void {
  event.preventDefault()
  quickBox.value = { kind, text: event.key }
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement
  )
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement
}

/** Moves the focus to the content of the next panel. */
function nextPanel(by: 1 | -1): void {
  const panels = [...document.querySelectorAll<HTMLElement>('.panel')].filter(panel => panel.offsetParent !== null)
  const current = panels.findIndex(panel => panel.contains(document.activeElement))
  const next = panels[(current + by + panels.length) % panels.length]
  const target = next?.querySelector<HTMLElement>('.panel-body [tabindex="0"]') ?? next
  target?.focus()
}
