import { FIRST_BUTTON } from './useKeptFocus.ts'

/**
 * Where the focus belongs when a row has moved to another group of the list: the same link or button of the row there, or the
 * one that took its place.
 *
 * @param gone - what had the focus in the row that was removed.
 */
export function movedRow(gone: Element): HTMLElement | undefined {
  const id = gone.closest<HTMLElement>('[data-session]')?.dataset['session']
  if (id === undefined) return undefined
  const row = [...document.querySelectorAll<HTMLElement>('[data-session]')].find(({ dataset }) => dataset['session'] === id)
  if (row === undefined) return undefined
  const link = row.querySelector('a') ?? undefined
  if (gone.matches('a')) return link
  const label = gone.getAttribute('aria-label')
  const buttons = [...row.querySelectorAll('button')]
  return buttons.find((button) => button.getAttribute('aria-label') === label) ?? row.querySelector<HTMLElement>(FIRST_BUTTON) ?? link
}
