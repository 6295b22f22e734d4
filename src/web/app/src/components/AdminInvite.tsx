import { useSite } from '../api/account.ts'
import { sentenceOf } from '../api/http.ts'
import { useInvite } from '../api/people.ts'
import { formats } from '../strings/index.ts'
import { peopleStrings } from '../strings/people.ts'
import styles from './AdminUsers.module.css'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import { NewSecret } from './NewSecret.tsx'

const words = peopleStrings.invites

/** Makes an invite for one account, to be passed on. */
export function AdminInvite() {
  const invite = useInvite()
  const registration = useSite().data?.registration ?? 'invite'
  return (
    <section className={styles.section} aria-labelledby="invite">
      <div>
        <h2 id="invite">{words.title}</h2>
        <p className={styles.soft}>{words.what[registration]}</p>
      </div>
      {invite.data && (
        <NewSecret key={invite.data.secret} secret={invite.data.secret}>
          {words.copyNow(formats.moment(invite.data.expires_at))}
        </NewSecret>
      )}
      {invite.isError && <Alert>{sentenceOf(invite.error)}</Alert>}
      <div>
        <Button busy={invite.isPending} onClick={() => invite.mutate()}>
          {words.create}
        </Button>
      </div>
    </section>
  )
}
