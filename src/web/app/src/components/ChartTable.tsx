import { useId } from 'react'
import { type Chart, stepName, valueOf } from '../lib/charts.ts'
import { healthStrings } from '../strings/health.ts'
import styles from './Chart.module.css'

const words = healthStrings.charts

/** The numbers of a chart, the newest first. It scrolls by itself, with the keyboard too. */
export function ChartTable({ chart }: { chart: Chart }) {
  const id = useId()
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- What scrolls is reached by the keyboard.
    <div className={styles.scroller} role="region" aria-labelledby={id} tabIndex={0}>
      <table className={styles.table}>
        <caption id={id} className="visually-hidden">
          {words.tableOf(chart.title)}
        </caption>
        <thead>
          <tr>
            <th scope="col">{words.time}</th>
            {chart.lines.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {chart.at
            .map((at, step) => (
              <tr key={at}>
                <th scope="row">{stepName(chart, step)}</th>
                {chart.lines.map((line) => (
                  <td key={line.name}>{valueOf(line, step)}</td>
                ))}
              </tr>
            ))
            .toReversed()}
        </tbody>
      </table>
    </div>
  )
}
