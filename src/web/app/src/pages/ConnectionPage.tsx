import { useEffect } from 'react'
import { sentenceOf } from '../api/http.ts'
import { Button } from '../components/Button.tsx'
import { CodeText } from '../components/CodeText.tsx'
import { ConnectionChecks } from '../components/ConnectionChecks.tsx'
import { ConnectionFindings } from '../components/ConnectionFindings.tsx'
import { ConnectionResult } from '../components/ConnectionResult.tsx'
import { CopyButton } from '../components/CopyButton.tsx'
import { checksOf } from '../lib/connectionChecks.ts'
import { reportOf } from '../lib/connectionReport.ts'
import { useSay } from '../lib/say.ts'
import { useConnectionTest } from '../lib/useConnectionTest.ts'
import { useTitle } from '../lib/useTitle.ts'
import { connectionTestStrings as words } from '../strings/connectionTest.ts'
import styles from './ConnectionPage.module.css'

/** Tests how requests and streams reach this browser, and says what is wrong on the way. */
export function ConnectionPage({ isAdmin }: { isAdmin: boolean }) {
  useTitle(words.title)
  const { progress, tested, error, isRunning, again } = useConnectionTest()
  const verdict = tested?.verdict
  const checks = checksOf(progress, verdict?.findings)
  const done = checks.filter(({ value }) => value !== undefined).length
  // Without what to change there, the sentence of the result is enough.
  const found = verdict?.findings.filter(({ sentence }) => isAdmin || sentence !== verdict.sentence) ?? []
  const say = useSay()
  useEffect(() => {
    if (isRunning) say(words.running)
    if (error !== null) say(`${words.failed} ${sentenceOf(error)}`)
    if (verdict !== undefined) say(verdict.sentence)
  }, [isRunning, error, verdict, say])
  return (
    <div className={styles.page}>
      <div>
        <h1>{words.title}</h1>
        <p className={styles.soft}>{words.what}</p>
      </div>
      <ConnectionResult tested={tested} error={error} isAdmin={isAdmin} detail={words.runningDetail(done, checks.length)}>
        <Button busy={isRunning} onClick={again}>
          {words.again}
        </Button>
        {tested && <CopyButton text={() => reportOf(tested)}>{words.copy}</CopyButton>}
      </ConnectionResult>
      {verdict && verdict.untested.length > 0 && (
        <p className={styles.soft}>
          {words.untested}: {verdict.untested.join(' ')} <CodeText>{words.commandLine(progress.measured.url)}</CodeText>
        </p>
      )}
      <ConnectionFindings findings={found} withCulprits={isAdmin} />
      <ConnectionChecks checks={checks} isRunning={isRunning} />
    </div>
  )
}
