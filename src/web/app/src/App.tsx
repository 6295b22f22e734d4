import { Route, Switch } from 'wouter'
import { useMe } from './api/account.ts'
import { sentenceOf } from './api/http.ts'
import { UploadsProvider } from './api/uploads.tsx'
import { Alert } from './components/Alert.tsx'
import { Layout } from './components/Layout.tsx'
import { AccountPage } from './pages/AccountPage.tsx'
import { HomePage } from './pages/HomePage.tsx'
import { NotFoundPage } from './pages/NotFoundPage.tsx'
import { SessionPage } from './pages/SessionPage.tsx'
import { SignInPage } from './pages/SignInPage.tsx'

/** Every page of the app. Who is not signed in is asked to, and finds the page they wanted afterwards. */
export function App() {
  const me = useMe()
  if (me.isPending) return null
  if (me.isError) {
    return (
      <Layout>
        <Alert onRetry={() => void me.refetch()}>{sentenceOf(me.error)}</Alert>
      </Layout>
    )
  }
  if (me.data === null) return <SignInPage />
  return (
    <UploadsProvider>
      <Layout me={me.data}>
        <Switch>
          <Route path="/" component={HomePage} />
          <Route path="/sessions/:id">{({ id }) => <SessionPage key={id} id={id} />}</Route>
          <Route path="/account">
            <AccountPage me={me.data} />
          </Route>
          <Route component={NotFoundPage} />
        </Switch>
      </Layout>
    </UploadsProvider>
  )
}
