import { type KeyboardEvent, type RefObject, useEffect, useEffectEvent, useId, useRef, useState } from 'react'
import type { State } from '../api/health.ts'
import { type Chart as ChartData, drawn, GOAL_PAINTS, isEmpty, lastStep, LOOKS, stepInWords, summaryOf } from '../lib/charts.ts'
import type { DrawPlot, Plot } from '../lib/plot.ts'
import { healthStrings } from '../strings/health.ts'
import { Button } from './Button.tsx'
import styles from './Chart.module.css'
import { ChartLegend } from './ChartLegend.tsx'
import { ChartTable } from './ChartTable.tsx'
import { StateMark } from './StateMark.tsx'

const words = healthStrings.charts
/** Page Up and Page Down. */
const FAR = 10
/** What is painted in the colour that its style has (`lib/plot.ts`). */
const PAINTS = [...LOOKS, ...GOAL_PAINTS, 'text', 'grid', 'paper'] as const

/** A chart: its heading, with a mark where it is judged, what its lines are, and its drawing or the same numbers as a table. */
export function Chart({ chart, state }: { chart: ChartData; state?: State }) {
  const id = useId()
  const [isTable, setIsTable] = useState(false)
  const [step, setStep] = useState<number>()
  const [isBroken, setIsBroken] = useState(false)
  return (
    <section className={styles.chart} aria-labelledby={`${id}title`}>
      <div className={styles.head}>
        <h3 id={`${id}title`}>
          {state !== undefined && <StateMark state={state} />} {chart.title}
        </h3>
        <Button aria-pressed={isTable} aria-label={words.tableOf(chart.title)} onClick={() => setIsTable(!isTable)}>
          {words.table}
        </Button>
      </div>
      {chart.note !== undefined && <p className={styles.note}>{chart.note}</p>}
      <p id={`${id}summary`} className="visually-hidden">
        {summaryOf(chart)}
      </p>
      {isTable || isBroken ? (
        <>
          {isBroken && <p className={styles.note}>{words.broken}</p>}
          <ChartTable chart={chart} />
        </>
      ) : (
        <>
          <ChartLegend chart={chart} step={step} />
          <Drawing chart={chart} describedBy={`${id}summary`} step={step} onStep={setStep} onBroken={() => setIsBroken(true)} />
        </>
      )}
    </section>
  )
}

interface DrawingProps {
  readonly chart: ChartData
  readonly describedBy: string
  readonly step: number | undefined
  readonly onStep: (step: number | undefined) => void
  readonly onBroken: () => void
}

/** The drawing, with a cursor for a pointer and for the keyboard: to assistive technology it is a slider over the steps. */
function Drawing({ chart, describedBy, step, onStep, onBroken }: DrawingProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = usePlot(box, chart, onStep, onBroken)
  const last = chart.at.length - 1
  const here = Math.min(step ?? lastStep(chart), Math.max(0, last))

  function go(to: number | undefined) {
    onStep(to)
    plot.current?.point(to)
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const to = { ArrowLeft: here - 1, ArrowDown: here - 1, ArrowRight: here + 1, ArrowUp: here + 1, PageUp: here + FAR, PageDown: here - FAR, Home: 0, End: last }[event.key]
    if (event.key === 'Escape') {
      event.currentTarget.blur()
    } else if (to !== undefined) {
      event.preventDefault()
      go(Math.max(0, Math.min(last, to)))
    }
  }

  return (
    <div
      role="slider"
      tabIndex={0}
      className={styles.drawing}
      aria-label={words.cursorOf(chart.title)}
      aria-describedby={describedBy}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, last)}
      aria-valuenow={here}
      aria-valuetext={stepInWords(chart, here)}
      onKeyDown={onKeyDown}
      onBlur={() => go(undefined)}
    >
      <div ref={box} className={styles.box}>
        {PAINTS.map((paint) => (
          <i key={paint} data-paint={paint} hidden />
        ))}
      </div>
      {isEmpty(chart) && <p className={styles.empty}>{chart.empty ?? words.empty}</p>}
    </div>
  )
}

/** Draws into the box once the code for it is there, and again what changes. */
function usePlot(box: RefObject<HTMLElement | null>, chart: ChartData, onStep: (step: number | undefined) => void, onBroken: () => void) {
  const plot = useRef<Plot>(null)
  const begin = useEffectEvent((draw: DrawPlot) => {
    if (box.current !== null) plot.current = draw(box.current, chart, drawn(chart), onStep)
  })
  const giveUp = useEffectEvent(onBroken)
  useEffect(() => {
    let isHere = true
    import('../lib/plot.ts').then(({ plot: draw }) => isHere && begin(draw)).catch(() => isHere && giveUp())
    return () => {
      isHere = false
      plot.current?.end()
      plot.current = null
    }
  }, [])
  useEffect(() => plot.current?.update(chart, drawn(chart)), [chart])
  return plot
}
