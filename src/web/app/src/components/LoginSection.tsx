import { useState } from 'react'
import { useEndLogin, useLogins } from '../api/credentials.ts'
import { ApiError, sentenceOf } from '../api/http.ts'
import type { Login } from '../api/types.ts'
import { browserOf } from '../lib/browserOf.ts'
import { useSay } from '../lib/say.ts'
import { useKeptFocus } from '../lib/useKeptFocus.ts'
import { credentialStrings } from '../strings/credentials.ts'
import { formats } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import { ConfirmDialog } from './ConfirmDialog.tsx'
import styles from './TokenSection.module.css'

const words = credentialStrings.logins

/** Where this person is signed in, with a way to end each login but this browser's, or all of them. */
export function LoginSection() {
  const logins = useLogins()
  const endOthers = useEndLogin()
  const [asking, setAsking] = useState(false)
  const say = useSay()
  const kept = useKeptFocus<HTMLElement>('h2')
  const others = logins.data?.filter(({ current }) => !current).length ?? 0
  return (
    <section {...kept} className={styles.section} aria-labelledby="logins">
      <div>
        <h2 id="logins" tabIndex={-1}>{words.title}</h2>
        <p className={styles.soft}>{words.what}</p>
      </div>
      {logins.isError && <Alert onRetry={() => void logins.refetch()}>{sentenceOf(logins.error)}</Alert>}
      {logins.data && (
        <ul className={styles.list} aria-labelledby="logins">
          {logins.data.toSorted(currentFirst).map((login) => (
            <LoginRow key={login.id} login={login} />
          ))}
        </ul>
      )}
      {others > 0 && (
        <div className={styles.all}>
          <Button busy={endOthers.isPending} onClick={() => setAsking(true)}>
            {words.endOthers}
          </Button>
        </div>
      )}
      {endOthers.isError && <Alert>{sentenceOf(endOthers.error)}</Alert>}
      {asking && (
        <ConfirmDialog
          title={words.askEndOthers}
          action={words.endThem}
          onConfirm={() => endOthers.mutate(undefined, { onSuccess: () => say(words.othersEnded) })}
          onClose={() => setAsking(false)}
        >
          {words.afterEndOthers(others)}
        </ConfirmDialog>
      )}
    </section>
  )
}

function LoginRow({ login }: { login: Login }) {
  const say = useSay()
  const end = useEndLogin()
  const [browser, when] = [nameOf(login.user_agent), formats.moment(login.created_at)]
  return (
    <li className={styles.row}>
      <div className={styles.token}>
        <p>
          {browser} {login.current && <span className={styles.mark}>{words.here}</span>}
        </p>
        <p className={styles.soft}>
          {words.signedIn(when, login.address)} · {words.lastUsed(formats.moment(login.last_used_at))}
        </p>
        {end.isError && !hasEnded(end.error) && <Alert>{sentenceOf(end.error)}</Alert>}
      </div>
      {!login.current && (
        <Button
          busy={end.isPending}
          // Not as an option of this call: the row is gone by then, and would not hear of it.
          onClick={() => void end.mutateAsync(login.id).then(() => say(words.ended(browser)), () => {})}
          aria-label={words.endOf(browser, when)}
        >
          {words.end}
        </Button>
      )}
    </li>
  )
}

function currentFirst(one: Login, other: Login): number {
  return Number(other.current) - Number(one.current)
}

/** Whether it was ended somewhere else meanwhile, which is what was wanted. */
function hasEnded(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'login_not_found'
}

function nameOf(userAgent: string | null): string {
  if (userAgent === null) return words.unknown
  const { browser, system } = browserOf(userAgent)
  return system === undefined ? browser : words.browserOn(browser, system)
}
