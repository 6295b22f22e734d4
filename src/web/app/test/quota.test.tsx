import { screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { App } from '../src/App.tsx'
import { ADA, service, show } from './service.tsx'

test('the account page shows what is used and allowed, read anew', async () => {
  history.replaceState(null, '', '/account')
  const server = service({ signedIn: true })
  show(<App />)
  const stored = await screen.findByRole('meter', { name: 'Stored recordings' })
  expect(stored.getAttribute('aria-valuetext')).toBe('21\u00A0GB of 50\u00A0GB')
  expect(stored.getAttribute('aria-valuenow')).toBe('21000000000')
  expect(screen.getByRole('meter', { name: /Hours/ }).getAttribute('aria-valuetext')).toBe('1.3 of 24')
  expect(server.asked.filter(({ path }) => path === '/me')).toHaveLength(2)
})

test('a part without a limit has no meter', async () => {
  history.replaceState(null, '', '/account')
  service({ signedIn: true, me: { ...ADA, quota: { ...ADA.quota, running: { used: 2, allowed: 1 } } } })
  show(<App />)
  expect(await screen.findByText('3, no limit')).toBeTruthy()
  expect(screen.queryByRole('meter', { name: 'Files waiting' })).toBeNull()
  expect(screen.getByRole('meter', { name: 'Files being transcribed' }).hasAttribute('data-full')).toBe(true)
})
