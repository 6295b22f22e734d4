import { API } from '../api/http.ts'
import type { Player as PlayerState } from '../lib/usePlayer.ts'
import { strings } from '../strings/index.ts'
import { Button, ButtonLink } from './Button.tsx'
import styles from './Player.module.css'

/** The recording, by the browser's own player with its own keys; or in a sentence why it cannot be heard. */
export function Player({ id, player }: { id: string; player: PlayerState }) {
  const { audio, on, problem, retry } = player
  const src = `${API}/sessions/${id}/audio`
  return (
    <div className={styles.player}>
      {/* The words below are the captions. */}
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption */}
      <audio
        ref={audio}
        {...on}
        src={src}
        controls
        preload="metadata"
        aria-label={strings.player.label}
        className={styles.audio}
        hidden={problem !== undefined}
      />
      <div role="status" className={styles.problem}>
        {problem && <p>{strings.player.problems[problem]}</p>}
      </div>
      {problem === 'unplayable' && (
        <ButtonLink href={src} download>
          {strings.player.download}
        </ButtonLink>
      )}
      {problem !== undefined && problem !== 'gone' && <Button onClick={retry}>{strings.common.tryAgain}</Button>}
    </div>
  )
}
