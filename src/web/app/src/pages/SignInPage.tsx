import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useEnter, useSite } from '../api/account.ts'
import { ApiError, sentenceOf } from '../api/http.ts'
import { Alert } from '../components/Alert.tsx'
import { Button } from '../components/Button.tsx'
import { Field } from '../components/Field.tsx'
import { Mark } from '../components/Mark.tsx'
import { SupportContact } from '../components/SupportContact.tsx'
import { focusMain, focusQuietly } from '../lib/focus.ts'
import { useTitle } from '../lib/useTitle.ts'
import { strings } from '../strings/index.ts'
import { peopleStrings } from '../strings/people.ts'
import styles from './SignInPage.module.css'

/** The field that a refusal is about; the others are about both. */
const ABOUT: Readonly<Record<string, 'email' | 'password' | 'invite'>> = {
  bad_invite: 'invite',
  bad_email: 'email',
  email_taken: 'email',
  weak_password: 'password',
}

/** One page for both ways in: the fields are the same. */
export function SignInPage() {
  const [way, setWay] = useState<'login' | 'register'>('login')
  const enter = useEnter()
  const site = useSite().data
  // Until it is known, what is usual: a line that comes later would move the page.
  const registration = site?.registration ?? 'open'
  const words = peopleStrings.signIn
  const { title, other, switchTo } = words[way]
  useTitle(title)
  const form = useRef<HTMLFormElement>(null)
  // The first field has the focus, as with Google and GitHub, on phones as well: the on-screen keyboard comes with a tap only.
  // The button that had the focus is gone with this page: the one that was wanted begins at its content.
  useEffect(() => {
    if (!inUse()) focusEmptyField(form.current)
    return focusMain
  }, [])

  const sentence = enter.isError ? sentenceOf(enter.error) : undefined
  const about = enter.error instanceof ApiError ? ABOUT[enter.error.code] : undefined

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const filled = new FormData(event.currentTarget)
    const invite = String(filled.get('invite') ?? '')
    const credentials = { email: String(filled.get('email')), password: String(filled.get('password')) }
    enter.mutate({ way, ...credentials, ...(invite !== '' && { invite }) })
  }

  function change() {
    enter.reset()
    setWay(way === 'login' ? 'register' : 'login')
    focusEmptyField(form.current)
  }

  return (
    <main tabIndex={-1} className={styles.page}>
      <div className={styles.welcome}>
        <Mark size={3.5} />
        <p className={styles.name}>{strings.layout.brand}</p>
        <p className={styles.tagline}>{words.tagline}</p>
      </div>
      <div className={styles.card}>
        <form ref={form} className={styles.form} onSubmit={submit}>
          <h1>{title}</h1>
          <Field
            label={words.email}
            name="email"
            type="email"
            autoComplete="username"
            required
            error={about === 'email' ? sentence : undefined}
          />
          <Field
            label={words.password}
            name="password"
            type="password"
            autoComplete={way === 'login' ? 'current-password' : 'new-password'}
            required
            hint={way === 'login' ? undefined : words.passwordHint}
            error={about === 'password' ? sentence : undefined}
          />
          {way === 'register' && registration === 'invite' && (
            <Field
              label={words.invite}
              name="invite"
              autoComplete="off"
              spellCheck={false}
              required
              hint={words.inviteHint}
              error={about === 'invite' ? sentence : undefined}
            />
          )}
          {sentence !== undefined && about === undefined && <Alert>{sentence}</Alert>}
          <Button type="submit" look="primary" busy={enter.isPending}>
            {enter.isPending ? words.oneMoment : title}
          </Button>
        </form>
        {registration !== 'closed' && (
          <p className={styles.switch}>
            {other}{' '}
            <button type="button" className={styles.link} onClick={change}>
              {switchTo}
            </button>
          </p>
        )}
        {way === 'login' && site && site.support_contact !== '' && <SupportContact contact={site.support_contact} />}
      </div>
    </main>
  )
}

/** Whether somebody has put the focus somewhere, such as into what a password manager shows. */
function inUse(): boolean {
  const { activeElement } = document
  return activeElement !== null && !activeElement.matches('body, main')
}

/** Focuses the first field that nobody has filled in, a password manager included; where there is none, the focus stays. */
function focusEmptyField(form: HTMLFormElement | null): void {
  const fields = [...(form?.querySelectorAll('input') ?? [])]
  focusQuietly(fields.find(({ value }) => value === '') ?? null)
}
