import { useLocation } from 'wouter'
import { AdminPage } from './AdminPage.tsx'
import { AdminPathsPage } from './AdminPathsPage.tsx'

/** The pages for admins, in one file: with one each, what everybody reads at first would be cut into more pieces. */
export function AdminPages() {
  const [location] = useLocation()
  return location === '/admin/paths' ? <AdminPathsPage /> : <AdminPage />
}
