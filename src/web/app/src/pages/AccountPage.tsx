import { useSignOut } from '../api/account.ts'
import { sentenceOf } from '../api/http.ts'
import type { Me } from '../api/types.ts'
import { Alert } from '../components/Alert.tsx'
import { Button } from '../components/Button.tsx'
import { TokenSection } from '../components/TokenSection.tsx'
import { useTitle } from '../lib/useTitle.ts'
import styles from './AccountPage.module.css'

export function AccountPage({ me }: { me: Me }) {
  useTitle('Account')
  const signOut = useSignOut()
  return (
    <div className={styles.page}>
      <section className={styles.section}>
        <h1>Account</h1>
        <div className={styles.person}>
          <p>
            Signed in as <strong>{me.email}</strong>
          </p>
          <Button disabled={signOut.isPending} onClick={() => signOut.mutate()}>
            Sign out
          </Button>
        </div>
        {signOut.isError && <Alert>{sentenceOf(signOut.error)}</Alert>}
      </section>
      <TokenSection />
    </div>
  )
}
