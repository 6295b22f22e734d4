import { type FocusEvent, useLayoutEffect, useRef } from 'react'
import { focusQuietly } from './focus.ts'

/** One that stands before the others, or alone. What is final comes last, and is not where anybody should be led to. */
export const FIRST_BUTTON = 'button:not([data-final])'

/** The first control of the player, where the keyboard goes on when a button above it goes: the player is always in sight. */
export const PLAYER = 'audio ~ * button, audio ~ :is(a, button)'

/**
 * For a part of the page whose buttons come and go: where the one that has the focus goes, the first match of
 * `selector` in the same part takes it, or else what the row leads to, or the content: the keyboard is not thrown back
 * to the top of the page (WCAG 2.4.3). Spread the result on the element, in the component that renders what goes.
 *
 * @param movedTo - finds what takes the focus first: where what is gone is shown elsewhere now.
 */
export function useKeptFocus<T extends HTMLElement>(selector: string, movedTo?: (gone: Element) => HTMLElement | undefined) {
  const ref = useRef<T>(null)
  const held = useRef<Element>(null)
  useLayoutEffect(() => {
    const [part, active] = [ref.current, document.activeElement]
    const gone = held.current
    if (gone?.isConnected === false && active === document.body) {
      const next = movedTo?.(gone) ?? part?.querySelector<HTMLElement>(selector) ?? part?.closest('li')?.querySelector('a')
      focusQuietly(next ?? document.querySelector('main'))
    }
    // Also what a closing dialog gave the focus back to: no event tells of that.
    if (!isInDialog(document.activeElement)) held.current = part?.contains(document.activeElement) === true ? document.activeElement : null
  })
  const onFocus = ({ target }: FocusEvent) => {
    held.current = target
  }
  const onBlur = ({ relatedTarget }: FocusEvent) => {
    if (!isInDialog(relatedTarget)) held.current = null
  }
  return { ref, onFocus, onBlur }
}

/** A dialog only borrows the focus. */
function isInDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('dialog') !== null
}
