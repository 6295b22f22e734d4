import { type FormEvent, useEffect, useState } from 'react'
import { Link } from 'wouter'
import { useTransportOf } from '../api/account.ts'
import { sentenceOf } from '../api/http.ts'
import { AdminUsers } from '../components/AdminUsers.tsx'
import { Alert } from '../components/Alert.tsx'
import { Button } from '../components/Button.tsx'
import { Field } from '../components/Field.tsx'
import { LineForm } from '../components/LineForm.tsx'
import { TransportDetails } from '../components/TransportDetails.tsx'
import { useSay } from '../lib/say.ts'
import { useTitle } from '../lib/useTitle.ts'
import { transportStrings } from '../strings/transport.ts'
import styles from './AdminPage.module.css'

/** For admins: why statuses reach somebody the way they do. */
export function AdminPage() {
  const words = transportStrings.admin
  useTitle(words.title)
  const [person, setPerson] = useState('')
  const transport = useTransportOf(person)
  const say = useSay()
  const { data } = transport
  const answer = data && words.answer(data.email, transportStrings.transport.modes[data.transport.mode] ?? data.transport.mode)
  // All of it would be much to listen to, and again whenever it is read again.
  useEffect(() => {
    if (answer !== undefined) say(answer)
  }, [answer, say])

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const wanted = String(new FormData(event.currentTarget).get('person')).trim()
    // The same person again is asked about again.
    if (wanted === person) void transport.refetch()
    else setPerson(wanted)
  }

  return (
    <div className={styles.page}>
      <h1>{words.title}</h1>
      <AdminUsers />
      <section className={styles.section} aria-labelledby="transport">
        <div>
          <h2 id="transport">{words.transport}</h2>
          <p className={styles.soft}>
            {words.transportWhat} <Link href="/admin/paths">{words.paths}</Link>
          </p>
        </div>
        <LineForm onSubmit={submit}>
          <Field label={words.person} name="person" required autoComplete="off" spellCheck={false} />
          <Button type="submit" look="primary" busy={transport.isFetching}>
            {words.look}
          </Button>
        </LineForm>
        {transport.isError && <Alert>{sentenceOf(transport.error)}</Alert>}
        {transport.isSuccess && (
          <div className={styles.card}>
            <TransportDetails of={transport.data} />
          </div>
        )}
      </section>
    </div>
  )
}
