import { type FormEvent, useEffect, useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { usePeople } from '../api/people.ts'
import { useSay } from '../lib/say.ts'
import { strings } from '../strings/index.ts'
import { peopleStrings } from '../strings/people.ts'
import { AdminInvite } from './AdminInvite.tsx'
import { AdminUserRow } from './AdminUserRow.tsx'
import styles from './AdminUsers.module.css'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import { Field } from './Field.tsx'
import { LineForm } from './LineForm.tsx'

const words = peopleStrings.users

/** For admins: who has an account, what each uses, and what can be done about it. */
export function AdminUsers() {
  const [search, setSearch] = useState('')
  const people = usePeople(search)
  const say = useSay()
  const users = people.data?.pages.flatMap((page) => page.users)
  const found = users && words.found(users.length, !people.hasNextPage)
  useEffect(() => {
    if (search !== '' && found !== undefined) say(found)
  }, [search, found, say])

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const wanted = String(new FormData(event.currentTarget).get('search')).trim()
    if (wanted === search) void people.refetch()
    else setSearch(wanted)
  }

  return (
    <>
      <section className={styles.section} aria-labelledby="users">
        <div>
          <h2 id="users">{words.title}</h2>
          <p className={styles.soft}>{words.what}</p>
        </div>
        <LineForm onSubmit={submit}>
          <Field label={words.search} name="search" type="search" autoComplete="off" spellCheck={false} maxLength={254} />
          <Button type="submit" busy={people.isFetching && !people.isFetchingNextPage}>
            {words.look}
          </Button>
        </LineForm>
        {people.isError && <Alert onRetry={() => void people.refetch()}>{sentenceOf(people.error)}</Alert>}
        {people.isPending && !people.isError && <p className={styles.soft}>{strings.common.loading}</p>}
        {users && users.length > 0 && (
          <ul className={styles.list}>
            {users.map((person) => (
              <AdminUserRow key={person.id} person={person} />
            ))}
          </ul>
        )}
        {found !== undefined && (
          <div className={styles.foot}>
            <p className={styles.soft}>{found}</p>
            {people.hasNextPage && (
              <Button busy={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>
                {words.more}
              </Button>
            )}
          </div>
        )}
      </section>
      <AdminInvite />
    </>
  )
}
