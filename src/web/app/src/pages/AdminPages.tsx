import { useLocation } from 'wouter'
import { AdminNav } from '../components/AdminNav.tsx'
import { AdminFeedbackPage } from './AdminFeedbackPage.tsx'
import { AdminHealthPage } from './AdminHealthPage.tsx'
import { AdminPage } from './AdminPage.tsx'
import { AdminPathsPage } from './AdminPathsPage.tsx'
import { AdminRolloutPage } from './AdminRolloutPage.tsx'
import { NotFoundPage } from './NotFoundPage.tsx'

const PAGES = {
  '/admin': AdminPage,
  '/admin/health': AdminHealthPage,
  '/admin/rollout': AdminRolloutPage,
  '/admin/paths': AdminPathsPage,
  '/admin/feedback': AdminFeedbackPage,
}

/** The pages for admins, in one file: with one each, what everybody reads at first would be cut into more pieces. */
export function AdminPages() {
  const [location] = useLocation()
  const Page = PAGES[location as keyof typeof PAGES]
  if (Page === undefined) return <NotFoundPage />
  return (
    <>
      <AdminNav />
      <Page />
    </>
  )
}
