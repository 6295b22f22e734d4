import styles from './Mark.module.css'

/** The playhead over its waveform: played behind it, still to come before it. */
export function Mark({ size = 1.75 }: { /** In rem: it grows with the text. */ size?: number }) {
  return (
    <svg className={styles.mark} width={`${size}rem`} height={`${size}rem`} viewBox="0 0 32 32" aria-hidden="true">
      <g className={styles.played}>
        <rect x="2" y="13" width="3" height="8" rx="1.5" />
        <rect x="7" y="8" width="3" height="18" rx="1.5" />
        <rect x="12" y="11" width="3" height="12" rx="1.5" />
      </g>
      <path className={styles.head} d="M15.5 2h7l-2.25 4v24h-2.5V6z" />
      <g className={styles.ahead}>
        <rect x="23" y="10" width="3" height="14" rx="1.5" />
        <rect x="28" y="14" width="3" height="6" rx="1.5" />
      </g>
    </svg>
  )
}
