import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { nothingYet, testConnection } from './connectionTest.ts'

/** The test of this browser's connection: begins with the page, and ends with it. */
export function useConnectionTest() {
  const [progress, setProgress] = useState(nothingYet)
  const running = useRef<AbortController>(undefined)
  const { mutate, data, error, isPending } = useMutation({
    mutationFn() {
      running.current?.abort()
      running.current = new AbortController()
      setProgress(nothingYet())
      return testConnection(running.current.signal, setProgress)
    },
  })
  useEffect(() => {
    mutate()
    return () => running.current?.abort()
  }, [mutate])
  return { progress, tested: data, error, isRunning: isPending, again: () => mutate() }
}
