import { useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { type Deed, type Person, useDeed } from '../api/people.ts'
import type { QuotaPart } from '../api/types.ts'
import { useSay } from '../lib/say.ts'
import { formats } from '../strings/index.ts'
import { peopleStrings } from '../strings/people.ts'
import { AdminQuotaForm } from './AdminQuotaForm.tsx'
import styles from './AdminUsers.module.css'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import { ConfirmDialog } from './ConfirmDialog.tsx'

const words = peopleStrings.users
const QUESTIONS = {
  disable: [words.askDisable, words.disable, words.afterDisable],
  'sign-out': [words.askSignOut, words.signOut, words.afterSignOut],
} as const
const DONE = { disable: words.wasDisabled, enable: words.wasEnabled, 'sign-out': words.wasSignedOut } as const

/** A person, what they use, and what an admin can do about them. */
export function AdminUserRow({ person }: { person: Person }) {
  const { email } = person
  const [asking, setAsking] = useState<keyof typeof QUESTIONS>()
  const [open, setOpen] = useState(false)
  const deed = useDeed(person)
  const say = useSay()
  const disabled = person.disabled_at !== null

  function act(what: Deed) {
    deed.mutate(what, { onSuccess: () => say(DONE[what](email)) })
  }

  return (
    <li className={styles.row}>
      <div className={styles.line}>
        <div className={styles.person}>
          <p className={styles.email}>
            {email}
            {person.is_admin && <span className={styles.mark}>{words.admin}</span>}
            {disabled && (
              <span className={styles.mark} data-off>
                {words.disabled}
              </span>
            )}
          </p>
          <p className={styles.soft}>{factsOf(person).join(' · ')}</p>
        </div>
        <div className={styles.buttons}>
          <Button aria-expanded={open} aria-label={words.quotaOf(email)} onClick={() => setOpen(!open)}>
            {words.quota}
          </Button>
          <Button busy={deed.isPending && deed.variables === 'sign-out'} aria-label={words.signOutOf(email)} onClick={() => setAsking('sign-out')}>
            {words.signOut}
          </Button>
          {/* One button, so that the focus stays where it was. */}
          <Button
            look={disabled ? 'plain' : 'danger'}
            busy={deed.isPending && deed.variables !== 'sign-out'}
            aria-label={disabled ? words.enableOf(email) : words.disableOf(email)}
            onClick={() => (disabled ? act('enable') : setAsking('disable'))}
          >
            {disabled ? words.enable : words.disable}
          </Button>
        </div>
      </div>
      {deed.isError && <Alert>{sentenceOf(deed.error)}</Alert>}
      {open && <AdminQuotaForm person={person} />}
      {asking && (
        <ConfirmDialog
          title={QUESTIONS[asking][0]}
          action={QUESTIONS[asking][1]}
          onConfirm={() => act(asking)}
          onClose={() => setAsking(undefined)}
        >
          {QUESTIONS[asking][2](email)}
        </ConfirmDialog>
      )}
    </li>
  )
}

function factsOf({ created_at, quota }: Person): readonly string[] {
  const { amounts, of } = peopleStrings.quota
  const used = (part: QuotaPart, amount: (n: number) => string) =>
    part.allowed === null ? amount(part.used) : of(amount(part.used), amount(part.allowed))
  return [
    used(quota.bytes, amounts.bytes),
    words.hoursToday(used(quota.hours_today, amounts.hours_today)),
    words.waiting(used(quota.queued, amounts.queued)),
    words.since(formats.moment(created_at)),
  ]
}
