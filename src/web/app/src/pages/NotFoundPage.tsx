import { Link } from 'wouter'
import { Message } from '../components/Message.tsx'
import { useTitle } from '../lib/useTitle.ts'
import { strings } from '../strings/index.ts'

export function NotFoundPage() {
  useTitle(strings.notFound.title)
  return (
    <Message title={strings.notFound.page}>
      {strings.notFound.pageWhy} <Link href="/">{strings.common.goToSessions}</Link>
    </Message>
  )
}
