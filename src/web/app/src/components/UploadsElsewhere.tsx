import { useEffect, useRef } from 'react'
import { Link, useLocation } from 'wouter'
import { isUnderWay, useUploads } from '../api/uploads.tsx'
import { useSay } from '../lib/say.ts'
import { strings } from '../strings/index.ts'
import styles from './UploadsElsewhere.module.css'
import { WaitingWords } from './WaitingWords.tsx'

/** The uploads on a page without the list: how far they are, and the way to where each can be stopped. */
export function UploadsElsewhere() {
  const { uploads, waiting } = useUploads()
  const [location] = useLocation()
  // The page of a session shows its own.
  const others = uploads.filter(({ id }) => location !== `/sessions/${id}`)
  const left = others.filter((one) => isUnderWay(one) || one.state === 'paused')
  const failed = uploads.filter(({ state }) => state === 'failed').length
  const current = left.find(({ state }) => state === 'sending') ?? left.find(isUnderWay) ?? left[0]
  const words = strings.upload
  useSayFailed(failed)
  if (current === undefined && failed === 0) return null
  return (
    <Link href="/" className={styles.uploads}>
      {current && (
        <>
          <span className={styles.files}>
            <span className={styles.name} dir="auto">{current.filename}</span>{' '}
            {left.length > 1 && <span>{words.more(left.length - 1)}</span>}
          </span>{' '}
          {waiting && isUnderWay(current) ? <WaitingWords of={waiting} /> : <span>{words.standing(current.state, current.share)}</span>}
        </>
      )}{' '}
      {failed > 0 && <span className={styles.failed}>{words.failedElsewhere(failed)}</span>}
    </Link>
  )
}

/** What failed before this page was opened was said in the list. */
function useSayFailed(failed: number) {
  const say = useSay()
  const said = useRef(failed)
  useEffect(() => {
    if (failed > said.current) say(strings.upload.failedElsewhere(failed))
    said.current = failed
  }, [failed, say])
}
