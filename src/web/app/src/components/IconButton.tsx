import type { ComponentProps, ReactNode } from 'react'
import { FIRST_BUTTON, useKeptFocus } from '../lib/useKeptFocus.ts'
import { PlainButton } from './Button.tsx'
import { Icon } from './Icon.tsx'
import styles from './IconButton.module.css'

interface Props extends Omit<ComponentProps<typeof PlainButton>, 'children'> {
  readonly icon: ComponentProps<typeof Icon>['name']
  /** What it does, and to what: it is one of many alike. */
  readonly label: string
}

/** A button with a drawing in place of words. */
export function IconButton({ icon, label, ...props }: Props) {
  return (
    <PlainButton {...props} aria-label={label} className={styles.button}>
      <Icon name={icon} />
    </PlainButton>
  )
}

/** Those of a row. Where the first takes the place of another, it takes its focus as well. */
export function IconButtons({ children }: { children: ReactNode }) {
  return (
    <div {...useKeptFocus<HTMLDivElement>(FIRST_BUTTON)} className={styles.buttons}>
      {children}
    </div>
  )
}
