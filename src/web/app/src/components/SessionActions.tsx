import { isFinal } from '@playhead/live'
import type { Segment } from '@playhead/session-status'
import { useLocation } from 'wouter'
import type { LiveSession } from '../api/liveSessions.ts'
import { isAgain, isWhole } from '../lib/again.ts'
import { copiedText } from '../lib/copiedText.ts'
import { isGone } from '../lib/recording.ts'
import { canRetry } from '../lib/stages.ts'
import { FIRST_BUTTON, useKeptFocus } from '../lib/useKeptFocus.ts'
import { useSessionActions } from '../lib/useSessionActions.ts'
import type { useUpload } from '../lib/useUpload.ts'
import { againStrings } from '../strings/again.ts'
import { strings } from '../strings/index.ts'
import { useAgain } from './Again.tsx'
import { AskFirst } from './AskFirst.tsx'
import { Button } from './Button.tsx'
import { CopyButton } from './CopyButton.tsx'
import { DownloadLinks } from './DownloadLinks.tsx'
import { Icon } from './Icon.tsx'
import { Menu, MenuHeading } from './Menu.tsx'
import { UploadDeed } from './UploadDeed.tsx'
import styles from './SessionActions.module.css'

interface Props extends LiveSession {
  readonly segments: readonly Segment[]
  /** Whether the words can be read while they come, or only at the end. */
  readonly asHeard: boolean
  /** What is still to come of it, if that is its recording. */
  readonly upload: ReturnType<typeof useUpload> | undefined
}

/** What can be done with a session as it is: the likeliest action first, the rest in menus. */
export function SessionActions({ session, status, segments, asHeard, upload }: Props) {
  const [, navigate] = useLocation()
  const actions = useSessionActions({ session, status }, () => navigate('/'))
  const { act, ask, pending, canceling } = actions
  const kept = useKeptFocus<HTMLDivElement>(FIRST_BUTTON)
  const words = strings.session
  const again = useAgain()
  const over = isFinal(status)
  const whole = isWhole(status)
  const gone = isGone(session)
  const retryable = canRetry(status) && !gone
  const hasWords = status.segments > 0 && (whole || asHeard)
  const copy = (
    <CopyButton
      data-stays
      look={over && !retryable ? 'primary' : 'plain'}
      // A part must not pass as the whole.
      disabled={segments.length === 0 || (whole && segments.length < status.segments)}
      text={() => copiedText(segments)}
    >
      {whole ? strings.copy.text : words.copySoFar}
    </CopyButton>
  )
  const links = <DownloadLinks session={session} hasWords={hasWords} />

  return (
    <>
      <div {...kept} className={styles.actions}>
        {retryable && (
          <Button look="primary" busy={pending === 'retry'} onClick={() => act('retry')}>
            {strings.common.tryAgain}
          </Button>
        )}
        {upload && <UploadDeed of={upload} filename={session.filename} />}
        {!over && upload === undefined && (
          <Button busy={canceling} onClick={() => ask('cancel')}>
            {canceling ? words.canceling : strings.common.cancel}
          </Button>
        )}
        {over && !retryable && hasWords && copy}
        {over && (hasWords || !gone) && (
          <Menu
            label={
              <>
                <Icon name="download" />
                <span className={styles.word}>{words.download}</span>
              </>
            }
          >
            {retryable && hasWords && copy}
            {links}
          </Menu>
        )}
        <Menu name={words.more} label={<Icon name="more" />}>
          {!over && hasWords && (
            <>
              {copy}
              <MenuHeading>{whole ? words.download : words.downloadSoFar}</MenuHeading>
            </>
          )}
          {!over && upload === undefined && links}
          {again && <Button onClick={() => again()}>{againStrings.ask}</Button>}
          <Button data-final look="danger" busy={pending === 'delete'} onClick={() => ask('delete')}>
            {upload === undefined ? strings.common.delete : strings.upload.stop}
          </Button>
        </Menu>
      </div>
      <AskFirst of={actions} filename={session.filename} isAgain={isAgain(status)} isUpload={upload !== undefined} />
    </>
  )
}
