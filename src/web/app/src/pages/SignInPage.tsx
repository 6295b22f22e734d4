import { type FormEvent, useState } from 'react'
import { useEnter } from '../api/account.ts'
import { sentenceOf } from '../api/http.ts'
import { Alert } from '../components/Alert.tsx'
import { Button } from '../components/Button.tsx'
import { Field } from '../components/Field.tsx'
import { Mark } from '../components/Mark.tsx'
import { useTitle } from '../lib/useTitle.ts'
import { strings } from '../strings/index.ts'
import styles from './SignInPage.module.css'

/** One page for both ways in: the fields are the same. */
export function SignInPage() {
  const [way, setWay] = useState<'login' | 'register'>('login')
  const enter = useEnter()
  const { title, other, switchTo } = strings.signIn[way]
  useTitle(title)

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    enter.mutate({ way, email: String(form.get('email')), password: String(form.get('password')) })
  }

  function change() {
    enter.reset()
    setWay(way === 'login' ? 'register' : 'login')
  }

  return (
    <main className={styles.page}>
      <div className={styles.welcome}>
        <Mark size={56} />
        <p className={styles.name}>{strings.layout.brand}</p>
        <p className={styles.tagline}>{strings.signIn.tagline}</p>
      </div>
      <div className={styles.card}>
        <form className={styles.form} onSubmit={submit}>
          <h1>{title}</h1>
          <Field label={strings.signIn.email} name="email" type="email" autoComplete="username" required />
          <Field
            label={strings.signIn.password}
            name="password"
            type="password"
            autoComplete={way === 'login' ? 'current-password' : 'new-password'}
            required
          />
          {enter.isError && <Alert>{sentenceOf(enter.error)}</Alert>}
          <Button type="submit" look="primary" disabled={enter.isPending}>
            {enter.isPending ? strings.signIn.oneMoment : title}
          </Button>
        </form>
        <p className={styles.switch}>
          {other}{' '}
          <button type="button" className={styles.link} onClick={change}>
            {switchTo}
          </button>
        </p>
      </div>
    </main>
  )
}
