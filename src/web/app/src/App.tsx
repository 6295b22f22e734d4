import { createSessionStatusClient } from '@playhead/session-status'
import { SessionStatusProvider, useClient } from '@playhead/session-status/react'
import { type ReactNode, Suspense, useEffect, useState } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { useMe } from './api/account.ts'
import { sentenceOf } from './api/http.ts'
import { UploadsProvider } from './api/uploads.tsx'
import { Alert } from './components/Alert.tsx'
import { DropElsewhere } from './components/DropElsewhere.tsx'
import { ErrorBoundary } from './components/ErrorBoundary.tsx'
import { Layout } from './components/Layout.tsx'
import { Skeleton } from './components/Skeleton.tsx'
import { UploadsElsewhere } from './components/UploadsElsewhere.tsx'
import { focusMain } from './lib/focus.ts'
import { latePage } from './lib/latePage.tsx'
import { NotFoundPage } from './pages/NotFoundPage.tsx'

// Each page in a file of its own: who looks at one need not wait for the others.
const [HomePage, homePageSoon] = latePage(async () => (await import('./pages/HomePage.tsx')).HomePage)
const [SessionPage, sessionPageSoon] = latePage(async () => (await import('./pages/SessionPage.tsx')).SessionPage)
const [SignInPage, signInPageSoon] = latePage(async () => (await import('./pages/SignInPage.tsx')).SignInPage)
const [AccountPage] = latePage(async () => (await import('./pages/AccountPage.tsx')).AccountPage)
const [ConnectionPage] = latePage(async () => (await import('./pages/ConnectionPage.tsx')).ConnectionPage)
const [AdminPages] = latePage(async () => (await import('./pages/AdminPages.tsx')).AdminPages)

/** Every page of the app. Who is not signed in is asked to, and finds the page they wanted afterwards. */
export function App() {
  const me = useMe()
  const [location] = useLocation()
  usePagesSoon()
  if (me.isPending) return <Waiting />
  if (me.data === undefined) {
    const retry = () => {
      focusMain()
      void me.refetch()
    }
    return (
      <Layout>
        <Alert onRetry={retry}>{sentenceOf(me.error)}</Alert>
      </Layout>
    )
  }
  if (me.data === null) {
    return (
      <Suspense fallback={<Waiting />}>
        <SignInPage />
      </Suspense>
    )
  }
  return (
    <OfOnePerson key={me.data.id}>
      <Layout me={me.data}>
        <UploadsProvider person={me.data.id}>
          {location !== '/' && <DropElsewhere />}
          <ErrorBoundary key={location}>
            <Suspense fallback={<Skeleton />}>
              <Switch>
                <Route path="/" component={HomePage} />
                <Route path="/sessions/:id">{({ id }) => <SessionPage key={id} id={id} />}</Route>
                <Route path="/account">
                  <AccountPage me={me.data} />
                </Route>
                <Route path="/connection">
                  <ConnectionPage isAdmin={me.data.is_admin} />
                </Route>
                {me.data.is_admin && <Route path={/^\/admin(?:\/\w+)?$/} component={AdminPages} />}
                <Route component={NotFoundPage} />
              </Switch>
            </Suspense>
          </ErrorBoundary>
          {location !== '/' && <UploadsElsewhere />}
        </UploadsProvider>
      </Layout>
    </OfOnePerson>
  )
}

function Waiting() {
  return (
    <Layout late>
      <Skeleton />
    </Layout>
  )
}

/** What goes on for somebody: another person in the same tab begins with nothing of the one before but the address. */
function OfOnePerson({ children }: { children: ReactNode }) {
  const { env } = useClient()
  const [client] = useState(() => createSessionStatusClient({ env }))
  return <SessionStatusProvider client={client}>{children}</SessionStatusProvider>
}

/** Where most are or go next is read beside the first question, and no click waits. What fails is tried again when it is asked for. */
function usePagesSoon() {
  useEffect(() => {
    for (const soon of [homePageSoon, sessionPageSoon, signInPageSoon]) soon().catch(() => {})
  }, [])
}
