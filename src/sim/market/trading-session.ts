/** Markets outside crypto whose contracts USD-M lists, by the event that tells of their hours. */
export const sessionEvents = [
  'EquityUpdate',
  'CommodityUpdate',
  'KR_EquityUpdate',
  'HK_EquityUpdate',
  'CN_EquityUpdate',
  'FXUpdate',
] as const
export type SessionEvent = (typeof sessionEvents)[number]

export interface Session {
  readonly name: string
  readonly startMs: number
  readonly endMs: number
}

const minuteMs = 60_000
const dayMinutes = 1440
const weekMinutes = 7 * dayMinutes
const weekMs = weekMinutes * minuteMs
/** Monday, 1970-01-05 00:00 UTC. */
const originMs = 4 * dayMinutes * minuteMs

type Hours = readonly (readonly [name: string, fromHour: number, untilHour: number])[]

/** Sessions of one weekday in hours of UTC, standard time of the exchange; 24 and more reaches into the next day. */
const days: Readonly<Record<SessionEvent, Hours>> = {
  EquityUpdate: [
    ['OVERNIGHT', 1, 9],
    ['PRE_MARKET', 9, 14.5],
    ['REGULAR', 14.5, 21],
    ['AFTER_MARKET', 21, 25],
  ],
  CommodityUpdate: [['REGULAR', -1, 22]],
  KR_EquityUpdate: [['REGULAR', 0, 6.5]],
  HK_EquityUpdate: [
    ['REGULAR', 1.5, 4],
    ['REGULAR', 5, 8],
  ],
  CN_EquityUpdate: [
    ['REGULAR', 1.5, 3.5],
    ['REGULAR', 5, 7],
  ],
  FXUpdate: [['REGULAR', -2, 22]],
}

/** The session that holds a moment; between sessions, and at the weekend, it is `NO_TRADING`. */
export function sessionAt(event: SessionEvent, nowMs: number): Session {
  const weekStartMs = Math.floor((nowMs - originMs) / weekMs) * weekMs + originMs
  let closedFromMs = weekStartMs - weekMs
  for (const [name, from, until] of week(event)) {
    const startMs = weekStartMs + from * minuteMs
    const endMs = weekStartMs + until * minuteMs
    if (nowMs < startMs) return { name: 'NO_TRADING', startMs: closedFromMs, endMs: startMs }
    if (nowMs < endMs) return { name, startMs, endMs }
    closedFromMs = endMs
  }
  return { name: 'NO_TRADING', startMs: closedFromMs, endMs: weekStartMs + weekMs }
}

/** Sessions in minutes since Monday, from those of the Friday before to those of the next Monday. */
function week(event: SessionEvent): readonly (readonly [name: string, from: number, until: number])[] {
  return [-3, 0, 1, 2, 3, 4, 7].flatMap(day =>
    days[event].map(
      ([name, from, until]) => [name, day * dayMinutes + from * 60, day * dayMinutes + until * 60] as const,
    ),
  )
}
