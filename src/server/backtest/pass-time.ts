import type { Alerts } from '../../alert/index.ts'
import type { Replay } from '../../replay/replay.ts'

/** Every channel of the recording moves the time of the rules: silence of one is seen by the noise of the others. */
export function passTime(replay: Replay, alerts: Alerts): Disposable {
  let second = 0
  const observations = replay.recording.channels.map(({ instrument, channel }) =>
    replay.observe({ instruments: [instrument], channels: [channel], levels: 1 }, ({ receiveTimeUs }) => {
      const now = Math.floor(receiveTimeUs / 1_000_000)
      if (now <= second) return
      second = now
      alerts.advance(receiveTimeUs)
    }),
  )
  return {
    [Symbol.dispose]: () => {
      for (const observation of observations) observation[Symbol.dispose]()
    },
  }
}
