import { type Chart, lastStep, stepName, valueOf } from '../lib/charts.ts'
import { healthStrings } from '../strings/health.ts'
import styles from './Chart.module.css'

const words = healthStrings.charts

/** What each line is, and its value where somebody points, or the latest. The chart is read out by its cursor. */
export function ChartLegend({ chart, step }: { chart: Chart; step: number | undefined }) {
  const shown = step ?? lastStep(chart)
  return (
    <div className={styles.legend} aria-hidden="true">
      <ul>
        {chart.lines.map((line) => (
          <li key={line.name}>
            <Swatch kind={chart.kind} look={line.look} />
            {line.name} <b>{valueOf(line, shown)}</b>
          </li>
        ))}
      </ul>
      <p>{step === undefined ? words.latest : stepName(chart, step)}</p>
    </div>
  )
}

/** The line or the part of a stack, as it is drawn. */
function Swatch({ kind, look }: Pick<Chart, 'kind'> & Pick<Chart['lines'][number], 'look'>) {
  return <span className={styles.swatch} data-kind={kind} data-paint={look} />
}
