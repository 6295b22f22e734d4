import { Link } from 'wouter'
import type { Check, Health } from '../api/health.ts'
import { CHARTS } from '../lib/charts.ts'
import { explained, type LinkName, nameOf } from '../lib/checks.ts'
import { healthStrings } from '../strings/health.ts'
import { Chart } from './Chart.tsx'
import styles from './HealthCheck.module.css'
import { HealthQuantiles } from './HealthQuantiles.tsx'
import { HealthShares } from './HealthShares.tsx'

const words = healthStrings.checks
const PLACES: Readonly<Record<LinkName, string | undefined>> = {
  paths: '/admin/paths',
  person: '/admin#transport',
  feedback: '/admin/feedback',
  ready: '/readyz',
  flags: undefined,
}

/** Why a check is as it is: its charts, the parts that it consists of, and where one acts. */
export function HealthCheck({ id, check, health }: { id: string; check: Check; health: Health }) {
  const { charts, shares, quantiles, links } = explained(check)
  const counted = words.counted[check.id]
  return (
    <section id={id} className={styles.check} aria-label={nameOf(check)}>
      <p className={styles.why}>
        {words.why[check.id]} {counted && words.of(counted(check.count))}
      </p>
      {charts.length > 0 && (
        <div className={styles.parts}>
          {charts.map((chart) => (
            <Chart key={chart} chart={CHARTS[chart](health)} />
          ))}
        </div>
      )}
      {(shares.length > 0 || quantiles.length > 0) && (
        <div className={styles.parts}>
          {quantiles.length > 0 && <HealthQuantiles names={quantiles} totals={health.totals} />}
          {shares.map((name) => (
            <HealthShares key={name} name={name} shares={health.shares} />
          ))}
        </div>
      )}
      {links.length > 0 && (
        <ul className={styles.links}>
          {links.map((link) => (
            <li key={link}>
              <Act link={link} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Act({ link }: { link: LinkName }) {
  const [place, name] = [PLACES[link], words.links[link]]
  if (place === undefined) return name
  // What the server answers itself is no page of this app.
  return place.startsWith('/admin') ? <Link href={place}>{name}</Link> : <a href={place}>{name}</a>
}
