import type { CSSProperties } from 'react'
import type { Quota, QuotaPart } from '../api/types.ts'
import { peopleStrings } from '../strings/people.ts'
import styles from './QuotaMeters.module.css'

const PARTS = ['bytes', 'hours_today', 'queued', 'running'] as const

/** Each part of a quota, with a meter where there is a limit. */
export function QuotaMeters({ quota }: { quota: Quota }) {
  return (
    <dl className={styles.parts}>
      {PARTS.map((name) => {
        const part = quota[name]
        return part && <Part key={name} name={name} {...part} />
      })}
    </dl>
  )
}

function Part({ name, used, allowed }: QuotaPart & { name: (typeof PARTS)[number] }) {
  const { parts, amounts, of, noLimit } = peopleStrings.quota
  const amount = amounts[name]
  const words = allowed === null ? noLimit(amount(used)) : of(amount(used), amount(allowed))
  return (
    <div className={styles.part}>
      <dt>{parts[name]}</dt>
      <dd>
        {words}
        {allowed !== null && (
          <span
            className={styles.meter}
            style={{ '--used': Math.min(1, used / allowed) } as CSSProperties}
            data-full={used >= allowed || undefined}
            role="meter"
            aria-label={parts[name]}
            aria-valuemin={0}
            aria-valuemax={allowed}
            aria-valuenow={Math.min(used, allowed)}
            aria-valuetext={words}
          />
        )}
      </dd>
    </div>
  )
}
