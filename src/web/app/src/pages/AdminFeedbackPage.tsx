import { useSearch } from 'wouter/use-browser-location'
import { type Feedback, RANGES, type Range, csvOf, useAllFeedback } from '../api/allFeedback.ts'
import { sentenceOf } from '../api/http.ts'
import { Alert } from '../components/Alert.tsx'
import { Button, ButtonLink } from '../components/Button.tsx'
import { FeedbackAnswers } from '../components/FeedbackAnswers.tsx'
import { FeedbackByMode } from '../components/FeedbackByMode.tsx'
import { FeedbackOverTime } from '../components/FeedbackOverTime.tsx'
import { RangeLinks } from '../components/RangeLinks.tsx'
import { useKeptFocus } from '../lib/useKeptFocus.ts'
import { useTitle } from '../lib/useTitle.ts'
import { allFeedbackStrings as words } from '../strings/allFeedback.ts'
import { strings } from '../strings/index.ts'
import styles from './AdminFeedbackPage.module.css'

/** For admins: whether the page keeps people up to date, as they say. */
export function AdminFeedbackPage() {
  useTitle(words.title)
  const range = rangeIn(useSearch())
  const { data, error, isError, isPending, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useAllFeedback(range)
  const kept = useKeptFocus<HTMLElement>('h2')
  const newest = data?.pages[0]
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <div>
          <h1>{words.title}</h1>
          <p className={styles.soft}>{words.what}</p>
        </div>
        <RangeLinks label={words.range} ranges={RANGES} names={words.ranges} chosen={range} addressOf={(one) => `/admin/feedback?range=${one}`} />
      </div>
      {isError && <Alert onRetry={() => void refetch()}>{sentenceOf(error)}</Alert>}
      {isPending && <p className={styles.soft}>{strings.common.loading}</p>}
      {newest !== undefined && <Numbers of={newest} range={range} />}
      {newest !== undefined && newest.all.count > 0 && (
        <section {...kept} className={styles.section} aria-labelledby="answers">
          <h2 id="answers" tabIndex={-1}>
            {words.list.title}
          </h2>
          <FeedbackAnswers answers={data?.pages.flatMap(({ answers }) => answers) ?? []} />
          {hasNextPage && (
            <div>
              <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {isFetchingNextPage ? strings.common.loading : words.list.more}
              </Button>
            </div>
          )}
        </section>
      )}
    </div>
  )
}

function Numbers({ of, range }: { of: Feedback; range: Range }) {
  const { all, unanswered, by_mode, steps } = of
  return (
    <>
      <div className={styles.line}>
        <p>
          {all.mean === null ? words.none : <strong className={styles.mean}>{words.mean(all.mean)}</strong>}{' '}
          <span className={styles.soft}>
            {[all.mean !== null && words.answers(all.count), unanswered > 0 && words.unanswered(unanswered)].filter(Boolean).join(' · ')}
          </span>
        </p>
        {all.count + unanswered > 0 && (
          <ButtonLink href={csvOf(range)} download>
            {words.download}
          </ButtonLink>
        )}
      </div>
      {all.count > 0 && (
        <div className={styles.charts}>
          <FeedbackByMode modes={by_mode} />
          <FeedbackOverTime steps={steps} />
        </div>
      )}
    </>
  )
}

function rangeIn(query: string): Range {
  const asked = new URLSearchParams(query).get('range')
  return RANGES.find((one) => one === asked) ?? 'month'
}
