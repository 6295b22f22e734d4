/** Nothing is scrolled: who clicked looks where they clicked. */
export function focusQuietly(element: HTMLElement | null): void {
  element?.focus({ preventScroll: true })
}

/** Puts the keyboard at the start of the page's content: for a button that takes itself and all around it away. */
export function focusMain(): void {
  focusQuietly(document.querySelector('main'))
}
