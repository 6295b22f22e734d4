import { Link } from 'wouter'
import { Message } from '../components/Message.tsx'
import { useTitle } from '../lib/useTitle.ts'

export function NotFoundPage() {
  useTitle('Not found')
  return (
    <Message title="There is nothing at this address">
      The link may be old, or mistyped. <Link href="/">Go to your sessions</Link>
    </Message>
  )
}
