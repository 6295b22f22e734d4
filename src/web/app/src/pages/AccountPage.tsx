import { useSignOut } from '../api/account.ts'
import { sentenceOf } from '../api/http.ts'
import type { Me } from '../api/types.ts'
import { Alert } from '../components/Alert.tsx'
import { Button } from '../components/Button.tsx'
import { OwnTransport } from '../components/OwnTransport.tsx'
import { TokenSection } from '../components/TokenSection.tsx'
import { useTitle } from '../lib/useTitle.ts'
import { strings } from '../strings/index.ts'
import styles from './AccountPage.module.css'

export function AccountPage({ me }: { me: Me }) {
  useTitle(strings.account.title)
  const signOut = useSignOut()
  return (
    <div className={styles.page}>
      <section className={styles.section}>
        <h1>{strings.account.title}</h1>
        <div className={styles.person}>
          <p>
            {strings.account.signedInAs} <strong>{me.email}</strong>
          </p>
          <Button busy={signOut.isPending} onClick={() => signOut.mutate()}>
            {strings.account.signOut}
          </Button>
        </div>
        {signOut.isError && <Alert>{sentenceOf(signOut.error)}</Alert>}
      </section>
      <TokenSection />
      <OwnTransport />
    </div>
  )
}
