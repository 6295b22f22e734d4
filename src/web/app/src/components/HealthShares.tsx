import type { CSSProperties } from 'react'
import type { Shares } from '../api/health.ts'
import { percent } from '../lib/quantities.ts'
import { partsOf } from '../lib/shares.ts'
import { healthStrings } from '../strings/health.ts'
import styles from './HealthShares.module.css'

const words = healthStrings.shares

/** What a whole consists of, the largest part first. */
export function HealthShares({ name, shares }: { name: keyof Shares; shares: Shares }) {
  const parts = partsOf(name, shares)
  if (parts.length === 0) {
    return (
      <div className={styles.shares}>
        <h3>{words.titles[name]}</h3>
        <p>{words.none}</p>
      </div>
    )
  }
  return (
    <table className={styles.shares}>
      <caption>{words.titles[name]}</caption>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">{words.columns[name]}</th>
          <th scope="col">{words.number}</th>
          <th scope="col">{words.share}</th>
        </tr>
      </thead>
      <tbody>
        {parts.map(({ key, name: label, size, share }) => (
          <tr key={key} style={{ '--share': share } as CSSProperties}>
            <th scope="row">{label}</th>
            <td>{size}</td>
            <td>{percent(share)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
