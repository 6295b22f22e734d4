import { useLocation } from 'wouter'
import { AdminNav } from '../components/AdminNav.tsx'
import { AdminPage } from './AdminPage.tsx'
import { AdminPathsPage } from './AdminPathsPage.tsx'

const PAGES = { '/admin': AdminPage, '/admin/paths': AdminPathsPage }

/** The pages for admins, in one file: with one each, what everybody reads at first would be cut into more pieces. */
export function AdminPages() {
  const [location] = useLocation()
  const Page = PAGES[location as keyof typeof PAGES]
  return (
    <>
      <AdminNav />
      <Page />
    </>
  )
}
