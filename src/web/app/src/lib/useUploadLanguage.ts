import { useState } from 'react'
import { useMe } from '../api/account.ts'
import { LANGUAGES } from './languages.ts'

/**
 * The language of the recordings that are uploaded, empty for one that is detected. It is remembered on this device for whoever
 * is signed in; where nothing may be stored, until the page is left.
 */
export function useUploadLanguage() {
  const person = useMe().data?.id
  const key = `playhead.upload-language.${person}`
  const [language, setLanguage] = useState(() => read(key))
  function choose(chosen: string) {
    setLanguage(chosen)
    if (person !== undefined) write(key, chosen)
  }
  return [language, choose] as const
}

/** Only what is still offered. */
function read(key: string): string {
  try {
    const stored = localStorage.getItem(key)
    return LANGUAGES.find(({ code }) => code === stored)?.code ?? ''
  } catch {
    return ''
  }
}

function write(key: string, language: string): void {
  try {
    if (language === '') localStorage.removeItem(key)
    else localStorage.setItem(key, language)
  } catch {
    // Private windows and full disks refuse it.
  }
}
