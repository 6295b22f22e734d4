import { Link, useLocation } from 'wouter'
import { adminStrings as words } from '../strings/admin.ts'
import styles from './AdminNav.module.css'

/** The way between the pages for admins. */
export function AdminNav() {
  const [location] = useLocation()
  return (
    <nav className={styles.nav} aria-label={words.navigation}>
      {words.pages.map(([to, name]) => (
        <Link key={to} href={to} aria-current={location === to ? 'page' : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  )
}
