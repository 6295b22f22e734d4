import { type KeyboardEvent as ReactKeyboardEvent, type MouseEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { focusQuietly } from '../lib/focus.ts'
import buttons from './Button.module.css'
import styles from './Menu.module.css'

interface Props {
  /** What the button shows. */
  readonly label: ReactNode
  /** The button's name, where the label has no text. */
  readonly name?: string
  /** Buttons and links. One with `data-stays` leaves the menu open. */
  readonly children: ReactNode
}

/** A button that opens a list of actions below it. Escape, a click elsewhere and the choice of an action close it. */
export function Menu({ label, name, children }: Props) {
  const id = useId()
  const [open, setOpen] = useState(false)
  const menu = useRef<HTMLDivElement>(null)
  const toggle = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (!open) return
    const outside = ({ target }: Event) => {
      if (!(target instanceof Node) || !menu.current?.contains(target)) setOpen(false)
    }
    // Wherever the focus is: Safari gives none to a button that is clicked.
    const escape = ({ key }: KeyboardEvent) => {
      if (key !== 'Escape') return
      setOpen(false)
      focusQuietly(toggle.current)
    }
    document.addEventListener('pointerdown', outside)
    document.addEventListener('focusin', outside)
    document.addEventListener('keydown', escape)
    return () => {
      document.removeEventListener('pointerdown', outside)
      document.removeEventListener('focusin', outside)
      document.removeEventListener('keydown', escape)
    }
  }, [open])

  function onKeyDown(event: ReactKeyboardEvent) {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    event.preventDefault()
    setOpen(true)
    const items = [...(menu.current?.querySelectorAll<HTMLElement>('a, button') ?? [])].slice(1)
    const from = items.findIndex((item) => item === document.activeElement)
    const to = event.key === 'ArrowDown' ? from + 1 : from < 0 ? -1 : from - 1
    // What is hidden cannot be focused before it is shown.
    requestAnimationFrame(() => items.at(to % items.length)?.focus())
  }

  function onClick({ target }: MouseEvent) {
    const action = target instanceof Element ? target.closest('a, button') : null
    if (action === null || action.hasAttribute('data-stays')) return
    setOpen(false)
    // A dialog that an action opens gives the focus back to where it was.
    focusQuietly(toggle.current)
  }

  return (
    // The keys are those of its buttons, heard where they meet.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={menu} className={styles.menu} onKeyDown={onKeyDown}>
      <button
        ref={toggle}
        type="button"
        className={`${buttons.button} ${name === undefined ? styles.worded : styles.icon}`}
        aria-label={name}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {label}
      </button>
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions, jsx-a11y/click-events-have-key-events */}
      <div id={id} className={styles.items} hidden={!open} onClick={onClick}>
        {children}
      </div>
    </div>
  )
}

/** A heading over the actions that follow it. */
export function MenuHeading({ children }: { children: string }) {
  return <p className={styles.heading}>{children}</p>
}
