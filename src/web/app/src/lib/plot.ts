import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Chart, GoalPaint, Line, Look } from './charts.ts'
import type { Scale } from './scales.ts'

// Nothing of the page is imported but types: what several files need is cut out of the one that everybody reads at first.

/** What is drawn: the times of the steps, then the values of each line. */
export type Rows = [number[], ...(number | null)[][]]

/** A drawing in a box, which follows what is to be drawn without being made anew. */
export interface Plot {
  readonly update: (chart: Chart, rows: Rows) => void
  /** Points at a step, here and on all other plots; at none. */
  readonly point: (step: number | undefined) => void
  readonly end: () => void
}

export type DrawPlot = typeof plot

/** What has the colour of the element of this name in the box (`data-paint`). */
type Paint = Look | GoalPaint | 'text' | 'grid' | 'paper'

/** In CSS pixels: a line without a colour is told by its dash. */
const DASHES: Readonly<Record<Look, readonly number[]>> = { first: [], second: [7, 4], third: [2, 3], fourth: [9, 3, 2, 3] }
const GOAL_DASH = [3, 3]
const LINE_PX = 1.75
const POINT_PX = 5
/** Of a step: what is left is between two bars. */
const BAR_SHARE = 0.82
const WIDEST_BAR_PX = 36
const PATTERN_PX = 6
const AXIS_GAP_PX = 6
/** Half of the topmost number. */
const TOP_PX = 8
/** Between two ticks of time, in heights of the text. */
const TIME_SPACE_EM = 6
/** In seconds, for the axis of time: no step is shorter than a minute. */
const TIME_STEPS = [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200, 86_400, 172_800, 345_600, 604_800]
/** All charts of a page have the same steps: one cursor for all. */
const SYNC = 'health'
/** The colours of the theme, and whether the reader's own replace them. */
const SCHEMES = ['(prefers-color-scheme: dark)', '(forced-colors: active)']

/**
 * Draws a chart into a box that has a size, and keeps to it.
 *
 * @param onPoint - is called when somebody points at a step, or at none any more.
 */
export function plot(box: HTMLElement, first: Chart, rows: Rows, onPoint: (step: number | undefined) => void): Plot {
  let chart = first
  const paint = (name: Paint) => getComputedStyle(box.querySelector(`[data-paint=${name}]`) ?? box).color
  const style = getComputedStyle(box)
  const textPx = () => Math.round(Number.parseFloat(style.fontSize))
  const font = () => `${textPx()}px ${style.fontFamily}`
  const isStack = first.kind === 'stack'
  const order = isStack ? first.lines.toReversed() : first.lines
  const scaleOf = (key: string): Scale => (key === 'right' ? chart.right : undefined) ?? chart.left

  const u = new UPlot(
    {
      ...sizeOf(box),
      ms: 1,
      padding: [TOP_PX, first.right === undefined ? halfOfATime : 0, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: !isStack }, sync: { key: SYNC } },
      scales: {
        x: { time: true, range: () => ends(chart) },
        left: scale('left'),
        ...(first.right === undefined ? {} : { right: scale('right') }),
      },
      axes: [
        timeAxis(),
        valueAxis('left', 3),
        ...(first.right === undefined ? [] : [valueAxis('right', 1)]),
      ],
      series: [{}, ...order.map(series)],
      // Each part of a stack ends where the one below it begins.
      ...(isStack ? { bands: order.slice(1).map((_, line) => ({ series: [line + 1, line + 2] as [number, number] })) } : {}),
      hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)], drawAxes: [drawGoals] },
    },
    rows,
    box,
  )

  function scale(key: string): UPlot.Scale {
    return {
      auto: true,
      distr: scaleOf(key).isLogarithmic === true ? 3 : 1,
      range: (_, min, max) => {
        const goals = key === 'left' ? chart.goals.map(({ value }) => value) : []
        return [...scaleOf(key).ends(least(min, goals), most(max, goals))]
      },
    }
  }

  function axis(): UPlot.Axis {
    return {
      stroke: () => paint('text'),
      font: font(),
      gap: AXIS_GAP_PX,
      ticks: { show: false },
      grid: { stroke: () => paint('grid'), width: 1 },
    }
  }

  /** The last time may stand below the end of the axis. */
  function halfOfATime(self: UPlot) {
    return Math.ceil(widthOf(self, [chart.tick(ends(chart)[1])], font()) / 2)
  }

  function timeAxis(): UPlot.Axis {
    return {
      ...axis(),
      scale: 'x',
      space: () => TIME_SPACE_EM * textPx(),
      incrs: TIME_STEPS,
      size: () => 2 * textPx(),
      values: (_, ticks) => ticks.map((at) => chart.tick(at)),
      grid: { show: false },
    }
  }

  function valueAxis(key: string, side: UPlot.Axis.Side): UPlot.Axis {
    return {
      ...axis(),
      scale: key,
      side,
      splits: (_, __, from, to) => [...scaleOf(key).ticks(from, to)],
      filter: (_, ticks) => ticks,
      values: (_, ticks) => ticks.map((tick) => scaleOf(key).write(tick)),
      size: (self, values) => widthOf(self, values ?? [], font()) + AXIS_GAP_PX + 2,
      ...(key === 'right' ? { grid: { show: false } } : {}),
    }
  }

  function series({ look, isRight }: Line): UPlot.Series {
    const key = isRight === true ? 'right' : 'left'
    if (isStack) {
      const bars = UPlot.paths.bars?.({ size: [BAR_SHARE, WIDEST_BAR_PX] })
      return { scale: key, width: 0, fill: () => patternOf(look, paint(look), paint('paper')), points: { show: false }, ...(bars && { paths: bars }) }
    }
    return {
      scale: key,
      stroke: () => paint(look),
      width: LINE_PX,
      dash: [...DASHES[look]],
      points: { size: POINT_PX, fill: () => paint(look), filter: (self, line, show) => (show ? null : alone(self.data[line] ?? [])) },
    }
  }

  function drawGoals({ ctx, bbox, valToPos }: UPlot) {
    const ratio = devicePixelRatio
    ctx.save()
    ctx.lineWidth = ratio
    ctx.setLineDash(GOAL_DASH.map((px) => px * ratio))
    ctx.font = fontFor(ratio, font())
    ctx.textAlign = 'right'
    for (const { value, name, paint: colour } of chart.goals) {
      const y = Math.round(valToPos(value, 'left', true)) + 0.5
      ctx.strokeStyle = ctx.fillStyle = paint(colour)
      ctx.beginPath()
      ctx.moveTo(bbox.left, y)
      ctx.lineTo(bbox.left + bbox.width, y)
      ctx.stroke()
      // Above the line, unless that is outside.
      const isAbove = y - bbox.top > 2 * ratio * textPx()
      ctx.textBaseline = isAbove ? 'bottom' : 'top'
      ctx.fillText(name, bbox.left + bbox.width - 2 * ratio, y + (isAbove ? -2 : 3) * ratio)
    }
    ctx.restore()
  }

  const sizes = new ResizeObserver(() => u.setSize(sizeOf(box)))
  sizes.observe(box)
  const schemes = SCHEMES.map((query) => matchMedia(query))
  // With the paths: those of bars keep what they were filled with.
  const repaint = () => u.redraw()
  for (const scheme of schemes) scheme.addEventListener('change', repaint)

  return {
    update(next, changed) {
      chart = next
      u.setData(changed)
    },
    point(step) {
      const at = step === undefined ? undefined : u.data[0][step]
      const left = at === undefined ? -10 : u.valToPos(at, 'x')
      const move: (to: { left: number; top: number }, isReported: boolean, isShared: boolean) => void = u.setCursor
      move({ left, top: left < 0 ? -10 : 0 }, true, true)
    },
    end() {
      sizes.disconnect()
      for (const scheme of schemes) scheme.removeEventListener('change', repaint)
      u.destroy()
    },
  }
}

