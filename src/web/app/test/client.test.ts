import { expect, test } from 'vitest'
import { createQueryClient } from '../src/api/client.ts'
import { ApiError } from '../src/api/http.ts'

const refused = (code: string) => new ApiError(401, code, '')

test('a login that is lost leaves nothing of one person for the next', async () => {
  const client = createQueryClient()
  client.setQueryData(['me'], { id: 'ada' })
  client.setQueryData(['sessions'], ['a secret'])
  const asking = client.fetchQuery({ queryKey: ['tokens'], queryFn: () => Promise.reject(refused('not_signed_in')) })
  await expect(asking).rejects.toThrow()
  expect(client.getQueryData(['me'])).toBeNull()
  expect(client.getQueryData(['sessions'])).toBeUndefined()
})

test('a wrong password is not the end of a login', async () => {
  const client = createQueryClient()
  client.setQueryData(['me'], { id: 'ada' })
  const asking = client.fetchQuery({ queryKey: ['x'], queryFn: () => Promise.reject(refused('wrong_credentials')) })
  await expect(asking).rejects.toThrow()
  expect(client.getQueryData(['me'])).toEqual({ id: 'ada' })
})
