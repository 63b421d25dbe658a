export interface PlotPoint {
  readonly x: number
  readonly y: number
  /** Bounds of what is uncertain about it. */
  readonly low?: number | undefined
  readonly high?: number | undefined
}

export interface PlotSeries {
  readonly name: string
  /** Which of the two colours. */
  readonly role: 'main' | 'second'
  /** A line with a band, or dots with whiskers. */
  readonly form: 'line' | 'dots'
  readonly points: readonly PlotPoint[]
}

export interface Plot {
  readonly title: string
  /** What can be read from it, for whoever cannot see it. */
  readonly caption: string
  readonly unit: string
  readonly xName: string
  /** Names at places of the x axis; it is divided evenly where there are none. */
  readonly xTicks: readonly { readonly x: number; readonly name: string }[]
  readonly series: readonly PlotSeries[]
}
