import type { CSSProperties } from 'react'
import { API } from '../api/http.ts'
import { useKeptFocus } from '../lib/useKeptFocus.ts'
import type { Player as PlayerState } from '../lib/usePlayer.ts'
import { formats, strings } from '../strings/index.ts'
import { playerStrings } from '../strings/player.ts'
import { Button, ButtonLink } from './Button.tsx'
import { Icon } from './Icon.tsx'
import styles from './Player.module.css'

/** From what is hard to follow to what one only looks through. */
const RATES = [0.75, 1, 1.25, 1.5, 1.75, 2, 2.5] as const

interface Props {
  readonly id: string
  readonly player: PlayerState
  /** In seconds, as the service knows it: a browser that has not loaded the recording knows nothing, or 0. */
  readonly duration: number | null
}

/** The recording, to be heard; or in a sentence why it cannot be. */
export function Player({ id, player, duration }: Props) {
  const { audio, on, problem, retry } = player
  const kept = useKeptFocus<HTMLDivElement>('button, a')
  const src = `${API}/sessions/${id}/audio`
  return (
    <div {...kept} className={styles.player} role="group" aria-label={playerStrings.label}>
      {/* The words below are the captions. */}
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption */}
      {problem !== 'gone' && <audio ref={audio} {...on} src={src} preload="metadata" />}
      {problem === undefined && <Controls player={player} duration={duration ?? player.duration ?? 0} />}
      <div role="status" className={styles.problem}>
        {problem && <p>{playerStrings.problems[problem]}</p>}
      </div>
      {problem === 'unplayable' && (
        <ButtonLink href={src} download>
          {playerStrings.download}
        </ButtonLink>
      )}
      {problem !== undefined && problem !== 'gone' && <Button onClick={retry}>{strings.common.tryAgain}</Button>}
    </div>
  )
}

/** Our own, as those of the browsers are grey in every theme and differ in what they can. */
function Controls({ player, duration }: { player: PlayerState; duration: number }) {
  const { playing, position = 0, rate, toggle, seek, setRate } = player
  const words = playerStrings
  const [now, end] = [formats.clock(position), formats.clock(duration)]
  const at = duration > 0 ? Math.min(1, position / duration) : 0
  return (
    <div className={styles.controls}>
      <button type="button" className={styles.play} aria-label={playing ? words.pause : words.play} onClick={toggle}>
        <Icon name={playing ? 'pause' : 'play'} />
      </button>
      <span className={styles.time} aria-hidden="true">
        {now}
      </span>
      <input
        type="range"
        className={styles.seek}
        style={{ '--at': at } as CSSProperties}
        aria-label={words.place}
        aria-valuetext={words.placeOf(now, end)}
        min={0}
        max={duration}
        step="any"
        value={position}
        onChange={({ currentTarget }) => seek(currentTarget.valueAsNumber)}
      />
      <span className={styles.time} aria-hidden="true">
        {end}
      </span>
      <select
        className={styles.rate}
        aria-label={words.rate}
        value={rate}
        onChange={({ currentTarget }) => setRate(Number(currentTarget.value))}
      >
        {RATES.map((one) => (
          <option key={one} value={one}>
            {words.rateOf(one)}
          </option>
        ))}
      </select>
    </div>
  )
}
