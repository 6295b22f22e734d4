import { fireEvent, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { App } from '../src/App.tsx'
import { SignInPage } from '../src/pages/SignInPage.tsx'
import { press } from './page.ts'
import { ADA, service, show } from './service.tsx'

const field = (label: string) => screen.findByLabelText<HTMLInputElement>(label)
const fill = (input: HTMLInputElement, value: string) => fireEvent.change(input, { target: { value } })

function open(options: Parameters<typeof service>[0] = {}) {
  const server = service(options)
  show(<App />)
  return server
}

test('the email has the focus at once', async () => {
  open()
  const email = await field('Email')
  expect(document.activeElement).toBe(email)
})

test('the email has the focus after signing out', async () => {
  history.replaceState(null, '', '/account')
  open({ signedIn: true })
  press(await screen.findByRole('button', { name: 'Sign out' }))
  const email = await field('Email')
  expect(document.activeElement).toBe(email)
})

test('whoever has put the focus somewhere keeps it', () => {
  service()
  const elsewhere = document.body.appendChild(document.createElement('input'))
  elsewhere.focus()
  show(<SignInPage />)
  expect(document.activeElement).toBe(elsewhere)
  elsewhere.remove()
})

test('switching keeps the email and goes on at the password', async () => {
  open()
  fill(await field('Email'), ADA.email)
  press(screen.getByRole('button', { name: 'Create an account' }))
  const password = await field('Password')
  expect(document.activeElement).toBe(password)
  expect([(await field('Email')).value, password.autocomplete]).toEqual([ADA.email, 'new-password'])
})

test('switching begins at the email where it is empty', async () => {
  open()
  await field('Email')
  press(screen.getByRole('button', { name: 'Create an account' }))
  const email = await field('Email')
  expect(document.activeElement).toBe(email)
})

test('switching leaves the focus where all is filled in', async () => {
  open()
  fill(await field('Email'), ADA.email)
  fill(await field('Password'), 'a long secret')
  press(screen.getByRole('button', { name: 'Create an account' }))
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Sign in' }))
})
