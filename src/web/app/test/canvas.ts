import { vi } from 'vitest'

/** Gives jsdom what a chart is drawn with: nothing is painted, and each box is 400 by 180 pixels. */
export function paintNothing() {
  const context = new Proxy({} as Record<string | symbol, unknown>, {
    get: (kept, name) => kept[name] ?? (name === 'measureText' ? (text: string) => ({ width: text.length * 7 }) : () => {}),
    set: (kept, name, value) => {
      kept[name] = value
      return true
    },
  })
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(context as unknown as GPUCanvasContext)
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(400)
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(180)
  class NoPath {
    moveTo() {}
    lineTo() {}
    rect() {}
    arc() {}
    addPath() {}
    closePath() {}
  }
  vi.stubGlobal('Path2D', NoPath)
  class NoResize {
    observe() {}
    disconnect() {}
  }
  vi.stubGlobal('ResizeObserver', NoResize)
  Element.prototype.scrollIntoView ??= () => {}
}
