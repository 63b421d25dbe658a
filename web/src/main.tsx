import './format/locale.ts'
import './style/theme.css'
import './style/overlays.css'
import './style/shell.css'
import './style/panels.css'
import './style/content.css'
import './style/account.css'
import './style/signals.css'
import './style/rules.css'
import { effect } from '@preact/signals'
import { render } from 'preact'
import { frames } from './draw/frame-loop.ts'
import { exposeMetrics } from './metrics.ts'
import { claimNoise } from './panels/alerts/alert-noise.ts'
import { App } from './shell/app.tsx'
import { listenToKeys } from './shell/keys.ts'
import { keepTitle } from './shell/title.ts'
import { startClient } from './state/client.ts'
import { isHidden } from './state/link.ts'
import { keepAddress } from './state/market.ts'
import { keepSettings } from './state/settings.ts'

const root = document.getElementById('app')
if (root === null) throw new Error('The page has no #app.')

keepSettings()
keepAddress()
root.replaceChildren()
render(<App />, root)
startClient()
keepTitle()
listenToKeys()
exposeMetrics()
claimNoise()
effect(() => {
  if (isHidden.value) frames.stop()
  else frames.start()
})
