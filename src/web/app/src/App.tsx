import { Suspense, useEffect } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { useMe } from './api/account.ts'
import { sentenceOf } from './api/http.ts'
import { UploadsProvider } from './api/uploads.tsx'
import { Alert } from './components/Alert.tsx'
import { ErrorBoundary } from './components/ErrorBoundary.tsx'
import { Layout } from './components/Layout.tsx'
import { Skeleton } from './components/Skeleton.tsx'
import { focusMain } from './lib/focus.ts'
import { latePage } from './lib/latePage.tsx'
import { HomePage } from './pages/HomePage.tsx'
import { NotFoundPage } from './pages/NotFoundPage.tsx'
import { SignInPage } from './pages/SignInPage.tsx'

// Not before the first thing is seen.
const [SessionPage, sessionPageSoon] = latePage(async () => (await import('./pages/SessionPage.tsx')).SessionPage)
const [AccountPage] = latePage(async () => (await import('./pages/AccountPage.tsx')).AccountPage)
const [AdminPage] = latePage(async () => (await import('./pages/AdminPage.tsx')).AdminPage)

/** Every page of the app. Who is not signed in is asked to, and finds the page they wanted afterwards. */
export function App() {
  const me = useMe()
  const [location] = useLocation()
  useSessionPageSoon()
  if (me.isPending) {
    return (
      <Layout late>
        <Skeleton />
      </Layout>
    )
  }
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
  if (me.data === null) return <SignInPage />
  return (
    // Another person in the same tab begins with nothing of the one before.
    <UploadsProvider key={me.data.id}>
      <Layout me={me.data}>
        <ErrorBoundary key={location}>
          <Suspense fallback={<Skeleton />}>
            <Switch>
              <Route path="/" component={HomePage} />
              <Route path="/sessions/:id">{({ id }) => <SessionPage key={id} id={id} />}</Route>
              <Route path="/account">
                <AccountPage me={me.data} />
              </Route>
              {me.data.is_admin && <Route path="/admin" component={AdminPage} />}
              <Route component={NotFoundPage} />
            </Switch>
          </Suspense>
        </ErrorBoundary>
      </Layout>
    </UploadsProvider>
  )
}

/** Most go there next, and a click should not wait for the network. What fails is tried again when it is asked for. */
function useSessionPageSoon() {
  useEffect(() => {
    sessionPageSoon().catch(() => {})
  }, [])
}
