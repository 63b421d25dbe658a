import { existsSync } from 'node:fs'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/opt/google/chrome/chrome']

/** For the names of tests that are skipped without a browser. */
export const INSTALL = 'apt-get install chromium'

/**
 * Path of a Chromium, undefined where there is none.
 * @throws Error under CI=true, where a missing browser is a failure and never a skip
 */
export function findChromium(): string | undefined {
  const wanted = process.env['TICKWIRE_CHROMIUM']
  const found = [...(wanted === undefined ? [] : [wanted]), ...PLACES].find(path => existsSync(path))
  if (found === undefined && process.env['CI'] === 'true')
    throw new Error(`Chromium is needed under CI=true: ${INSTALL}`)
  return found
}

export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
