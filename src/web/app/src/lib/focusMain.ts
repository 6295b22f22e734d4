/** Puts the keyboard at the start of the page's content: for a button that takes itself and all around it away. */
export function focusMain(): void {
  document.querySelector('main')?.focus({ preventScroll: true })
}
