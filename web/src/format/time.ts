/** 12:04:08 in UTC. */
export function clock(timeUs: number): string {
  return iso(timeUs).slice(11, 19)
}

/** 12:04:08.123 in UTC. */
export function clockMs(timeUs: number): string {
  return iso(timeUs).slice(11, 23)
}

/** Begin and end of an interval, as finely as its length asks for: 12:04:08–12:04:31, 12:04:08.1–12:04:08.7. */
export function span(fromUs: number, toUs: number): string {
  if (toUs - fromUs >= 10_000_000) return `${clock(fromUs)}–${clock(toUs)}`
  return `${iso(fromUs).slice(11, 21)}–${iso(toUs).slice(11, 21)}`
}

/** 2026-11-21 12:04 in UTC. */
export function dateTime(timeUs: number): string {
  return iso(timeUs).slice(0, 16).replace('T', ' ')
}

/** How long ago, in the unit a person would say: 0.8 s, 14 s, 3 min, 2 h. */
export function age(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.floor(seconds)} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** A countdown: 7:59:04, 4:05. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const [hours = 0, minutes = 0, rest = 0] = parts
  const tail = `${hours > 0 ? String(minutes).padStart(2, '0') : minutes}:${String(rest).padStart(2, '0')}`
  return hours > 0 ? `${hours}:${tail}` : tail
}

function iso(timeUs: number): string {
  const date = new Date(timeUs / 1000)
  return Number.isNaN(date.getTime()) ? '----------T--:--:--.---Z' : date.toISOString()
}
