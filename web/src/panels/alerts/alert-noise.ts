import { effect, signal } from '@preact/signals'
import type { AlertFireRow } from '../../../../src/server/alert-protocol.ts'
import { isDesktopOn, isSoundOn } from '../../state/settings.ts'

const LOCK = 'tickwire.alert-sound'
/** Hertz, by how bad it is: the worse, the higher and the more often. */
const TONES = { info: [660], warn: [660, 880], critical: [880, 1170, 880] } as const
const TONE_S = 0.14
const LOUDNESS = 0.18
const ANNOUNCED_MS = 15_000

/** For those who listen to the page rather than look at it. */
export const announced = signal('')
/** Why alerts are not heard or shown although they are switched on; empty when they are. */
export const noiseProblem = signal('')

let audio: AudioContext | undefined
let isLoudTab = false

/** Browsers play nothing before a gesture: the click that switches the sound on is one. */
export function toggleSound(): void {
  isSoundOn.value = !isSoundOn.value
  if (isSoundOn.value) play('info')
}

/** Permission is asked for when somebody wants it, never before. */
export function toggleDesktop(): void {
  if (isDesktopOn.value) {
    isDesktopOn.value = false
    return
  }
  if (!('Notification' in window)) {
    noiseProblem.value = 'This browser has no desktop notifications.'
    return
  }
  Notification.requestPermission()
    .then(permission => {
      isDesktopOn.value = permission === 'granted'
      noiseProblem.value = permission === 'granted' ? '' : 'The browser does not permit desktop notifications.'
    })
    .catch((error: unknown) => {
      noiseProblem.value = String(error)
    })
}

/** Says a fire by every way that the rule and the reader want. */
export function announce(fire: AlertFireRow): void {
  announced.value = `Alert, ${fire.severity}: ${fire.message}`
  setTimeout(() => {
    if (announced.value.endsWith(fire.message)) announced.value = ''
  }, ANNOUNCED_MS)
  if (!isLoudTab) return
  if (isSoundOn.value && fire.notify.includes('sound')) play(fire.severity)
  if (isDesktopOn.value && fire.notify.includes('desktop')) show(fire)
}

/** Of several tabs one makes the noise: it holds a lock for as long as it lives. */
export function claimNoise(): void {
  effect(() => {
    const isWanted = isSoundOn.value || isDesktopOn.value
    if (!isWanted || isLoudTab) return
    navigator.locks
      .request(LOCK, () => {
        isLoudTab = true
        return new Promise<void>(() => undefined)
      })
      .catch((error: unknown) => console.info('no lock for alerts', error))
  })
}

function show(fire: AlertFireRow): void {
  if (Notification.permission !== 'granted') {
    noiseProblem.value = 'The browser does not permit desktop notifications.'
    return
  }
  // The tag lets a repetition take the place of the one before.
  const note = new Notification(fire.name, { body: fire.message, tag: fire.rule })
  note.onclick = () => window.focus()
}

function play(severity: AlertFireRow['severity']): void {
  audio ??= new AudioContext()
  const { destination, currentTime, state } = audio
  if (state === 'suspended') {
    audio.resume().catch((error: unknown) => console.info('no sound', error))
    noiseProblem.value = 'Click anywhere: the browser plays no sound before that.'
    document.addEventListener(
      'pointerdown',
      () => {
        noiseProblem.value = ''
        audio?.resume().catch((error: unknown) => console.info('no sound', error))
      },
      { once: true },
    )
  }
  for (const [index, frequency] of TONES[severity].entries()) {
    const from = currentTime + index * TONE_S
    const tone = audio.createOscillator()
    const volume = audio.createGain()
    tone.frequency.value = frequency
    volume.gain.setValueAtTime(LOUDNESS, from)
    volume.gain.exponentialRampToValueAtTime(0.001, from + TONE_S)
    tone.connect(volume).connect(destination)
    tone.start(from)
    tone.stop(from + TONE_S)
  }
}
