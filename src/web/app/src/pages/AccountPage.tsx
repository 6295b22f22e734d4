import { useState } from 'react'
import { useSignOut } from '../api/account.ts'
import { sentenceOf } from '../api/http.ts'
import type { Me } from '../api/types.ts'
import { isUnderWay, useUploads } from '../api/uploads.tsx'
import { Alert } from '../components/Alert.tsx'
import { Button } from '../components/Button.tsx'
import { ConfirmDialog } from '../components/ConfirmDialog.tsx'
import { LoginSection } from '../components/LoginSection.tsx'
import { OwnTransport } from '../components/OwnTransport.tsx'
import { PasswordSection } from '../components/PasswordSection.tsx'
import { QuotaSection } from '../components/QuotaSection.tsx'
import { TokenSection } from '../components/TokenSection.tsx'
import { useTitle } from '../lib/useTitle.ts'
import { strings } from '../strings/index.ts'
import styles from './AccountPage.module.css'

export function AccountPage({ me }: { me: Me }) {
  useTitle(strings.account.title)
  const signOut = useSignOut()
  const underWay = useUploads().uploads.some(isUnderWay)
  const [asking, setAsking] = useState(false)
  return (
    <div className={styles.page}>
      <section className={styles.section}>
        <h1>{strings.account.title}</h1>
        <div className={styles.person}>
          <p>
            {strings.account.signedInAs} <strong>{me.email}</strong>
          </p>
          <Button busy={signOut.isPending} onClick={() => (underWay ? setAsking(true) : signOut.mutate())}>
            {strings.account.signOut}
          </Button>
        </div>
        {asking && (
          <ConfirmDialog
            title={strings.account.askSignOut}
            action={strings.account.signOut}
            onConfirm={() => signOut.mutate()}
            onClose={() => setAsking(false)}
          >
            {strings.account.afterSignOut}
          </ConfirmDialog>
        )}
        {signOut.isError && <Alert>{sentenceOf(signOut.error)}</Alert>}
      </section>
      <QuotaSection quota={me.quota} />
      <PasswordSection email={me.email} />
      <LoginSection />
      <TokenSection />
      <OwnTransport />
    </div>
  )
}
