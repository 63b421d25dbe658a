/** A canvas in CSS pixels that follows the size of its box and the density of the screen. */
export class Surface {
  readonly canvas: HTMLCanvasElement
  readonly context: CanvasRenderingContext2D
  width = 0
  height = 0
  private readonly observer: ResizeObserver

  /** @throws Error when the browser has no 2D canvas */
  constructor(canvas: HTMLCanvasElement, onResize: () => void) {
    const context = canvas.getContext('2d', { alpha: false })
    if (context === null) throw new Error('This browser has no 2D canvas.')
    this.canvas = canvas
    this.context = context
    this.observer = new ResizeObserver(() => {
      this.fit()
      onResize()
    })
    const box = canvas.parentElement
    if (box !== null) this.observer.observe(box)
    this.fit()
  }

  dispose(): void {
    this.observer.disconnect()
  }

  private fit(): void {
    const box = this.canvas.parentElement
    if (box === null) return
    const density = window.devicePixelRatio
    this.width = box.clientWidth
    this.height = box.clientHeight
    this.canvas.width = Math.max(1, Math.round(this.width * density))
    this.canvas.height = Math.max(1, Math.round(this.height * density))
    this.canvas.style.width = `${this.width}px`
    this.canvas.style.height = `${this.height}px`
    this.context.setTransform(density, 0, 0, density, 0, 0)
  }
}
