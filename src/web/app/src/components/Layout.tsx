import { type ReactNode, useEffect, useReducer, useRef } from 'react'
import { Link, useLocation } from 'wouter'
import type { Me } from '../api/types.ts'
import { SayContext } from '../lib/say.ts'
import { strings } from '../strings/index.ts'
import styles from './Layout.module.css'
import { Mark } from './Mark.tsx'

interface Props {
  readonly me?: Me
  /** It is not sure yet that this will be the page: it is shown only if it takes a while to know. */
  readonly late?: boolean
  readonly children: ReactNode
}

/** What every page stands in. */
export function Layout({ me, late = false, children }: Props) {
  const main = useFocusOnNavigation()
  const [said, say] = useReducer(next, { sentence: '', count: 0 })
  return (
    <div className={late ? `late ${styles.layout}` : styles.layout}>
      <a className={styles.skip} href="#main">
        {strings.layout.skip}
      </a>
      <header className={styles.header}>
        <Link href="/" className={styles.brand}>
          <Mark />
          {strings.layout.brand}
        </Link>
        {me && (
          <nav className={styles.nav} aria-label={strings.layout.navigation}>
            <NavLink to="/">{strings.layout.sessions}</NavLink>
            <NavLink to="/account">{strings.layout.account}</NavLink>
            {me.is_admin && <NavLink to="/admin">{strings.layout.admin}</NavLink>}
          </nav>
        )}
      </header>
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        <SayContext value={say}>{children}</SayContext>
      </main>
      <footer className={styles.footer}>
        <a href="/docs">{strings.layout.api}</a>
      </footer>
      <p role="status" className="visually-hidden">
        <span key={said.count}>{said.sentence}</span>
      </p>
    </div>
  )
}

function NavLink({ to, children }: { to: string; children: string }) {
  const [location] = useLocation()
  return (
    <Link href={to} aria-current={location === to ? 'page' : undefined}>
      {children}
    </Link>
  )
}

/** Counted, so that the same sentence again is another one: what does not change is not heard. */
function next({ count }: { count: number }, sentence: string) {
  return { sentence, count: count + 1 }
}

/** A new page starts at its top, for the eyes and for the keyboard; the browser only does so for a page load. */
function useFocusOnNavigation() {
  const main = useRef<HTMLElement>(null)
  const [location] = useLocation()
  const shown = useRef(location)
  useEffect(() => {
    if (shown.current === location) return
    shown.current = location
    scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [location])
  return main
}
