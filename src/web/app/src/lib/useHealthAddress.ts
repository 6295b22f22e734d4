import { useCallback } from 'react'
import { navigate, useSearch } from 'wouter/use-browser-location'
import { RANGES, type Range } from '../api/health.ts'

const USUAL: Range = 'hour'

/** The range and the open check, kept in the address: a link to it shows the same, and Back closes what was opened. */
export function useHealthAddress() {
  const params = new URLSearchParams(useSearch())
  const range = RANGES.find((one) => one === params.get('range')) ?? USUAL
  const check = params.get('check') ?? undefined
  const open = useCallback((id: string | undefined) => navigate(addressWith('check', id)), [])
  return { range, check, open, addressOf: (one: Range) => addressWith('range', one === USUAL ? undefined : one) }
}

function addressWith(name: string, value: string | undefined): string {
  const params = new URLSearchParams(location.search)
  if (value === undefined) params.delete(name)
  else params.set(name, value)
  return params.size > 0 ? `${location.pathname}?${params}` : location.pathname
}
