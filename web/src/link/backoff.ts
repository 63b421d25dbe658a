const STEPS_MS = [500, 1000, 2000, 4000, 8000, 15_000]

/** Wait before attempt number `attempt` (0 is the first retry), milliseconds; jitter of ±20 %. */
export function retryDelay(attempt: number, random: () => number): number {
  const base = STEPS_MS[Math.min(attempt, STEPS_MS.length - 1)] ?? 15_000
  return Math.round(Math.min(15_000, base * (0.8 + random() * 0.4)))
}
