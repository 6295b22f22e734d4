import { strings } from '../strings/index.ts'
import { Icon } from './Icon.tsx'
import styles from './SearchField.module.css'

interface Props {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly onBlur: () => void
}

/** Narrows the list while one types. */
export function SearchField({ value, onChange, onBlur }: Props) {
  return (
    <div className={styles.search} role="search">
      <Icon name="search" />
      <input
        type="search"
        aria-label={strings.list.search}
        placeholder={strings.list.search}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        onBlur={onBlur}
        autoComplete="off"
        spellCheck={false}
      />
    </div>
  )
}
