import type { FormEvent } from 'react'
import { sentenceOf } from '../api/http.ts'
import { type OwnQuota, type Person, useSetQuota } from '../api/people.ts'
import { useSay } from '../lib/say.ts'
import { peopleStrings } from '../strings/people.ts'
import styles from './AdminUsers.module.css'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import { Field } from './Field.tsx'

const words = peopleStrings.users.form
const GB = 1e9

/** A quota of a person's own: empty is the setting, 0 no limit. */
export function AdminQuotaForm({ person }: { person: Person }) {
  const { email, own_quota: own } = person
  const save = useSetQuota(person)
  const say = useSay()

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const filled = new FormData(event.currentTarget)
    const numberOf = (name: keyof OwnQuota) => {
      const typed = String(filled.get(name)).trim()
      return typed === '' ? null : Number(typed)
    }
    const gigabytes = numberOf('bytes')
    const bytes = gigabytes === null ? null : Math.round(gigabytes * GB)
    save.mutate({ bytes, hours: numberOf('hours'), queued: numberOf('queued') }, { onSuccess: () => say(words.saved(email)) })
  }

  const number = { type: 'number', min: 0, autoComplete: 'off' } as const
  return (
    <form className={styles.quota} onSubmit={submit} aria-label={peopleStrings.users.quotaOf(email)}>
      <div className={styles.fields}>
        <Field {...number} label={words.bytes} name="bytes" step="any" max={9_000_000} defaultValue={own.bytes === null ? '' : own.bytes / GB} />
        <Field {...number} label={words.hours} name="hours" step="any" max={1_000_000} defaultValue={own.hours ?? ''} />
        <Field {...number} label={words.queued} name="queued" step={1} max={2 ** 31 - 1} defaultValue={own.queued ?? ''} />
        <Button type="submit" look="primary" busy={save.isPending}>
          {words.save}
        </Button>
      </div>
      <p className={styles.soft}>{words.hint}</p>
      {save.isError && <Alert>{sentenceOf(save.error)}</Alert>}
    </form>
  )
}
