import { peopleStrings } from '../strings/people.ts'
import styles from './SupportContact.module.css'

/** Whom to ask who forgot their password, as no mail is sent. */
export function SupportContact({ contact }: { contact: string }) {
  const href = hrefOf(contact)
  return (
    <p className={styles.contact}>
      {peopleStrings.signIn.forgot} {href === undefined ? contact : <a href={href}>{contact}</a>}
    </p>
  )
}

/** An address or a web page can be clicked; a name, or anything else, is only text. */
function hrefOf(contact: string): string | undefined {
  if (/^https?:\/\/\S+$/.test(contact)) return contact
  return /^[^\s@:/]+@[^\s@:/]+\.[^\s@:/]+$/.test(contact) ? `mailto:${contact}` : undefined
}
