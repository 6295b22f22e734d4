import { useState } from 'react'
import { Link } from 'wouter'
import { useMe } from '../api/account.ts'
import { strings } from '../strings/index.ts'
import styles from './OwnTransport.module.css'
import { TransportDetails } from './TransportDetails.tsx'

/** How statuses reach whoever is signed in. Asked anew when it is opened: it is the answer of that moment. */
export function OwnTransport() {
  const me = useMe()
  const [open, setOpen] = useState(false)
  return (
    <details
      className={styles.own}
      onToggle={({ currentTarget }) => {
        setOpen(currentTarget.open)
        if (currentTarget.open) void me.refetch()
      }}
    >
      <summary>{strings.account.howUpdates}</summary>
      {open && me.data && (
        <div className={styles.content}>
          <TransportDetails of={me.data} />
          <p className={styles.test}>
            <Link href="/connection">{strings.connection.test}</Link>
          </p>
        </div>
      )}
    </details>
  )
}
