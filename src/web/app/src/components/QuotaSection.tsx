import { useEffect } from 'react'
import { useMe } from '../api/account.ts'
import type { Quota } from '../api/types.ts'
import { peopleStrings } from '../strings/people.ts'
import { QuotaMeters } from './QuotaMeters.tsx'
import styles from './TokenSection.module.css'

/** What a person uses of what they may use, as of when the page was opened. */
export function QuotaSection({ quota }: { quota: Quota }) {
  const { refetch } = useMe()
  useEffect(() => void refetch(), [refetch])
  return (
    <section className={styles.section} aria-labelledby="quota">
      <div>
        <h2 id="quota">{peopleStrings.quota.title}</h2>
        <p className={styles.soft}>{peopleStrings.quota.what}</p>
      </div>
      <QuotaMeters quota={quota} />
    </section>
  )
}
