import { act, fireEvent, render, screen } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import { CopyButton } from '../src/components/CopyButton.tsx'

let selected = ''

/** A page that is not secure has no clipboard, and a command that copies what is selected. */
function withoutClipboard(allowed: boolean) {
  vi.stubGlobal('navigator', {})
  document.execCommand = () => {
    const area = document.activeElement
    selected = area instanceof HTMLTextAreaElement ? area.value.slice(area.selectionStart, area.selectionEnd) : ''
    return allowed
  }
}

beforeEach(() => void vi.useFakeTimers())

async function click() {
  render(<CopyButton text={() => 'some words'}>Copy</CopyButton>)
  const button = screen.getByRole('button', { name: 'Copy' })
  button.focus()
  fireEvent.click(button)
  await act(() => vi.advanceTimersByTimeAsync(0))
  return button
}

test('text is copied on a page that is not secure as well, and the focus stays', async () => {
  withoutClipboard(true)
  const button = await click()
  expect(selected).toBe('some words')
  expect(button.textContent).toBe('Copied')
  expect(screen.getByRole('status').textContent).toBe('Copied')
  expect(document.activeElement).toBe(button)
  expect(document.querySelector('textarea')).toBeNull()
  await act(() => vi.advanceTimersByTimeAsync(3_000))
  expect(button.textContent).toBe('Copy')
})

test('a browser that does not allow it is not said to have copied', async () => {
  withoutClipboard(false)
  const button = await click()
  expect(button.textContent).toBe('Cannot copy here')
})
