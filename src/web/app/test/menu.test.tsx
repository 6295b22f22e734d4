import { act, fireEvent, render, screen } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { Menu } from '../src/components/Menu.tsx'
import { press } from './page.ts'

const act1 = vi.fn()

function show() {
  render(
    <>
      <Menu name="More" label="…">
        <button type="button" onClick={act1}>
          First
        </button>
        <button type="button" data-stays>
          Second
        </button>
      </Menu>
      <button type="button">Elsewhere</button>
    </>,
  )
  return screen.getByRole('button', { name: 'More' })
}

const isOpen = () => screen.queryByRole('button', { name: 'First' }) !== null
const frame = () => act(() => new Promise((resolve) => requestAnimationFrame(resolve)))

test('its button opens and closes it', () => {
  const button = show()
  expect(isOpen()).toBe(false)
  press(button)
  expect([isOpen(), button.ariaExpanded]).toEqual([true, 'true'])
  press(button)
  expect([isOpen(), button.ariaExpanded]).toEqual([false, 'false'])
})

test('an action closes it and leaves the focus on its button, unless it stays', () => {
  const button = show()
  press(button)
  press(screen.getByRole('button', { name: 'Second' }))
  expect(isOpen()).toBe(true)
  press(screen.getByRole('button', { name: 'First' }))
  expect(act1).toHaveBeenCalledOnce()
  expect(isOpen()).toBe(false)
  expect(document.activeElement).toBe(button)
})

test('Escape closes it and leaves the focus on its button', () => {
  const button = show()
  press(button)
  screen.getByRole('button', { name: 'First' }).focus()
  fireEvent.keyDown(screen.getByRole('button', { name: 'First' }), { key: 'Escape' })
  expect(isOpen()).toBe(false)
  expect(document.activeElement).toBe(button)
})

test('Escape closes it where its button has no focus, as after a click in Safari', () => {
  const button = show()
  fireEvent.click(button)
  fireEvent.keyDown(document.body, { key: 'Escape' })
  expect(isOpen()).toBe(false)
  expect(document.activeElement).toBe(button)
})

test.each(['pointerDown', 'focusIn'] as const)('%s elsewhere closes it', (event) => {
  press(show())
  fireEvent[event](screen.getByRole('button', { name: 'Elsewhere' }))
  expect(isOpen()).toBe(false)
})

test('arrows open it and lead from action to action', async () => {
  const button = show()
  button.focus()
  const names: (string | null | undefined)[] = []
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp']) {
    fireEvent.keyDown(document.activeElement ?? button, { key })
    await frame()
    names.push(document.activeElement?.textContent)
  }
  expect(names).toEqual(['First', 'Second', 'First', 'Second'])
})