const sizeOf = ({ clientWidth, clientHeight }: HTMLElement) => ({ width: clientWidth, height: clientHeight })

function ends({ at, stepS }: Chart): [number, number] {
  const [from = 0, to = from] = [at[0], at.at(-1)]
  return [from, to + stepS]
}

const least = (a: number | null, more: readonly number[]) => (a === null && more.length === 0 ? null : Math.min(a ?? Infinity, ...more))
const most = (a: number | null, more: readonly number[]) => (a === null && more.length === 0 ? null : Math.max(a ?? -Infinity, ...more))

/** Values between two gaps, of which a line shows nothing. */
function alone(values: ArrayLike<number | null | undefined>): number[] | null {
  const isThere = (step: number) => typeof values[step] === 'number'
  const found = Array.from(values, (_, step) => step).filter((step) => isThere(step) && !isThere(step - 1) && !isThere(step + 1))
  return found.length === 0 ? null : found
}

/** A font in the pixels of the canvas. */
function fontFor(ratio: number, font: string): string {
  return font.replace(/^[\d.]+/, (px) => String(Number(px) * ratio))
}

function widthOf({ ctx }: UPlot, values: readonly string[], font: string): number {
  ctx.font = font
  return Math.ceil(Math.max(0, ...values.map((value) => ctx.measureText(value ?? '').width)))
}

/** Full, striped, dotted or empty: parts of a stack are told without their colours. */
function patternOf(look: Look, colour: string, paper: string): CanvasPattern | string {
  const ratio = devicePixelRatio
  const px = PATTERN_PX * ratio
  if (look === 'first') return colour
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = px
  const ctx = canvas.getContext('2d')
  if (ctx === null) return colour
  ctx.fillStyle = paper
  ctx.fillRect(0, 0, px, px)
  ctx.strokeStyle = ctx.fillStyle = colour
  ctx.lineWidth = 1.75 * ratio
  ctx.beginPath()
  if (look === 'second') {
    for (const shift of [-px, 0, px]) {
      ctx.moveTo(shift - px / 2, px * 1.5)
      ctx.lineTo(shift + px * 1.5, -px / 2)
    }
  } else if (look === 'third') {
    ctx.rect(0, 0, px, 1.75 * ratio)
    ctx.rect(0, px / 2, px, 1.75 * ratio)
    ctx.fill()
  } else {
    ctx.arc(px / 2, px / 2, ratio, 0, 2 * Math.PI)
    ctx.fill()
  }
  ctx.stroke()
  return ctx.createPattern(canvas, 'repeat') ?? colour
}
