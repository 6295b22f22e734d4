import type { FormEvent } from 'react'
import { useChangePassword } from '../api/credentials.ts'
import { ApiError, sentenceOf } from '../api/http.ts'
import { credentialStrings } from '../strings/credentials.ts'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import { Field } from './Field.tsx'
import styles from './PasswordSection.module.css'
import section from './TokenSection.module.css'

/** The field that a refusal is about. */
const ABOUT: Readonly<Record<string, 'current' | 'next'>> = { wrong_credentials: 'current', weak_password: 'next' }

/** Changes the password, which ends all other logins. */
export function PasswordSection({ email }: { email: string }) {
  const words = credentialStrings.password
  const change = useChangePassword()
  const sentence = change.isError ? sentenceOf(change.error) : undefined
  const about = change.error instanceof ApiError ? ABOUT[change.error.code] : undefined

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const filled = new FormData(form)
    const passwords = { password: String(filled.get('password')), new_password: String(filled.get('new_password')) }
    change.mutate(passwords, { onSuccess: () => form.reset() })
  }

  return (
    <section className={section.section} aria-labelledby="password">
      <div>
        <h2 id="password">{words.title}</h2>
        <p className={section.soft}>{words.what}</p>
      </div>
      <form className={styles.form} onSubmit={submit}>
        {/* For password managers: whose password it is. */}
        <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
        <Field
          label={words.current}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          error={about === 'current' ? sentence : undefined}
        />
        <Field
          label={words.next}
          name="new_password"
          type="password"
          autoComplete="new-password"
          required
          hint={words.hint}
          error={about === 'next' ? sentence : undefined}
        />
        <Button type="submit" busy={change.isPending}>
          {words.change}
        </Button>
      </form>
      {sentence !== undefined && about === undefined && <Alert>{sentence}</Alert>}
      <p role="status" className={styles.done}>
        {change.isSuccess && words.changed}
      </p>
    </section>
  )
}
