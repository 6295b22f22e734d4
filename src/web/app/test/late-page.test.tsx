import { act, render, screen } from '@testing-library/react'
import { Suspense } from 'react'
import { expect, test } from 'vitest'
import { latePage } from '../src/lib/latePage.tsx'

const Greeting = ({ name }: { name: string }) => <p>Hello {name}</p>

test('a page that is there already is shown at once, without a word about loading', async () => {
  const [Page, soon] = latePage(() => Promise.resolve(Greeting))
  await soon()
  render(
    <Suspense fallback="Loading…">
      <Page name="Ada" />
    </Suspense>,
  )
  expect(screen.getByText('Hello Ada')).toBeTruthy()
})

test('one that is not is awaited, and does not begin anew when it is shown again', async () => {
  const [Page] = latePage(() => Promise.resolve(Greeting))
  const shown = (name: string) => (
    <Suspense fallback="Loading…">
      <Page name={name} />
    </Suspense>
  )
  const { rerender } = render(shown('Ada'))
  expect(screen.getByText('Loading…')).toBeTruthy()
  const greeting = await screen.findByText('Hello Ada')
  await act(async () => rerender(shown('Eve')))
  expect(screen.getByText('Hello Eve')).toBe(greeting)
})
