import { useEffect, useRef } from 'react'
import { Link } from 'wouter'
import { type Health, RANGES, useHealth } from '../api/health.ts'
import { sentenceOf } from '../api/http.ts'
import { Alert } from '../components/Alert.tsx'
import { AlertsOpen } from '../components/AlertsOpen.tsx'
import { AlertsPast } from '../components/AlertsPast.tsx'
import { Chart } from '../components/Chart.tsx'
import { HealthChecks, leadTo } from '../components/HealthChecks.tsx'
import { HealthNow } from '../components/HealthNow.tsx'
import { HealthSkeleton } from '../components/HealthSkeleton.tsx'
import { HealthVerdict } from '../components/HealthVerdict.tsx'
import { RangeLinks } from '../components/RangeLinks.tsx'
import { CHARTS, OVERVIEW } from '../lib/charts.ts'
import { isIdle, verdictOf } from '../lib/checks.ts'
import { useSay } from '../lib/say.ts'
import { useHealthAddress } from '../lib/useHealthAddress.ts'
import { useTitle } from '../lib/useTitle.ts'
import { healthStrings as words } from '../strings/health.ts'
import styles from './AdminHealthPage.module.css'

/** For admins: whether people are well, and where not, why. */
export function AdminHealthPage() {
  useTitle(words.title)
  const { range, check, open, addressOf } = useHealthAddress()
  const { data, error, isError, isPending, isPlaceholderData, dataUpdatedAt, refetch } = useHealth(range)
  useSayChange(data)
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <div>
          <h1>{words.title}</h1>
          <p className={styles.soft}>{words.what}</p>
        </div>
        <RangeLinks label={words.range} ranges={RANGES} names={words.ranges} chosen={range} addressOf={addressOf} />
      </div>
      <AlertsOpen />
      {isError && data === undefined && <Alert onRetry={() => void refetch()}>{sentenceOf(error)}</Alert>}
      {isPending && <HealthSkeleton />}
      {data !== undefined && (
        <div className={styles.page} aria-busy={isPlaceholderData}>
          <HealthVerdict
            health={data}
            reading={{ updatedAt: dataUpdatedAt, trouble: isError ? sentenceOf(error) : undefined, onRetry: () => void refetch() }}
            onOpen={(id) => {
              open(id)
              leadTo(id)
            }}
          />
          <HealthNow now={data.now} />
          <HealthChecks health={data} chosen={check} onChoose={open} />
          <Overview health={data} />
        </div>
      )}
      <AlertsPast />
    </div>
  )
}

/** A few charts of the whole; all others belong to a check. */
function Overview({ health }: { health: Health }) {
  return (
    <section className={styles.section} aria-labelledby="over-time">
      <h2 id="over-time">{words.charts.title}</h2>
      {isIdle(health) ? (
        <div className={styles.empty}>
          <p className={styles.emptyTitle}>{words.empty.title(words.inRange[health.range])}</p>
          <p className={styles.soft}>
            {words.empty.what} {words.empty.try} <Link href="/">{words.empty.upload}</Link>
          </p>
        </div>
      ) : (
        <div className={styles.charts}>
          {OVERVIEW.map((id) => (
            <Chart key={id} chart={CHARTS[id](health)} />
          ))}
        </div>
      )}
    </section>
  )
}

/** Says that the state has become another one while somebody listens, and not at first. */
function useSayChange(health: Health | undefined) {
  const say = useSay()
  const before = useRef<string>(undefined)
  const key = health && `${health.range} ${health.state}`
  const sentence = health && verdictOf(health).sentence
  useEffect(() => {
    if (key === undefined || sentence === undefined) return
    const [range] = key.split(' ')
    if (before.current !== key && before.current?.startsWith(`${range} `) === true) say(words.changed(sentence))
    before.current = key
  }, [key, sentence, say])
}
